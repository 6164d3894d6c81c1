#include "service/tap.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/assert.h"
#include "service/memory.h"
#include "service/service.h"

#define UNREAD_SECONDS 60
#define HEAD_MAX       256

enum copy_state { COPY_FILLING, COPY_ANSWERED, COPY_WHOLE, COPY_LEFT };

struct tap_copy {
    struct tap_run *run;
    atomic_int state; /* the fields below are the loop's until it is WHOLE, and nobody's to change after that */
    wire_operation_id operation;
    bool json_in, json_out;
    status_code code;
    char id[REQUEST_ID_MAX + 1];
    uint8_t *body, *answer;
    size_t body_bytes, received, answer_max, answer_bytes;
};

/* One mapping: this, the copies, their bytes. */
struct tap_run {
    size_t bytes;      /* of the mapping */
    size_t head, used; /* of it: before the first copy's bytes, and with all; under the lock */
    size_t wanted;
    atomic_size_t begun, whole;
    atomic_size_t users; /* copies that the loop fills, and readers: grows under the lock alone */
    atomic_uint_least64_t drops[TAP_DROPS];
    int64_t until_ns;
    struct tap_copy copy[];
};

struct tap {
    size_t bytes_max;
    atomic_bool copying;        /* without it a request looks no further */
    atomic_uint_least64_t busy; /* drops for that reason */
    pthread_mutex_t lock;
    struct tap_run *run;   /* under the lock; NULL: none */
    struct tap_run *ended; /* under the lock: still has users */
};

struct tap *tap_new(size_t bytes_max) {
    struct tap *tap = memory_take(MEMORY_TAG_OTHER, sizeof *tap);
    if (tap == NULL) return NULL;
    tap->bytes_max = bytes_max;
    pthread_mutex_init(&tap->lock, NULL);
    return tap;
}

static void unmap(struct tap_run *run) {
    if (run != NULL) memory_unmap(MEMORY_TAG_OTHER, run, run->bytes);
}

struct tap *tap_free(struct tap *tap) {
    if (tap == NULL) return NULL;
    unmap(tap->run);
    unmap(tap->ended);
    pthread_mutex_destroy(&tap->lock);
    memory_give(tap);
    return NULL;
}

/* ---- Who reads ---------------------------------------------------------------------------------------------------
 */

static void fill_state(const struct tap *tap, struct tap_run *run, struct tap_state *ret) {
    *ret = (struct tap_state){.copying = atomic_load(&tap->copying), .bytes_max = tap->bytes_max};
    if (run == NULL) return;
    ret->bytes = run->used - run->head;
    ret->wanted = run->wanted;
    ret->begun = atomic_load(&run->begun);
    ret->whole = atomic_load(&run->whole);
    for (size_t i = 0; i < TAP_DROPS; i++) ret->drops[i] = atomic_load(&run->drops[i]);
    ret->drops[TAP_DROP_BUSY] = atomic_load(&tap->busy);
    for (size_t i = 0; i < ret->begun; i++) ret->filling += atomic_load(&run->copy[i].state) < COPY_WHOLE;
}

/* What has no user any more, taken out to be given back outside the lock: giving pages back takes its time. */
static struct tap_run *reap(struct tap *tap) {
    struct tap_run *dead = tap->ended;
    if (dead == NULL || atomic_load(&dead->users) > 0) return NULL;
    tap->ended = NULL;
    return dead;
}

bool tap_end(struct tap *tap, struct tap_state *ret) {
    struct tap_state state;
    pthread_mutex_lock(&tap->lock);
    struct tap_run *before = reap(tap), *run = tap->run, *now = NULL;
    fill_state(tap, run, &state);
    /* While another still has users this one stays, and takes no more: there are never more than two. */
    atomic_store(&tap->copying, false);
    if (tap->ended == NULL) {
        tap->ended = run;
        tap->run = NULL;
        now = reap(tap);
    }
    pthread_mutex_unlock(&tap->lock);
    unmap(before);
    unmap(now);
    if (ret != NULL) *ret = state;
    return run != NULL;
}

