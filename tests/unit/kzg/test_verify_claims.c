/* Many claims at once have the answers that each has alone: any one false, several, all; malformed among good; blobs
 * and points mixed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "fault/counting_allocator.h"
#include "kzg/context.h"
#include "unit/curve/curve_support.h"
#include "unit/kzg/kzg_support.h"

#define MANY 11

static kzg_ctx *ctx;
static struct counting counting;

/* A blob with all that can be claimed of it. */
static struct true_claim {
    kzg_blob blob;
    kzg_bytes32 z, y;
    kzg_bytes48 commitment, proof, blob_proof;
} facts[2];
static kzg_blob bad_blob;
static kzg_bytes32 bad_scalar, other_y;
static kzg_bytes48 bad_point, infinity;
static unsigned pairings;

static void on_phase(void *user, kzg_phase phase) {
    (void)user;
    pairings += phase == KZG_PHASE_PAIRING;
}

static int setup(void **state) {
    (void)state;
    kzg_options options;
    kzg_options_init(&options);
    options.precompute = 0;
    options.allocator = counting_allocator(&counting);
    options.observer.phase = on_phase;
    must(kzg_new(&ctx, &options));
    for (size_t i = 0; i < 2; i++) {
        struct true_claim *fact = &facts[i];
        random_blob(&fact->blob);
        random_bytes(fact->z.bytes, sizeof fact->z.bytes);
        fact->z.bytes[0] &= 0x3f;
        must(kzg_blob_to_kzg_commitment(ctx, &fact->commitment, &fact->blob));
        must(kzg_compute_kzg_proof(ctx, &fact->proof, &fact->y, &fact->blob, &fact->z));
        must(kzg_compute_blob_kzg_proof(ctx, &fact->blob_proof, &fact->blob, &fact->commitment));
    }
    bad_blob = facts[0].blob;
    memset(bad_blob.bytes + 32 * 77, 0xff, 32);
    memset(bad_scalar.bytes, 0xff, sizeof bad_scalar.bytes);
    other_y = facts[0].y;
    other_y.bytes[31] ^= 1;
    bad_point = facts[0].proof;
    bad_point.bytes[0] &= 0x7f; /* not compressed */
    infinity.bytes[0] = 0xc0;
    return 0;
}

static int teardown(void **state) {
    (void)state;
    kzg_free(ctx);
    return 0;
}

static kzg_claim good(size_t i) {
    const struct true_claim *fact = &facts[i / 2 % 2];
    kzg_claim claim = {.commitment = &fact->commitment, .proof = &fact->proof, .z = &fact->z, .y = &fact->y};
    if (i % 2 == 0) return claim;
    return (kzg_claim){.commitment = &fact->commitment, .proof = &fact->blob_proof, .blob = &fact->blob};
}

/* False in one way or another. */
static kzg_claim spoilt(size_t i, unsigned how) {
    kzg_claim claim = good(i);
    switch (how % 3) {
    case 0: claim.proof = claim.proof == &facts[0].proof ? &facts[1].proof : &facts[0].proof; break;
    case 1: claim.commitment = &infinity; break;
    default:
        if (claim.blob == NULL)
            claim.y = &other_y;
        else
            claim.blob = claim.blob == &facts[0].blob ? &facts[1].blob : &facts[0].blob;
    }
    return claim;
}

/* Each alone, and all together: the same. */
static void same_as_alone(kzg_claim *claims, size_t n) {
    bool valid[64];
    kzg_status status[64];
    assert_true(n <= 64);
    for (size_t i = 0; i < n; i++) {
        kzg_claim *c = &claims[i];
        valid[i] = false;
        status[i] = c->blob != NULL ? kzg_verify_blob_kzg_proof(ctx, &valid[i], c->blob, c->commitment, c->proof)
                                    : kzg_verify_kzg_proof(ctx, &valid[i], c->commitment, c->z, c->y, c->proof);
        c->valid = true; /* to be written */
        c->status = (kzg_status){KZG_ERR_IO, KZG_ARG_COUNT, 7, 7};
    }
    pairings = 0;
    must(kzg_verify_claims(ctx, claims, n));
    for (size_t i = 0; i < n; i++) {
        assert_int_equal(claims[i].valid, valid[i]);
        assert_int_equal(claims[i].status.code, status[i].code);
        assert_int_equal(claims[i].status.argument, status[i].argument);
        assert_int_equal(claims[i].status.element, status[i].element);
        assert_int_equal(claims[i].status.index, status[i].index);
    }
}

static void claims__all_true_take_one_pairing_check(void **state) {
    (void)state;
    kzg_claim claims[MANY];
    for (size_t n = 1; n <= MANY; n++) {
        for (size_t i = 0; i < n; i++) claims[i] = good(i);
        same_as_alone(claims, n);
        for (size_t i = 0; i < n; i++) assert_true(claims[i].valid);
        assert_int_equal(pairings, 1);
    }
}

static void claims__one_false_at_every_place(void **state) {
    (void)state;
    kzg_claim claims[MANY];
    for (size_t n = 1; n <= MANY; n += 5) {
        for (size_t bad = 0; bad < n; bad++) {
            for (size_t i = 0; i < n; i++) claims[i] = i == bad ? spoilt(i, (unsigned)(bad + n)) : good(i);
            same_as_alone(claims, n);
            for (size_t i = 0; i < n; i++) assert_int_equal(claims[i].valid, i != bad);
            assert_in_range(pairings, 1, 1 + 2 * 4); /* log2 11 levels */
        }
    }
}

