/* libkzgops, heap profiles and what they lean on: texts of jemalloc that are right, cut and damaged; memory maps; ELF
 * files of any content. That a real heap is counted right is heap_test.py's. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "kzgops/sampler.h"
#include "ops/sampler_maps.h"
#include "ops/sources.h"

static const char good[] = "heap_v2/524288\n"
                           "  t*: 4: 3000 [10: 9000]\n"
                           "  t0: 4: 3000 [10: 9000]\n"
                           "@ 0x401010 0x401020\n"
                           "  t*: 3: 2000 [9: 8000]\n"
                           "  t0: 3: 2000 [9: 8000]\n"
                           "@ 0x401010 0x7f0000001234\n"
                           "  t*: 1: 1048576 [1: 1048576]\n"
                           "  t1: 1: 1048576 [1: 1048576]\n"
                           "\n"
                           "MAPPED_LIBRARIES:\n"
                           "00400000-00402000 r-xp 00000000 08:01 77     /opt/a program\n"
                           "00402000-00403000 rw-p 00002000 08:01 77     /opt/a program\n"
                           "7f0000000000-7f0000002000 r-xp 00000000 00:00 0 \n";

static const char *convert(const char *text, size_t length, kzgops_heap_stats *stats) {
    kzgops_sampler_bytes bytes;
    const char *error = kzgops_sampler_heap(NULL, text, length, &bytes, stats);
    if (error == NULL) kzgops_sampler_release(&bytes);
    return error;
}

/* n objects of mean size s stand for n / (1 - exp(-s / period)). */
static void heap__estimates_what_was_not_sampled(void **state) {
    kzgops_heap_stats stats;
    (void)state;
    assert_null(convert(good, sizeof good - 1, &stats));
    assert_int_equal(stats.stacks, 2);
    assert_int_equal(stats.period_bytes, 524288);
    /* 3 of 666.67 bytes: 3 / 0.00127076 = 2360.8 of them; 1 of 1 MiB: 1 / (1 - e^-2) = 1.157 */
    assert_int_equal(stats.objects, 2361 + 1);
    assert_in_range(stats.bytes, 1573864 + 1212700 - 200, 1573864 + 1212700 + 200);
}

static void heap__of_every_byte_is_exact(void **state) {
    static const char text[] = "heap_v2/1\n  t*: 2: 300 [0: 0]\n@ 0x10\n  t*: 2: 300 [0: 0]\nMAPPED_LIBRARIES:\n";
    kzgops_heap_stats stats;
    (void)state;
    assert_null(convert(text, sizeof text - 1, &stats));
    assert_int_equal(stats.objects, 2);
    assert_int_equal(stats.bytes, 300);
}

static void heap__may_be_empty(void **state) {
    static const char text[] = "heap_v2/1\n  t*: 0: 0 [0: 0]\n\nMAPPED_LIBRARIES:\n";
    kzgops_heap_stats stats;
    (void)state;
    assert_null(convert(text, sizeof text - 1, &stats));
    assert_int_equal(stats.stacks, 0);
}

static void refused(const char *text, const char *word) {
    kzgops_heap_stats stats = {.stacks = 77};
    kzgops_sampler_bytes bytes = {.size = 88};
    const char *error = kzgops_sampler_heap(NULL, text, strlen(text), &bytes, &stats);
    if (error == NULL || strstr(error, word) == NULL)
        fail_msg("\"%s\": %s", text, error != NULL ? error : "accepted");
    assert_int_equal(stats.stacks, 77);
    assert_int_equal(bytes.size, 88);
}

