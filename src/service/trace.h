/* W3C Trace Context: whose trace a request belongs to, and how it goes on from here. */
#ifndef SERVICE_TRACE_H
#define SERVICE_TRACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TRACE_ID_LENGTH     32
#define TRACE_SPAN_LENGTH   16
#define TRACE_PARENT_LENGTH 55 /* 00-<trace id>-<span id>-<flags> */
#define TRACE_STATE_MAX     512
#define TRACE_MEMBERS_MAX   32

/* The request's place in its trace, as text. */
struct trace {
    char id[TRACE_ID_LENGTH + 1];
    char span[TRACE_SPAN_LENGTH + 1]; /* ours: a child of the client's */
    uint8_t flags;                    /* of those that version 00 knows: sampled */
    bool given;                       /* the client's, not begun here */
    char state[TRACE_STATE_MAX + 1];  /* tracestate as it came; "" without one */
};

/* What the headers say. Zeroed before the first one. */
struct trace_headers {
    unsigned parents;   /* how many traceparent came */
    bool valid;         /* the last of them is one */
    bool state_invalid; /* a tracestate that is malformed or too long: none is taken */
    char id[TRACE_ID_LENGTH + 1];
    uint8_t flags;
    size_t state_length;
    char state[TRACE_STATE_MAX + 1]; /* several in a row are joined by commas */
};

/* Takes a header's value, without blanks around it. */
void trace_take_parent(struct trace_headers *headers, const char *value, size_t length);
void trace_take_state(struct trace_headers *headers, const char *value, size_t length);

/* Goes on with the client's trace, or begins a new one when there was no valid traceparent, or more than one. The
 * span is new. */
void trace_begin(struct trace *ret, const struct trace_headers *headers);

/* The traceparent of what we answer. */
void trace_parent(const struct trace *trace, char out[TRACE_PARENT_LENGTH + 1]);

#endif
