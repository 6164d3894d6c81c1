/* The folder of profiles that are kept by themselves, <state-dir>/captures: files <utc>-<trigger>.<ending>, a bounded
 * number of each trigger. An ending may have points in it. What is written there is there after a kill. */
#ifndef SERVICE_CAPTURES_H
#define SERVICE_CAPTURES_H

#include <stdbool.h>
#include <stddef.h>

#define CAPTURES_KEPT     8 /* of a trigger */
#define CAPTURES_PATH_MAX 1024

struct captures;

/* Makes the folder. NULL without a state folder (""), and, with a log line, when nothing can be written there. */
struct captures *captures_new(const char *state_dir);
struct captures *captures_free(struct captures *captures); /* NULL is fine; returns NULL */

const char *captures_folder(const struct captures *captures); /* borrowed */

/* The path of a new capture, without an ending: "<folder>/20261127T054610.123Z-<trigger>". */
void captures_path(const struct captures *captures, const char *trigger, char out[CAPTURES_PATH_MAX]);

/* Writes base.ending, whole or not at all. */
bool captures_write(const char *base, const char *ending, const void *data, size_t size);

/* Deletes the oldest of that trigger beyond the bound. */
void captures_trim(const struct captures *captures, const char *trigger);

#endif
