#include "service/config.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "service/control.h"
#include "service/listen.h"

enum type { TEXT, COUNT, SECONDS, BYTES, PORTION };

struct option {
    const char *flag;
    const char *value;
    const char *standard;
    int64_t min;
    int64_t max;
    const char *help;
    enum type type;
    size_t offset;
};

#define OFFSET_TEXT(field)    offsetof(struct config, field)
#define OFFSET_COUNT(field)   offsetof(struct config, field)
#define OFFSET_SECONDS(field) offsetof(struct config, field##_ms)
#define OFFSET_BYTES(field)   offsetof(struct config, field##_bytes)
#define OFFSET_PORTION(field) offsetof(struct config, field)

static const struct option options[] = {
#define X(field, TYPE, flag, value, standard, min, max, help) \
    {flag, value, standard, min, max, help, TYPE, OFFSET_##TYPE(field)},
    OPTIONS_LIST(X)
#undef X
};
#define PERCENT_MIN 1.0
#define OPTIONS     (sizeof options / sizeof options[0])
_Static_assert(OPTIONS == CONFIG_OPTIONS, "the options and their origins");

static void environment_name(const struct option *option, char out[64]) {
    static const char prefix[] = "KZGD_";
    size_t at = sizeof prefix - 1;
    memcpy(out, prefix, at);
    for (const char *c = option->flag; *c != '\0'; c++) out[at++] = (char)(*c == '-' ? '_' : toupper(*c));
    out[at] = '\0';
}

static bool complain(const char *source, const char *text, const char *why) {
    fprintf(stderr, "kzgd: %s: '%s' %s (kzgd --help lists the options)\n", source, text, why);
    return false;
}

static bool complain_range(const struct option *option, const char *source, const char *text) {
    char why[160];
    if (option->type == SECONDS) {
        snprintf(why, sizeof why, "is not a number of seconds from %g to %g", (double)option->min / 1000,
                 (double)option->max / 1000);
    } else if (option->type == BYTES || option->type == PORTION) {
        char min[32], max[32];
        config_spell_bytes(option->min, min, sizeof min);
        config_spell_bytes(option->max, max, sizeof max);
        snprintf(why, sizeof why, "is not a number of bytes from %s to %s (KiB, MiB, GiB)%s", min, max,
                 option->type == PORTION ? ", nor per cent up to 100%" : "");
    } else {
        snprintf(why, sizeof why, "is not a whole number from %" PRId64 " to %" PRId64, option->min, option->max);
    }
    return complain(source, text, why);
}

/* For the types that are kept in a number. */
static bool parse_number(enum type type, const char *text, int64_t *ret) {
    if (type == SECONDS) return config_parse_seconds(text, ret);
    return type == BYTES ? config_parse_bytes(text, ret) : config_parse_count(text, ret);
}

static bool set_portion(struct config_portion *field, const struct option *option, const char *source,
                        const char *text) {
    struct config_portion portion;
    bool ok = config_parse_portion(text, &portion);
    ok = ok && (portion.bytes > 0 ? portion.bytes >= option->min && portion.bytes <= option->max
                                  : portion.percent >= PERCENT_MIN && portion.percent <= 100);
    if (!ok) return complain_range(option, source, text);
    *field = portion;
    return true;
}

/* source names the flag or variable in messages. */
static bool set(struct config *config, const struct option *option, const char *source, const char *text) {
    char *field = (char *)config + option->offset;
    int64_t number;
    if (option->type == TEXT) {
        memcpy(field, &text, sizeof text);
        return true;
    }
    if (option->type == PORTION) return set_portion((struct config_portion *)(void *)field, option, source, text);
    bool word = !isdigit((unsigned char)option->standard[0]) && strcmp(text, option->standard) == 0;
    if (word) {
        number = CONFIG_AUTO;
    } else {
        bool ok = parse_number(option->type, text, &number);
        if (!ok || number < option->min || number > option->max) return complain_range(option, source, text);
    }
    memcpy(field, &number, sizeof number);
    return true;
}

static void print_help(void) {
    printf("kzgd: KZG commitments, proofs and cells over HTTP (EIP-4844, EIP-7594)\n\n"
           "usage: kzgd [--OPTION VALUE | --OPTION=VALUE]...\n\n"
           "Every option can also be given as an environment variable: --queue-length as KZGD_QUEUE_LENGTH.\n"
           "Sockets passed by a service manager (LISTEN_FDS; names api and admin) replace the two addresses.\n"
           "SIGTERM or SIGINT finishes what was accepted and exits with 0; a second one exits at once.\n\n");
    for (size_t i = 0; i < OPTIONS; i++) {
        const struct option *option = &options[i];
        char left[64];
        snprintf(left, sizeof left, "--%s %s", option->flag, option->value);
        printf("  %-32s %s [%s]\n", left, option->help, option->standard[0] == '\0' ? "none" : option->standard);
    }
    printf("  %-32s %s\n  %-32s %s\n  %-32s %s\n", "--check-config",
           "check options and environment, start nothing, and exit: 0 when they can be used, else 2", "--version",
           "print version, commit and arithmetic, and exit", "--help", "print this and exit");
}

static const struct option *find(const char *flag, size_t length) {
    for (size_t i = 0; i < OPTIONS; i++) {
        if (strlen(options[i].flag) == length && memcmp(options[i].flag, flag, length) == 0) return &options[i];
    }
    return NULL;
}

static bool read_environment(struct config *config) {
    for (size_t i = 0; i < OPTIONS; i++) {
        char name[64];
        environment_name(&options[i], name);
        const char *text = getenv(name);
        if (text == NULL) continue;
        if (!set(config, &options[i], name, text)) return false;
        config->origin[i] = CONFIG_ENVIRONMENT;
    }
    return true;
}

static bool read_argument(struct config *config, int argc, char **argv, int *i) {
    const char *argument = argv[*i];
    if (strncmp(argument, "--", 2) != 0) return complain("arguments", argument, "is not an option");
    size_t length = strcspn(argument + 2, "=");
    const struct option *option = find(argument + 2, length);
    if (option == NULL) return complain("arguments", argument, "is not an option of kzgd");
    char source[64];
    snprintf(source, sizeof source, "--%s", option->flag);
    config->origin[option - options] = CONFIG_FLAG;
    if (argument[2 + length] == '=') return set(config, option, source, argument + 2 + length + 1);
    if (*i + 1 == argc) return complain("arguments", argument, "needs a value");
    return set(config, option, source, argv[++*i]);
}

static bool check_words(struct config *config) {
    if (!kzgops_log_format_parse(config->log_format, &config->parsed_log_format)) {
        return complain("--log-format", config->log_format, "is none of json, logfmt, text, journal, auto");
    }
    if (config->parsed_log_format == KZGOPS_LOG_JOURNAL && config->log_file[0] != '\0') {
        return complain("--log-format", config->log_format, "is not for a --log-file");
    }
    if (!kzgops_log_level_parse(config->log_level, &config->parsed_log_level)) {
        return complain("--log-level", config->log_level, "is none of debug, info, warn, error");
    }
    config->heap_profile_on = strcmp(config->heap_profile, "on") == 0;
    if (!config->heap_profile_on && strcmp(config->heap_profile, "off") != 0) {
        return complain("--heap-profile", config->heap_profile, "is neither on nor off");
    }
    if (!verify_mode_parse(config->verify_results, &config->parsed_verify_results)) {
        return complain("--verify-results", config->verify_results, "is none of always, sample, off");
    }
    if (config->backend[0] == '\0') return complain("--backend", "", "is not a name");
    return true;
}

/* Their form; what only binding can tell is left to the start. */
static bool check_addresses(const struct config *config) {
    bool shared = config->shared_listen[0] != '\0';
    if (shared && config->control[0] != '\0')
        return complain("--shared-listen", config->shared_listen, "and --control exclude one another");
    return listen_check("--listen", config->listen) && listen_check("--admin-listen", config->admin_listen) &&
           (!shared || listen_check_shared("--shared-listen", config->shared_listen));
}

enum config_outcome config_read(struct config *ret_config, int argc, char **argv) {
    bool version = false, check = false;
    memset(ret_config, 0, sizeof *ret_config);
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0) {
            print_help();
            return CONFIG_HELP;
        }
    }
    for (size_t i = 0; i < OPTIONS; i++) {
        if (!set(ret_config, &options[i], options[i].flag, options[i].standard)) return CONFIG_INVALID;
    }
    if (!read_environment(ret_config)) return CONFIG_INVALID;
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--version") == 0) {
            version = true;
        } else if (strcmp(argv[i], "--check-config") == 0) {
            check = true;
        } else if (!read_argument(ret_config, argc, argv, &i)) {
            return CONFIG_INVALID;
        }
    }
    if (!check_words(ret_config) || !control_check(ret_config->control)) return CONFIG_INVALID;
    if (check && !version) return check_addresses(ret_config) ? CONFIG_CHECK : CONFIG_INVALID;
    return version ? CONFIG_VERSION : CONFIG_RUN;
}

