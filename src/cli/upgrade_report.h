/* How kzg upgrade tells what it does: lines for people with a progress line on terminals, or one JSON object a line.
 */
#ifndef CLI_UPGRADE_REPORT_H
#define CLI_UPGRADE_REPORT_H

#include <stdio.h>

#include "cli/cli.h"
#include "upgrade/machine.h"

struct upgrade_report {
    const struct cli *cli;
    bool yes;           /* do not ask */
    bool dry_run;       /* look, tell, and go no further */
    bool terminal;      /* of the progress line */
    bool drawn;         /* the progress line is there */
    bool asked_in_vain; /* there was nobody to ask */
    int state;          /* that was told last; -1: none */
    size_t first;       /* of the slots that were told last */
    char step[512];     /* that runs */
    int64_t began_ms;   /* when */
};

/* ret and *ret_reporter belong together. Takes SIGINT and SIGTERM: the first one stops the machine where it can go on
 * later, a second one ends the process. A terminal that goes away (SIGHUP) stops nothing: an upgrade comes to its
 * end, one or the other, by itself. */
void report_open(struct upgrade_report *ret, const struct cli *cli, struct machine_reporter *ret_reporter);

/* Away with the progress line. */
void report_clear(struct upgrade_report *report);

/* That an upgrade before ended without giving the lock back: it was killed. */
void report_stale_lock(const struct cli *cli, const char *owner);

/* A member of a JSON object: ,"key":"text". */
void report_json_text(FILE *out, const char *key, const char *text);

/* Unix time as 2026-01-31T12:00:00Z. */
const char *report_time(int64_t seconds, char out[32]);

#endif
