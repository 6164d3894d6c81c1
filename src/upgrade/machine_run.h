/* One run of the machine, as its files share it: machine.c has the order of the states, machine_call.c how a driver
 * is called and waited for, machine_before.c, machine_forward.c, machine_watch.c and machine_back.c what each state
 * does.
 *
 * Every function that returns bool: false with run->failure filled, or with run->stopped. */
#ifndef UPGRADE_MACHINE_RUN_H
#define UPGRADE_MACHINE_RUN_H

#include "upgrade/drivers.h"
#include "upgrade/machine.h"
#include "upgrade/verify.h"

#define RUN_WHAT_MAX   384
#define RUN_FOLDER_MAX (JOURNAL_FOLDER_MAX + UPGRADE_ID_MAX + 2)

struct run {
    const struct machine *machine;
    struct journal *journal;
    struct driver_values values;
    struct upgrade_description description;
    struct upgrade_sink sink;
    struct upgrade_failure failure; /* of the step */
    char folder[RUN_FOLDER_MAX];    /* this upgrade's */
    char *why;                      /* the caller's, for stopped */
    bool stopped;
    bool excused;                   /* it was said that the machine is slow, not the version */
    struct upgrade_failure refusal; /* the first check that refused; code "" without */
};

/* ---- machine_call.c -------------------------------------------------------------------------------------------- */

/* Writes the journal and reports it. */
UPGRADE_MUST_USE bool run_save(struct run *run);

/* Fills the failure, unless there is one. Returns false. */
bool run_fail(struct run *run, const char *code, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* A check of the machine's own, reported like the driver's. */
void run_check(struct run *run, const char *name, enum upgrade_verdict verdict, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* Fills a call for the driver; notes is UPGRADE_REMEMBERED_MAX bytes, where the driver's notes are for the call. */
void run_call(struct run *run, struct upgrade_call *ret, char *notes);

/* One call of the driver's, with its time limit; notes that it changed are in the journal afterwards. */
UPGRADE_MUST_USE bool run_driver(struct run *run, enum upgrade_status (*function)(struct upgrade_call *call));
UPGRADE_MUST_USE bool run_driver_slot(struct run *run,
                                      enum upgrade_status (*function)(struct upgrade_call *call, size_t slot),
                                      size_t slot);
UPGRADE_MUST_USE bool run_describe(struct run *run);
UPGRADE_MUST_USE bool run_inspect(struct run *run, size_t slot, enum upgrade_side side, struct upgrade_instance *ret);

/* An instance that runs, with addresses that can be asked; run_close in any case. */
UPGRADE_MUST_USE bool run_open(struct run *run, size_t slot, enum upgrade_side side, struct upgrade_instance *ret);
void run_close(struct run *run, size_t slot, enum upgrade_side side);

/* A step around one function; what: "start slot 2 (new)". */
UPGRADE_MUST_USE bool run_step(struct run *run, const char *what, bool (*function)(struct run *run, size_t slot),
                               size_t slot);

/* Sleeps in pieces, reporting. False: interrupted, run->stopped. */
UPGRADE_MUST_USE bool run_sleep(struct run *run, const char *what, double seconds, double passed_s, double most_s);

/* Seconds between two looks at the clock. */
double run_seconds(const struct run *run, int64_t since_ms);
int64_t run_now(const struct run *run);

/* Polls until the instance runs and is ready, or is broken, or the timeout is over. */
UPGRADE_MUST_USE bool run_wait_up(struct run *run, size_t slot, enum upgrade_side side);
/* Polls until there is no such instance. */
UPGRADE_MUST_USE bool run_wait_absent(struct run *run, size_t slot, enum upgrade_side side);

struct verify run_verify(struct run *run);

/* A scrape of the instance into <folder>/<name>-<slot>.prom, put in place by rename; and that text again, for
 * free(). */
UPGRADE_MUST_USE bool run_keep_scrape(struct run *run, const char *name, size_t slot, enum upgrade_side side);
char *run_kept_scrape(struct run *run, const char *name, size_t slot);

#define SCRAPE_BASELINE "baseline" /* of the old instance, by prepare */
#define SCRAPE_BEFORE   "before"   /* of the new one, just before it gets clients */
#define SCRAPE_PEER     "peer"     /* at the same time, of an old one that stays as it is */

/* Slots that may have a new instance. */
size_t run_touched(const struct run *run);

/* The last slot, while it has its old instance alone: false, there is none. */
bool run_peer(const struct run *run, size_t *ret_slot);

/* ---- What each state does -------------------------------------------------------------------------------------- */

UPGRADE_MUST_USE bool run_plan(struct run *run);
UPGRADE_MUST_USE bool run_preflight(struct run *run);
UPGRADE_MUST_USE bool run_prepare(struct run *run);
UPGRADE_MUST_USE bool run_execute(struct run *run);
UPGRADE_MUST_USE bool run_prove(struct run *run);
UPGRADE_MUST_USE bool run_live(struct run *run, size_t slot);
UPGRADE_MUST_USE bool run_take_over(struct run *run);
UPGRADE_MUST_USE bool run_settle(struct run *run);
UPGRADE_MUST_USE bool run_bake(struct run *run);
UPGRADE_MUST_USE bool run_commit(struct run *run);
UPGRADE_MUST_USE bool run_go_back(struct run *run);
UPGRADE_MUST_USE bool run_verify_back(struct run *run);

/* The driver's clean; a failure is said and no more. */
void run_clean(struct run *run);

#endif
