/* The daemon's memory, room by room: lending the pool's idle part to the system, what the tracker counts, what a
 * request is planned to take, captures' bound, and naming where memory is held. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "service/captures.h"
#include "service/config_values.h"
#include "service/jemalloc.h"
#include "service/memory.h"
#include "service/pool.h"
#include "service/reserve.h"

#define MIB ((size_t)1 << 20)

/* ---- Pool ---------------------------------------------------------------------------------------------------- */

static size_t resident(const void *memory, size_t bytes) {
    static unsigned char page[4096];
    size_t pages = bytes / 4096, count = 0;
    assert_true(pages <= sizeof page);
    assert_int_equal(mincore((void *)(uintptr_t)memory, bytes, page), 0);
    for (size_t i = 0; i < pages; i++) count += page[i] & 1;
    return count * 4096;
}

static void pool__lends_what_is_idle_and_keeps_what_is_used(void **state) {
    (void)state;
    struct pool *pool = pool_new(4 * MIB);
    struct pool_state figures;
    assert_non_null(pool);
    assert_true(pool_back(pool));
    uint8_t *first = pool_take(pool, 100), *middle = pool_take(pool, MIB), *last = pool_take(pool, MIB);
    memset(middle, 1, MIB);
    memset(last, 2, MIB);
    pool_give(pool, middle);
    assert_int_equal(resident(first, 4 * MIB), 4 * MIB);
    assert_int_equal(pool_lend(pool, MIB / 2), 4 * MIB - MIB / 2 - MIB - 0);
    pool_read(pool, &figures);
    assert_int_equal(figures.lent, 5 * MIB / 2);
    assert_int_equal(figures.used, MIB + 16384);
    assert_int_equal(figures.used_peak, 2 * MIB + 16384);
    assert_int_equal(resident(first, 4 * MIB), 4 * MIB - figures.lent);
    for (size_t i = 0; i < MIB; i += 4096) assert_int_equal(last[i], 2);
    assert_int_equal(pool_lend(pool, MIB / 2), 0); /* nothing more to lend */
    uint8_t *again = pool_take(pool, MIB);         /* what was lent comes back when it is used */
    assert_ptr_equal(again, middle);
    memset(again, 3, MIB);
    pool_read(pool, &figures);
    assert_true(figures.lent < 5 * MIB / 2);
    pool_give(pool, again);
    pool_give(pool, last);
    pool_give(pool, first);
    pool_free(pool);
}

/* Also where the pool is in huge pages. */
static void pool__gets_no_more_back_of_what_was_lent_than_is_used(void **state) {
    (void)state;
    struct pool *pool = pool_new(8 * MIB);
    assert_non_null(pool);
    assert_true(pool_back(pool));
    uint8_t *first = pool_take(pool, 1);
    assert_int_equal(resident(first, 8 * MIB), 8 * MIB);
    assert_int_equal(pool_lend(pool, 0), 8 * MIB - 16384);
    assert_int_equal(resident(first, 8 * MIB), 16384);
    uint8_t *more = pool_take(pool, 3 * MIB);
    more[MIB] = more[2 * MIB] = 1;
    assert_int_equal(resident(first, 8 * MIB), 16384 + 2 * 4096);
    assert_true(pool_back(pool)); /* nothing of what was lent */
    assert_int_equal(resident(first, 8 * MIB), 16384 + 2 * 4096);
    pool_give(pool, more);
    pool_give(pool, first);
    pool_free(pool);
}

