/* Drivers by their list. */
#ifndef UPGRADE_DRIVERS_H
#define UPGRADE_DRIVERS_H

#include "upgrade/driver.h"
#include "upgrade/journal.h"

/* All of them, ended by NULL. */
extern const struct upgrade_driver *const upgrade_drivers[];

/* The driver of that name, or NULL. */
const struct upgrade_driver *drivers_find(const char *name);

#define DRIVER_OPTIONS_MAX 32

/* A driver's options and their values, by the driver's table; value[i] points into text or at a fallback. */
struct driver_values {
    char text[JOURNAL_VALUES_MAX];
    const char *value[DRIVER_OPTIONS_MAX];
};

/* Adds "name=value" to lines ("name=value\n"..., as in the journal), once the driver is found to have such an option
 * and the value to be of its kind. On false why says what is wrong. */
UPGRADE_MUST_USE bool drivers_add_value(const struct upgrade_driver *driver, char lines[JOURNAL_VALUES_MAX],
                                        const char *assignment, char *why, size_t why_size);

/* Checks and fills all values of the driver from lines; what must be given and is not is an error. */
UPGRADE_MUST_USE bool drivers_values(const struct upgrade_driver *driver, const char *lines,
                                     struct driver_values *ret, char *why, size_t why_size);

#endif