static void claims__several_false(void **state) {
    (void)state;
    kzg_claim claims[MANY];
    for (unsigned seed = 1; seed < 12; seed++) {
        unsigned bits = seed * 0x9e3779b1u >> 7;
        size_t n = MANY - seed % 4;
        for (size_t i = 0; i < n; i++) claims[i] = bits >> i & 1 ? spoilt(i, seed + (unsigned)i) : good(i);
        same_as_alone(claims, n);
        assert_in_range(pairings, 1, 2 * n - 1);
    }
    for (size_t i = 0; i < MANY; i++) claims[i] = spoilt(i, (unsigned)i);
    same_as_alone(claims, MANY);
    assert_in_range(pairings, MANY, 2 * MANY - 1);
}

/* The same false claim twice, and one with its counterpart whose error is the opposite: no sum cancels. */
static void claims__errors_do_not_cancel(void **state) {
    (void)state;
    kzg_bytes32 less = facts[0].y, more = facts[0].y;
    kzg_claim claims[4];
    assert_true(less.bytes[31] > 0 || less.bytes[30] > 0);
    less.bytes[31] ^= 1;
    more.bytes[31] ^= 1;
    if (facts[0].y.bytes[31] >= 1 && facts[0].y.bytes[31] < 255) {
        less.bytes[31] = (uint8_t)(facts[0].y.bytes[31] - 1);
        more.bytes[31] = (uint8_t)(facts[0].y.bytes[31] + 1);
    }
    for (size_t i = 0; i < 4; i++) {
        claims[i] = good(0);
        if (i < 3) claims[i].y = i == 1 ? &more : &less;
    }
    same_as_alone(claims, 4);
    for (size_t i = 0; i < 4; i++) assert_int_equal(claims[i].valid, i == 3);
}

static void claims__malformed_among_good_and_false(void **state) {
    (void)state;
    kzg_claim claims[MANY + 1];
    for (unsigned what = 0; what < 6; what++) {
        for (size_t place = 0; place < MANY; place += 3) {
            for (size_t i = 0; i < MANY; i++) claims[i] = i == 7 ? spoilt(i, what) : good(i);
            kzg_claim *bad = &claims[place];
            switch (what) {
            case 0: bad->commitment = &bad_point; break;
            case 1: bad->proof = &bad_point; break;
            case 2: *bad = good(1), bad->blob = &bad_blob; break;
            case 3: *bad = good(0), bad->z = &bad_scalar; break;
            case 4: *bad = good(0), bad->y = &bad_scalar, bad->proof = &bad_point; break; /* the first one counts */
            default: *bad = good(1), bad->blob = &bad_blob, bad->commitment = bad->proof = &bad_point; break;
            }
            same_as_alone(claims, MANY);
            assert_int_not_equal(bad->status.code, KZG_OK);
            assert_false(bad->valid);
        }
    }
    for (size_t i = 0; i < MANY; i++) {
        claims[i] = good(i);
        claims[i].proof = &bad_point;
    }
    same_as_alone(claims, MANY); /* nothing is left to check */
    assert_int_equal(pairings, 0);
}

static void claims__points_at_infinity(void **state) {
    (void)state;
    static const kzg_bytes32 zero;
    static const kzg_blob zeros;
    kzg_claim claims[3] = {good(0),
                           {.commitment = &infinity, .proof = &infinity, .z = &facts[0].z, .y = &zero},
                           {.commitment = &infinity, .proof = &infinity, .blob = &zeros}};
    for (size_t n = 1; n <= 3; n++) same_as_alone(claims, n);
    same_as_alone(claims + 1, 2);
    assert_true(claims[1].valid && claims[2].valid);
}

static void claims__contract(void **state) {
    (void)state;
    kzg_claim claims[MANY];
    for (size_t i = 0; i < MANY; i++) claims[i] = good(i);
    must(kzg_verify_claims(ctx, NULL, 0));
    assert_int_equal(kzg_verify_claims(NULL, claims, 1).argument, KZG_ARG_CONTEXT);
    assert_int_equal(kzg_verify_claims(ctx, NULL, 1).code, KZG_ERR_NULL_ARGUMENT);
    assert_int_equal(kzg_verify_claims(ctx, claims, KZG_MAX_BATCH + 1).code, KZG_ERR_COUNT_TOO_LARGE);
    claims[3].proof = NULL;
    assert_int_equal(kzg_verify_claims(ctx, claims, MANY).argument, KZG_ARG_PROOF);
    claims[3] = good(2);
    claims[3].z = NULL;
    assert_int_equal(kzg_verify_claims(ctx, claims, MANY).argument, KZG_ARG_Z);
    assert_int_equal(kzg_verify_claims(ctx, claims, MANY).index, 3);
    assert_int_equal(kzg_verify_claims_scratch_bytes(ctx, 0), 0);
    assert_int_equal(kzg_verify_claims_scratch_bytes(ctx, KZG_MAX_BATCH + 1), 0);
    claims[3] = good(3);
    counting_fail_at(&counting, 1);
    assert_int_equal(kzg_verify_claims(ctx, claims, MANY).code, KZG_ERR_OUT_OF_MEMORY);
    counting_fail_at(&counting, 0);
    for (size_t n = 1; n <= MANY; n += 3) {
        counting.peak[KZG_MEMORY_SCRATCH] = 0;
        must(kzg_verify_claims(ctx, claims, n));
        assert_int_equal(counting.peak[KZG_MEMORY_SCRATCH], kzg_verify_claims_scratch_bytes(ctx, n));
        assert_int_equal(counting.live[KZG_MEMORY_SCRATCH], 0);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(claims__all_true_take_one_pairing_check),
        cmocka_unit_test(claims__one_false_at_every_place),
        cmocka_unit_test(claims__several_false),
        cmocka_unit_test(claims__errors_do_not_cancel),
        cmocka_unit_test(claims__malformed_among_good_and_false),
        cmocka_unit_test(claims__points_at_infinity),
        cmocka_unit_test(claims__contract),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
