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

/* Points that are named as an argument: point i is bytes[which[i]], or bytes[i] where which is NULL. which ascends.
 */
struct point_list {
    const kzg_bytes48 *bytes;
    const uint32_t *which;
    size_t n;
    kzg_argument argument;
};

/* decode_points of a, then of b behind it; faster, since many points are checked for the subgroup together
 * (curve/g1_subgroup.h). Scratch for n points, those of both lists, is taken from the arena. */
size_t decode_two_lists_scratch_bytes(const kzg_ctx *ctx, size_t n);
kzg_status decode_two_lists(const kzg_ctx *ctx, g1_affine *r, const struct point_list *a, const struct point_list *b,
                            struct arena *arena);

/* The same points, but for the subgroup: true if each is on the curve and without a part of order 3, false without
 * saying what is wrong. What is left to be seen the sums over them show (kzg/batch_sums.h). */
bool decompress_two_lists(const kzg_ctx *ctx, g1_affine *r, const struct point_list *a, const struct point_list *b);

#endif
