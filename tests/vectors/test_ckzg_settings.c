/* kzg/ckzg.h: settings that are loaded twice, freed twice, not loaded at all, or loaded from what is not a setup; and
 * what verifications leave in *ok. The history of c-kzg-4844 has a fault for each. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "kzg/ckzg.h"
#include "unit/setup/make_points.h"

static struct points points;
static struct text text;
static KZGSettings shared;

static C_KZG_RET load_text(KZGSettings *settings, const char *data, size_t length) {
    FILE *file = tmpfile();
    assert_non_null(file);
    assert_int_equal(length, fwrite(data, 1, length, file));
    rewind(file);
    C_KZG_RET ret = load_trusted_setup_file(settings, file, 0);
    assert_int_equal(0, fclose(file));
    return ret;
}

static C_KZG_RET load_bytes(KZGSettings *settings, uint64_t monomial, uint64_t lagrange, uint64_t g2) {
    return load_trusted_setup(settings, points.g1_monomial[0], monomial, points.g1_lagrange[0], lagrange,
                              points.g2_monomial[0], g2, 0);
}

static int make_points(void **state) {
    (void)state;
    points_of_mainnet(&points);
    text = points_to_text(&points, "\n");
    return load_text(&shared, text.data, text.length) == C_KZG_OK ? 0 : -1;
}

static int drop_points(void **state) {
    (void)state;
    free_trusted_setup(&shared);
    text_free(&text);
    return 0;
}

static void settings__may_be_freed_again_and_empty(void **state) {
    (void)state;
    KZGSettings settings = {0};
    free_trusted_setup(NULL);
    free_trusted_setup(&settings);
    assert_int_equal(C_KZG_OK, load_text(&settings, text.data, text.length));
    free_trusted_setup(&settings);
    free_trusted_setup(&settings);
    assert_int_equal(C_KZG_OK, load_text(&settings, text.data, text.length));
    free_trusted_setup(&settings);
}

/* Also from a struct that was never set: after a failed load it must be safe to free. */
static void settings__are_empty_after_a_failed_load(void **state) {
    (void)state;
    const uint64_t g1 = sizeof points.g1_monomial, g2 = sizeof points.g2_monomial;
    const uint64_t wrong[][3] = {{0, g1, g2},       {g1, 0, g2},       {g1, g1, 0},       {g1 - 1, g1, g2},
                                 {g1 - 48, g1, g2}, {g1, g1 + 48, g2}, {g1, g1, g2 - 96}, {UINT64_MAX, g1, g2}};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        KZGSettings settings;
        memset(&settings, 0xa5, sizeof settings);
        assert_int_equal(C_KZG_BADARGS, load_bytes(&settings, wrong[i][0], wrong[i][1], wrong[i][2]));
        free_trusted_setup(&settings);
    }
}

static void file__cut_or_longer_or_garbage_is_refused(void **state) {
    (void)state;
    KZGSettings settings;
    const size_t cuts[] = {0, 1, 5, 1000, text.length / 2, text.length - 2};
    for (size_t i = 0; i < sizeof cuts / sizeof cuts[0]; i++) {
        memset(&settings, 0xa5, sizeof settings);
        assert_int_equal(C_KZG_BADARGS, load_text(&settings, text.data, cuts[i]));
        free_trusted_setup(&settings);
    }
    char *longer = malloc(text.length + 2);
    assert_non_null(longer);
    memcpy(longer, text.data, text.length);
    memcpy(longer + text.length, "00", 2);
    assert_int_equal(C_KZG_BADARGS, load_text(&settings, longer, text.length + 2));
    free_trusted_setup(&settings);
    free(longer);
}

static void precompute__outside_0_to_15_is_refused(void **state) {
    (void)state;
    KZGSettings settings;
    const uint64_t levels[] = {16, 255, UINT64_C(1) << 32, UINT64_MAX};
    for (size_t i = 0; i < sizeof levels / sizeof levels[0]; i++) {
        C_KZG_RET ret = load_trusted_setup(&settings, points.g1_monomial[0], sizeof points.g1_monomial,
                                           points.g1_lagrange[0], sizeof points.g1_lagrange, points.g2_monomial[0],
                                           sizeof points.g2_monomial, levels[i]);
        assert_int_equal(C_KZG_BADARGS, ret);
        free_trusted_setup(&settings);
    }
}

static void empty_settings__are_refused_by_operations(void **state) {
    (void)state;
    const KZGSettings empty = {0};
    Blob *blob = calloc(1, sizeof *blob);
    Bytes48 point = {{0xc0}};
    Bytes32 zero = {{0}};
    bool ok = true;
    assert_non_null(blob);
    assert_int_not_equal(C_KZG_OK, blob_to_kzg_commitment(&point, blob, &empty));
    assert_int_not_equal(C_KZG_OK, verify_kzg_proof(&ok, &point, &zero, &zero, &point, &empty));
    assert_false(ok);
    free(blob);
}

static void verification__of_malformed_input_leaves_false(void **state) {
    (void)state;
    const Bytes48 good = {{0xc0}}, bad = {{0xe0}};
    const Bytes32 zero = {{0}};
    bool ok = true;
    assert_int_equal(C_KZG_BADARGS, verify_kzg_proof(&ok, &bad, &zero, &zero, &good, &shared));
    assert_false(ok);
    assert_int_equal(C_KZG_OK, verify_kzg_proof(&ok, &good, &zero, &zero, &good, &shared));
    assert_true(ok);
    assert_int_equal(C_KZG_BADARGS, verify_kzg_proof(&ok, &good, &zero, &zero, &bad, &shared));
    assert_false(ok);
    ok = true;
    assert_int_equal(C_KZG_BADARGS, verify_cell_kzg_proof_batch(&ok, NULL, NULL, NULL, NULL, UINT64_MAX, &shared));
    assert_false(ok);
    assert_int_equal(C_KZG_OK, verify_cell_kzg_proof_batch(&ok, NULL, NULL, NULL, NULL, 0, &shared));
    assert_true(ok);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(settings__may_be_freed_again_and_empty),
        cmocka_unit_test(settings__are_empty_after_a_failed_load),
        cmocka_unit_test(file__cut_or_longer_or_garbage_is_refused),
        cmocka_unit_test(precompute__outside_0_to_15_is_refused),
        cmocka_unit_test(empty_settings__are_refused_by_operations),
        cmocka_unit_test(verification__of_malformed_input_leaves_false),
    };
    return cmocka_run_group_tests(tests, make_points, drop_points);
}
