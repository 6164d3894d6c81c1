/* Proof that an instance is what was asked for and computes rightly. Every function tells what is wrong by filling a
 * failure, with codes: unreachable, version_wrong, not_ready, setup_differs, answer_wrong, cross_verification_failed,
 * shadow_differs, slower. */
#ifndef UPGRADE_VERIFY_H
#define UPGRADE_VERIFY_H

#include "upgrade/answers.h"
#include "upgrade/driver.h"
#include "upgrade/settings.h"
#include "upgrade/transport.h"

struct verify {
    const struct transport *transport;
    const struct upgrade_answers *answers;
    const struct upgrade_settings *settings;
    struct upgrade_failure *failure;
};

struct verify_version {
    char version[UPGRADE_VERSION_MAX];
    char setup_sha256[65]; /* "" while it is loading */
};

/* Fills the failure, unless there is one; returns false. For those who prove something in another file. */
bool verify_fail(const struct verify *verify, const char *code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* GET /version. */
UPGRADE_MUST_USE bool verify_get_version(const struct verify *verify, const struct upgrade_instance *instance,
                                         struct verify_version *ret);

/* GET /readyz is 200. */
UPGRADE_MUST_USE bool verify_ready(const struct verify *verify, const struct upgrade_instance *instance);

/* Version, trusted setup, ready, and the known answers of every operation. */
UPGRADE_MUST_USE bool verify_instance(const struct verify *verify, const struct upgrade_instance *instance,
                                      const char *version);

/* Proofs by one verified by the other, both ways. */
UPGRADE_MUST_USE bool verify_cross(const struct verify *verify, const struct upgrade_instance *a,
                                   const struct upgrade_instance *b);

/* count random requests to both: the same bytes, which are also the tool's own. With judge_speed, the new one must
 * not take settings->speed_ratio times as long (smallest of repeated times by operation; both must be without load).
 */
UPGRADE_MUST_USE bool verify_shadow(const struct verify *verify, const struct upgrade_instance *old,
                                    const struct upgrade_instance *new_one, size_t count, bool judge_speed);

/* GET /metrics into a text to be freed; NULL and the failure. */
char *verify_scrape(const struct verify *verify, const struct upgrade_instance *instance);

#endif
