/* The library's code as a toy instance (blobs of 8 elements, cells of 2, 8 cells in an extended blob): everything is
 * tried and compared with toy_oracle.c. KZG_SEED repeats a run. */
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "curve/encoding.h"
#include "exhaustive/toy_oracle.h"
#include "field/dispatch.h"
#include "support/random.h"

#define UNUSED_BYTE 0xa5 /* fills what the toy must not touch */

static struct toy toy;
static kzg_ctx *ctx;
static uint64_t seed;

/* ---- Random ---- */

static uint64_t random_u64(void) {
    return random_next(&seed);
}

static void random_fr(fr *r) {
    uint8_t bytes[32];
    for (int i = 0; i < 32; i++) bytes[i] = (uint8_t)random_u64();
    fr_from_be_reduced(r, bytes);
}

/* ---- Blobs and what belongs to them ---- */

struct sample {
    fr values[TOY_ELEMENTS];
    poly p;
    kzg_blob blob;
    kzg_bytes48 commitment;
    kzg_cell cells[TOY_CELLS];
    kzg_bytes48 proofs[TOY_CELLS];
};

static void make_sample(struct sample *s) {
    memset(&s->blob, UNUSED_BYTE, sizeof s->blob);
    memset(s->cells, UNUSED_BYTE, sizeof s->cells);
    toy_put(s->blob.bytes, s->values, TOY_ELEMENTS);
    toy_blob_polynomial(&s->p, &toy, s->values);
    toy_commitment(&s->commitment, &toy, &s->p);
    for (unsigned c = 0; c < TOY_CELLS; c++) {
        toy_cell(&s->cells[c], &toy, &s->p, c);
        toy_cell_proof(&s->proofs[c], &toy, &s->p, c);
    }
}

/* Elements 0 and 1 by the bits of number. */
static void sample_of_bits(struct sample *s, unsigned number) {
    for (unsigned i = 0; i < TOY_ELEMENTS; i++) fr_from_u64(&s->values[i], number >> i & 1);
    make_sample(s);
}

#define KINDS 5u

static void sample_of_kind(struct sample *s, unsigned kind) {
    fr minus_one;
    fr_neg(&minus_one, &FR_ONE);
    for (unsigned i = 0; i < TOY_ELEMENTS; i++) {
        fr_set_zero(&s->values[i]);
        if (kind == 1) fr_from_u64(&s->values[i], 7);
        if (kind == 2 && i == 5) s->values[i] = minus_one;
        if (kind == 3) s->values[i] = i == 2 ? FR_ONE : minus_one;
        if (kind == 4) random_fr(&s->values[i]);
    }
    make_sample(s);
}

static void expect_ok(kzg_status status) {
    char text[200];
    if (status.code == KZG_OK) return;
    kzg_status_format(status, text, sizeof text);
    fail_msg("%s", text);
}

static void expect_bytes(const void *got, const void *wanted, size_t n) {
    assert_memory_equal(got, wanted, n);
}

/* The cells' elements as wanted, and nothing written behind them. */
static void expect_cells(const kzg_cell *got, const kzg_cell *wanted) {
    expect_bytes(got, wanted, TOY_CELLS * sizeof *got);
}

/* ---- Setup ---- */

static kzg_status load(kzg_ctx **ret_ctx, const struct toy *t, int level) {
    kzg_options options;
    kzg_options_init(&options);
    options.precompute = level;
    return kzg_new_from_points(ret_ctx, t->g1_monomial[0], t->g1_lagrange[0], t->g2_monomial[0], &options);
}

static int start(void **state) {
    const char *given = getenv("KZG_SEED");
    fr tau;
    (void)state;
    seed = given ? strtoull(given, NULL, 0) : 7594;
    printf("seed %" PRIu64 "\n", seed);
    if (!field_select(NULL)) return -1;
    random_fr(&tau);
    toy_init(&toy, &tau);
    return load(&ctx, &toy, KZG_PRECOMPUTE_MIN).code == KZG_OK ? 0 : -1;
}

static int stop(void **state) {
    (void)state;
    ctx = kzg_free(ctx);
    return 0;
}

