/* The one list of the daemon's own health checks: registration, the metric's label and docs/operating/health.md
 * follow it.
 *
 * CHECKS_LIST(X): X(name, SEVERITY, CLASSES, WHEN, interval_s, limit_s, "what fails it")
 *   name      of the check, and check_<name>, its function in health_checks.c
 *   SEVERITY  INFO, WARNING (degraded at most) or CRITICAL
 *   CLASSES   LIVE (only what a restart cures), READY, START, or several with |
 *   WHEN      INSTANT: read when a probe asks, and by the checker for the log; LATER: by the checker only
 *
 * READY_CHECKS_LIST(X): X(name, SEVERITY, CLASSES, interval_s, limit_s, "what"): checks that libkzgops has
 * ready-made; the two of a folder exist for each folder that the daemon writes to.
 */
#ifndef SERVICE_CHECKS_LIST_H
#define SERVICE_CHECKS_LIST_H

#define CHECKS_LIST(X)                                                                                             \
    X(accepting, CRITICAL, READY, INSTANT, 1, 1, "starting, ending, or taken out of rotation by hand")             \
    X(startup, CRITICAL, START, INSTANT, 1, 1, "the start is not over; says the step")                             \
    X(arithmetic, CRITICAL, LIVE | READY, INSTANT, 1, 1,                                                           \
      "no variant computes right; degraded: one is quarantined and the portable one serves")                       \
    X(setup, CRITICAL, LIVE | READY, INSTANT, 1, 1, "memory of the setup or the tables has changed")               \
    X(self_test, CRITICAL, READY, INSTANT, 1, 1,                                                                   \
      "a wrong answer is being looked at; degraded: the last round is long past")                                  \
    X(results, WARNING, READY, INSTANT, 1, 1, "a result failed its check in the last hour")                        \
    X(workers, CRITICAL, LIVE | READY, INSTANT, 1, 1, "all workers are stuck; degraded: some; names them")         \
    X(listeners, CRITICAL, LIVE | READY, INSTANT, 1, 1,                                                            \
      "an event loop is stuck, or a socket does not listen; degraded: slow, or connections wait for a place")      \
    X(queue, WARNING, READY, INSTANT, 1, 1, "the queue is full; degraded: 80 % full")                              \
    X(memory, WARNING, READY, INSTANT, 1, 1, "memory above its critical threshold; degraded: above the lower one") \
    X(cpu, WARNING, READY, INSTANT, 1, 1, "CPU above its threshold")                                               \
    X(calibration, WARNING, READY, INSTANT, 1, 1, "operations take far more CPU time than at the start")           \
    X(loopback, WARNING, READY, LATER, 10, 5, "/livez does not answer through the administration's own socket")

#define READY_CHECKS_LIST(X)                                                                            \
    X(descriptors, WARNING, READY, 10, 1, "descriptors in use: degraded above 80 %, failed above 95 %") \
    X(clock, WARNING, READY, 2, 1, "the real-time clock was set in the last ten minutes")               \
    X(folder_space, WARNING, READY, 10, 5, "space: degraded below 10 % free, failed below 5 %")         \
    X(folder_inodes, WARNING, READY, 10, 5, "inodes: the same")                                         \
    X(peer, WARNING, READY, 30, 10, "a peer of --health-peers does not resolve or take a connection")

#endif
