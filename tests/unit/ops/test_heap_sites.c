/* libkzgops, where memory grows: two profiles whose addresses are those of functions in this program. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kzgops/heap_sites.h"

#define SITES 4

/* Bodies apart, so that no two share an address. */
__attribute__((noinline)) static int site_leaks(int x) {
    return x * 3 + 1;
}
__attribute__((noinline)) static int site_steady(int x) {
    return x * 5 + 2;
}
__attribute__((noinline)) static int site_caller(int x) {
    return x * 7 + 3;
}
__attribute__((noinline)) static int my_wrapper(int x) {
    return x * 11 + 4;
}

static const char *const wrappers[] = {"my_wrapper", NULL};
static char text[1 << 18];
static size_t length;

static void add(const char *line) {
    size_t n = strlen(line);
    assert_true(length + n < sizeof text);
    memcpy(text + length, line, n + 1);
    length += n;
}

/* A stack from the wrapper inside out to the caller, which holds so many bytes of so many objects. */
static void add_stack(int (*innermost)(int), uint64_t objects, uint64_t bytes) {
    char line[256];
    snprintf(line, sizeof line, "@ %#lx %#lx %#lx\n  t*: %lu: %lu [0: 0]\n  t0: %lu: %lu [0: 0]\n",
             (unsigned long)(uintptr_t)my_wrapper + 1, (unsigned long)(uintptr_t)innermost + 1,
             (unsigned long)(uintptr_t)site_caller + 1, (unsigned long)objects, (unsigned long)bytes,
             (unsigned long)objects, (unsigned long)bytes);
    add(line);
}

static void begin(void) {
    length = 0;
    add("heap_v2/1\n  t*: 1: 1 [0: 0]\n");
}

static void end(void) {
    FILE *maps = fopen("/proc/self/maps", "re");
    assert_non_null(maps);
    add("MAPPED_LIBRARIES:\n");
    size_t n = fread(text + length, 1, sizeof text - length - 1, maps);
    fclose(maps);
    length += n;
    text[length] = '\0';
}

static void grown__is_what_holds_more_than_at_the_mark(void **state) {
    (void)state;
    kzgops_heap_site site[SITES];
    size_t count = 9;
    kzgops_heap_sites *sites = kzgops_heap_sites_new(NULL, wrappers);
    assert_non_null(sites);
    begin();
    add_stack(site_steady, 10, 1000);
    add_stack(site_leaks, 1, 100);
    end();
    assert_null(kzgops_heap_sites_mark(sites, text, length));
    assert_null(kzgops_heap_sites_grown(sites, text, length, site, SITES, &count));
    assert_int_equal(count, 0);

    begin();
    add_stack(site_leaks, 50, 5100);
    add_stack(site_steady, 9, 900);
    end();
    assert_null(kzgops_heap_sites_grown(sites, text, length, site, SITES, &count));
    assert_int_equal(count, 1);
    assert_int_equal(site[0].bytes, 5000);
    assert_string_equal(site[0].stack, "site_leaks < site_caller");

    begin(); /* what is new has grown from nothing, and the most comes first */
    add_stack(site_leaks, 3, 300);
    add_stack(site_caller, 7, 700);
    end();
    assert_null(kzgops_heap_sites_grown(sites, text, length, site, SITES, &count));
    assert_int_equal(count, 2);
    assert_int_equal(site[0].bytes, 700);
    assert_string_equal(site[0].stack, "site_caller < site_caller");
    assert_int_equal(site[1].bytes, 200);
    assert_null(kzgops_heap_sites_grown(sites, text, length, site, 1, &count));
    assert_int_equal(count, 1);
    assert_null(kzgops_heap_sites_free(sites));
}

static void grown__without_names_shows_addresses(void **state) {
    (void)state;
    kzgops_heap_site site[SITES];
    size_t count;
    kzgops_heap_sites *sites = kzgops_heap_sites_new(NULL, NULL);
    static const char strange[] = "heap_v2/1\n  t*: 1: 64 [0: 0]\n@ 0x1235\n  t*: 1: 64 [0: 0]\nMAPPED_LIBRARIES:\n";
    assert_null(kzgops_heap_sites_grown(sites, strange, sizeof strange - 1, site, SITES, &count));
    assert_int_equal(count, 1);
    assert_string_equal(site[0].stack, "[0x1234]");
    kzgops_heap_sites_free(sites);
}

static void mark__refuses_what_is_no_profile(void **state) {
    (void)state;
    kzgops_heap_site site[SITES];
    size_t count = 9;
    kzgops_heap_sites *sites = kzgops_heap_sites_new(NULL, wrappers);
    begin();
    add_stack(site_leaks, 1, 100);
    end();
    assert_null(kzgops_heap_sites_mark(sites, text, length));
    assert_non_null(kzgops_heap_sites_mark(sites, "", 0));
    assert_non_null(kzgops_heap_sites_mark(sites, "heap_v2/1\n", 10));
    static const char garbled[] = "heap_v2/1\n  t*: 1: 1 [0: 0]\n@ nonsense\n  t*: 1: 1 [0: 0]\nMAPPED_LIBRARIES:\n";
    assert_non_null(kzgops_heap_sites_mark(sites, garbled, sizeof garbled - 1));
    assert_non_null(kzgops_heap_sites_grown(sites, garbled, sizeof garbled - 1, site, SITES, &count));
    assert_int_equal(count, 0);
    assert_null(kzgops_heap_sites_grown(sites, text, length, site, SITES, &count)); /* the mark is as it was */
    assert_int_equal(count, 0);
    kzgops_heap_sites_free(sites);
    assert_null(kzgops_heap_sites_free(NULL));
}

static void *no_memory(void *user, size_t bytes) {
    (void)user;
    (void)bytes;
    return NULL;
}

static void new__without_memory_is_null(void **state) {
    (void)state;
    const kzgops_sources sources = {.allocator = {.alloc = no_memory}};
    assert_null(kzgops_heap_sites_new(&sources, wrappers));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(grown__is_what_holds_more_than_at_the_mark),
        cmocka_unit_test(grown__without_names_shows_addresses),
        cmocka_unit_test(mark__refuses_what_is_no_profile),
        cmocka_unit_test(new__without_memory_is_null),
    };
    return cmocka_run_group_tests_name("heap_sites", tests, NULL, NULL);
}