static size_t head_bytes(size_t requests) {
    return arena_size(sizeof(struct tap_run) + requests * sizeof(struct tap_copy));
}

enum tap_outcome tap_begin(struct tap *tap, size_t requests, unsigned seconds, uint64_t spare_bytes) {
    KZG_ASSERT(requests > 0 && requests <= TAP_REQUESTS_MAX && seconds > 0 && seconds <= TAP_SECONDS_MAX);
    if (tap->bytes_max == 0) return TAP_OFF;
    (void)tap_end(tap, NULL);
    size_t bytes = head_bytes(requests) + tap->bytes_max;
    struct tap_run *run = bytes <= spare_bytes ? memory_map(MEMORY_TAG_OTHER, bytes) : NULL;
    if (run == NULL) return TAP_NO_MEMORY;
    run->bytes = bytes;
    run->head = run->used = head_bytes(requests);
    run->wanted = requests;
    run->until_ns = service_now_ns() + (int64_t)seconds * 1000000000;
    pthread_mutex_lock(&tap->lock);
    bool free = tap->run == NULL && tap->ended == NULL;
    if (free) tap->run = run;
    atomic_store(&tap->busy, 0);
    if (free) atomic_store(&tap->copying, true);
    pthread_mutex_unlock(&tap->lock);
    if (!free) unmap(run);
    return free ? TAP_BEGUN : TAP_IN_USE;
}

void tap_read(struct tap *tap, struct tap_state *ret) {
    pthread_mutex_lock(&tap->lock);
    fill_state(tap, tap->run, ret);
    pthread_mutex_unlock(&tap->lock);
}

void tap_turn(struct tap *tap) {
    int64_t now_ns = service_now_ns();
    pthread_mutex_lock(&tap->lock);
    struct tap_run *dead = reap(tap);
    bool over = tap->run != NULL && now_ns > tap->run->until_ns;
    bool unread = over && now_ns > tap->run->until_ns + (int64_t)UNREAD_SECONDS * 1000000000;
    if (over) atomic_store(&tap->copying, false);
    pthread_mutex_unlock(&tap->lock);
    unmap(dead);
    if (unread) (void)tap_end(tap, NULL);
}

static void *write_copy(const struct tap_copy *copy, size_t *ret_bytes) {
    char head[HEAD_MAX];
    int n =
        snprintf(head, sizeof head, "kzgd-tap 1 %s %s %s %d %s %s %zu %zu\n", wire_operation(copy->operation)->name,
                 copy->json_in ? "json" : "ssz", copy->json_out ? "json" : "ssz", status_code_http(copy->code),
                 status_code_name(copy->code), copy->id, copy->body_bytes, copy->answer_bytes);
    KZG_ASSERT(n > 0 && n < (int)sizeof head);
    size_t bytes = (size_t)n + copy->body_bytes + copy->answer_bytes;
    uint8_t *out = malloc(bytes);
    *ret_bytes = out == NULL ? 1 : bytes;
    if (out == NULL) return NULL;
    memcpy(out, head, (size_t)n);
    memcpy(out + n, copy->body, copy->body_bytes);
    memcpy(out + n + copy->body_bytes, copy->answer, copy->answer_bytes);
    return out;
}

void *tap_copy_read(struct tap *tap, size_t number, size_t *ret_bytes) {
    void *out = NULL;
    *ret_bytes = 0;
    pthread_mutex_lock(&tap->lock);
    struct tap_run *run = tap->run;
    bool there =
        run != NULL && number < atomic_load(&run->begun) && atomic_load(&run->copy[number].state) == COPY_WHOLE;
    if (there) atomic_fetch_add(&run->users, 1);
    pthread_mutex_unlock(&tap->lock);
    if (!there) return NULL;
    out = write_copy(&run->copy[number], ret_bytes);
    atomic_fetch_sub(&run->users, 1);
    return out;
}

