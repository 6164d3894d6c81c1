/* libkzgops, health: named checks that run in the background, and what they said last, for probes and for people.
 *
 * Probes never run a check: they read what the last run said, with its age, so they cost the same under load and add
 * none. One thread decides what is due and watches time limits; another runs the checks, one after the other. A check
 * that exceeds its limit is marked failed (timed out) and keeps the thread that it hangs on, and the others get a
 * new one: a hung check holds the others up for its limit at most, once, and is not started again before it returns.
 *
 * All functions may be called from any thread unless they say otherwise. Reading a report takes a lock for some
 * microseconds that no check holds while it runs. Seen with the bench in tests/unit/ops/test_health.c on an AMD EPYC
 * of a cloud machine, gcc 12 -O2, 16 checks: 0.7 us a report, 10 us its verbose text. */
#ifndef KZGOPS_HEALTH_H
#define KZGOPS_HEALTH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kzgops/sources.h"

#define KZGOPS_HEALTH_CHECKS_MAX  64
#define KZGOPS_HEALTH_NAME_MAX    64 /* with the terminator */
#define KZGOPS_HEALTH_MESSAGE_MAX 192
#define KZGOPS_HEALTH_UNIT_MAX    16

/* What a check that fails means for the whole. */
typedef enum kzgops_health_severity {
    KZGOPS_HEALTH_INFO = 0,    /* nothing: to be read */
    KZGOPS_HEALTH_WARNING = 1, /* degraded */
    KZGOPS_HEALTH_CRITICAL = 2 /* failed */
} kzgops_health_severity;

typedef enum kzgops_health_state {
    KZGOPS_HEALTH_OK = 0,
    KZGOPS_HEALTH_DEGRADED = 1, /* serves, and needs somebody to look */
    KZGOPS_HEALTH_FAILED = 2,
    KZGOPS_HEALTH_PENDING = 3 /* has not run yet; counts as failed */
} kzgops_health_state;

/* Which probes a check belongs to. Liveness is for what a restart cures, and nothing else. Every check is in the full
 * report, KZGOPS_HEALTH_ALL. */
#define KZGOPS_HEALTH_LIVENESS  1u
#define KZGOPS_HEALTH_READINESS 2u
#define KZGOPS_HEALTH_STARTUP   4u
#define KZGOPS_HEALTH_ALL       0u

/* What a check says. It comes as OK, with no message and neither value nor limit. */
typedef struct kzgops_health_result {
    kzgops_health_state state;
    bool has_value, has_limit;
    double value, limit;
    char unit[KZGOPS_HEALTH_UNIT_MAX];
    char message[KZGOPS_HEALTH_MESSAGE_MAX];
} kzgops_health_result;

typedef struct kzgops_health_check {
    const char *name; /* letters, digits, '.', '-', '_'; copied */
    kzgops_health_severity severity;
    unsigned classes;
    /* Runs on a thread of the checker, never twice at a time. */
    void (*run)(void *user, kzgops_health_result *ret);
    void *user;          /* borrowed until the checker is freed */
    int64_t interval_ns; /* 0: 10 s */
    int64_t limit_ns;    /* 0: 1 s */
} kzgops_health_check;

typedef struct kzgops_health_change {
    const char *name; /* lives as long as the checker */
    kzgops_health_severity severity;
    kzgops_health_state from, to;
    bool timed_out;
    char message[KZGOPS_HEALTH_MESSAGE_MAX];
    int64_t when_ns; /* realtime */
} kzgops_health_change;

typedef struct kzgops_health_config {
    /* A check's state has changed, its first run included. Called from threads of the checker, without a lock held.
     * Must not free or stop the checker, nor wait for a check. NULL: none. */
    void (*changed)(void *user, const kzgops_health_change *change);
    void *user;
    const kzgops_sources *sources; /* borrowed; NULL: the real ones */
} kzgops_health_config;

typedef struct kzgops_health kzgops_health;

/* config NULL: all defaults. NULL when there is no memory; *ret_error (unless NULL) then says so. */
kzgops_health *kzgops_health_new(const kzgops_health_config *config, const char **ret_error);

/* Registers a check, before or after the start; it is due at once. NULL, or what is wrong with it, in words. */
const char *kzgops_health_add(kzgops_health *health, const kzgops_health_check *check);

/* Starts the threads (after a fork that makes a daemon, not before). NULL, or why not. */
const char *kzgops_health_start(kzgops_health *health);

/* Begins no more checks and waits up to that long (of real time; below 0: for ever) for the running one to end. False
 * when a check still hangs: then the checker cannot be freed, a process that ends just leaves it. */
bool kzgops_health_stop(kzgops_health *health, int64_t wait_ns);
/* Stops, waiting for ever, and frees. No other thread may use it any more. NULL is fine; returns NULL. */
kzgops_health *kzgops_health_free(kzgops_health *health);

/* The full check: runs every check once, now, and waits until each has ended or timed out; one that hangs since
 * earlier is not waited for. False when the checker does not run. */
bool kzgops_health_run(kzgops_health *health);
/* Looks at the clock again: for a test that has moved its own. */
void kzgops_health_wake(kzgops_health *health);

/* ---- Reports ------------------------------------------------------------------------------------------------- */

typedef struct kzgops_health_status {
    const char *name; /* lives as long as the checker */
    kzgops_health_severity severity;
    unsigned classes;
    kzgops_health_result result; /* of the last run, or "timed out" or "not run yet" or "no news" put in its place */
    bool timed_out;
    bool stale;          /* the result is older than three intervals and its limit: the checker is held up */
    int64_t duration_ns; /* of the last run that ended; of one that timed out, so far */
    int64_t age_ns;      /* since the result was set; below 0: there is none */
    uint64_t runs, failures, timeouts;
} kzgops_health_status;

