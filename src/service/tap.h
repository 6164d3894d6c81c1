/* A tap on live requests: for a while, at the request of whoever is about to replace this instance, some of the
 * requests that it accepts are copied with the answers that they got, so that another version can be asked the same
 * and its answers compared byte for byte. Nothing is copied unless it was asked for.
 *
 * All memory is taken when it begins and given back when it ends; what finds no room in it is not copied, and
 * counted. A client's request costs a copy of its body and answer, and never waits: who would have to wait for a
 * reader is not copied either. */
#ifndef SERVICE_TAP_H
#define SERVICE_TAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "service/request.h"

struct service;
struct tap;
struct tap_copy;

#define TAP_REQUESTS_MAX  1000
#define TAP_SECONDS_MAX   600
#define TAP_REQUEST_SHARE 4                 /* one request takes at most that part of the memory ... */
#define TAP_REQUEST_MAX   ((size_t)8 << 20) /* ... and that many bytes, with its answer */

/* Why a request was not copied. TAP_DROPS_LIST(X): X(NAME, "name") */
#define TAP_DROPS_LIST(X)                                                                          \
    X(NO_ROOM, "no_room")                                                                          \
    X(TOO_LONG, "too_long")                                                                        \
    X(BUSY, "busy")                                                                                \
    X(SHED, "shed")             /* no answer by which anything could be compared: 429, 500, 503 */ \
    X(UNFINISHED, "unfinished") /* cut off, or left by its client */

enum tap_drop {
#define X(NAME, name) TAP_DROP_##NAME,
    TAP_DROPS_LIST(X)
#undef X
        TAP_DROPS
};

struct tap_state {
    bool copying;     /* requests are being copied */
    size_t bytes_max; /* that there may be */
    size_t bytes;     /* that copies have taken */
    size_t wanted;    /* copies */
    size_t begun;     /* copies, numbered from 0 */
    size_t whole;     /* of those */
    size_t filling;   /* of those, too: their requests are in progress */
    uint64_t drops[TAP_DROPS];
};

enum tap_outcome {
    TAP_BEGUN,
    TAP_OFF,       /* --tap-memory 0 */
    TAP_NO_MEMORY, /* none to be had, or too little is left below the warning threshold */
    TAP_IN_USE     /* a request still fills the copies of the one before */
};

/* Takes no memory for copies yet; bytes_max 0: there is no tap. NULL: no memory. */
struct tap *tap_new(size_t bytes_max);
struct tap *tap_free(struct tap *tap); /* no request is left; NULL is fine; returns NULL */

/* ---- For whoever reads: any thread but the API's loop ---------------------------------------------------------- */

/* Begins anew: what there was is dropped. Copies up to so many requests, for so many seconds at most (both in 1 to
 * their MAX). spare_bytes: what the process may still take without being warned of. */
enum tap_outcome tap_begin(struct tap *tap, size_t requests, unsigned seconds, uint64_t spare_bytes);

/* Ends it, drops all copies, fills in how far it had come (may be NULL). False: there was none. */
bool tap_end(struct tap *tap, struct tap_state *ret);

void tap_read(struct tap *tap, struct tap_state *ret);

/* Once a second: ends what has had its time and a minute more, in which nobody came for it. */
void tap_turn(struct tap *tap);

/* One whole copy as a block of its own, for free(): a line
 *   kzgd-tap 1 OPERATION IN OUT STATUS CODE ID BODY ANSWER
 * (forms "ssz" or "json" of body and answer; HTTP status; code's name; request id; bytes), then body and answer. An
 * answer other than 200 is left out: the code says it. NULL with *ret_bytes 0: there is no such whole copy; with 1:
 * no memory. */
void *tap_copy_read(struct tap *tap, size_t number, size_t *ret_bytes);

/* ---- For the API's loop: its thread alone ---------------------------------------------------------------------- */

/* A request was admitted: where to copy it to. NULL: it is not copied. */
struct tap_copy *tap_copy_begin(struct tap *tap, const struct request *request);

/* Each does nothing with NULL. A piece of the body as it came; */
void tap_copy_body(struct tap_copy *copy, const void *piece, size_t length);
/* the answer, before it is sent; */
void tap_copy_answer(struct tap_copy *copy, const struct request *request);
/* the request is over: the copy is not the loop's any more. */
void tap_copy_end(struct tap_copy *copy);

#endif
