#include "service/queue.h"

#include <pthread.h>

#include "base/assert.h"
#include "service/memory.h"

struct queue {
    pthread_mutex_t lock;
    pthread_cond_t filled;
    struct request *head;
    struct request **tail;
    size_t depth;
    size_t capacity;
    size_t workers;
    uint64_t cost_us;
    uint64_t wait_max_us;
    bool closed;
};

struct queue *queue_new(size_t capacity, size_t workers, uint64_t wait_max_us) {
    struct queue *queue = memory_take(MEMORY_TAG_QUEUE, sizeof *queue);
    if (queue == NULL) return NULL;
    pthread_mutex_init(&queue->lock, NULL);
    pthread_cond_init(&queue->filled, NULL);
    queue->tail = &queue->head;
    queue->capacity = capacity;
    queue->workers = workers;
    queue->wait_max_us = wait_max_us;
    return queue;
}

struct queue *queue_free(struct queue *queue) {
    if (queue == NULL) return NULL;
    KZG_ASSERT(queue->head == NULL);
    pthread_cond_destroy(&queue->filled);
    pthread_mutex_destroy(&queue->lock);
    memory_give(queue);
    return NULL;
}

/* An empty queue takes anything: a request that is dear by itself must still be possible. */
static bool room(const struct queue *queue, uint32_t cost_us) {
    if (queue->closed || queue->depth >= queue->capacity) return false;
    return queue->depth == 0 || (queue->cost_us + cost_us) / queue->workers <= queue->wait_max_us;
}

bool queue_push(struct queue *queue, struct request *request) {
    pthread_mutex_lock(&queue->lock);
    bool ok = room(queue, request->cost_us);
    if (ok) {
        KZG_ASSERT(!request->queued);
        request->queued = true;
        request->next = NULL;
        *queue->tail = request;
        queue->tail = &request->next;
        queue->depth++;
        queue->cost_us += request->cost_us;
        pthread_cond_signal(&queue->filled);
    }
    pthread_mutex_unlock(&queue->lock);
    return ok;
}

bool queue_has_room(struct queue *queue, uint32_t cost_us) {
    pthread_mutex_lock(&queue->lock);
    bool ok = room(queue, cost_us);
    pthread_mutex_unlock(&queue->lock);
    return ok;
}

/* Under the lock: *link is the request to take out. */
static struct request *unlink_at(struct queue *queue, struct request **link) {
    struct request *request = *link;
    *link = request->next;
    if (*link == NULL) queue->tail = link;
    request->queued = false;
    queue->depth--;
    queue->cost_us -= request->cost_us;
    return request;
}

struct request *queue_pop(struct queue *queue) {
    struct request *request = NULL;
    pthread_mutex_lock(&queue->lock);
    while (queue->head == NULL && !queue->closed) pthread_cond_wait(&queue->filled, &queue->lock);
    if (queue->head != NULL) request = unlink_at(queue, &queue->head);
    pthread_mutex_unlock(&queue->lock);
    return request;
}

#define LOOK_MAX 1024 /* at the front of the queue: the lock is held */

static bool is_of(const struct request *request, uint32_t operations) {
    return (operations >> request->operation_id & 1) != 0;
}

/* What a worker takes when all of them divide what is alike, the one popped among it. */
static size_t share(const struct queue *queue, uint32_t operations) {
    size_t alike = 1, looked = 0;
    for (const struct request *at = queue->head; at != NULL && looked < LOOK_MAX; at = at->next, looked++)
        alike += is_of(at, operations);
    return (alike + queue->workers - 1) / queue->workers - 1;
}

size_t queue_take_alike(struct queue *queue, uint32_t operations, struct request **ret, size_t most) {
    size_t taken = 0;
    pthread_mutex_lock(&queue->lock);
    size_t own = share(queue, operations);
    if (own > most) own = most;
    struct request **link = &queue->head;
    while (taken < own) {
        if (is_of(*link, operations))
            ret[taken++] = unlink_at(queue, link);
        else
            link = &(*link)->next;
    }
    pthread_mutex_unlock(&queue->lock);
    return taken;
}

bool queue_remove(struct queue *queue, struct request *request) {
    pthread_mutex_lock(&queue->lock);
    struct request **link = &queue->head;
    bool found = request->queued;
    while (found && *link != request) {
        KZG_ASSERT(*link != NULL);
        link = &(*link)->next;
    }
    if (found) unlink_at(queue, link);
    pthread_mutex_unlock(&queue->lock);
    return found;
}

void queue_close(struct queue *queue) {
    pthread_mutex_lock(&queue->lock);
    queue->closed = true;
    pthread_cond_broadcast(&queue->filled);
    pthread_mutex_unlock(&queue->lock);
}

size_t queue_depth(struct queue *queue) {
    pthread_mutex_lock(&queue->lock);
    size_t depth = queue->depth;
    pthread_mutex_unlock(&queue->lock);
    return depth;
}

uint64_t queue_wait_us(struct queue *queue) {
    pthread_mutex_lock(&queue->lock);
    uint64_t wait = queue->cost_us / queue->workers;
    pthread_mutex_unlock(&queue->lock);
    return wait;
}
