/* base/: the status list, hexadecimal, byte order, the arena. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/bytes.h"
#include "base/hex.h"
#include "base/status.h"

static const status_code all_codes[] = {
#define X(name, value, code, http, retryable, text) ST_##name,
    STATUS_LIST(X)
#undef X
};
#define CODES (sizeof all_codes / sizeof all_codes[0])

static void status_list__names_are_unique_and_lower_case(void **state) {
    (void)state;
    for (size_t i = 0; i < CODES; i++) {
        const char *name = status_code_name(all_codes[i]);
        for (const char *c = name; *c != '\0'; c++) assert_true((*c >= 'a' && *c <= 'z') || *c == '_');
        for (size_t j = 0; j < i; j++) {
            assert_string_not_equal(name, status_code_name(all_codes[j]));
            assert_true(all_codes[i] != all_codes[j]);
        }
    }
}

static void status_list__http_statuses_fit_their_meaning(void **state) {
    (void)state;
    for (size_t i = 0; i < CODES; i++) {
        int http = status_code_http(all_codes[i]);
        assert_true(http == 200 || (http >= 400 && http < 600));
        assert_int_equal(http == 200, all_codes[i] == ST_OK);
        if (http == 503 || http == 429) assert_true(status_code_retryable(all_codes[i]));
        if (http == 400) assert_false(status_code_retryable(all_codes[i]));
    }
}

static void status_list__unknown_values_are_answered(void **state) {
    (void)state;
    assert_string_equal(status_code_name((status_code)9999), "unknown");
    assert_int_equal(status_code_http((status_code)9999), 500);
    assert_false(status_code_retryable((status_code)9999));
    assert_string_equal(status_argument_name((status_argument)9999), "unknown");
}

static void hex__round_trip_of_every_byte(void **state) {
    (void)state;
    uint8_t bytes[256], back[256];
    char digits[512];
    for (int i = 0; i < 256; i++) bytes[i] = (uint8_t)i;
    hex_encode(digits, bytes, sizeof bytes);
    assert_true(hex_decode(back, sizeof back, digits, NULL));
    assert_memory_equal(bytes, back, sizeof bytes);
    for (size_t i = 0; i < sizeof digits; i++) {
        if (digits[i] >= 'a') digits[i] = (char)(digits[i] - 'a' + 'A');
    }
    memset(back, 0, sizeof back);
    assert_true(hex_decode(back, sizeof back, digits, NULL));
    assert_memory_equal(bytes, back, sizeof bytes);
}

static void hex__every_other_character_is_refused_at_its_place(void **state) {
    (void)state;
    for (int c = 0; c < 256; c++) {
        bool digit = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
        assert_int_equal(hex_digit((char)c) >= 0, digit);
        if (digit) continue;
        for (size_t at = 0; at < 6; at++) {
            char text[] = "00ff7A";
            uint8_t out[3];
            size_t bad = 99;
            text[at] = (char)c;
            assert_false(hex_decode(out, sizeof out, text, &bad));
            assert_int_equal(bad, at);
        }
    }
}

static void byte_order__at_any_address(void **state) {
    (void)state;
    uint8_t bytes[16];
    for (size_t at = 0; at < 8; at++) {
        memset(bytes, 0xee, sizeof bytes);
        store_be64(bytes + at, 0x0102030405060708ull);
        assert_int_equal(bytes[at], 1);
        assert_int_equal(bytes[at + 7], 8);
        assert_true(load_be64(bytes + at) == 0x0102030405060708ull);
        assert_true(load_le64(bytes + at) == 0x0807060504030201ull);
        store_le64(bytes + at, 0x0102030405060708ull);
        assert_int_equal(bytes[at], 8);
        assert_true(load_le64(bytes + at) == 0x0102030405060708ull);
        assert_int_equal(bytes[at + 8], 0xee);
    }
}

static void arena__gives_aligned_pieces_back_to_a_mark(void **state) {
    (void)state;
    static uint8_t memory[4 * ARENA_ALIGN] __attribute__((aligned(ARENA_ALIGN)));
    struct arena arena;
    arena_init(&arena, memory, sizeof memory);
    uint8_t *a = arena_take(&arena, 1);
    size_t mark = arena.used;
    uint8_t *b = arena_take(&arena, ARENA_ALIGN + 1);
    uint8_t *c = arena_take(&arena, 0);
    assert_ptr_equal(a, memory);
    assert_ptr_equal(b, memory + ARENA_ALIGN);
    assert_ptr_equal(c, memory + 3 * ARENA_ALIGN);
    arena_release(&arena, mark);
    assert_ptr_equal(arena_take(&arena, 3 * ARENA_ALIGN), b);
    assert_int_equal(arena.peak, sizeof memory);
    assert_int_equal(arena_size(0), 0);
    assert_int_equal(arena_size(1), ARENA_ALIGN);
    assert_int_equal(arena_size(ARENA_ALIGN), ARENA_ALIGN);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(status_list__names_are_unique_and_lower_case),
        cmocka_unit_test(status_list__http_statuses_fit_their_meaning),
        cmocka_unit_test(status_list__unknown_values_are_answered),
        cmocka_unit_test(hex__round_trip_of_every_byte),
        cmocka_unit_test(hex__every_other_character_is_refused_at_its_place),
        cmocka_unit_test(byte_order__at_any_address),
        cmocka_unit_test(arena__gives_aligned_pieces_back_to_a_mark),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