static void pool__is_confined_to_so_much_of_what_was_lent(void **state) {
    (void)state;
    struct pool *pool = pool_new(4 * MIB);
    struct pool_state figures;
    assert_non_null(pool);
    assert_int_equal(pool_lend(pool, MIB), 3 * MIB);
    pool_confine(pool, 0);
    pool_read(pool, &figures);
    assert_int_equal(figures.allowed, MIB);
    assert_int_equal(figures.largest, MIB);
    assert_null(pool_take(pool, MIB + 1));
    void *kept = pool_take(pool, MIB);
    assert_non_null(kept);
    assert_null(pool_take(pool, 1));
    pool_read(pool, &figures);
    assert_int_equal(figures.refused, 2);
    assert_int_equal(figures.largest, 0);
    pool_confine(pool, MIB);
    void *more = pool_take(pool, MIB);
    assert_non_null(more);
    assert_null(pool_take(pool, 1));
    pool_confine(pool, SIZE_MAX);
    void *rest = pool_take(pool, 2 * MIB);
    assert_non_null(rest);
    pool_give(pool, kept);
    pool_give(pool, more);
    pool_give(pool, rest);
    pool_read(pool, &figures);
    assert_int_equal(figures.used, 0);
    assert_int_equal(figures.lent, 0);
    pool_free(pool);
}

/* Which of the two ways the kernel has is not for the caller to see. */
static bool madvise_is_old;

int __real_madvise(void *memory, size_t bytes, int advice);
int __wrap_madvise(void *memory, size_t bytes, int advice);
int __wrap_madvise(void *memory, size_t bytes, int advice) {
    const int populate_write = 23;
    if (!madvise_is_old || advice != populate_write) return __real_madvise(memory, bytes, advice);
    errno = EINVAL;
    return -1;
}

static void memory__is_backed_at_once_or_when_it_is_asked_for(void **state) {
    (void)state;
    const size_t sizes[] = {1, 8192, MIB + 4096, 4 * MIB, 9 * MIB + 12288};
    for (size_t i = 0; i < 2 * sizeof sizes / sizeof sizes[0]; i++) {
        size_t bytes = sizes[i / 2], pages = (bytes + 4095) / 4096 * 4096;
        uint64_t live = memory_live(MEMORY_TAG_SCRATCH);
        madvise_is_old = i % 2 != 0;
        uint8_t *at_once = memory_map(MEMORY_TAG_SCRATCH, bytes), *later = memory_map_bare(MEMORY_TAG_SCRATCH, bytes);
        assert_non_null(at_once);
        assert_non_null(later);
        assert_int_equal(memory_live(MEMORY_TAG_SCRATCH), live + 2 * bytes);
        assert_int_equal(resident(at_once, pages), pages);
        assert_int_equal(resident(later, pages), 0);
        later[bytes - 1] = 7;
        assert_true(memory_back(later, bytes));
        assert_int_equal(resident(later, pages), pages);
        assert_int_equal(later[bytes - 1], 7);
        later[bytes - 1] = 0;
        for (size_t at = 0; at < bytes; at++) assert_true(at_once[at] == 0 && later[at] == 0);
        memory_unmap(MEMORY_TAG_SCRATCH, at_once, bytes);
        memory_unmap(MEMORY_TAG_SCRATCH, later, bytes);
        assert_int_equal(memory_live(MEMORY_TAG_SCRATCH), live);
    }
    madvise_is_old = false;
    assert_null(memory_map(MEMORY_TAG_SCRATCH, SIZE_MAX));
    assert_null(memory_map(MEMORY_TAG_SCRATCH, SIZE_MAX / 4));
}

/* ---- Tracker ------------------------------------------------------------------------------------------------- */

