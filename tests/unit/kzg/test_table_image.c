/* An image of tables is used only when it is right in every piece; whatever is wrong with it is named, and a context
 * computes the same with it, with a bad one, and without. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "fault/counting_allocator.h"
#include "kzg/challenge.h"
#include "kzg/table_image.h"
#include "unit/kzg/kzg_support.h"

static struct counting counting;

/* Of the embedded setup at level 0, the cheapest; and a commitment without it. */
static struct {
    uint8_t *bytes; /* aligned */
    size_t used, room;
} image;
static kzg_blob blob;
static kzg_bytes48 commitment;

static bool append(void *user, const void *data, size_t bytes) {
    (void)user;
    if (bytes > image.room - image.used) return false;
    memcpy(image.bytes + image.used, data, bytes);
    image.used += bytes;
    return true;
}

static kzg_options level(int precompute) {
    kzg_options options;
    kzg_options_init(&options);
    options.precompute = precompute;
    return options;
}

static kzg_ctx *make(const kzg_options *options, kzg_info *ret_info) {
    kzg_ctx *ctx = NULL;
    must(kzg_new(&ctx, options));
    must(kzg_get_info(ctx, ret_info));
    return ctx;
}

/* Makes a context with the image as it is now, cut to that length. Whatever comes of it, it commits as any. */
static kzg_image_verdict judged(size_t bytes) {
    kzg_options options = level(0);
    kzg_info info;
    kzg_bytes48 again;
    options.image = (kzg_table_image){image.bytes, bytes};
    kzg_ctx *ctx = make(&options, &info);
    must(kzg_blob_to_kzg_commitment(ctx, &again, &blob));
    assert_memory_equal(&again, &commitment, sizeof again);
    assert_int_equal(info.image_bytes > 0, info.image == KZG_IMAGE_USED);
    kzg_free(ctx);
    return info.image;
}

static int setup(void **state) {
    (void)state;
    kzg_options options = level(0);
    kzg_info info;
    for (size_t i = 0; i < sizeof blob.bytes; i++) blob.bytes[i] = (uint8_t)(i % 32 == 0 ? i % 64 : i * i + i / 32);
    kzg_ctx *ctx = make(&options, &info);
    must(kzg_blob_to_kzg_commitment(ctx, &commitment, &blob));
    image.room = info.tables_bytes + 16384;
    image.room += 4096 - image.room % 4096;
    image.bytes = aligned_alloc(4096, image.room);
    assert_non_null(image.bytes);
    must(kzg_tables_save(ctx, append, NULL));
    kzg_free(ctx);
    return 0;
}

static int teardown(void **state) {
    (void)state;
    free(image.bytes);
    return 0;
}

/* ---- What is used ---- */

static void image__is_used_where_it_is(void **state) {
    (void)state;
    kzg_options options = level(0);
    kzg_info info;
    memset(&counting, 0, sizeof counting);
    options.allocator = counting_allocator(&counting);
    options.image = (kzg_table_image){image.bytes, image.used};
    kzg_ctx *ctx = make(&options, &info);
    assert_int_equal(info.image, KZG_IMAGE_USED);
    assert_string_equal(kzg_image_verdict_name(info.image), "used");
    assert_true((const uint8_t *)ctx->commit.entries > image.bytes);
    assert_true((const uint8_t *)ctx->commit.entries + info.image_bytes == image.bytes + image.used);
    assert_true(counting.live[KZG_MEMORY_TABLES] == info.tables_bytes && info.tables_bytes < 4096);
    assert_int_equal(judged(image.used), KZG_IMAGE_USED);
    for (size_t i = 0; i < kzg_check_pieces(ctx); i++) { /* and looked after as tables of one's own */
        bool intact = false;
        must(kzg_check_piece(ctx, &intact, NULL, i));
        assert_true(intact);
    }
    image.bytes[image.used - 1] ^= 4;
    bool intact = true;
    must(kzg_check_piece(ctx, &intact, NULL, kzg_check_pieces(ctx) - 1));
    assert_false(intact);
    image.bytes[image.used - 1] ^= 4;
    kzg_free(ctx);
    assert_true(counting_is_empty(&counting));
}

