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

/* The bare model until cost_calibrate; NULL when there is no memory. */
struct cost *cost_new(void);
struct cost *cost_free(struct cost *cost); /* NULL is fine; returns NULL */

/* Runs every operation on inputs of its own, on the calling thread and with what the context has, and sets the model
 * right. About 0.4 s of CPU time on a machine of 2024 without vector arithmetic. False when there is no memory or an
 * operation fails; the model then stays as it was. Others may read the model meanwhile. */
bool cost_calibrate(struct cost *cost, const kzg_ctx *ctx);
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