/* ---- The API's loop ----------------------------------------------------------------------------------------------
 */

static struct tap_copy *drop(struct tap_run *run, enum tap_drop why) {
    atomic_fetch_add(&run->drops[why], 1);
    return NULL;
}

static size_t answer_bytes_max(const struct request *request) {
    enum wire_result kind = request->operation->result;
    return request->json_out ? wire_result_json_max(kind) : wire_result_bytes(kind);
}

static struct tap_copy *place(struct tap *tap, struct tap_run *run, const struct request *request) {
    size_t body = arena_size((size_t)request->length), answer = answer_bytes_max(request);
    size_t bytes = arena_size(body + answer), number = atomic_load(&run->begun);
    size_t most = tap->bytes_max / TAP_REQUEST_SHARE;
    if (bytes > (most < TAP_REQUEST_MAX ? most : TAP_REQUEST_MAX)) return drop(run, TAP_DROP_TOO_LONG);
    if (bytes > run->bytes - run->used) return drop(run, TAP_DROP_NO_ROOM);
    struct tap_copy *copy = &run->copy[number];
    *copy = (struct tap_copy){.run = run,
                              .operation = request->operation_id,
                              .json_in = request->json_in,
                              .json_out = request->json_out,
                              .body = (uint8_t *)run + run->used,
                              .body_bytes = (size_t)request->length,
                              .answer = (uint8_t *)run + run->used + body,
                              .answer_max = answer};
    memcpy(copy->id, request->id, sizeof copy->id);
    run->used += bytes;
    atomic_fetch_add(&run->users, 1);
    atomic_store(&run->begun, number + 1);
    if (number + 1 == run->wanted || service_now_ns() > run->until_ns) atomic_store(&tap->copying, false);
    return copy;
}

struct tap_copy *tap_copy_begin(struct tap *tap, const struct request *request) {
    if (!atomic_load_explicit(&tap->copying, memory_order_relaxed)) return NULL;
    /* A reader holds the lock for some instructions at most; even these are not waited for. */
    if (pthread_mutex_trylock(&tap->lock) != 0) {
        atomic_fetch_add(&tap->busy, 1);
        return NULL;
    }
    struct tap_copy *copy = NULL;
    if (tap->run != NULL && atomic_load(&tap->copying)) copy = place(tap, tap->run, request);
    pthread_mutex_unlock(&tap->lock);
    return copy;
}

void tap_copy_body(struct tap_copy *copy, const void *piece, size_t length) {
    if (copy == NULL || length > copy->body_bytes - copy->received) return;
    memcpy(copy->body + copy->received, piece, length);
    copy->received += length;
}

/* Only what a client could be told again and again is worth comparing: a result, or what is wrong with the input. */
void tap_copy_answer(struct tap_copy *copy, const struct request *request) {
    if (copy == NULL || copy->received != copy->body_bytes) return;
    copy->code = request->refused ? request->fault.code : ST_OK;
    if (copy->code == ST_OK) {
        KZG_ASSERT(request->answer_length <= copy->answer_max);
        memcpy(copy->answer, request->answer, request->answer_length);
        copy->answer_bytes = request->answer_length;
    }
    atomic_store(&copy->state, COPY_ANSWERED);
}

void tap_copy_end(struct tap_copy *copy) {
    if (copy == NULL) return;
    struct tap_run *run = copy->run;
    bool answered = atomic_load(&copy->state) == COPY_ANSWERED;
    int http = status_code_http(copy->code);
    bool whole = answered && (http == 200 || http == 400);
    if (!whole) (void)drop(run, answered ? TAP_DROP_SHED : TAP_DROP_UNFINISHED);
    atomic_store(&copy->state, whole ? COPY_WHOLE : COPY_LEFT);
    if (whole) atomic_fetch_add(&run->whole, 1);
    atomic_fetch_sub(&run->users, 1);
}
