#include <string.h>

#include "field/fr.h"
#include "kzg/lanes.h"

#if KZG_LANES
/* a 2^256 times 2^4 is a 2^260; cut into limbs of 52 bits. */
static void enter(uint64_t out[5], const fr *a) {
    fr sixteen, t;
    fr_from_u64(&sixteen, 16);
    fr_mul(&t, a, &sixteen);
    const uint64_t mask = ((uint64_t)1 << 52) - 1, *w = t.l;
    out[0] = w[0] & mask;
    for (int i = 1; i < 4; i++) out[i] = (w[i - 1] >> (64 - 12 * i) | w[i] << (12 * i)) & mask;
    out[4] = w[3] >> 16;
}

static void fill_vector(uint64_t v[5][8], const fr *root, size_t first, size_t step) {
    for (size_t lane = 0; lane < 8; lane++) {
        uint64_t limbs[5];
        enter(limbs, &root[first + step * lane]);
        for (size_t i = 0; i < 5; i++) v[i][lane] = limbs[i];
    }
}

void lanes_roots_init(struct lanes_roots *roots, const fr root[FIELD_ELEMENTS_PER_BLOB]) {
    for (size_t j = 0; j < LANES_NODES; j++) enter(roots->node[j], &root[j]);
    for (size_t b = 0; b < LANES_BLOCKS; b++) {
        fill_vector(roots->leaf[b][0], root, 8 * b, 1);
        for (size_t k = 0; k < 2; k++) fill_vector(roots->leaf[b][1 + k], root, 16 * b + k, 2);
        for (size_t k = 0; k < 4; k++) fill_vector(roots->leaf[b][3 + k], root, 32 * b + k, 4);
    }
}
#else
void lanes_roots_init(struct lanes_roots *roots, const fr root[FIELD_ELEMENTS_PER_BLOB]) {
    (void)root;
    memset(roots, 0, sizeof *roots);
}
#endif