/* Another valid point in place of any one point is found, in its list. */
static void setup__any_point_replaced__inconsistent(void **state) {
    static const kzg_argument arguments[] = {KZG_ARG_G1_MONOMIAL, KZG_ARG_G1_LAGRANGE, KZG_ARG_G2_MONOMIAL};
    static const unsigned counts[] = {TOY_ELEMENTS, TOY_ELEMENTS, TOY_G2_POINTS};
    struct toy other;
    fr tau;
    (void)state;
    random_fr(&tau);
    toy_init(&other, &tau);
    for (unsigned list = 0; list < 3; list++) {
        for (unsigned i = 0; i < counts[list]; i++) {
            struct toy changed = toy;
            kzg_ctx *made = NULL;
            unsigned from = list == 1 ? i : i == 0 ? 1 : i; /* point 0 of the powers does not depend on tau */
            if (list == 0) memcpy(changed.g1_monomial[i], other.g1_monomial[from], 48);
            if (list == 1) memcpy(changed.g1_lagrange[i], other.g1_lagrange[from], 48);
            if (list == 2) memcpy(changed.g2_monomial[i], other.g2_monomial[from], 96);
            kzg_status s = load(&made, &changed, KZG_PRECOMPUTE_MIN);
            assert_int_equal(s.code, KZG_ERR_SETUP_INCONSISTENT);
            assert_null(made);
            /* points 0 and 1 say what all else is compared with: there the other ones may be blamed */
            if (list == 1 || i >= 2) {
                assert_int_equal(s.argument, arguments[list]);
                assert_int_equal(s.index, i);
            }
        }
    }
}

static void setup__every_level__same_answers(void **state) {
    (void)state;
    for (int level = KZG_PRECOMPUTE_MIN; level <= KZG_PRECOMPUTE_MAX; level++) {
        kzg_ctx *made;
        struct sample s;
        kzg_bytes48 commitment, proofs[TOY_CELLS];
        kzg_cell cells[TOY_CELLS];
        expect_ok(load(&made, &toy, level));
        sample_of_kind(&s, 4);
        memset(cells, UNUSED_BYTE, sizeof cells);
        expect_ok(kzg_blob_to_kzg_commitment(made, &commitment, &s.blob));
        expect_bytes(&commitment, &s.commitment, 48);
        expect_ok(kzg_compute_cells_and_kzg_proofs(made, cells, proofs, &s.blob));
        expect_cells(cells, s.cells);
        expect_bytes(proofs, s.proofs, sizeof proofs);
        kzg_free(made);
    }
}

/* ---- Every blob of zeros and ones ---- */

static void blobs__all_of_zeros_and_ones__commitment_cells_proofs(void **state) {
    (void)state;
    for (unsigned number = 0; number < 1u << TOY_ELEMENTS; number++) {
        struct sample s;
        kzg_bytes48 commitment, proofs[TOY_CELLS];
        kzg_cell cells[TOY_CELLS];
        sample_of_bits(&s, number);
        memset(cells, UNUSED_BYTE, sizeof cells);
        expect_ok(kzg_blob_to_kzg_commitment(ctx, &commitment, &s.blob));
        expect_bytes(&commitment, &s.commitment, 48);
        expect_ok(kzg_compute_cells(ctx, cells, &s.blob));
        expect_cells(cells, s.cells);
        memset(cells, UNUSED_BYTE, sizeof cells);
        expect_ok(kzg_compute_cells_and_kzg_proofs(ctx, cells, proofs, &s.blob));
        expect_cells(cells, s.cells);
        expect_bytes(proofs, s.proofs, sizeof proofs);
    }
}

/* ---- Proofs at points ---- */

static bool verify(const kzg_bytes48 *commitment, const kzg_bytes32 *z, const kzg_bytes32 *y,
                   const kzg_bytes48 *proof) {
    bool valid = true;
    expect_ok(kzg_verify_kzg_proof(ctx, &valid, commitment, z, y, proof));
    return valid;
}

/* The proof at z is the oracle's; it holds, and not with another value, place, proof or commitment. */
static void check_point(const struct sample *s, const fr *z) {
    kzg_bytes48 proof, wanted, other;
    kzg_bytes32 z_bytes, y_bytes, bad;
    fr y, t;
    fr_to_be(z_bytes.bytes, z);
    toy_proof(&wanted, &y, &toy, &s->p, z);
    fr_to_be(bad.bytes, &y);
    expect_ok(kzg_compute_kzg_proof(ctx, &proof, &y_bytes, &s->blob, &z_bytes));
    expect_bytes(&proof, &wanted, 48);
    expect_bytes(&y_bytes, &bad, 32);
    assert_true(verify(&s->commitment, &z_bytes, &y_bytes, &proof));
    fr_add(&t, &y, &FR_ONE);
    fr_to_be(bad.bytes, &t);
    assert_false(verify(&s->commitment, &z_bytes, &bad, &proof));
    random_fr(&t);
    toy_multiple(&other, &t);
    assert_false(verify(&s->commitment, &z_bytes, &y_bytes, &other));
    assert_false(verify(&other, &z_bytes, &y_bytes, &proof));
}

