#include "service/spans.h"

#include <stddef.h>

#include "service/service.h"

const char *const span_names[SPANS] = {
#define X(NAME, label) label,
    SPANS_LIST(X)
#undef X
};

static const enum span span_of_phase[KZG_PHASES] = {
    [KZG_PHASE_DECODE] = SPAN_DECODE, [KZG_PHASE_HASH] = SPAN_HASH,       [KZG_PHASE_TRANSFORM] = SPAN_TRANSFORM,
    [KZG_PHASE_MSM] = SPAN_MSM,       [KZG_PHASE_PAIRING] = SPAN_PAIRING, [KZG_PHASE_ENCODE] = SPAN_ENCODE,
};

static _Thread_local struct {
    struct spans *spans;
    kzg_phase phase; /* KZG_PHASES: none */
    int64_t since_ns;
} current = {.phase = KZG_PHASES};

void spans_begin(struct spans *spans) {
    current.spans = spans;
    current.phase = KZG_PHASES;
}

void spans_end(void) {
    current.spans = NULL;
}

static void on_phase(void *user, kzg_phase phase) {
    (void)user;
    if (current.spans == NULL) return;
    int64_t now_ns = service_now_ns();
    if (current.phase != KZG_PHASES) current.spans->ns[span_of_phase[current.phase]] += now_ns - current.since_ns;
    current.phase = phase;
    current.since_ns = now_ns;
}

kzg_observer spans_observer(void) {
    return (kzg_observer){.phase = OBSERVED ? on_phase : NULL};
}
