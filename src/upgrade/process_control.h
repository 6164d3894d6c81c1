/* Words with a kzgd over its control socket (docs/operating/handover.md), for the process driver. */
#ifndef UPGRADE_PROCESS_CONTROL_H
#define UPGRADE_PROCESS_CONTROL_H

#include <limits.h>
#include <stdbool.h>
#include <sys/types.h>

#include "upgrade/driver.h"

/* What a kzgd says of itself; texts "" where it says nothing. */
struct process_status {
    char instance[UPGRADE_ID_MAX];
    pid_t pid;
    uid_t uid; /* as the kernel has it */
    char role[16];
    char phase[16];
    char version[UPGRADE_VERSION_MAX];
    char binary[PATH_MAX];
    char api[UPGRADE_ADDRESS_MAX];
    char admin[UPGRADE_ADDRESS_MAX];
    char predecessor[UPGRADE_ID_MAX];
    char successor[UPGRADE_ID_MAX];
    pid_t successor_pid; /* 0: it has ended */
    char successor_end[64];
};

enum process_answer {
    PROCESS_ANSWERED,
    PROCESS_NOBODY, /* no such socket, or nobody listens: that instance is not there */
    PROCESS_ERROR,  /* it said no, or nothing in time: call->failure */
};

/* Sends a command to the instance (NULL: to the one that serves) and waits for its answer, at most 5 s or the call's
 * deadline. With PROCESS_ERROR the failure's code is "control_" and kzgd's. */
UPGRADE_MUST_USE enum process_answer process_ask(struct upgrade_call *call, const char *instance, const char *command,
                                                 struct process_status *ret);

/* A pause between two looks, at most to the deadline; false when that has come. */
bool process_pause(const struct upgrade_call *call);

/* ---- Notes: lines "key value" ---- */

/* Copies the value of a key; "" and false when there is none, or no room. */
bool process_note(const char *notes, const char *key, char *out, size_t size);

/* Puts or replaces one in call->remembered. False, with the failure, when it is full. */
UPGRADE_MUST_USE bool process_remember(struct upgrade_call *call, const char *key, const char *value);

#endif
