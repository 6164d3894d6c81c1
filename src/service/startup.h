/* How far the start of the daemon has come: for /startupz. */
#ifndef SERVICE_STARTUP_H
#define SERVICE_STARTUP_H

#include <stdatomic.h>

/* X(NAME, "name"): in their order; SETUP, TABLES and CHECKSUMS are called as kzg_loading calls them. */
#define STARTUP_LIST(X)       \
    X(LISTENERS, "listeners") \
    X(SETUP, "setup")         \
    X(TABLES, "tables")       \
    X(CHECKSUMS, "checksums") \
    X(SELF_TEST, "self_test") \
    X(WORKERS, "workers")     \
    X(DONE, "done")

enum startup_step {
#define X(NAME, name) STARTUP_##NAME,
    STARTUP_LIST(X)
#undef X
        STARTUP_STEPS
};

/* Written by the thread that starts the daemon, read by any. */
struct startup {
    atomic_int step;      /* enum startup_step */
    atomic_uint done, of; /* inside the step; of 0: it is not counted */
};

/* A step begins. */
static inline void startup_begin(struct startup *startup, enum startup_step step, unsigned of) {
    atomic_store(&startup->done, 0);
    atomic_store(&startup->of, of);
    atomic_store(&startup->step, (int)step);
}

const char *startup_name(enum startup_step step);

/* The step of that name, or what it was when there is none. For kzg_loading. */
void startup_begin_named(struct startup *startup, const char *name);

#endif
