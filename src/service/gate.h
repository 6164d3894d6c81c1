/* The gate before the arithmetic: every call into libkzg for an answer passes through it, so that it can be closed
 * when a wrong answer was seen. Then nothing enters, what was computed inside is not trusted any more, and once
 * nobody is inside the arithmetic may be changed. Costs two uncontended locks an operation. */
#ifndef SERVICE_GATE_H
#define SERVICE_GATE_H

#include <stdbool.h>
#include <stdint.h>

struct gate;

struct gate *gate_new(void);               /* open; NULL when there is no memory */
struct gate *gate_free(struct gate *gate); /* nobody inside or waiting; NULL is fine; returns NULL */

/* Waits while the gate is closed. False when it is shut for good: then nothing may be computed, and gate_leave must
 * not be called. */
bool gate_enter(struct gate *gate, uint64_t *ret_pass);

/* Every gate_enter needs one. False when the gate was closed meanwhile: the result must not be used, the caller may
 * enter again and compute anew. */
bool gate_leave(struct gate *gate, uint64_t pass);

/* Whether what was computed with that pass is still trusted: for a result that waits to be sent. */
bool gate_trusts(struct gate *gate, uint64_t pass);

/* At once, any thread, inside or outside. Closing a gate that is not open changes nothing. */
void gate_close(struct gate *gate);

/* Waits until nobody is inside a closed gate. */
void gate_wait_empty(struct gate *gate);

void gate_open(struct gate *gate); /* one that is closed; not one that is shut */
void gate_shut(struct gate *gate); /* for good: who waits before it is turned away */

bool gate_is_open(struct gate *gate);
bool gate_is_shut(struct gate *gate);

#endif
