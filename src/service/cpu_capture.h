/* CPU profiles that the daemon takes of itself when something is wrong: short ones, at most one for each cause in
 * five minutes, on a thread of their own, into the captures' folder; beside each a report with the cause, the figures
 * of that moment and what was being done. */
#ifndef SERVICE_CPU_CAPTURE_H
#define SERVICE_CPU_CAPTURE_H

#include <stdbool.h>
#include <stdint.h>

#define CPU_CAPTURE_SECONDS  5
#define CPU_CAPTURE_PAUSE_NS ((int64_t)300 * 1000000000)

/* Share of the last 10 s, in per cent, in which some task waited: from here on it counts as high. Workers share their
 * CPUs with event loops, so that a full house without neighbours reaches some tens per cent of CPU pressure; waiting
 * for memory is never usual. */
#define CPU_CAPTURE_CPU_PRESSURE    60
#define CPU_CAPTURE_MEMORY_PRESSURE 10

/* An operation's last minute counts when it ran that often; less often when even its median is over the objective. */
#define CPU_CAPTURE_OPERATIONS      20
#define CPU_CAPTURE_OPERATIONS_FEW  5
#define CPU_CAPTURE_OBJECTIVE_TURNS 5 /* the p99s are looked at every so many turns */

enum cpu_trigger {
    CPU_TRIGGER_OBJECTIVE,
    CPU_TRIGGER_CPU_PRESSURE,
    CPU_TRIGGER_MEMORY_PRESSURE,
    CPU_TRIGGER_WATCHDOG,
    CPU_TRIGGERS
};

#define CPU_CAPTURE_REASON_MAX 256

struct service;
struct cpu_capture;

/* NULL, with a line on standard error: no memory. Without service->captures everything below does nothing. */
struct cpu_capture *cpu_capture_new(struct service *service);
/* False: no thread. */
bool cpu_capture_start(struct cpu_capture *capture);
/* Ends a profile that is being taken, and the thread. NULL and one that did not start are fine. */
void cpu_capture_stop(struct cpu_capture *capture);
struct cpu_capture *cpu_capture_free(struct cpu_capture *capture); /* stopped; NULL is fine; returns NULL */

/* The monitor's, once a second: looks at pressure and p99s. */
void cpu_capture_turn(struct cpu_capture *capture);

/* Asks for a capture, on the monitor's thread. Nothing happens while one is being taken or the cause has had one in
 * the last five minutes. */
void cpu_capture_ask(struct cpu_capture *capture, enum cpu_trigger trigger, const char *reason);

/* ---- For tests ------------------------------------------------------------------------------------------------- */

/* When each cause last had one; zeroes: never. */
struct cpu_capture_times {
    int64_t last_ns[CPU_TRIGGERS];
};
bool cpu_capture_due(const struct cpu_capture_times *times, enum cpu_trigger trigger, int64_t now_ns);

/* Whether an operation's minute is over its objective. */
bool cpu_capture_over(uint64_t count, uint64_t p50_ns, uint64_t p99_ns, uint64_t objective_ns);

#endif