static void memory__counts_by_tag_what_is_taken_and_mapped(void **state) {
    (void)state;
    uint64_t queue = memory_live(MEMORY_TAG_QUEUE), scratch = memory_live(MEMORY_TAG_SCRATCH);
    kzgops_memory_snapshot snapshot;
    kzgops_memory_report(memory_tracker(), &snapshot);
    uint64_t outside = memory_outside(&snapshot, 1000 * MIB);
    uint8_t *block = memory_take(MEMORY_TAG_QUEUE, 1000);
    for (size_t i = 0; i < 1000; i++) assert_int_equal(block[i], 0);
    void *pages = memory_map(MEMORY_TAG_SCRATCH, 8192);
    assert_int_equal(memory_live(MEMORY_TAG_QUEUE), queue + 1000);
    assert_int_equal(memory_live(MEMORY_TAG_SCRATCH), scratch + 8192);
    kzgops_memory_report(memory_tracker(), &snapshot);
    assert_int_equal(memory_outside(&snapshot, 1000 * MIB), outside - 1000); /* mappings are not jemalloc's */
    assert_true(memory_outside(&snapshot, KZGOPS_MEMORY_UNKNOWN) == KZGOPS_MEMORY_UNKNOWN);
    assert_int_equal(memory_outside(&snapshot, 0), 0);
    memory_give(block);
    memory_give(NULL);
    memory_unmap(MEMORY_TAG_SCRATCH, pages, 8192);
    assert_int_equal(memory_live(MEMORY_TAG_QUEUE), queue);
    assert_int_equal(memory_live(MEMORY_TAG_SCRATCH), scratch);
}

/* ---- Reservation --------------------------------------------------------------------------------------------- */

static void reserve__plans_parts_that_do_not_overlap(void **state) {
    (void)state;
    for (size_t i = 0; i < WIRE_OPERATIONS; i++) {
        const struct wire_operation *operation = wire_operation((wire_operation_id)i);
        for (int forms = 0; forms < 4; forms++) {
            struct reserve_layout at;
            bool json_in = forms & 1, json_out = forms & 2;
            uint64_t length = json_in ? wire_json_max(operation, 3) : wire_ssz_max(operation, 3);
            reserve_plan(operation, 3, json_in, json_out, length, 8, &at);
            assert_true(at.body_at >= 8 && at.body_at + at.body_bytes <= at.raw_at);
            assert_true(at.raw_at % 64 == 0 && at.text_at % 64 == 0);
            assert_true(at.raw_at + wire_result_bytes(operation->result) <= at.text_at);
            assert_int_equal(at.bytes - at.text_at, json_out ? wire_result_json_max(operation->result) : 0);
            assert_true(at.bytes <= reserve_peak(operation, 3));
        }
    }
}

static void reserve__tells_the_items_from_the_length(void **state) {
    (void)state;
    for (size_t i = 0; i < WIRE_OPERATIONS; i++) {
        const struct wire_operation *operation = wire_operation((wire_operation_id)i);
        bool lists = wire_ssz_max(operation, 1) != wire_ssz_max(operation, 0);
        for (size_t n = 0; n < 300; n += 7) {
            assert_int_equal(reserve_items(operation, false, wire_ssz_max(operation, n)), lists ? n : 1);
        }
        assert_true(reserve_items(operation, true, wire_json_max(operation, 100)) >= (lists ? 50 : 1));
        assert_int_equal(reserve_items(operation, false, 0), lists ? 0 : 1);
    }
}

/* ---- Captures ------------------------------------------------------------------------------------------------ */

static size_t count_files(const char *folder, const char *part) {
    DIR *dir = opendir(folder);
    const struct dirent *entry;
    size_t count = 0;
    assert_non_null(dir);
    while ((entry = readdir(dir)) != NULL) count += strstr(entry->d_name, part) != NULL;
    closedir(dir);
    return count;
}

static void write_capture(const struct captures *captures, int minute, const char *trigger, const char *ending) {
    char base[CAPTURES_PATH_MAX];
    snprintf(base, sizeof base, "%s/20261127T05%02d00.000Z-%s", captures_folder(captures), minute, trigger);
    assert_true(captures_write(base, ending, "x", 1));
}