static void proofs__at_every_point_of_both_domains__as_the_oracle(void **state) {
    (void)state;
    for (unsigned kind = 0; kind < KINDS; kind++) {
        struct sample s;
        fr z;
        sample_of_kind(&s, kind);
        for (unsigned i = 0; i < TOY_EXTENDED; i++) check_point(&s, &toy.point[i]);
        fr_set_zero(&z);
        check_point(&s, &z);
        fr_from_u64(&z, 2);
        check_point(&s, &z);
        for (unsigned i = 0; i < 8; i++) {
            random_fr(&z);
            check_point(&s, &z);
        }
    }
}

static void blob_proofs__all_pairs__true_only_for_the_own_blob(void **state) {
    static struct sample s[KINDS];
    kzg_bytes48 proofs[KINDS];
    bool valid;
    (void)state;
    for (unsigned i = 0; i < KINDS; i++) {
        sample_of_kind(&s[i], i);
        expect_ok(kzg_compute_blob_kzg_proof(ctx, &proofs[i], &s[i].blob, &s[i].commitment));
    }
    for (unsigned b = 0; b < KINDS; b++) {
        for (unsigned c = 0; c < KINDS; c++) {
            for (unsigned p = 0; p < KINDS; p++) {
                expect_ok(kzg_verify_blob_kzg_proof(ctx, &valid, &s[b].blob, &s[c].commitment, &proofs[p]));
                /* constants have the same proof: infinity */
                assert_int_equal(valid, b == c && (b == p || (b <= 1 && p <= 1)));
            }
        }
    }
}

/* ---- Recovery ---- */

struct list {
    uint64_t indices[TOY_CELLS];
    kzg_cell cells[TOY_CELLS];
    unsigned n;
};

static struct list pick(const struct sample *s, unsigned subset) {
    struct list l = {.n = 0};
    for (unsigned c = 0; c < TOY_CELLS; c++) {
        if (!(subset >> c & 1)) continue;
        l.indices[l.n] = c;
        l.cells[l.n++] = s->cells[c];
    }
    return l;
}

static kzg_cell out_cells[TOY_CELLS];
static kzg_bytes48 out_proofs[TOY_CELLS];

static kzg_status recover(const struct list *l, bool with_proofs) {
    memset(out_cells, UNUSED_BYTE, sizeof out_cells);
    memset(out_proofs, UNUSED_BYTE, sizeof out_proofs);
    return kzg_recover_cells_and_kzg_proofs(ctx, out_cells, with_proofs ? out_proofs : NULL, l->indices, l->cells,
                                            l->n);
}

static void expect_untouched(void) {
    for (size_t i = 0; i < sizeof out_cells; i++) assert_int_equal(((uint8_t *)out_cells)[i], UNUSED_BYTE);
    for (size_t i = 0; i < sizeof out_proofs; i++) assert_int_equal(((uint8_t *)out_proofs)[i], UNUSED_BYTE);
}

static void recovery__every_subset__all_cells_or_too_few(void **state) {
    (void)state;
    for (unsigned kind = 0; kind < KINDS; kind++) {
        struct sample s;
        sample_of_kind(&s, kind);
        for (unsigned subset = 0; subset < 1u << TOY_CELLS; subset++) {
            struct list l = pick(&s, subset);
            if (l.n < TOY_CELLS_LEAST) {
                assert_int_equal(recover(&l, true).code, KZG_ERR_TOO_FEW_CELLS);
                expect_untouched();
                continue;
            }
            expect_ok(recover(&l, false));
            expect_cells(out_cells, s.cells);
            expect_ok(recover(&l, true));
            expect_cells(out_cells, s.cells);
            expect_bytes(out_proofs, s.proofs, sizeof out_proofs);
        }
    }
}