static void heap__refuses_what_is_none(void **state) {
    (void)state;
    refused("", "not a heap profile");
    refused("heap profile: 1: 2 [3: 4] @ heapprofile\n", "not a heap profile");
    refused("heap_v2/\n  t*: 0: 0 [0: 0]\nMAPPED_LIBRARIES:\n", "not a heap profile");
    refused("heap_v2/0\n  t*: 0: 0 [0: 0]\nMAPPED_LIBRARIES:\n", "not a heap profile");
    refused("heap_v2/99999999999999999999\n  t*: 0: 0 [0: 0]\nMAPPED_LIBRARIES:\n", "not a heap profile");
    refused("heap_v2/1 \n  t*: 0: 0 [0: 0]\nMAPPED_LIBRARIES:\n", "not a heap profile");
    refused("heap_v2/1\n", "garbled");
    refused("heap_v2/1\n  t0: 0: 0 [0: 0]\nMAPPED_LIBRARIES:\n", "garbled");
    refused("heap_v2/1\n  t*: 0: 0 [0: 0\nMAPPED_LIBRARIES:\n", "garbled");
    refused("heap_v2/1\n  t*: -1: 0 [0: 0]\nMAPPED_LIBRARIES:\n", "garbled");
    refused("heap_v2/1\n  t*: 0: 0 [0: 0]\n", "MAPPED_LIBRARIES");
    refused("heap_v2/1\n  t*: 0: 0 [0: 0]\n@ 10\n  t*: 1: 1 [0: 0]\nMAPPED_LIBRARIES:\n", "garbled");
    refused("heap_v2/1\n  t*: 0: 0 [0: 0]\n@ 0x\n  t*: 1: 1 [0: 0]\nMAPPED_LIBRARIES:\n", "garbled");
    refused("heap_v2/1\n  t*: 0: 0 [0: 0]\n@ 0x1ffffffffffffffff\n  t*: 1: 1 [0: 0]\nMAPPED_LIBRARIES:\n", "garbled");
    refused("heap_v2/1\n  t*: 0: 0 [0: 0]\n@ 0x10g\n  t*: 1: 1 [0: 0]\nMAPPED_LIBRARIES:\n", "garbled");
    refused("heap_v2/1\n  t*: 0: 0 [0: 0]\n@\n  t*: 1: 1 [0: 0]\nMAPPED_LIBRARIES:\n", "garbled");
    refused("heap_v2/1\n  t*: 0: 0 [0: 0]\n@ 0x10\nMAPPED_LIBRARIES:\n", "garbled");
    refused("heap_v2/1\n  t*: 0: 0 [0: 0]\n@ 0x10\n", "MAPPED_LIBRARIES");
}

/* Wherever the text ends: an error before the section of maps, fewer maps after. */
static void heap__may_be_cut_anywhere(void **state) {
    const size_t maps = (size_t)(strstr(good, "MAPPED_LIBRARIES:") - good) + strlen("MAPPED_LIBRARIES:");
    (void)state;
    for (size_t n = 0; n < sizeof good - 1; n++) {
        char *exact = malloc(n > 0 ? n : 1); /* so that a sanitizer sees a byte too far */
        kzgops_heap_stats stats = {.stacks = 77};
        assert_non_null(exact);
        memcpy(exact, good, n);
        const char *error = convert(exact, n, &stats);
        if ((error == NULL) != (n >= maps)) fail_msg("cut at %zu: %s", n, error != NULL ? error : "accepted");
        assert_int_equal(stats.stacks, error == NULL ? 2 : 77);
        free(exact);
    }
}

static uint64_t seed;

static uint64_t draw(uint64_t below) {
    seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407;
    return (seed >> 33) % below;
}

static void heap__survives_damage(void **state) {
    static const char bytes[] = "@ 0x:[]*t\n/-0123456789abcdef\x00\xff";
    char text[sizeof good];
    unsigned accepted = 0;
    (void)state;
    for (unsigned round = 0; round < 20000; round++) {
        memcpy(text, good, sizeof good);
        for (unsigned i = 0; i <= draw(6); i++) text[draw(sizeof good - 1)] = bytes[draw(sizeof bytes - 1)];
        accepted += convert(text, sizeof good - 1, NULL) == NULL;
    }
    assert_in_range(accepted, 1, 19999); /* both ways were gone */
}

static void heap__takes_lines_of_any_length(void **state) {
    static char text[40000];
    size_t at = (size_t)snprintf(text, sizeof text, "heap_v2/1\n  t*: 1: 1 [0: 0]\n@");
    (void)state;
    while (at < 30000) at += (size_t)snprintf(text + at, sizeof text - at, " 0x%zx", at);
    snprintf(text + at, sizeof text - at, "\n  t*: 1: 1 [0: 0]\nMAPPED_LIBRARIES:\n");
    (void)convert(text, strlen(text), NULL); /* cut, so it may end in the middle of a number: either way is fine */
}

/* ---- Maps and symbols -------------------------------------------------------------------------------------- */

static void map__is_read_strictly(void **state) {
    static const char *const wrong[] = {"",
                                        "400000",
                                        "400000-",
                                        "400000-400000 r-xp 0 0:0 0",
                                        "500000-400000 r-xp 0 0:0 0",
                                        "g-400000 r-xp 0 0:0 0",
                                        "400000-500000",
                                        "400000-500000 r-x",
                                        "400000-500000 r-xpp0 0:0 0",
                                        "400000-500000 r-xp",
                                        "400000-500000 r-xp z ",
                                        "11111111111111111-22222222222222222 r-xp 0 0:0 0"};
    struct map map;
    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) assert_false(kzgops__map_parse(wrong[i], &map));
    assert_true(kzgops__map_parse("400000-500000 r-xp 00001000 08:01 77      /opt/a program (deleted)", &map));
    assert_int_equal(map.start, 0x400000);
    assert_int_equal(map.end, 0x500000);
    assert_int_equal(map.offset, 0x1000);
    assert_true(map.executable);
    assert_false(map.writable);
    assert_string_equal(map.path, "/opt/a program (deleted)");
    assert_true(kzgops__map_parse("400000-500000 rw-p 00001000 08:01 77", &map));
    assert_string_equal(map.path, "");
    assert_true(map.writable);
}

