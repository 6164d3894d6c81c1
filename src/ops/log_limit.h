/* Rate limit of repeated lines: those of one event at one level, by the second. */
#ifndef OPS_LOG_LIMIT_H
#define OPS_LOG_LIMIT_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kzgops/log.h"

/* Events at one level that can be told apart; those that find no slot are not limited. A power of two. */
#define KZGOPS__LOG_LIMIT_SLOTS 64

struct kzgops__log_slot {
    _Atomic(const char *) event;
    _Atomic uint64_t state; /* second, then lines in it, 32 bits each */
};

struct kzgops__log_limit {
    _Atomic uint32_t rate; /* lines a second, 0: no limit */
    atomic_bool pending;   /* something is suppressed that was not told */
    struct kzgops__log_slot slots[KZGOPS_LOG_LEVELS][KZGOPS__LOG_LIMIT_SLOTS];
};

/* Whether this line is to be written; false: it is counted in its slot. *ret_repeated is how many were suppressed in
 * the second that this line ends, which the caller has to tell. */
bool kzgops__log_limit_pass(struct kzgops__log_limit *limit, kzgops_log_level level, const char *event,
                            int64_t monotonic_ns, uint64_t *ret_repeated);

/* Calls tell for each event with suppressed lines whose second is over, or (all) of all. */
void kzgops__log_limit_sweep(struct kzgops__log_limit *limit, int64_t monotonic_ns, bool all,
                             void (*tell)(void *user, kzgops_log_level level, const char *event, uint64_t repeated),
                             void *user);

#endif
