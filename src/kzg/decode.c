#include "kzg/decode.h"

#include "base/bytes.h"
#include "curve/encoding.h"
#include "curve/g1_subgroup.h"
#include "curve/lanes.h"
#include "kzg/challenge.h"
#include "kzg/lanes.h"

static kzg_status not_canonical(kzg_argument argument, size_t element, uint64_t index) {
    return (kzg_status){ST_FIELD_ELEMENT_NOT_CANONICAL, (uint16_t)argument, (uint32_t)element, index};
}

kzg_status decode_elements(fr *r, const uint8_t *bytes, size_t n, kzg_argument argument, uint64_t index) {
#if KZG_LANES
    if (lanes_usable()) {
        size_t good = lanes_decode(r, bytes, n);
        return good == n ? ok_status() : not_canonical(argument, good, index);
    }
#endif
    for (size_t i = 0; i < n; i++) {
        if (!fr_from_be(&r[i], bytes + 32 * i)) return not_canonical(argument, i, index);
    }
    return ok_status();
}

kzg_status check_elements(const uint8_t *bytes, size_t n, kzg_argument argument, uint64_t index) {
#if KZG_LANES
    if (lanes_usable()) {
        size_t good = lanes_canonical(bytes, n);
        return good == n ? ok_status() : not_canonical(argument, good, index);
    }
#endif
    for (size_t i = 0; i < n; i++) {
        fr drop;
        if (!fr_from_be(&drop, bytes + 32 * i)) return not_canonical(argument, i, index);
    }
    return ok_status();
}

kzg_status decode_element(fr *r, const kzg_bytes32 *bytes, kzg_argument argument) {
    return fr_from_be(r, bytes->bytes) ? ok_status() : fault_status(ST_FIELD_ELEMENT_NOT_CANONICAL, argument, 0);
}

kzg_status decode_point(g1_affine *r, const kzg_bytes48 *bytes, kzg_argument argument, uint64_t index) {
    status_code status = g1_decode(r, bytes->bytes);
    return status == ST_OK ? ok_status() : fault_status(status, argument, index);
}

void decode_two_points(g1_affine r[2], status_code status[2], const kzg_bytes48 *a, const kzg_bytes48 *b) {
#if G1_LANES
    if (g1_lanes_usable()) {
        const kzg_bytes48 together[2] = {*a, *b};
        g1_lanes_decode(r, status, together[0].bytes, 2);
        return;
    }
#endif
    status[0] = g1_decode(&r[0], a->bytes);
    status[1] = g1_decode(&r[1], b->bytes);
}

/* Points of one list, or of a second one behind it. */
struct decoding {
    g1_affine *points;
    struct point_list lists[2];
    size_t n, parts;
    uint8_t *memory;     /* for checks of many points together; without, each is checked */
    size_t memory_bytes; /* of a part */
    kzg_status status[SPLIT_MAX];
};

static const struct point_list *list_of(const struct decoding *d, size_t i) {
    return &d->lists[i >= d->lists[0].n];
}

static size_t index_of(const struct decoding *d, size_t i) {
    const struct point_list *list = list_of(d, i);
    size_t place = list == &d->lists[0] ? i : i - d->lists[0].n;
    return list->which != NULL ? list->which[place] : place;
}

static const kzg_bytes48 *bytes_of(const struct decoding *d, size_t i) {
    return &list_of(d, i)->bytes[index_of(d, i)];
}

#if G1_LANES
/* Fewer are sooner decoded one by one. */
#define LANES_POINTS_MIN 2

/* As many of the points [i, end) as the lanes take, one after the other; how many. */
static size_t gather(kzg_bytes48 together[G1_LANES_DECODE], const struct decoding *d, size_t i, size_t end) {
    size_t n = end - i < G1_LANES_DECODE ? end - i : G1_LANES_DECODE;
    for (size_t k = 0; k < n; k++) together[k] = *bytes_of(d, i + k);
    return n;
}

static kzg_status decode_in_lanes(const struct decoding *d, size_t first, size_t end) {
    for (size_t i = first; i < end; i += G1_LANES_DECODE) {
        kzg_bytes48 together[G1_LANES_DECODE];
        status_code status[G1_LANES_DECODE];
        size_t n = gather(together, d, i, end);
        g1_lanes_decode(&d->points[i], status, together[0].bytes, n);
        for (size_t k = 0; k < n; k++) {
            if (status[k] != ST_OK) return fault_status(status[k], list_of(d, i + k)->argument, index_of(d, i + k));
        }
    }
    return ok_status();
}
#endif

static kzg_status decode_range(const struct decoding *d, size_t first, size_t end) {
#if G1_LANES
    if (g1_lanes_usable() && end - first >= LANES_POINTS_MIN) return decode_in_lanes(d, first, end);
#endif
    for (size_t i = first; i < end; i++)
        KZG_TRY(decode_point(&d->points[i], bytes_of(d, i), list_of(d, i)->argument, index_of(d, i)));
    return ok_status();
}

/* ---- Many points ----
 *
 * In runs of at most RUN points, each with its own check; a run with anything wrong in it is decoded point by point,
 * which says what and where. */

/* Fewer are sooner checked each, and the memory of one check should stay in a cache. */
#define RUN_MIN 64
#define RUN_MAX 2048