static char *own_program(size_t *ret) {
    FILE *file = fopen("/proc/self/exe", "rb");
    assert_non_null(file);
    fseek(file, 0, SEEK_END);
    *ret = (size_t)ftell(file);
    rewind(file);
    char *bytes = malloc(*ret);
    assert_non_null(bytes);
    assert_int_equal(fread(bytes, 1, *ret, file), *ret);
    fclose(file);
    return bytes;
}

static void init_file(struct symbol_file *file) {
    kzgops_allocator allocator = kzgops__allocator(NULL);
    kzgops__symbols_init(file, &allocator);
}

static void symbols__are_those_of_the_program(void **state) {
    struct maps maps;
    kzgops_allocator allocator = kzgops__allocator(NULL);
    uint64_t here = (uintptr_t)symbols__are_those_of_the_program;
    (void)state;
    kzgops__maps_init(&maps, &allocator, "/proc");
    assert_true(kzgops__maps_read(&maps));
    size_t map = kzgops__maps_find(&maps, here);
    assert_true(map < kzgops__maps_count(&maps));
    assert_string_equal(kzgops__maps_function(&maps, map, here), "symbols__are_those_of_the_program");
    assert_string_equal(kzgops__maps_function(&maps, map, here + 1), "symbols__are_those_of_the_program");
    const char *before = kzgops__maps_function(&maps, map, here - 1);
    assert_true(before == NULL || strcmp(before, "symbols__are_those_of_the_program") != 0);
    assert_int_equal(kzgops__maps_find(&maps, 0), kzgops__maps_count(&maps));
    assert_int_equal(kzgops__maps_find(&maps, UINT64_MAX), kzgops__maps_count(&maps));
    kzgops__maps_free(&maps);
}

/* A file that is cut or damaged gives fewer names or other ones, and nothing worse. Damage is where it matters: in
 * the headers, and in the tables of sections and symbols at the end. */
static void symbols__survive_damage(void **state) {
    char path[] = "/tmp/test_sampler_heap.XXXXXX";
    size_t size = 0;
    char *bytes = own_program(&size), *damaged = malloc(size);
    int file = mkstemp(path);
    (void)state;
    assert_non_null(damaged);
    assert_true(file >= 0);
    for (unsigned round = 0; round < 200; round++) {
        struct symbol_file symbols;
        size_t n = round % 4 == 0 ? draw(size) : size;
        memcpy(damaged, bytes, size);
        for (unsigned i = 0; i < 1 + draw(8); i++)
            damaged[draw(2) == 0 ? draw(1024) : size - 1 - draw(4096)] = (char)draw(256);
        assert_int_equal(ftruncate(file, 0), 0);
        assert_int_equal(pwrite(file, damaged, n, 0), n);
        init_file(&symbols);
        kzgops__symbols_read(&symbols, path);
        for (uint64_t at = 0; at < size; at += 1 + draw(997)) {
            const char *name = kzgops__symbols_find(&symbols, at);
            uint64_t place;
            if (name != NULL) assert_true(strlen(name) < size);
            (void)kzgops__return_place(&symbols, at, &place);
        }
        kzgops__symbols_free(&symbols);
    }
    close(file);
    unlink(path);
    free(damaged);
    free(bytes);
}

static void symbols__of_what_is_no_file_are_none(void **state) {
    static const char *const paths[] = {"/nonexistent", "/", "/dev/null", "/proc/self/maps", "/etc/hostname"};
    (void)state;
    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
        struct symbol_file symbols;
        init_file(&symbols);
        kzgops__symbols_read(&symbols, paths[i]);
        assert_null(kzgops__symbols_find(&symbols, 0x1000));
        kzgops__symbols_free(&symbols);
    }
}

int main(void) {
    const char *given = getenv("KZG_SEED");
    seed = given != NULL ? strtoull(given, NULL, 0) : (uint64_t)time(NULL);
    printf("KZG_SEED=%llu\n", (unsigned long long)seed);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(heap__estimates_what_was_not_sampled),
        cmocka_unit_test(heap__of_every_byte_is_exact),
        cmocka_unit_test(heap__may_be_empty),
        cmocka_unit_test(heap__refuses_what_is_none),
        cmocka_unit_test(heap__may_be_cut_anywhere),
        cmocka_unit_test(heap__survives_damage),
        cmocka_unit_test(heap__takes_lines_of_any_length),
        cmocka_unit_test(map__is_read_strictly),
        cmocka_unit_test(symbols__are_those_of_the_program),
        cmocka_unit_test(symbols__survive_damage),
        cmocka_unit_test(symbols__of_what_is_no_file_are_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
