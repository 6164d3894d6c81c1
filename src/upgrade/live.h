/* Requests of clients as a proof: the old instance copies some that it answers (kzgd's /debug/tap), and the new one
 * is asked the same. What it says must be what the client was told, byte for byte; where the client was told that its
 * input is wrong, status and code. Codes of failures: unreachable, live_differs. */
#ifndef UPGRADE_LIVE_H
#define UPGRADE_LIVE_H

#include <stddef.h>
#include <stdint.h>

#include "upgrade/verify.h"

#define LIVE_WHY_MAX 384

struct live_progress {
    size_t begun;     /* requests that are being copied, or are */
    size_t filling;   /* of those, in progress */
    uint64_t dropped; /* that were not */
    bool copying;     /* more may come */
};

struct live_result {
    size_t compared;
    size_t shed; /* whose load the new one shed each time */
};

/* Has the old one copy so many requests (1 to 1000), for at most that long. False: it cannot, why says a sentence;
 * that is no failure. */
bool live_begin(const struct verify *verify, const struct upgrade_instance *old, size_t requests, double seconds,
                char why[LIVE_WHY_MAX]);

/* False: it could not be asked. */
bool live_look(const struct verify *verify, const struct upgrade_instance *old, struct live_progress *ret);

/* Asks new_one what was copied. A request whose answers differ is kept in three files, <keep>.request, .old and .new;
 * keep NULL: it is not. */
UPGRADE_MUST_USE bool live_compare(const struct verify *verify, const struct upgrade_instance *old,
                                   const struct upgrade_instance *new_one, size_t begun, const char *keep,
                                   struct live_result *ret);

/* Ends it; the old one drops its copies. One that cannot be asked does so by itself. */
void live_end(const struct verify *verify, const struct upgrade_instance *old);

#endif
