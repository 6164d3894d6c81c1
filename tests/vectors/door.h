/* The ways into libkzg that a vector can be sent through: the C API, the c-kzg compatible C API, HTTP, the tool. */
#ifndef VECTORS_DOOR_H
#define VECTORS_DOOR_H

#include "support/vectors.h"

typedef enum outcome_kind {
    OUTCOME_OUTPUT,
    OUTCOME_ERROR,
    OUTCOME_INEXPRESSIBLE, /* the door's types cannot hold this input: it must be refused before the door */
    OUTCOME_BROKEN         /* the door broke its own contract, as note says; a failure whatever was expected */
} outcome_kind;

typedef struct outcome {
    outcome_kind kind;
    vec_node output; /* OUTPUT: in the shape of the specification's function */
    char code[64];   /* ERROR: as far as the door says; empty where it does not */
    char argument[32];
    bool has_index;
    uint64_t index;
    char note[256]; /* INEXPRESSIBLE, BROKEN: why */
} outcome;

/* What the doors are given to open. Unused ones may be NULL. */
typedef struct door_options {
    const char *program; /* kzgd, or kzg */
    const char *setup;   /* a trusted setup in text form; the embedded one is taken if it is not there */
} door_options;

/* How the arguments lie in memory; doors of processes ignore it. */
typedef enum placement {
    PLACE_BEFORE_GUARD, /* the last byte lies just before a page that cannot be read */
    PLACE_MISALIGNED    /* at an odd address */
} placement;

typedef struct door {
    const char *name;
    bool (*open)(const door_options *options); /* false: this door is not there; says why on standard error */
    bool (*offers)(const char *function);
    outcome (*run)(const vec_case *c, placement place); /* any number of threads, where threads is set */
    void (*close)(void);
    bool threads;
} door;

extern const door door_kzg, door_ckzg, door_http, door_tool;

#endif
