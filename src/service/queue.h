/* The bounded queue before the workers: first in, first out, bounded by length and by the time its work will take. */
#ifndef SERVICE_QUEUE_H
#define SERVICE_QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "service/request.h"

struct queue;

/* workers share the estimated cost of what is queued; a request whose turn would come only after wait_max_us is not
 * taken. NULL when there is no memory. */
struct queue *queue_new(size_t capacity, size_t workers, uint64_t wait_max_us);
struct queue *queue_free(struct queue *queue);

/* False when it is full; the request then stays the caller's. */
bool queue_push(struct queue *queue, struct request *request);

/* Whether a push of that cost would succeed now. */
bool queue_has_room(struct queue *queue, uint32_t cost_us);

/* Waits for a request; NULL once queue_close was called and nothing is left. */
struct request *queue_pop(struct queue *queue);

/* Takes up to most more of what waits already, of the operations whose bits (1 << operation) are set, in their order,
 * to be worked on with one that was popped. Of so many only this worker's share, for the others are there for the
 * rest. Never waits. Returns how many. */
size_t queue_take_alike(struct queue *queue, uint32_t operations, struct request **ret, size_t most);

/* Takes a request out of the middle; false if a worker has it already. */
bool queue_remove(struct queue *queue, struct request *request);

void queue_close(struct queue *queue);

size_t queue_depth(struct queue *queue);

/* Estimated time until a request pushed now would start. */
uint64_t queue_wait_us(struct queue *queue);

#endif
