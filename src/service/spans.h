/* Where a request's time goes: spans that follow each other, measured where they happen. */
#ifndef SERVICE_SPANS_H
#define SERVICE_SPANS_H

#include <stdint.h>

#include "kzg/kzg.h"

/* X(NAME, "label"): the label is the profile's and the metrics' phase. Decoding and encoding are the wire's and the
 * library's together. */
#define SPANS_LIST(X)                                                    \
    X(READ, "read") /* body on its way, without the time to decode it */ \
    X(DECODE, "decode")                                                  \
    X(QUEUE, "queue") /* complete, and no worker yet */                  \
    X(HASH, "hash")                                                      \
    X(TRANSFORM, "transform")                                            \
    X(MSM, "msm")                                                        \
    X(PAIRING, "pairing")                                                \
    X(ENCODE, "encode")

enum span {
#define X(NAME, label) SPAN_##NAME,
    SPANS_LIST(X)
#undef X
        SPANS
};

struct spans {
    int64_t ns[SPANS];
};

extern const char *const span_names[SPANS];

/* Makes spans the calling thread's until spans_end: the observer, which libkzg calls on this thread, adds to them. */
void spans_begin(struct spans *spans);
void spans_end(void);

/* What a context is given. */
kzg_observer spans_observer(void);

#endif