static void change_element(kzg_cell *cell, unsigned element) {
    fr v;
    assert_true(fr_from_be(&v, cell->bytes + 32 * element));
    fr_add(&v, &v, &FR_ONE);
    fr_to_be(cell->bytes + 32 * element, &v);
}

/* Four cells fix a polynomial, whatever is in them: recovery gives that one's. */
static void expect_other_polynomial(const struct list *l) {
    struct sample other;
    fr x[TOY_ELEMENTS], y[TOY_ELEMENTS];
    poly p;
    for (unsigned i = 0; i < TOY_ELEMENTS; i++) {
        x[i] = toy.point[TOY_CELL * l->indices[i / TOY_CELL] + i % TOY_CELL];
        assert_true(fr_from_be(&y[i], l->cells[i / TOY_CELL].bytes + 32 * (i % TOY_CELL)));
    }
    toy_interpolate(&p, x, y, TOY_ELEMENTS);
    for (unsigned i = 0; i < TOY_ELEMENTS; i++) toy_evaluate(&other.values[i], &p, &toy.point[i]);
    make_sample(&other);
    expect_cells(out_cells, other.cells);
    expect_bytes(out_proofs, other.proofs, sizeof out_proofs);
}

/* One changed element anywhere: with four cells another blob, with more an error. */
static void recovery__every_element_changed__found_or_another_blob(void **state) {
    struct sample s;
    (void)state;
    sample_of_kind(&s, 4);
    for (unsigned subset = 0; subset < 1u << TOY_CELLS; subset++) {
        struct list l = pick(&s, subset);
        for (unsigned i = 0; l.n >= TOY_CELLS_LEAST && i < l.n * TOY_CELL; i++) {
            struct list changed = l;
            change_element(&changed.cells[i / TOY_CELL], i % TOY_CELL);
            kzg_status status = recover(&changed, l.n == TOY_CELLS_LEAST);
            if (l.n == TOY_CELLS_LEAST) {
                expect_ok(status);
                expect_other_polynomial(&changed);
            } else {
                assert_int_equal(status.code, KZG_ERR_CELLS_INCONSISTENT);
                expect_untouched();
            }
        }
    }
}

/* Two changes that a sum of all cells would not show. */
static void recovery__every_pair_of_cells_swapped__inconsistent(void **state) {
    struct sample s;
    (void)state;
    sample_of_kind(&s, 4);
    for (unsigned a = 0; a < TOY_CELLS; a++) {
        for (unsigned b = a + 1; b < TOY_CELLS; b++) {
            struct list l = pick(&s, (1u << TOY_CELLS) - 1);
            kzg_cell t = l.cells[a];
            l.cells[a] = l.cells[b];
            l.cells[b] = t;
            assert_int_equal(recover(&l, false).code, KZG_ERR_CELLS_INCONSISTENT);
        }
    }
}

/* ---- Every list of indices up to length 4, with one value out of range ---- */

#define INDEX_VALUES (TOY_CELLS + 1)
#define LIST_LENGTH  4u

static unsigned power_of(unsigned base, unsigned e) {
    return e == 0 ? 1 : base * power_of(base, e - 1);
}

static struct list numbered_list(const struct sample *s, unsigned n, unsigned number) {
    struct list l = {.n = n};
    for (unsigned i = 0; i < n; i++, number /= INDEX_VALUES) {
        l.indices[i] = number % INDEX_VALUES;
        l.cells[i] = s->cells[l.indices[i] % TOY_CELLS];
    }
    return l;
}

/* The first index at fault and how; ret_either when it is both a repetition and out of order. */
static kzg_code first_fault(const struct list *l, unsigned *ret_at, bool *ret_either) {
    *ret_either = false;
    for (unsigned i = 0; i < l->n; i++) {
        *ret_at = i;
        if (l->indices[i] >= TOY_CELLS) return KZG_ERR_CELL_INDEX_RANGE;
        if (i == 0 || l->indices[i] > l->indices[i - 1]) continue;
        if (l->indices[i] == l->indices[i - 1]) return KZG_ERR_CELL_INDEX_DUPLICATE;
        for (unsigned j = 0; j < i; j++) *ret_either = *ret_either || l->indices[j] == l->indices[i];
        return KZG_ERR_CELL_INDEX_UNSORTED;
    }
    return KZG_OK;
}

