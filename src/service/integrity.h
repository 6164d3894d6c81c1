/* Whether this instance may trust its own answers, again and again while it serves.
 *
 * One thread of low priority (nice 10) goes through a round every --self-test-interval: each known answer of
 * the self-test, one operation at a time, and the digest of each piece of the setup and tables. Before each piece it
 * waits for an idle worker, for a bounded time, so that a daemon under full load is tested too; the kernel gives it
 * what the workers leave. So a round is never in the way of a request by more than one piece of that priority.
 *
 * A wrong answer closes the gate at once: the instance is not ready, no answer leaves that was computed before, and
 * requests wait. A second thread, of normal priority, then finds out what it was:
 *   memory of the setup or the tables has changed: nothing can be computed here any more; a restart cures it
 *   a variant computes wrongly: it is quarantined until the daemon ends, the portable one is proven with the whole
 *     self-test, and the gate opens again, degraded
 *   the portable one computes wrongly: nothing can be computed here any more
 *   a result failed its check (--verify-results) and all else is right: the gate opens again; the second time the
 *     variant is quarantined too, since the self-test's inputs may not show what is wrong with it */
#ifndef SERVICE_INTEGRITY_H
#define SERVICE_INTEGRITY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct gate;
struct service;
struct integrity;

enum integrity_state {
    INTEGRITY_UNPROVEN, /* starting, or something wrong was seen and is being looked at */
    INTEGRITY_TRUSTED,
    INTEGRITY_MEMORY_DAMAGED, /* for good, as the next one: the gate is shut */
    INTEGRITY_NO_ARITHMETIC
};

#define INTEGRITY_WORD_MAX 64

struct integrity_view {
    enum integrity_state state;
    const char *backend;               /* in use; static */
    const char *quarantined;           /* static, NULL: none */
    char wrong[INTEGRITY_WORD_MAX];    /* the last wrong answer or damaged memory, "" while there was none */
    unsigned passed, total;            /* answers of the last whole self-test */
    uint64_t runs_passed, runs_failed; /* whole self-tests, with the one at start */
    int64_t proven_ns;                 /* monotonic and realtime, end of the last one that passed; 0: none */
    int64_t proven_at_ns;
    uint64_t results_wrong;  /* results that failed their check */
    int64_t result_wrong_ns; /* monotonic; 0: none */
};

/* NULL when there is no memory. */
struct integrity *integrity_new(struct service *service);
/* Stopped; NULL is fine; returns NULL. */
struct integrity *integrity_free(struct integrity *integrity);

/* At the start, with a context: the whole self-test on the calling thread. */
bool integrity_prove(struct integrity *integrity);
/* After that has failed: takes the portable variant. False when it was that already. The context must be made anew,
 * since its tables come from a variant that computes wrongly, and proven. */
bool integrity_fall_back(struct integrity *integrity);

/* Starts the two threads, with the memory that they need. */
bool integrity_start(struct integrity *integrity);
void integrity_stop(struct integrity *integrity);

struct gate *integrity_gate(struct integrity *integrity);

/* Any thread: a result has failed its check. Closes the gate and has everything looked at. */
void integrity_result_wrong(struct integrity *integrity, const char *operation, const char *request_id);

/* Any thread. */
void integrity_read(struct integrity *integrity, struct integrity_view *ret);
const char *integrity_backend(struct integrity *integrity);

#endif
