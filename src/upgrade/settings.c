#include "upgrade/settings.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const struct setting_row settings_rows[] = {
#define X(field, name, fallback, min, max, unit, help) \
    {name, unit, help, fallback, min, max, offsetof(struct upgrade_settings, field)},
    SETTINGS_LIST(X)
#undef X
};
const size_t settings_count = sizeof settings_rows / sizeof *settings_rows;

static double *place(struct upgrade_settings *settings, const struct setting_row *row) {
    return (double *)(void *)((char *)settings + row->offset);
}

void settings_init(struct upgrade_settings *ret) {
    for (size_t i = 0; i < settings_count; i++) *place(ret, &settings_rows[i]) = settings_rows[i].fallback;
}

/* Decimal digits with a point; a factor for a unit of time. */
static bool read_number(const char *text, bool seconds, double *ret) {
    static const struct {
        const char *unit;
        double factor;
    } units[] = {{"ms", 0.001}, {"s", 1}, {"m", 60}, {"h", 3600}};
    char *end;
    if (text[strspn(text, "0123456789.")] != '\0' && !seconds) return false;
    if (text[0] < '0' || text[0] > '9') return false;
    if (text[0] == '0' && (text[1] == 'x' || text[1] == 'X')) return false;
    *ret = strtod(text, &end);
    if (*end == '\0') return isfinite(*ret);
    for (size_t i = 0; seconds && i < sizeof units / sizeof *units; i++)
        if (strcmp(end, units[i].unit) == 0) {
            *ret *= units[i].factor;
            return isfinite(*ret);
        }
    return false;
}

bool settings_set(struct upgrade_settings *settings, const char *name, const char *text, char *why, size_t why_size) {
    for (size_t i = 0; i < settings_count; i++) {
        const struct setting_row *row = &settings_rows[i];
        double value;
        if (strcmp(row->name, name) != 0) continue;
        bool seconds = strcmp(row->unit, "s") == 0;
        bool whole = strcmp(row->unit, "instances") == 0 || strcmp(row->unit, "0 or 1") == 0;
        if (!read_number(text, seconds, &value) || value < row->min || value > row->max ||
            (whole && value != floor(value))) {
            snprintf(why, why_size, "%s is '%.80s': expected a%s number from %g to %g%s", name, text,
                     whole ? " whole" : "", row->min, row->max,
                     seconds ? ", in seconds or with ms, s, m or h behind it" : "");
            return false;
        }
        *place(settings, row) = value;
        return true;
    }
    snprintf(why, why_size, "there is no setting '%.80s'", name);
    return false;
}
