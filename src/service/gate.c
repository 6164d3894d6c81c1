#include "service/gate.h"

#include <pthread.h>
#include <stddef.h>

#include "base/assert.h"
#include "service/memory.h"
#include "service/observe.h"

enum state { OPEN, CLOSED, SHUT };

struct gate {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    enum state state;
    uint64_t pass; /* counts closings */
    size_t inside;
};

struct gate *gate_new(void) {
    struct gate *gate = memory_take(MEMORY_TAG_OTHER, sizeof *gate);
    if (gate == NULL) return NULL;
    pthread_mutex_init(&gate->lock, NULL);
    pthread_cond_init(&gate->changed, NULL);
    return gate;
}

struct gate *gate_free(struct gate *gate) {
    if (gate == NULL) return NULL;
    KZG_ASSERT(gate->inside == 0);
    pthread_cond_destroy(&gate->changed);
    pthread_mutex_destroy(&gate->lock);
    memory_give(gate);
    return NULL;
}

/* Where nothing looks for wrong answers, nothing closes the gate. */
bool gate_enter(struct gate *gate, uint64_t *ret_pass) {
    *ret_pass = 0;
    if (!OBSERVED) return true;
    pthread_mutex_lock(&gate->lock);
    while (gate->state == CLOSED) pthread_cond_wait(&gate->changed, &gate->lock);
    bool entered = gate->state == OPEN;
    if (entered) gate->inside++;
    *ret_pass = gate->pass;
    pthread_mutex_unlock(&gate->lock);
    return entered;
}

bool gate_leave(struct gate *gate, uint64_t pass) {
    if (!OBSERVED) return true;
    pthread_mutex_lock(&gate->lock);
    KZG_ASSERT(gate->inside > 0);
    bool trusted = gate->pass == pass;
    if (--gate->inside == 0 && gate->state != OPEN) pthread_cond_broadcast(&gate->changed);
    pthread_mutex_unlock(&gate->lock);
    return trusted;
}

bool gate_trusts(struct gate *gate, uint64_t pass) {
    if (!OBSERVED) return true;
    pthread_mutex_lock(&gate->lock);
    bool trusted = gate->pass == pass;
    pthread_mutex_unlock(&gate->lock);
    return trusted;
}

static void set_state(struct gate *gate, enum state from, enum state to) {
    pthread_mutex_lock(&gate->lock);
    if (gate->state == from) {
        gate->pass += from == OPEN;
        gate->state = to;
        pthread_cond_broadcast(&gate->changed);
    }
    pthread_mutex_unlock(&gate->lock);
}

void gate_close(struct gate *gate) {
    set_state(gate, OPEN, CLOSED);
}

void gate_open(struct gate *gate) {
    set_state(gate, CLOSED, OPEN);
}

void gate_shut(struct gate *gate) {
    set_state(gate, OPEN, SHUT);
    set_state(gate, CLOSED, SHUT);
}

void gate_wait_empty(struct gate *gate) {
    pthread_mutex_lock(&gate->lock);
    while (gate->inside > 0) pthread_cond_wait(&gate->changed, &gate->lock);
    pthread_mutex_unlock(&gate->lock);
}

static bool is(struct gate *gate, enum state state) {
    pthread_mutex_lock(&gate->lock);
    bool yes = gate->state == state;
    pthread_mutex_unlock(&gate->lock);
    return yes;
}

bool gate_is_open(struct gate *gate) {
    return is(gate, OPEN);
}

bool gate_is_shut(struct gate *gate) {
    return is(gate, SHUT);
}
