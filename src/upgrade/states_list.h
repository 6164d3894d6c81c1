/* The one list of an upgrade's states. The journal holds one of them at any time, written before it is acted on.
 *
 * STATES_LIST(X): X(NAME, "name", KIND, NEXT, OTHERWISE, "what happens in it")
 *   KIND       BEFORE (nothing that serves has changed), FORWARD, BACK, END
 *   NEXT       state after success; of SETTLE: EXECUTE while slots are left, else this one
 *   OTHERWISE  state after failure; an END has itself in both
 */
#ifndef UPGRADE_STATES_LIST_H
#define UPGRADE_STATES_LIST_H

#define STATES_LIST(X)                                                                                               \
    X(PLAN, "plan", BEFORE, PREFLIGHT, REFUSED, "looks at the service and says what will be done")                   \
    X(PREFLIGHT, "preflight", BEFORE, PREPARE, REFUSED, "looks whether it can succeed")                              \
    X(PREPARE, "prepare", BEFORE, EXECUTE, REFUSED, "gets binary or image, notes the way back and the baseline")     \
    X(EXECUTE, "execute", FORWARD, VERIFY, ROLL_BACK, "starts new instances beside the old ones")                    \
    X(VERIFY, "verify", FORWARD, TAKE_OVER, ROLL_BACK, "proves each new instance on its own address")                \
    X(TAKE_OVER, "take-over", FORWARD, SETTLE, ROLL_BACK, "clients go to the new instances; the old ones stay warm") \
    X(SETTLE, "settle", FORWARD, BAKE, ROLL_BACK, "compares the new instances' metrics with the baseline")           \
    X(BAKE, "bake", FORWARD, COMMIT, ROLL_BACK, "watches all new instances while the old ones are still warm")       \
    X(COMMIT, "commit", FORWARD, DONE, UNFINISHED, "ends the old instances")                                         \
    X(ROLL_BACK, "roll-back", BACK, VERIFY_ROLLBACK, STUCK, "gives the clients back to the old version")             \
    X(VERIFY_ROLLBACK, "verify-rollback", BACK, ROLLED_BACK, STUCK, "proves each old instance again")                \
    X(DONE, "done", END, DONE, DONE, "the new version serves")                                                       \
    X(ROLLED_BACK, "rolled-back", END, ROLLED_BACK, ROLLED_BACK, "the old version serves, and is proven")            \
    X(REFUSED, "refused", END, REFUSED, REFUSED, "nothing was changed")                                              \
    X(UNFINISHED, "unfinished", END, UNFINISHED, UNFINISHED,                                                         \
      "the new version serves; an old instance has not ended")                                                       \
    X(STUCK, "stuck", END, STUCK, STUCK, "going back failed: a person is needed")

#endif