/* SHA-256 of all the points' SHA-256 and the point's number. */
static void draw_random(g1_subgroup_random *random, const kzg_bytes48 *bytes, size_t n) {
    uint8_t seed[32 + 8];
    sha256(seed, bytes, sizeof *bytes * n);
    for (size_t i = 0; i < n; i++) {
        store_be64(seed + 32, i);
        sha256(random[i], seed, sizeof seed);
    }
}
_Static_assert(sizeof(g1_subgroup_random) == 32, "a digest");

/* Points [first, end) without the subgroup; false if there is any fault. */
static bool decompress_range(const struct decoding *d, size_t first, size_t end) {
#if G1_LANES
    for (size_t i = first; g1_lanes_usable() && i < end; i += G1_LANES_DECODE) {
        kzg_bytes48 together[G1_LANES_DECODE];
        status_code status[G1_LANES_DECODE];
        size_t n = gather(together, d, i, end);
        g1_lanes_decompress(&d->points[i], status, together[0].bytes, n);
        for (size_t k = 0; k < n; k++) {
            if (status[k] != ST_OK) return false;
        }
    }
    if (g1_lanes_usable()) return true;
#endif
    for (size_t i = first; i < end; i++) {
        if (g1_decompress(&d->points[i], bytes_of(d, i)->bytes) != ST_OK) return false;
    }
    return true;
}

static bool decode_run(const struct decoding *d, size_t first, size_t n, struct arena *arena) {
    if (n < RUN_MIN) return false;
    size_t mark = arena->used;
    kzg_bytes48 *bytes = ARENA_ARRAY(arena, kzg_bytes48, n);
    for (size_t i = 0; i < n; i++) bytes[i] = *bytes_of(d, first + i);
    g1_subgroup_random *random = ARENA_ARRAY(arena, g1_subgroup_random, n);
    draw_random(random, bytes, n);
    bool right = decompress_range(d, first, first + n) &&
                 g1_all_in_subgroup(d->points + first, (const g1_subgroup_random *)random, n, arena);
    arena_release(arena, mark);
    return right;
}

static kzg_status decode_in_runs(const struct decoding *d, size_t part, size_t first, size_t end) {
    struct arena arena;
    arena_init(&arena, d->memory + d->memory_bytes * part, d->memory_bytes);
    for (size_t n; first < end; first += n) {
        n = end - first < RUN_MAX ? end - first : RUN_MAX;
        if (!decode_run(d, first, n, &arena)) KZG_TRY(decode_range(d, first, first + n));
    }
    return ok_status();
}

static size_t part_bytes(size_t n, size_t parts) {
    size_t run = (n + parts - 1) / parts;
    if (run > RUN_MAX) run = RUN_MAX;
    return run < RUN_MIN ? 0
                         : arena_size(sizeof(kzg_bytes48) * run) + arena_size(sizeof(g1_subgroup_random) * run) +
                               g1_all_in_subgroup_scratch_bytes(run);
}

/* ---- All of it ---- */

static void decode_part(void *argument, size_t part) {
    struct decoding *d = argument;
    size_t first = part_start(d->n, d->parts, part), end = part_start(d->n, d->parts, part + 1);
    d->status[part] = d->memory_bytes > 0 ? decode_in_runs(d, part, first, end) : decode_range(d, first, end);
}

static kzg_status decode_all(const kzg_ctx *ctx, struct decoding *d) {
    d->parts = split_count(ctx, d->n);
    run_tasks(ctx, d->parts, decode_part, d);
    for (size_t part = 0; part < d->parts; part++) KZG_TRY(d->status[part]);
    return ok_status();
}

kzg_status decode_points(const kzg_ctx *ctx, g1_affine *r, const kzg_bytes48 *bytes, size_t n,
                         kzg_argument argument) {
    struct decoding d = {.points = r, .lists = {{bytes, NULL, n, argument}}, .n = n};
    return decode_all(ctx, &d);
}

size_t decode_two_lists_scratch_bytes(const kzg_ctx *ctx, size_t n) {
    size_t parts = split_count(ctx, n);
    return part_bytes(n, parts) * parts;
}

kzg_status decode_two_lists(const kzg_ctx *ctx, g1_affine *r, const struct point_list *a, const struct point_list *b,
                            struct arena *arena) {
    size_t mark = arena->used, n = a->n + b->n;
    struct decoding d = {.points = r, .lists = {*a, *b}, .n = n, .memory_bytes = part_bytes(n, split_count(ctx, n))};
    d.memory = arena_take(arena, decode_two_lists_scratch_bytes(ctx, n));
    kzg_status status = decode_all(ctx, &d);
    arena_release(arena, mark);
    return status;
}

/* ---- Points that are checked later ---- */

static void decompress_part(void *argument, size_t part) {
    struct decoding *d = argument;
    size_t first = part_start(d->n, d->parts, part), end = part_start(d->n, d->parts, part + 1);
    bool good = decompress_range(d, first, end) && g1_none_of_order_3(d->points + first, end - first);
    d->status[part] = (kzg_status){.code = good ? KZG_OK : ST_POINT_NOT_ON_CURVE};
}

bool decompress_two_lists(const kzg_ctx *ctx, g1_affine *r, const struct point_list *a, const struct point_list *b) {
    struct decoding d = {.points = r, .lists = {*a, *b}, .n = a->n + b->n, .parts = split_count(ctx, a->n + b->n)};
    run_tasks(ctx, d.parts, decompress_part, &d);
    for (size_t part = 0; part < d.parts; part++) {
        if (d.status[part].code != KZG_OK) return false;
    }
    return true;
}