static void captures__keep_the_newest_of_each_trigger(void **state) {
    (void)state;
    char folder[] = "/tmp/kzgd-captures-XXXXXX", path[CAPTURES_PATH_MAX];
    assert_non_null(mkdtemp(folder));
    struct captures *captures = captures_new(folder);
    assert_non_null(captures);
    for (int minute = 0; minute < CAPTURES_KEPT + 3; minute++) {
        write_capture(captures, minute, "memory_high", "heap");
        write_capture(captures, minute, "memory_high", "json");
        if (minute < 2) write_capture(captures, minute, "memory_pressure", "json");
    }
    captures_trim(captures, "memory_high");
    captures_trim(captures, "memory_pressure");
    assert_int_equal(count_files(captures_folder(captures), "memory_high.heap"), CAPTURES_KEPT);
    assert_int_equal(count_files(captures_folder(captures), "memory_high.json"), CAPTURES_KEPT);
    assert_int_equal(count_files(captures_folder(captures), "memory_pressure"), 2);
    assert_int_equal(count_files(captures_folder(captures), "T050200"), 0);
    assert_int_equal(count_files(captures_folder(captures), "T051000"), 2);
    captures_path(captures, "memory_high", path);
    assert_true(captures_write(path, "json", "{}", 2));
    assert_int_equal(count_files(captures_folder(captures), ".part"), 0);
    DIR *dir = opendir(captures_folder(captures));
    const struct dirent *entry;
    while ((entry = readdir(dir)) != NULL) (void)unlinkat(dirfd(dir), entry->d_name, 0);
    closedir(dir);
    rmdir(captures_folder(captures));
    rmdir(folder);
    captures_free(captures);
}

static void captures__are_off_where_nothing_can_be_written(void **state) {
    (void)state;
    assert_null(captures_new(""));
    assert_null(captures_new("/dev/null"));
    assert_null(captures_new("/nonexistent/below"));
}

/* ---- Values of options --------------------------------------------------------------------------------------- */

static void config__reads_bytes_and_shares(void **state) {
    (void)state;
    static const struct {
        const char *text;
        int64_t bytes;
        double percent;
    } good[] = {{"1", 1, 0},    {"64KiB", 65536, 0}, {"3MiB", 3145728, 0}, {"4GiB", (int64_t)4 << 30, 0},
                {"80%", 0, 80}, {"99.5%", 0, 99.5}};
    static const char *const bad[] = {"",  "MiB",  "1 MiB", "1mib", "1MB",  "-1", "0x10", "1.5GiB",
                                      "%", "80%%", "1e2%",  "nan%", "80 %", " 8", "80%x", "99999999999GiB"};
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        struct config_portion portion = {-1, -1};
        char spelled[32];
        assert_true(config_parse_portion(good[i].text, &portion));
        assert_int_equal(portion.bytes, good[i].bytes);
        assert_true(portion.percent == good[i].percent);
        config_spell_portion(&portion, spelled, sizeof spelled);
        assert_string_equal(spelled, good[i].text);
    }
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct config_portion portion = {-1, -1};
        assert_false(config_parse_portion(bad[i], &portion));
        assert_int_equal(portion.bytes, -1);
    }
}

static void jemalloc__without_it_everything_says_so(void **state) {
    (void)state;
    if (jemalloc_present()) skip();
    assert_false(jemalloc_profile_switch(true));
    assert_false(jemalloc_profile_dump("/dev/null"));
    assert_int_equal(jemalloc_thread_allocated(), 0);
    jemalloc_purge();
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pool__lends_what_is_idle_and_keeps_what_is_used),
        cmocka_unit_test(pool__gets_no_more_back_of_what_was_lent_than_is_used),
        cmocka_unit_test(pool__is_confined_to_so_much_of_what_was_lent),
        cmocka_unit_test(memory__is_backed_at_once_or_when_it_is_asked_for),
        cmocka_unit_test(memory__counts_by_tag_what_is_taken_and_mapped),
        cmocka_unit_test(reserve__plans_parts_that_do_not_overlap),
        cmocka_unit_test(reserve__tells_the_items_from_the_length),
        cmocka_unit_test(captures__keep_the_newest_of_each_trigger),
        cmocka_unit_test(captures__are_off_where_nothing_can_be_written),
        cmocka_unit_test(config__reads_bytes_and_shares),
        cmocka_unit_test(jemalloc__without_it_everything_says_so),
    };
    if (!memory_begin(0)) return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
