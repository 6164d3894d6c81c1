/* One upgrade at a time: <state folder>/lock, held by the kernel's lock on it and naming its owner.
 *
 * The kernel lets go of it when its owner ends, however it ends: what a dead owner left in the file is stale and is
 * taken over, which the caller tells. Where the folder is shared between machines whose kernels do not know each
 * other's locks, the name of the host in the file protects: an owner on another host is taken over only when asked
 * to. */
#ifndef UPGRADE_LOCK_H
#define UPGRADE_LOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "upgrade/driver.h"

struct lock_owner {
    int64_t pid;
    char host[256];
    int64_t since_s; /* Unix time */
    char what[UPGRADE_ID_MAX + 32];
};

struct lock {
    int fd; /* -1: not held */
    char path[1200];
};

enum lock_result {
    LOCK_TAKEN,
    LOCK_TAKEN_OVER, /* *ret_owner: who had it and ended without giving it back */
    LOCK_HELD,       /* *ret_owner has it */
    LOCK_ELSEWHERE,  /* *ret_owner on another host had or has it */
    LOCK_FAILED,     /* why: no folder, no right, not a lock */
};

/* Makes the folder (and those above it). what: what for. */
UPGRADE_MUST_USE enum lock_result lock_take(struct lock *ret_lock, const char *folder, const char *what, bool force,
                                            struct lock_owner *ret_owner, char *why, size_t why_size);
/* Safe on one that is not held. */
void lock_give(struct lock *lock);

/* Is there an owner that lives, as far as this host can see? Takes nothing. */
bool lock_look(const char *folder, struct lock_owner *ret_owner);

/* "process 12 on host h, since 3 min, for u2026...": for messages. */
void lock_owner_text(const struct lock_owner *owner, char *out, size_t size);

#endif
