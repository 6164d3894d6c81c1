/* What an operation costs in CPU time on this machine: the model of operations_list.h (a base and so much an item),
 * set right by a measurement at start, and what operations really took since. Their ratio, the drift, tells a machine
 * that has become slow (noisy neighbour, throttled, wrong build) from work that has become more. */
#ifndef SERVICE_COST_H
#define SERVICE_COST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "wire/wire.h"

struct cost;

/* What operations took while the arithmetic was tested: the shortest and the longest list of each, the least time of
 * either. Of one thread; all zeroes at first. */
struct cost_times {
    struct cost_time {
        size_t n; /* 0: there is none */
        int64_t cpu_ns;
    } shortest[WIRE_OPERATIONS], longest[WIRE_OPERATIONS];
};

/* Hears of a self-test's operations and takes the thread's CPU time of each: a kzg_self_test_observer, with the times
 * as its user. Several threads may take its steps; the times are whole when all have ended. */
kzg_self_test_observer cost_times_observer(struct cost_times *times);

/* The bare model until cost_calibrate or cost_adopt; NULL when there is no memory. */
struct cost *cost_new(void);
struct cost *cost_free(struct cost *cost); /* NULL is fine; returns NULL */

/* Sets the model right by times of every operation: two lengths of its lists give the base and the share of an item.
 * Nothing is run for it: the self-test before readiness runs every operation anyway. False, with nothing changed, if
 * one was not timed. Others may read the model meanwhile. */
bool cost_calibrate(struct cost *cost, const struct cost_times *times);
bool cost_calibrated(const struct cost *cost);

/* The model in lines "cost OPERATION BASE_NS ITEM_NS"; snprintf's semantics. And back from a text that has such lines
 * among others: false, with nothing changed, unless there is one for every operation. */
size_t cost_text(const struct cost *cost, char *out, size_t size);
bool cost_adopt(struct cost *cost, const char *text);

/* CPU time of an operation on n items. Any thread. */
int64_t cost_ns(const struct cost *cost, wire_operation_id operation, size_t n);
uint32_t cost_us(const struct cost *cost, wire_operation_id operation, size_t n);

/* An operation has taken that much CPU time. Any thread, no lock. */
void cost_ran(struct cost *cost, wire_operation_id operation, size_t n, int64_t cpu_ns);

/* Once a second: the drift goes by the last minute. */
void cost_turn(struct cost *cost);

/* CPU time really taken over the model's, of the work of the last minute, or of the last work before that. NAN as
 * long as there were no 200 ms of it. Any thread. */
double cost_drift(struct cost *cost);

/* From this drift on the machine counts as slow. */
#define COST_DRIFT_HIGH 1.5

#endif
