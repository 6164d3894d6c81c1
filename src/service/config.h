/* Configuration from flags and environment, by the list in options_list.h. */
#ifndef SERVICE_CONFIG_H
#define SERVICE_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kzg/kzg.h"
#include "kzgops/log.h"
#include "service/config_values.h"
#include "service/options_list.h"
#include "service/verify_results.h"

/* COUNT, BYTES and SECONDS (in milliseconds) of an option whose value is the word "auto" or "default". */
#define CONFIG_AUTO (-1)

/* Where an option's value came from. */
enum config_origin { CONFIG_DEFAULT, CONFIG_ENVIRONMENT, CONFIG_FLAG };

enum config_option {
#define X(field, ...) CONFIG_OPTION_##field,
    OPTIONS_LIST(X)
#undef X
        CONFIG_OPTIONS
};

struct config {
#define FIELD_TEXT(field)                                     const char *field; /* borrowed from the arguments, the environment or static */
#define FIELD_COUNT(field)                                    int64_t field;
#define FIELD_SECONDS(field)                                  int64_t field##_ms;
#define FIELD_BYTES(field)                                    int64_t field##_bytes;
#define FIELD_PORTION(field)                                  struct config_portion field;
#define X(field, TYPE, flag, value, standard, min, max, help) FIELD_##TYPE(field)
    OPTIONS_LIST(X)
#undef X
#undef FIELD_TEXT
#undef FIELD_COUNT
#undef FIELD_SECONDS
#undef FIELD_BYTES
#undef FIELD_PORTION
    uint8_t origin[CONFIG_OPTIONS]; /* enum config_origin */
    kzgops_log_format parsed_log_format;
    kzgops_log_level parsed_log_level;
    bool heap_profile_on;
    enum verify_mode parsed_verify_results;
};

enum config_outcome {
    CONFIG_RUN,
    CONFIG_HELP,    /* --help was asked for and is printed: exit 0 */
    CONFIG_VERSION, /* --version was asked for */
    CONFIG_CHECK,   /* --check-config was asked for, and nothing is wrong */
    CONFIG_INVALID, /* said on standard error: exit 2 */
};

enum config_outcome config_read(struct config *ret_config, int argc, char **argv);

/* Every option with its value and where that came from; snprintf's semantics. */
size_t config_text(const struct config *config, char *out, size_t size);
size_t config_json(const struct config *config, char *out, size_t size);

#endif