static void image__none_is_none(void **state) {
    (void)state;
    kzg_options options = level(0);
    kzg_info info;
    kzg_free(make(&options, &info));
    assert_int_equal(info.image, KZG_IMAGE_NONE);
    assert_int_equal(info.image_bytes, 0);
    assert_string_equal(kzg_image_verdict_name(info.image), "none");
    assert_string_equal(kzg_image_verdict_name(KZG_IMAGE_VERDICTS), "unknown");
}

/* ---- What is not ---- */

static struct table_image_head *head(void) {
    return (struct table_image_head *)(void *)image.bytes;
}

/* As one who is not an enemy but another version would have written it. */
static void sign(void) {
    sha256(head()->head_sha256, head(), offsetof(struct table_image_head, head_sha256));
}

static void image__one_bit_anywhere_is_damage(void **state) {
    (void)state;
    const size_t digests = sizeof(struct table_image_head), pages = image.used - head()->tables_bytes;
    const size_t end = digests + (size_t)head()->digests_bytes;
    size_t found = 0;
    for (size_t at = 0; at < image.used; at += at < digests ? 5 : at < end ? 37 : (size_t)262139) {
        if (at >= end && at < pages) at = pages; /* zeros that nobody reads */
        image.bytes[at] ^= (uint8_t)(1u << at % 8);
        kzg_image_verdict verdict = judged(image.used);
        assert_int_equal(verdict, at < sizeof head()->magic ? KZG_IMAGE_FOREIGN : KZG_IMAGE_DAMAGED);
        image.bytes[at] ^= (uint8_t)(1u << at % 8);
        found++;
    }
    assert_true(found > 40);
    image.bytes[image.used - 1] ^= 0x80;
    assert_int_equal(judged(image.used), KZG_IMAGE_DAMAGED);
    image.bytes[image.used - 1] ^= 0x80;
    assert_int_equal(judged(image.used), KZG_IMAGE_USED);
}

static void image__too_short_or_too_long(void **state) {
    (void)state;
    const size_t lengths[] = {1,
                              sizeof(struct table_image_head) - 1,
                              sizeof(struct table_image_head),
                              4096,
                              image.used / 2,
                              image.used - 1};
    for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++)
        assert_int_equal(judged(lengths[i]), KZG_IMAGE_TRUNCATED);
    assert_true(image.used < image.room);
    assert_int_equal(judged(image.used + 1), KZG_IMAGE_DAMAGED);
}

static void image__of_something_else(void **state) {
    (void)state;
    const struct table_image_head before = *head();
    head()->setup_sha256[31] ^= 1;
    sign();
    assert_int_equal(judged(image.used), KZG_IMAGE_OTHER_SETUP);
    *head() = before;
    head()->precompute = 1;
    sign();
    assert_int_equal(judged(image.used), KZG_IMAGE_OTHER_LEVEL);
    *head() = before;
    uint32_t *const of_version[] = {&head()->version,       &head()->entry_bytes,      &head()->pieces,
                                    &head()->shape[0].base, &head()->shape[1].columns, &head()->shape[2].stride};
    for (size_t i = 0; i < sizeof of_version / sizeof of_version[0]; i++) {
        (*of_version[i])++;
        sign();
        assert_int_equal(judged(image.used), KZG_IMAGE_OTHER_VERSION);
        *head() = before;
    }
    head()->byte_order = 0x0807060504030201u;
    sign();
    assert_int_equal(judged(image.used), KZG_IMAGE_OTHER_VERSION);
    *head() = before;
    head()->digests_bytes = UINT64_MAX; /* lengths that are not its own are never followed */
    sign();
    assert_int_equal(judged(image.used), KZG_IMAGE_OTHER_VERSION);
    *head() = before;
    image.bytes++;
    assert_int_equal(judged(image.used - 1), KZG_IMAGE_FOREIGN);
    image.bytes--;
    assert_int_equal(judged(image.used), KZG_IMAGE_USED);
}

