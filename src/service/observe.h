/* Whether the daemon watches itself: the build option KZG_OBSERVE. Off, everything that only looks (metrics,
 * profiles, log lines, error groups, slow log, watchdog and recorder of a request; monitor, health and self-test
 * threads; checked results, traces, counted memory) is dropped by the compiler. It answers the same, and shows what
 * the looking costs: bench/service_cost compares the two. Admission (queue, costs, deadlines, request memory) is in
 * both. */
#ifndef SERVICE_OBSERVE_H
#define SERVICE_OBSERVE_H

#ifndef KZG_OBSERVE
#define KZG_OBSERVE 1
#endif

/* A constant and no macro, so that what is dropped is still compiled and cannot rot. */
enum { OBSERVED = KZG_OBSERVE };

#endif
