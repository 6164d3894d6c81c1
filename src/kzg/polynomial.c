#include "kzg/polynomial.h"

#include "kzg/decode.h"

#define N FIELD_ELEMENTS_PER_BLOB

/* Up the tree: a node modulo x^2L - s^2 with children u modulo x^L - s and v modulo x^L + s is (u + v)/2 + (u - v)/2
 * x^L/s, so at z: twice the node is (u + v) + (u - v) z^L/s. Two multiplications a node, N - 1 nodes, no inversion
 * and no exception where z is in the domain. */
void evaluate_polynomial(fr *y, const fr *p, const fr *z, const struct domain *domain, fr *scratch) {
    fr power = *z; /* z^L */
    const fr *from = p;
    for (size_t nodes = N / 2; nodes > 0; nodes /= 2) {
        for (size_t j = 0; j < nodes; j++) {
            fr difference, factor, sum;
            fr_sub(&difference, &from[2 * j], &from[2 * j + 1]);
            fr_add(&sum, &from[2 * j], &from[2 * j + 1]);
            fr_mul(&factor, &power, &domain->root_inv[j]);
            fr_mul(&difference, &difference, &factor);
            fr_add(&scratch[j], &sum, &difference);
        }
        from = scratch;
        fr_sqr(&power, &power);
    }
    fr_mul(y, &scratch[0], &domain->blob_inv);
}

/* Where z is the domain's point m: q_m = sum over i != m of (p_i - y) w_i / (z (z - w_i)), and (p_i - y) / (z - w_i)
 * = -q_i. */
static void quotient_at_z(fr *q, size_t m, const fr *z, const struct domain *domain) {
    fr sum = {{0}}, w, z_inv;
    for (size_t i = 0; i < N; i++) {
        if (i == m) continue;
        domain_point(&w, domain, i);
        fr_mul(&w, &w, &q[i]);
        fr_sub(&sum, &sum, &w);
    }
    fr_inv(&z_inv, z);
    fr_mul(&q[m], &sum, &z_inv);
}

void quotient_polynomial(fr *q, const fr *p, const fr *z, const fr *y, const struct domain *domain, fr *scratch) {
    size_t at_z = N;
    for (size_t i = 0; i < N; i++) {
        domain_point(&q[i], domain, i);
        fr_sub(&q[i], &q[i], z);
        if (fr_is_zero(&q[i])) at_z = i;
    }
    fr_inv_batch(q, N, scratch); /* leaves the zero */
    for (size_t i = 0; i < N; i++) {
        fr t;
        fr_sub(&t, &p[i], y);
        fr_mul(&q[i], &q[i], &t);
    }
    if (at_z < N) quotient_at_z(q, at_z, z, domain);
}

/* ---- Blobs ---- */

_Static_assert(!KZG_LANES || LANES_BYTES(N / 8) <= sizeof(fr) * N / 2, "the lanes make do with the same scratch");

kzg_status blob_values_take(struct blob_values *ret, const kzg_blob *blob, fr *values, uint64_t index) {
    *ret = (struct blob_values){blob->bytes, values};
    return lanes_usable() ? check_elements(blob->bytes, N, KZG_ARG_BLOB, index)
                          : decode_elements(values, blob->bytes, N, KZG_ARG_BLOB, index);
}

void blob_evaluate(fr *y, const struct blob_values *blob, const fr *z, const struct domain *domain, fr *scratch) {
#if KZG_LANES
    if (lanes_usable()) {
        lanes_evaluate(y, blob->bytes, z, domain, scratch);
        return;
    }
#endif
    evaluate_polynomial(y, blob->values, z, domain, scratch);
}

void blob_quotient(fr *q, const struct blob_values *blob, const fr *z, const fr *y, const struct domain *domain,
                   fr *scratch) {
#if KZG_LANES
    if (lanes_usable()) {
        if (lanes_quotient(q, blob->bytes, z, y, domain, scratch)) return;
        (void)lanes_decode(blob->values, blob->bytes,
                           N); /* z is in the domain: rare, and not worth code of its own */
    }
#endif
    quotient_polynomial(q, blob->values, z, y, domain, scratch);
}
