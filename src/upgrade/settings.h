/* Settings by their list. */
#ifndef UPGRADE_SETTINGS_H
#define UPGRADE_SETTINGS_H

#include <stdbool.h>
#include <stddef.h>

#include "upgrade/settings_list.h"

struct upgrade_settings {
#define X(field, ...) double field;
    SETTINGS_LIST(X)
#undef X
};

struct setting_row {
    const char *name, *unit, *help;
    double fallback, min, max;
    size_t offset; /* in struct upgrade_settings */
};

extern const struct setting_row settings_rows[];
extern const size_t settings_count;

void settings_init(struct upgrade_settings *ret);

/* Sets one by its name. A number, for those in seconds also with ms, s, m or h behind it. On false *ret_why says what
 * is wrong, in a buffer of the caller's. */
bool settings_set(struct upgrade_settings *settings, const char *name, const char *text, char *why, size_t why_size);

#endif
