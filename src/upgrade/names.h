/* What may stand in a command line, a file name, a URL or a label: everything that comes from outside is checked here
 * once, before anything is run. No function here allocates or remembers. */
#ifndef UPGRADE_NAMES_H
#define UPGRADE_NAMES_H

#include "upgrade/driver.h"

/* A version as given to --to: letters, digits, and . + _ -, beginning with a letter or digit, below
 * UPGRADE_VERSION_MAX bytes, and no ".." in it (it becomes part of paths). */
bool name_is_version(const char *text);

/* A value of that kind of option; "" is no value of any. On false *ret_why says what was expected. */
bool name_is_value(enum upgrade_option_kind kind, const char *text, const char **ret_why);

/* An upgrade's id: lower-case letters, digits, '-', beginning with a letter, below UPGRADE_ID_MAX. */
bool name_is_id(const char *text);

/* Order of versions as semantic versioning has it: numbers by value, a pre-release before its release, build metadata
 * (behind '+') does not count, an optional leading 'v' neither. Negative, 0, positive. False when one of them begins
 * with no number: then there is no order. */
bool name_compare_versions(const char *a, const char *b, int *ret_order);

/* host:port, [v6]:port or unix:/path. */
bool name_is_address(const char *text);

#endif
