/* Values for the tests of the field layer: edges and a seeded generator. Everything is raw limbs, least significant
 * first, below the modulus: the Montgomery form itself is the edge. */
#ifndef UNIT_FIELD_VALUES_H
#define UNIT_FIELD_VALUES_H

#include <stddef.h>
#include <stdint.h>

#define VALUE_LIMBS_MAX 6
#define EDGES_MAX       128

typedef uint64_t value[VALUE_LIMBS_MAX];

/* Zero, one, the last values below the modulus, its half, powers of two and their neighbours, limbs of all ones,
 * values at each limb's border, 2^(64 n) mod m. Gives back how many; all different. one is the Montgomery form of 1.
 */
size_t values_edges(value out[EDGES_MAX], const uint64_t *modulus, const uint64_t *one, int n);

/* The seed: KZG_SEED if set, else a fixed one. Printed once. */
void values_seed(void);
uint64_t values_random_u64(void);

/* A value below the modulus: mostly uniform, one time in four with limbs of all zeros or ones. */
void values_random(uint64_t *out, const uint64_t *modulus, int n);

/* r = a + b; the carry out of n limbs comes back. */
uint64_t values_add(uint64_t *r, const uint64_t *a, const uint64_t *b, int n);
uint64_t values_sub(uint64_t *r, const uint64_t *a, const uint64_t *b, int n);

#endif
