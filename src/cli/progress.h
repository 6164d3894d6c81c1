/* A progress bar on standard error: only when that is a terminal, only for work that lasts, never with --quiet. */
#ifndef CLI_PROGRESS_H
#define CLI_PROGRESS_H

#include <stdint.h>

struct cli;

/* Starts counting; items is their name in the plural, total how many are expected (0: not known). Nothing is drawn in
 * the first 300 ms, then at most ten times a second. One at a time. */
void progress_start(const struct cli *cli, const char *items, uint64_t total);
void progress_step(uint64_t done);

/* Takes the bar off the screen, so that something else can be written; the next step draws it again. */
void progress_clear(void);
void progress_stop(void);

#endif
