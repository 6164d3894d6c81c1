/* Programs of the process driver: is it that version, does it take the running one's configuration, its digest, and
 * copies that nobody changes any more. */
#ifndef UPGRADE_PROCESS_BINARY_H
#define UPGRADE_PROCESS_BINARY_H

#include <stdbool.h>
#include <sys/types.h>

#include "upgrade/driver.h"

#define PROCESS_DIGEST_MAX 72 /* "sha256:", 64 digits, NUL */

/* The program that is to come: in a rollback the one that ran before, else --with binary. "" when none is named. */
void process_binary_wanted(const struct upgrade_call *call, char *out, size_t size);

/* Checks "binary", "signature" and "digest" (when they are asked for), and of a program that passes these
 * "binary_version", "config" and "formats", the last two with arguments and environment of the running pid. False
 * only when it could not look, with the failure. */
UPGRADE_MUST_USE bool process_binary_check(struct upgrade_call *call, const char *binary, pid_t pid);

/* Whether the file has the signature that is asked for, if one is. False with the failure. */
UPGRADE_MUST_USE bool process_binary_signed(struct upgrade_call *call, const char *binary);

/* The digest of a file, by sha256sum. */
UPGRADE_MUST_USE bool process_binary_digest(struct upgrade_call *call, const char *path,
                                            char out[PROCESS_DIGEST_MAX]);

/* Copies a program, whole or not at all, executable by all. */
UPGRADE_MUST_USE bool process_binary_copy(struct upgrade_call *call, const char *from, const char *to);

/* The running pid's command line with another program, as a person types it; "" when it cannot be read. */
void process_binary_command(const char *binary, pid_t pid, char *out, size_t size);

#endif
