/* The tap on live requests, for the upgrader. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "service/events.h"
#include "service/page.h"
#include "service/pressure.h"
#include "service/tap.h"

#define REQUESTS 64
#define SECONDS  60

static const char *const drop_names[TAP_DROPS] = {
#define X(NAME, name) name,
    TAP_DROPS_LIST(X)
#undef X
};

static uint64_t dropped(const struct tap_state *state) {
    uint64_t sum = 0;
    for (size_t i = 0; i < TAP_DROPS; i++) sum += state->drops[i];
    return sum;
}

/* ---- State ----------------------------------------------------------------------------------------------------- */

static size_t write_text(const void *what, char *out, size_t size) {
    const struct tap_state *state = what;
    struct kzgops__text text;
    kzgops__text_begin(&text, out, size);
    kzgops__text_add(&text, "%s: %zu of %zu requests copied, in %zu of %zu bytes\n",
                     state->bytes_max == 0 ? "off (--tap-memory 0)"
                     : state->copying      ? "copying"
                                           : "not copying",
                     state->whole, state->wanted, state->bytes, state->bytes_max);
    for (size_t i = 0; i < TAP_DROPS; i++)
        kzgops__text_add(&text, "not copied, %s: %llu\n", drop_names[i], (unsigned long long)state->drops[i]);
    return text.used;
}

static size_t write_json(const void *what, char *out, size_t size) {
    const struct tap_state *state = what;
    struct kzgops__text text;
    kzgops__text_begin(&text, out, size);
    kzgops__json_open(&text, "{");
    kzgops__json_bool(&text, "copying", state->copying);
    kzgops__json_bytes(&text, "wanted", state->wanted);
    kzgops__json_bytes(&text, "begun", state->begun);
    kzgops__json_bytes(&text, "whole", state->whole);
    kzgops__json_bytes(&text, "filling", state->filling);
    kzgops__json_bytes(&text, "bytes", state->bytes);
    kzgops__json_bytes(&text, "bytes_max", state->bytes_max);
    kzgops__json_key(&text, "dropped");
    kzgops__json_open(&text, "{");
    for (size_t i = 0; i < TAP_DROPS; i++) kzgops__json_bytes(&text, drop_names[i], state->drops[i]);
    kzgops__json_close(&text, "}");
    kzgops__json_close(&text, "}");
    return text.used;
}

static enum MHD_Result report(struct page *page, const struct tap_state *state) {
    return page_report(page, write_text, write_json, state);
}

/* ---- Copies ---------------------------------------------------------------------------------------------------- */

static bool read_number(const char *text, size_t *ret) {
    size_t digits = strspn(text, "0123456789");
    if (digits == 0 || digits > 6 || text[digits] != '\0') return false;
    *ret = (size_t)strtoul(text, NULL, 10);
    return true;
}

static enum MHD_Result send_copy(struct page *page, size_t number) {
    size_t bytes;
    void *copy = tap_copy_read(page->service->tap, number, &bytes);
    if (copy == NULL && bytes > 0) return page_problem(page, ST_OUT_OF_MEMORY, "there is no memory for the answer");
    if (copy == NULL) return page_problem(page, ST_NOT_FOUND, "there is no whole copy of that number");
    page->result = (struct page_result){.type = PAGE_BINARY, .data = copy, .size = bytes};
    return page_finish(page);
}

enum MHD_Result page_tap(struct page *page) {
    struct tap_state state;
    size_t number;
    if (page->rest[0] != '\0') {
        if (read_number(page->rest, &number)) return send_copy(page, number);
        return page_problem(page, ST_NOT_FOUND, "copies of requests have numbers: /debug/tap/0");
    }
    tap_read(page->service->tap, &state);
    return report(page, &state);
}

/* ---- Beginning and ending -------------------------------------------------------------------------------------- */

/* What may still be taken without a warning; all there is where that is not known. */
static uint64_t spare_bytes(const struct service *service) {
    struct memory_state memory;
    memory_state(service, &memory);
    if (memory.level != KZGOPS_MEMORY_OK) return 0;
    if (memory.value == KZGOPS_MEMORY_UNKNOWN || memory.warn_bytes == KZGOPS_MEMORY_UNLIMITED) return UINT64_MAX;
    return memory.value < memory.warn_bytes ? memory.warn_bytes - memory.value : 0;
}

enum MHD_Result page_tap_begin(struct page *page) {
    char client[PAGE_CLIENT_MAX];
    struct tap_state state;
    long requests, seconds;
    struct tap *tap = page->service->tap;
    if (!page_query_number(page, "requests", REQUESTS, 1, TAP_REQUESTS_MAX, &requests))
        return page_problem(page, ST_QUERY_INVALID, "requests is a whole number from 1 to 1000");
    if (!page_query_number(page, "seconds", SECONDS, 1, TAP_SECONDS_MAX, &seconds))
        return page_problem(page, ST_QUERY_INVALID, "seconds is a whole number from 1 to 600");
    switch (tap_begin(tap, (size_t)requests, (unsigned)seconds, spare_bytes(page->service))) {
    case TAP_BEGUN: break;
    case TAP_OFF: return page_problem(page, ST_NOT_AVAILABLE, "live requests are not copied: --tap-memory is 0");
    case TAP_NO_MEMORY:
        return page_problem(page, ST_MEMORY_PRESSURE, "there is too little memory left for copies of requests");
    case TAP_IN_USE:
        return page_problem(page, ST_MEMORY_PRESSURE,
                            "a request that was copied before is not over yet: again in a moment");
    }
    page_client(page, client);
    SERVICE_LOG(EVENT_TAP_BEGUN, KZGOPS_STR("client", client), KZGOPS_I64("requests", requests),
                KZGOPS_I64("seconds", seconds));
    tap_read(tap, &state);
    return report(page, &state);
}

enum MHD_Result page_tap_end(struct page *page) {
    char client[PAGE_CLIENT_MAX];
    struct tap_state state;
    if (tap_end(page->service->tap, &state)) {
        page_client(page, client);
        SERVICE_LOG(EVENT_TAP_ENDED, KZGOPS_STR("client", client), KZGOPS_U64("requests", state.whole),
                    KZGOPS_U64("bytes", state.bytes), KZGOPS_U64("dropped", dropped(&state)));
    }
    return report(page, &state);
}
