/* Bytes of the public API to field elements and points, with the status that says what is wrong where. */
#ifndef KZG_DECODE_H
#define KZG_DECODE_H

#include "curve/g1.h"
#include "kzg/context.h"

/* n field elements of item index of the argument. spec: blob_to_polynomial, cell_to_coset_evals. */
kzg_status decode_elements(fr *r, const uint8_t *bytes, size_t n, kzg_argument argument, uint64_t index);

/* Whether they are canonical, without keeping them. */
kzg_status check_elements(const uint8_t *bytes, size_t n, kzg_argument argument, uint64_t index);

/* spec: bytes_to_bls_field */
kzg_status decode_element(fr *r, const kzg_bytes32 *bytes, kzg_argument argument);

/* spec: bytes_to_kzg_commitment, bytes_to_kzg_proof (validate_kzg_g1) */
kzg_status decode_point(g1_affine *r, const kzg_bytes48 *bytes, kzg_argument argument, uint64_t index);

/* Two points together, each with its status. r[i] is untouched where that is not ST_OK. */
void decode_two_points(g1_affine r[2], status_code status[2], const kzg_bytes48 *a, const kzg_bytes48 *b);

/* n points, in parallel where the context's executor allows; the fault with the lowest index. */
kzg_status decode_points(const kzg_ctx *ctx, g1_affine *r, const kzg_bytes48 *bytes, size_t n, kzg_argument argument);

/* decode_points for any number: many are checked for the subgroup together (curve/g1_subgroup.h), which is several
 * times as fast. Scratch is taken from the arena. */
size_t decode_many_points_scratch_bytes(const kzg_ctx *ctx, size_t n);
kzg_status decode_many_points(const kzg_ctx *ctx, g1_affine *r, const kzg_bytes48 *bytes, size_t n,
                              kzg_argument argument, struct arena *arena);

/* r[i] from a[i], then r[n + i] from b[i], i < n, as decode_points of both in turn; faster for few. */
kzg_status decode_two_lists(const kzg_ctx *ctx, g1_affine *r, const kzg_bytes48 *a, kzg_argument argument_a,
                            const kzg_bytes48 *b, kzg_argument argument_b, size_t n);

/* r[i] from bytes[which[i]], i < n; which ascends. */
kzg_status decode_points_at(const kzg_ctx *ctx, g1_affine *r, const kzg_bytes48 *bytes, const uint32_t *which,
                            size_t n, kzg_argument argument);

#endif