/* ---- Showing -----------------------------------------------------------------------------------------------------
 */

static const char *const origin_names[] = {"default", "environment", "flag"};

/* The value as the command line would take it. */
static void spell(const struct config *config, const struct option *option, char *out, size_t size) {
    const char *field = (const char *)config + option->offset;
    int64_t number;
    if (option->type == TEXT) {
        const char *text;
        memcpy(&text, field, sizeof text);
        snprintf(out, size, "%s", text);
        return;
    }
    if (option->type == PORTION) {
        config_spell_portion((const struct config_portion *)(const void *)field, out, size);
        return;
    }
    memcpy(&number, field, sizeof number);
    if (number == CONFIG_AUTO) {
        snprintf(out, size, "%s", option->standard);
    } else if (option->type == BYTES) {
        config_spell_bytes(number, out, size);
    } else if (option->type == SECONDS) {
        snprintf(out, size, "%g", (double)number / 1000);
    } else {
        snprintf(out, size, "%" PRId64, number);
    }
}

size_t config_text(const struct config *config, char *out, size_t size) {
    struct kzgops__text text;
    char value[1024];
    kzgops__text_begin(&text, out, size);
    for (size_t i = 0; i < OPTIONS; i++) {
        spell(config, &options[i], value, sizeof value);
        kzgops__text_add(&text, "--%-26s %-24s (%s)\n", options[i].flag, value[0] == '\0' ? "none" : value,
                         origin_names[config->origin[i]]);
    }
    return text.used;
}

size_t config_json(const struct config *config, char *out, size_t size) {
    struct kzgops__text text;
    char value[1024];
    kzgops__text_begin(&text, out, size);
    kzgops__json_open(&text, "{");
    for (size_t i = 0; i < OPTIONS; i++) {
        spell(config, &options[i], value, sizeof value);
        kzgops__json_key(&text, options[i].flag);
        kzgops__json_open(&text, "{");
        kzgops__json_text(&text, "value", value);
        kzgops__json_text(&text, "origin", origin_names[config->origin[i]]);
        kzgops__json_close(&text, "}");
    }
    kzgops__json_close(&text, "}");
    return text.used;
}