static void recovery__every_index_list__its_own_status(void **state) {
    struct sample s;
    unsigned good = 0;
    (void)state;
    sample_of_kind(&s, 4);
    for (unsigned n = 0; n <= LIST_LENGTH; n++) {
        for (unsigned number = 0; number < power_of(INDEX_VALUES, n); number++) {
            struct list l = numbered_list(&s, n, number);
            unsigned at = 0;
            bool either;
            kzg_code fault = first_fault(&l, &at, &either);
            kzg_status got = recover(&l, false);
            if (n < TOY_CELLS_LEAST) {
                assert_int_equal(got.code, KZG_ERR_TOO_FEW_CELLS);
            } else if (fault == KZG_OK) {
                expect_ok(got);
                expect_cells(out_cells, s.cells);
                good++;
                continue;
            } else {
                if (!(either && got.code == KZG_ERR_CELL_INDEX_DUPLICATE)) assert_int_equal(got.code, fault);
                assert_int_equal(got.argument, KZG_ARG_CELL_INDEX);
                assert_int_equal(got.index, at);
            }
            expect_untouched();
        }
    }
    assert_int_equal(good, 70); /* 4 of 8 */
}

/* ---- Verification of cells ---- */

struct entries {
    kzg_bytes48 commitments[LIST_LENGTH];
    uint64_t indices[LIST_LENGTH];
    kzg_cell cells[LIST_LENGTH];
    kzg_bytes48 proofs[LIST_LENGTH];
    unsigned n;
};

static void add_entry(struct entries *e, const struct sample *s, unsigned column) {
    e->commitments[e->n] = s->commitment;
    e->indices[e->n] = column;
    e->cells[e->n] = s->cells[column];
    e->proofs[e->n++] = s->proofs[column];
}

static bool verify_cells(const struct entries *e) {
    bool valid = true;
    expect_ok(kzg_verify_cell_kzg_proof_batch(ctx, &valid, e->commitments, e->indices, e->cells, e->proofs, e->n));
    return valid;
}

/* Every combination of commitment, index, cell and proof from one blob's: true only where they belong together. */
static void verify_cells__every_combination__true_only_for_the_own(void **state) {
    struct sample s, other;
    (void)state;
    sample_of_kind(&s, 4);
    sample_of_kind(&other, 4);
    for (unsigned index = 0; index < TOY_CELLS; index++) {
        for (unsigned cell = 0; cell < TOY_CELLS; cell++) {
            for (unsigned proof = 0; proof < TOY_CELLS; proof++) {
                struct entries e = {.n = 1, .indices = {index}};
                e.commitments[0] = s.commitment;
                e.cells[0] = s.cells[cell];
                e.proofs[0] = s.proofs[proof];
                assert_int_equal(verify_cells(&e), index == cell && cell == proof);
                e.commitments[0] = other.commitment;
                if (index == cell && cell == proof) assert_false(verify_cells(&e));
            }
        }
    }
}

/* Every list of columns up to length 4, any order, any repeats, rows mixed: true; out of range: an error. Those of
 * length 4 in ascending order only, to save time: order is tried with length 3. */
static void verify_cells__every_index_list__true_or_out_of_range(void **state) {
    static struct sample s[2];
    (void)state;
    sample_of_kind(&s[0], 4);
    sample_of_kind(&s[1], 2);
    for (unsigned n = 0; n <= LIST_LENGTH; n++) {
        for (unsigned number = 0; number < power_of(INDEX_VALUES, n); number++) {
            struct list l = numbered_list(&s[0], n, number);
            struct entries e = {.n = 0};
            unsigned range_at = n;
            bool ascending = true, valid = true;
            for (unsigned i = 0; i < n; i++) {
                add_entry(&e, &s[(number + i) % 2], l.indices[i] % TOY_CELLS);
                e.indices[i] = l.indices[i];
                if (l.indices[i] >= TOY_CELLS && range_at == n) range_at = i;
                if (i > 0 && l.indices[i] < l.indices[i - 1]) ascending = false;
            }
            if (range_at == n && n == LIST_LENGTH && !ascending) continue;
            kzg_status got =
                kzg_verify_cell_kzg_proof_batch(ctx, &valid, e.commitments, e.indices, e.cells, e.proofs, n);
            if (range_at == n) {
                expect_ok(got);
                assert_true(valid);
            } else {
                assert_int_equal(got.code, KZG_ERR_CELL_INDEX_RANGE);
                assert_int_equal(got.argument, KZG_ARG_CELL_INDEX);
                assert_int_equal(got.index, range_at);
                assert_false(valid);
            }
        }
    }
}

