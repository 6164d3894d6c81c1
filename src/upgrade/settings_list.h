/* The one list of an upgrade's settings: how long it waits, and from where on a new version counts as worse.
 *
 * SETTINGS_LIST(X): X(field, "name", default, min, max, "unit", "help")
 * All are numbers; "s" ones are seconds and may have a fraction, "instances" and "0 or 1" ones have none.
 */
#ifndef UPGRADE_SETTINGS_LIST_H
#define UPGRADE_SETTINGS_LIST_H

#define SETTINGS_LIST(X)                                                                                             \
    X(canary, "canary", 1, 0, 256, "instances", "how many are upgraded and settled first; 0: no canary")             \
    X(max_unavailable, "max-unavailable", 1, 1, 256, "instances", "how many are upgraded at the same time")          \
    X(timeout_s, "timeout", 300, 0.05, 86400, "s", "for an instance to come up, and for each step of a driver")      \
    X(poll_s, "poll", 10, 0.005, 3600, "s", "between two looks")                                                     \
    X(settle_s, "settle", 60, 0, 86400, "s", "how long new instances are watched after they got the clients")        \
    X(bake_s, "bake", 60, 0, 604800, "s", "how long the old ones stay warm at the end")                              \
    X(shadow, "shadow", 24, 0, 100000, "requests",                                                                   \
      "random requests whose answers by old and new are compared, for each instance")                                \
    X(live, "live", 64, 0, 1000, "requests",                                                                         \
      "requests of clients that the old one copies, and that the new one must answer alike, for each instance")      \
    X(live_wait_s, "live-wait", 15, 0, 500, "s", "how long they are waited for")                                     \
    X(allow_downgrade, "allow-downgrade", 0, 0, 1, "0 or 1", "1: the version may be lower than the one that runs")   \
    X(reinstall, "reinstall", 0, 0, 1, "0 or 1", "1: the version may be the one that runs")                          \
    X(error_ratio, "error-ratio", 0.001, 0, 1, "of requests", "answers with 5xx beyond the baseline's share")        \
    X(p99_ratio, "p99-ratio", 3, 1, 1000, "times", "99th percentile of an operation's time, against the baseline's") \
    X(p99_floor_s, "p99-floor", 0.05, 0, 3600, "s", "a longer 99th percentile below this is no regression")          \
    X(cpu_ratio, "cpu-ratio", 1.6, 1, 1000, "times", "CPU time of an operation, against the baseline's")             \
    X(speed_ratio, "speed-ratio", 1.6, 1, 1000, "times",                                                             \
      "time of the same requests sent one at a time, against the old instance's")                                    \
    X(samples, "samples", 20, 1, 1000000, "requests", "of one operation, before its times are compared")             \
    X(memory_ratio, "memory-ratio", 1.5, 1, 1000, "times", "resident memory, against the baseline's")                \
    X(memory_slope, "memory-slope", 1048576, 0, 1e12, "bytes/s", "growth of resident memory at the end of settling") \
    X(memory_floor, "memory-floor", 33554432, 0, 1e15, "bytes",                                                      \
      "less growth, or more memory, than this is no regression")                                                     \
    X(restarts, "restarts", 0, 0, 1000, "times", "that a new instance may have been restarted")

#endif