/* ---- Failures on the way ---- */

static void image__no_memory(void **state) {
    (void)state;
    for (int damaged = 0; damaged < 2; damaged++) {
        kzg_options options = level(0);
        options.allocator = counting_allocator(&counting);
        options.image = (kzg_table_image){image.bytes, image.used};
        image.bytes[image.used - 1] ^= (uint8_t)damaged;
        for (size_t n = 1;; n++) {
            kzg_ctx *ctx = NULL;
            memset(&counting, 0, sizeof counting);
            counting_fail_at(&counting, n);
            kzg_status status = kzg_new(&ctx, &options);
            bool failure_came = counting.allocations >= n;
            kzg_free(ctx);
            assert_true(counting_is_empty(&counting));
            if (!failure_came) {
                assert_int_equal(status.code, KZG_OK);
                assert_true(n > 3);
                break;
            }
            if (status.code != KZG_OK) assert_int_equal(status.code, KZG_ERR_OUT_OF_MEMORY);
        }
        image.bytes[image.used - 1] ^= (uint8_t)damaged;
    }
}

static unsigned writes_left;

static bool write_some(void *user, const void *data, size_t bytes) {
    (void)user;
    assert_non_null(data);
    (void)bytes;
    assert_true(writes_left < 100); /* none after the one that failed */
    return writes_left-- > 0;
}

static void image__that_cannot_be_written(void **state) {
    (void)state;
    kzg_options options = level(0);
    kzg_info info;
    kzg_ctx *ctx = make(&options, &info);
    unsigned failures = 0;
    for (unsigned n = 0;; n++) {
        writes_left = n;
        kzg_status status = kzg_tables_save(ctx, write_some, NULL);
        if (status.code == KZG_OK) break;
        assert_int_equal(status.code, KZG_ERR_IO);
        failures++;
    }
    assert_true(failures >= 2);
    assert_int_equal(kzg_tables_save(NULL, write_some, NULL).argument, KZG_ARG_CONTEXT);
    assert_int_equal(kzg_tables_save(ctx, NULL, NULL).code, KZG_ERR_NULL_ARGUMENT);
    kzg_free(ctx);
}

/* ---- Any arithmetic ---- */

static bool hash(void *user, const void *data, size_t bytes) {
    sha256_add(user, data, bytes);
    return true;
}

static void image__is_the_same_of_every_arithmetic(void **state) {
    (void)state;
    const char *backends[] = {"portable", kzg_backend_name()};
    uint8_t digest[2][32];
    for (size_t i = 0; i < 2; i++) {
        kzg_options options = level(1); /* with multiples, unlike level 0 */
        kzg_info info;
        struct sha256_stream stream;
        must(kzg_select_backend(backends[i]));
        kzg_ctx *ctx = make(&options, &info);
        assert_string_equal(info.backend, backends[i]);
        sha256_start(&stream);
        must(kzg_tables_save(ctx, hash, &stream));
        sha256_finish(digest[i], &stream);
        kzg_free(ctx);
    }
    assert_memory_equal(digest[0], digest[1], sizeof digest[0]);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(image__is_used_where_it_is),        cmocka_unit_test(image__none_is_none),
        cmocka_unit_test(image__one_bit_anywhere_is_damage), cmocka_unit_test(image__too_short_or_too_long),
        cmocka_unit_test(image__of_something_else),          cmocka_unit_test(image__no_memory),
        cmocka_unit_test(image__that_cannot_be_written),     cmocka_unit_test(image__is_the_same_of_every_arithmetic),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