typedef struct kzgops_health_snapshot {
    size_t count;
    kzgops_health_status check[KZGOPS_HEALTH_CHECKS_MAX]; /* in the order in which they were added */
} kzgops_health_snapshot;

/* What of a snapshot is shown and judged. */
typedef struct kzgops_health_view {
    const char *title;          /* "readyz": names the probe in the last line. NULL: "healthz" */
    unsigned classes;           /* checks of one of these; KZGOPS_HEALTH_ALL: all */
    bool verbose;               /* every line also when all is well */
    const char *const *exclude; /* names that are listed, not judged */
    size_t exclude_count;
} kzgops_health_view;

typedef struct kzgops_health_verdict {
    kzgops_health_state state; /* OK, DEGRADED or FAILED; FAILED is HTTP's 503, the others 200 */
    size_t passed;             /* OK */
    size_t degraded, failed;   /* of any severity; failed with those that are pending */
    size_t judged;
} kzgops_health_verdict;

/* All checks, each as of its last run. */
void kzgops_health_report(kzgops_health *health, kzgops_health_snapshot *ret);
/* view NULL: all checks. */
void kzgops_health_judge(const kzgops_health_snapshot *snapshot, const kzgops_health_view *view,
                         kzgops_health_verdict *ret);
/* NULL when there is none of that name. */
const kzgops_health_status *kzgops_health_find(const kzgops_health_snapshot *snapshot, const char *name);

/* In the grammar of the Kubernetes API server: "ok" when nothing failed and it is not verbose, else a line a check
 * ("[+]name ok", "[-]name failed: ...", "[+]name degraded: ...", "[+]name excluded: ok") and "healthz check passed"
 * or "healthz check failed". At most size bytes with a terminator are written; returns the length that it would have
 * had, as snprintf does. */
size_t kzgops_health_text(const kzgops_health_snapshot *snapshot, const kzgops_health_view *view, char *out,
                          size_t size);
size_t kzgops_health_json(const kzgops_health_snapshot *snapshot, const kzgops_health_view *view, char *out,
                          size_t size);
/* The same for one check: its line; its object. */
size_t kzgops_health_check_text(const kzgops_health_status *status, char *out, size_t size);
size_t kzgops_health_check_json(const kzgops_health_status *status, char *out, size_t size);

/* Shorthands that take a report themselves, over all checks: whether the verdict is not FAILED, and "N/M passed". */
bool kzgops_health_is_healthy(kzgops_health *health);
size_t kzgops_health_summary(kzgops_health *health, char *out, size_t size);

/* "ok", "degraded", "failed", "pending"; "info", "warning", "critical". */
const char *kzgops_health_state_name(kzgops_health_state state);
const char *kzgops_health_severity_name(kzgops_health_severity severity);

/* ---- Ready-made checks --------------------------------------------------------------------------------------- */

/* Each is registered in one call: the check says name, severity, classes, interval and limit (run and user are put
 * in), the rest is the check's own. Strings are borrowed until the checker is freed; a 0 stands for the default.
 * NULL, or what is wrong. Below (or above) the one threshold a check is degraded, at the other it has failed. What
 * cannot be read has failed, with the reason. */

/* Per cent free to unprivileged users, of the file system that holds the path. Defaults 10 and 5. One without a
 * number of inodes of its own passes. */
const char *kzgops_health_add_disk_space(kzgops_health *health, const kzgops_health_check *check, const char *path,
                                         double degraded_below, double failed_below);
const char *kzgops_health_add_disk_inodes(kzgops_health *health, const kzgops_health_check *check, const char *path,
                                          double degraded_below, double failed_below);
/* Per cent of the process's limit of descriptors in use. Defaults 80 and 95. */
const char *kzgops_health_add_descriptors(kzgops_health *health, const kzgops_health_check *check,
                                          double degraded_above, double failed_above);
/* Per cent of memory available, of the machine or of the process's control group (v2 or v1), whichever has less.
 * Defaults 10 and 5. */
const char *kzgops_health_add_memory(kzgops_health *health, const kzgops_health_check *check, double degraded_below,
                                     double failed_below);
/* The real-time clock was set, by at least step_ns (0: 0.5 s) between two runs: degraded for hold_ns (0: 10 min). */
const char *kzgops_health_add_clock(kzgops_health *health, const kzgops_health_check *check, int64_t step_ns,
                                    int64_t hold_ns);

/* A worker's sign of life. The worker calls working before each piece of work and idle after it; each is a clock read
 * and a store. One that has been at the same piece for longer than stuck_ns is stuck and named. */
typedef struct kzgops_heartbeat {
    const char *name;
    int64_t since_ns; /* monotonic, 0: idle. Use the functions */
} kzgops_heartbeat;
void kzgops_heartbeat_working(kzgops_heartbeat *beat, const kzgops_sources *sources);
void kzgops_heartbeat_idle(kzgops_heartbeat *beat);
/* Failed when all are stuck, degraded when some are. stuck_ns 0: 30 s. */
const char *kzgops_health_add_heartbeats(kzgops_health *health, const kzgops_health_check *check,
                                         const kzgops_heartbeat *beats, size_t count, int64_t stuck_ns);

/* A peer takes a connection, which is closed at once: "host:port", "[v6]:port" or "unix:/path". timeout_ns is for all
 * of its addresses together (0: half of the check's limit); the resolver's own time is bounded by the check's limit.
 */
const char *kzgops_health_add_connect(kzgops_health *health, const kzgops_health_check *check, const char *peer,
                                      int64_t timeout_ns);

#endif