/* One wrong part at each position of a batch, for every column. */
static void verify_cells__one_bad_entry_anywhere__false(void **state) {
    static struct sample s[2];
    (void)state;
    sample_of_kind(&s[0], 4);
    sample_of_kind(&s[1], 3);
    for (unsigned column = 0; column < TOY_CELLS; column++) {
        struct entries e = {.n = 0};
        for (unsigned i = 0; i < LIST_LENGTH; i++) add_entry(&e, &s[i % 2], (column + i / 2) % TOY_CELLS);
        assert_true(verify_cells(&e));
        for (unsigned at = 0; at < LIST_LENGTH; at++) {
            struct entries bad = e;
            bad.commitments[at] = s[(at + 1) % 2].commitment;
            assert_false(verify_cells(&bad));
            bad = e;
            bad.indices[at] = (bad.indices[at] + 1) % TOY_CELLS;
            assert_false(verify_cells(&bad));
            bad = e;
            change_element(&bad.cells[at], at % TOY_CELL);
            assert_false(verify_cells(&bad));
            bad = e;
            bad.proofs[at] = s[at % 2].proofs[(bad.indices[at] + 3) % TOY_CELLS];
            assert_false(verify_cells(&bad));
        }
    }
}

/* ---- Errors that a sum without random weights would not show ----
 *
 * The secret is known, so proofs can be moved by multiples of the generator that cancel in the plain sum of the
 * equations. Only the challenge's weights tell. */

/* r = k G + p, compressed */
static void moved(kzg_bytes48 *r, const kzg_bytes48 *p, const fr *k) {
    kzg_bytes48 step;
    g1_affine a, b;
    g1 sum;
    toy_multiple(&step, k);
    assert_int_equal(g1_decode(&a, p->bytes), ST_OK);
    assert_int_equal(g1_decode(&b, step.bytes), ST_OK);
    g1_from_affine(&sum, &a);
    g1_add_affine(&sum, &sum, &b);
    g1_to_affine(&a, &sum);
    g1_compress(r->bytes, &a);
}

/* (tau - x0) (tau - x1) over a column's points */
static void vanishing_at_tau(fr *r, unsigned column) {
    fr t;
    fr_sub(r, &toy.tau, &toy.point[TOY_CELL * column]);
    fr_sub(&t, &toy.tau, &toy.point[TOY_CELL * column + 1]);
    fr_mul(r, r, &t);
}

static void verify_cells__errors_that_cancel__false(void **state) {
    struct sample s;
    (void)state;
    sample_of_kind(&s, 4);
    for (unsigned a = 0; a < TOY_CELLS; a++) {
        for (unsigned b = 0; b < TOY_CELLS; b++) {
            struct entries e = {.n = 0}, bad;
            fr k, t;
            add_entry(&e, &s, a);
            add_entry(&e, &s, b);
            assert_true(verify_cells(&e));
            bad = e;
            vanishing_at_tau(&k, b);
            moved(&bad.proofs[0], &e.proofs[0], &k);
            vanishing_at_tau(&k, a);
            fr_neg(&k, &k);
            moved(&bad.proofs[1], &e.proofs[1], &k);
            assert_false(verify_cells(&bad));
            if (a != b) continue;
            bad = e; /* one column twice, one element up and down */
            change_element(&bad.cells[0], 1);
            assert_true(fr_from_be(&t, e.cells[1].bytes + 32));
            fr_sub(&t, &t, &FR_ONE);
            fr_to_be(bad.cells[1].bytes + 32, &t);
            assert_false(verify_cells(&bad));
        }
    }
}

struct blobs {
    kzg_blob blobs[KINDS];
    kzg_bytes48 commitments[KINDS], proofs[KINDS];
};

static bool verify_blobs(const struct blobs *b, unsigned n) {
    bool valid = true;
    expect_ok(kzg_verify_blob_kzg_proof_batch(ctx, &valid, b->blobs, b->commitments, b->proofs, n));
    return valid;
}

static void tau_minus_challenge(fr *r, const struct blobs *b, unsigned i) {
    kzg_bytes32 z_bytes;
    fr z;
    expect_ok(kzg_compute_challenge(&z_bytes, &b->blobs[i], &b->commitments[i]));
    assert_true(fr_from_be(&z, z_bytes.bytes));
    fr_sub(r, &toy.tau, &z);
}

