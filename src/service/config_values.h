/* How an option's value is written on the command line: read, and spelled again. */
#ifndef SERVICE_CONFIG_VALUES_H
#define SERVICE_CONFIG_VALUES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Bytes, or a share of something that is only known later. */
struct config_portion {
    int64_t bytes;  /* 0: it is a share */
    double percent; /* 0: it is bytes */
};

/* All return false for anything else, and leave *ret as it is then. */

/* Digits alone. */
bool config_parse_count(const char *text, int64_t *ret);
/* Digits with a point among them; no exponent, sign or words that strtod would take. */
bool config_parse_seconds(const char *text, int64_t *ret_ms);
/* Digits, and KiB, MiB or GiB behind them or nothing for bytes. */
bool config_parse_bytes(const char *text, int64_t *ret);
/* Such bytes, or a number with a % behind it. */
bool config_parse_portion(const char *text, struct config_portion *ret);

/* With the largest unit that divides it. */
void config_spell_bytes(int64_t bytes, char *out, size_t size);
void config_spell_portion(const struct config_portion *portion, char *out, size_t size);

#endif
