/* Fp and Fr under one interface, so that a property is written once and tested on both. Values are raw limbs. */
#ifndef UNIT_FIELD_SUBJECTS_H
#define UNIT_FIELD_SUBJECTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "unit/field/oracle.h"
#include "unit/field/values.h"

struct subject {
    const char *name;
    int n, bytes;
    const uint64_t *modulus, *one;
    void (*mul)(uint64_t *r, const uint64_t *a, const uint64_t *b);
    void (*add)(uint64_t *r, const uint64_t *a, const uint64_t *b);
    void (*sub)(uint64_t *r, const uint64_t *a, const uint64_t *b);
    void (*sqr)(uint64_t *r, const uint64_t *a);
    void (*neg)(uint64_t *r, const uint64_t *a);
    void (*inv)(uint64_t *r, const uint64_t *a);
    void (*inv_batch)(uint64_t *a, size_t n); /* n values, close together */
    void (*from_plain)(uint64_t *r, const uint64_t *in);
    void (*to_plain)(uint64_t *r, const uint64_t *in);
    void (*from_u64)(uint64_t *r, uint64_t a);
    void (*set_zero)(uint64_t *r);
    void (*set_one)(uint64_t *r);
    bool (*is_zero)(const uint64_t *a);
    bool (*equal)(const uint64_t *a, const uint64_t *b);
    bool (*from_be)(uint64_t *r, const uint8_t *in);
    void (*to_be)(uint8_t *out, const uint64_t *a);
};

extern const struct subject subjects[2];
enum { SUBJECTS = 2 };

/* One subject with its edges and its oracle. */
struct trial {
    const struct subject *s;
    struct oracle *oracle;
    value edges[EDGES_MAX];
    size_t count;
};

/* Fills all; the variant of KZG_BACKEND is chosen, and the seed read. Skips the program (status 77) where this
 * machine cannot run the variant. */
void trials_open(struct trial out[SUBJECTS]);
void trials_close(struct trial b[SUBJECTS]);

#endif
