/* Formats of what a kzgd leaves on disk for the next one, as kzgd --check-config says them: "formats:
 * flight_recorder=1". An upgrade, and the rollback after it, can only tell how a process ended when old and new have
 * the same. A table cache is not among them: each version looks whether it is its own, and makes another anew. */
#ifndef UPGRADE_FORMATS_H
#define UPGRADE_FORMATS_H

#include "upgrade/driver.h"

#define FORMATS_MAX 128

/* The line's rest; "" when the output has none. */
void formats_read(const char *output, char out[FORMATS_MAX]);

/* The check "formats": a warning where they differ, or where one does not say. */
void formats_check(struct upgrade_call *call, const char *old, const char *new_one);

#endif
