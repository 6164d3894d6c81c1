#include "upgrade/drivers.h"

#include <stdio.h>
#include <string.h>

#include "base/assert.h"
#include "upgrade/names.h"

const struct upgrade_driver *drivers_find(const char *name) {
    for (size_t i = 0; upgrade_drivers[i] != NULL; i++)
        if (strcmp(upgrade_drivers[i]->name, name) == 0) return upgrade_drivers[i];
    return NULL;
}

/* The option that begins an assignment, and where its value begins; NULL: none. */
static const struct upgrade_option *find_option(const struct upgrade_driver *driver, const char *assignment,
                                                const char **ret_value) {
    size_t length = strcspn(assignment, "=");
    for (const struct upgrade_option *option = driver->options; option->name != NULL; option++)
        if (strlen(option->name) == length && memcmp(option->name, assignment, length) == 0) {
            *ret_value = assignment + length + (assignment[length] == '=');
            return option;
        }
    return NULL;
}

bool drivers_add_value(const struct upgrade_driver *driver, char lines[JOURNAL_VALUES_MAX], const char *assignment,
                       char *why, size_t why_size) {
    const char *value, *expected;
    const struct upgrade_option *option = find_option(driver, assignment, &value);
    if (option == NULL || strchr(assignment, '=') == NULL) {
        snprintf(why, why_size, "'%.80s' is no name=value of an option of the driver %s", assignment, driver->name);
        return false;
    }
    if (!name_is_value(option->kind, value, &expected)) {
        snprintf(why, why_size, "%s is '%.200s': expected %s", option->name, value, expected);
        return false;
    }
    size_t used = strlen(lines), room = JOURNAL_VALUES_MAX - used;
    int n = snprintf(lines + used, room, "%s\n", assignment);
    if (n > 0 && (size_t)n < room) return true;
    lines[used] = '\0';
    snprintf(why, why_size, "the driver's values are too long: more than %d bytes", JOURNAL_VALUES_MAX);
    return false;
}

/* One line of text, ended in place. */
static bool take_line(const struct upgrade_driver *driver, char *line, struct driver_values *ret, char *why,
                      size_t why_size) {
    const char *value, *expected = "a value";
    const struct upgrade_option *option = find_option(driver, line, &value);
    if (option != NULL && name_is_value(option->kind, value, &expected)) {
        ret->value[option - driver->options] = value;
        return true;
    }
    snprintf(why, why_size, "'%.200s' is no option of the driver %s with %s", line, driver->name, expected);
    return false;
}

bool drivers_values(const struct upgrade_driver *driver, const char *lines, struct driver_values *ret, char *why,
                    size_t why_size) {
    memset(ret->value, 0, sizeof ret->value);
    snprintf(ret->text, sizeof ret->text, "%s", lines);
    for (char *at = ret->text; *at != '\0';) {
        size_t length = strcspn(at, "\n");
        char *line = at;
        at += length + (at[length] == '\n');
        line[length] = '\0';
        if (!take_line(driver, line, ret, why, why_size)) return false;
    }
    for (size_t i = 0; driver->options[i].name != NULL; i++) {
        const struct upgrade_option *option = &driver->options[i];
        KZG_ASSERT(i < DRIVER_OPTIONS_MAX);
        if (ret->value[i] == NULL) ret->value[i] = option->fallback;
        if (ret->value[i] != NULL) continue;
        snprintf(why, why_size, "the driver %s needs %s: --with %s=... (%s)", driver->name, option->name,
                 option->name, option->help);
        return false;
    }
    return true;
}