static void verify_blobs__every_length_bad_entry_and_cancelling_pair(void **state) {
    static struct blobs b, bad;
    (void)state;
    for (unsigned i = 0; i < KINDS; i++) {
        struct sample s;
        sample_of_kind(&s, i);
        b.blobs[i] = s.blob;
        b.commitments[i] = s.commitment;
        expect_ok(kzg_compute_blob_kzg_proof(ctx, &b.proofs[i], &s.blob, &s.commitment));
    }
    for (unsigned n = 0; n <= KINDS; n++) {
        assert_true(verify_blobs(&b, n));
        for (unsigned i = 0; i < n; i++) {
            bad = b;
            moved(&bad.proofs[i], &b.proofs[i], &FR_ONE);
            assert_false(verify_blobs(&bad, n));
            bad = b;
            moved(&bad.commitments[i], &b.commitments[i], &FR_ONE);
            assert_false(verify_blobs(&bad, n));
            for (unsigned j = 0; j < i; j++) {
                fr k;
                bad = b;
                tau_minus_challenge(&k, &b, j);
                moved(&bad.proofs[i], &b.proofs[i], &k);
                tau_minus_challenge(&k, &b, i);
                fr_neg(&k, &k);
                moved(&bad.proofs[j], &b.proofs[j], &k);
                assert_false(verify_blobs(&bad, n));
            }
        }
    }
}

/* ---- Field elements that are not canonical, at every position ---- */

static void elements__modulus_at_every_position__named(void **state) {
    struct sample s;
    uint8_t modulus[32];
    fr minus_one;
    (void)state;
    fr_neg(&minus_one, &FR_ONE);
    fr_to_be(modulus, &minus_one);
    modulus[31] += 1; /* r - 1 ends in 00 */
    sample_of_kind(&s, 4);
    for (unsigned i = 0; i < TOY_ELEMENTS; i++) {
        kzg_blob blob = s.blob;
        kzg_bytes48 commitment;
        memcpy(blob.bytes + 32 * i, modulus, 32);
        kzg_status got = kzg_blob_to_kzg_commitment(ctx, &commitment, &blob);
        assert_int_equal(got.code, KZG_ERR_FIELD_ELEMENT_NOT_CANONICAL);
        assert_int_equal(got.argument, KZG_ARG_BLOB);
        assert_int_equal(got.element, i);
    }
    for (unsigned i = 0; i < TOY_EXTENDED; i++) {
        struct list l = pick(&s, (1u << TOY_CELLS) - 1);
        memcpy(l.cells[i / TOY_CELL].bytes + 32 * (i % TOY_CELL), modulus, 32);
        kzg_status got = recover(&l, false);
        assert_int_equal(got.code, KZG_ERR_FIELD_ELEMENT_NOT_CANONICAL);
        assert_int_equal(got.argument, KZG_ARG_CELL);
        assert_int_equal(got.index, i / TOY_CELL);
        assert_int_equal(got.element, i % TOY_CELL);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(setup__any_point_replaced__inconsistent),
        cmocka_unit_test(setup__every_level__same_answers),
        cmocka_unit_test(blobs__all_of_zeros_and_ones__commitment_cells_proofs),
        cmocka_unit_test(proofs__at_every_point_of_both_domains__as_the_oracle),
        cmocka_unit_test(blob_proofs__all_pairs__true_only_for_the_own_blob),
        cmocka_unit_test(recovery__every_subset__all_cells_or_too_few),
        cmocka_unit_test(recovery__every_element_changed__found_or_another_blob),
        cmocka_unit_test(recovery__every_pair_of_cells_swapped__inconsistent),
        cmocka_unit_test(recovery__every_index_list__its_own_status),
        cmocka_unit_test(verify_cells__every_combination__true_only_for_the_own),
        cmocka_unit_test(verify_cells__every_index_list__true_or_out_of_range),
        cmocka_unit_test(verify_cells__one_bad_entry_anywhere__false),
        cmocka_unit_test(verify_cells__errors_that_cancel__false),
        cmocka_unit_test(verify_blobs__every_length_bad_entry_and_cancelling_pair),
        cmocka_unit_test(elements__modulus_at_every_position__named),
    };
    return cmocka_run_group_tests(tests, start, stop);
}
