/* The one list of what a diagnosis looks at: the functions that look, and the table of docs/operating/doctor.md.
 *
 * RULES_LIST(X): X(name, PAGE, "what it looks at")
 *   name  of its findings, and rule_<name>, its function
 *   PAGE  without which it cannot look at all and is not run; NONE: it copes with whatever there is
 *
 * The rule `checks` stands last: it adds the daemon's own checks to the findings that are there already.
 */
#ifndef DIAGNOSE_RULES_LIST_H
#define DIAGNOSE_RULES_LIST_H

#define RULES_LIST(X)                                                                        \
    X(reachable, NONE, "does kzgd answer; if not, is there such a process")                  \
    X(ending, NONE, "how the process before ended, or this one if it is gone")               \
    X(kernel_oom, NONE, "processes that the kernel killed for memory on this machine")       \
    X(ready, NONE, "does it take work, and which check says no")                             \
    X(self_test, METRICS, "known answers: wrong ones, and how long ago they were right")     \
    X(results, METRICS, "results that failed their check before they were returned")         \
    X(backend, VERSION, "arithmetic in quarantine, or slower than this CPU allows")          \
    X(version_skew, VERSION, "the tool and the daemon are of one version")                   \
    X(memory_level, MEMORY, "memory near its limit, and what holds it")                      \
    X(memory_leak, MEMORY, "purposes that grow at comparable load")                          \
    X(memory_residual, MEMORY, "memory of finished requests that is still held")             \
    X(memory_setup, MEMORY, "what is taken at start, as the options say, against the limit") \
    X(memory_fragmentation, MEMORY, "memory that the heap holds and nobody uses")            \
    X(memory_peak, MEMORY, "the highest that memory has been")                               \
    X(memory_stall, MEMORY, "time lost waiting for memory; kills in the control group")      \
    X(machine_memory, NONE, "memory that the machine has left")                              \
    X(cpu_high, CPU, "CPU of the machine and of kzgd above the threshold")                   \
    X(cpu_throttled, CPU, "standing still because the quota is used up")                     \
    X(cpu_steal, CPU, "CPU time that the hypervisor took")                                   \
    X(cpu_pressure, CPU, "time that tasks of the machine waited for a CPU")                  \
    X(cpu_run_wait, CPU, "time that kzgd's own threads waited for a CPU")                    \
    X(cpu_drift, WORKERS, "operations that take more CPU time than at the start")            \
    X(workers_stuck, WORKERS, "workers far past the time that their operation takes")        \
    X(queue, METRICS, "requests that wait for a worker")                                     \
    X(shedding, METRICS, "requests refused so that others can be served, and why")           \
    X(slow, SLOW, "slow requests, and the phase that their time goes to")                    \
    X(objective, METRICS, "99th percentiles against their objectives")                       \
    X(errors, ERRORS, "the largest groups of errors, and whose fault they are")              \
    X(error_spikes, ERRORS, "errors that rise far above their usual rate")                   \
    X(connections, METRICS, "connections near their limit, and refused ones")                \
    X(log_lines, METRICS, "log lines lost or left out")                                      \
    X(log_level, LOG_LEVEL, "a level that writes a line for every request")                  \
    X(recorder, NONE, "the flight recorder can write, so that the next end will be known")   \
    X(disk, NONE, "space where the log and the state are written")                           \
    X(descriptors, METRICS, "descriptors near their limit")                                  \
    X(clock, CPU, "steps of the clock")                                                      \
    X(captures, CAPTURES, "profiles that kzgd kept by itself")                               \
    X(checks, NONE, "the daemon's own checks that are not well")

#endif
