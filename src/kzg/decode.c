#include "kzg/decode.h"

#include "curve/encoding.h"
#include "curve/lanes.h"
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
struct list {
    const kzg_bytes48 *bytes;
    size_t n;
    kzg_argument argument;
};

struct decoding {
    g1_affine *points;
    struct list lists[2];
    const uint32_t *which; /* of a single list; NULL: all in order */
    size_t n, parts;
    kzg_status status[SPLIT_MAX];
};

static const struct list *list_of(const struct decoding *d, size_t i) {
    return &d->lists[i >= d->lists[0].n];
}

static size_t index_of(const struct decoding *d, size_t i) {
    if (d->which != NULL) return d->which[i];
    return i >= d->lists[0].n ? i - d->lists[0].n : i;
}

static const kzg_bytes48 *bytes_of(const struct decoding *d, size_t i) {
    return &list_of(d, i)->bytes[index_of(d, i)];
}

#if G1_LANES
/* Fewer are sooner decoded one by one. */
#define LANES_POINTS_MIN 2

/* Points [first, end), as many together as the lanes take. */
static kzg_status decode_in_lanes(const struct decoding *d, size_t first, size_t end) {
    for (size_t i = first; i < end; i += G1_LANES_DECODE) {
        size_t n = end - i < G1_LANES_DECODE ? end - i : G1_LANES_DECODE;
        kzg_bytes48 together[G1_LANES_DECODE];
        status_code status[G1_LANES_DECODE];
        for (size_t k = 0; k < n; k++) together[k] = *bytes_of(d, i + k);
        g1_lanes_decode(&d->points[i], status, together[0].bytes, n);
        for (size_t k = 0; k < n; k++) {
            if (status[k] != ST_OK) return fault_status(status[k], list_of(d, i + k)->argument, index_of(d, i + k));
        }
    }
    return ok_status();
}
#endif

static void decode_part(void *argument, size_t part) {
    struct decoding *d = argument;
    size_t first = part_start(d->n, d->parts, part), end = part_start(d->n, d->parts, part + 1);
    d->status[part] = ok_status();
#if G1_LANES
    if (g1_lanes_usable() && end - first >= LANES_POINTS_MIN) {
        d->status[part] = decode_in_lanes(d, first, end);
        return;
    }
#endif
    for (size_t i = first; i < end; i++) {
        d->status[part] = decode_point(&d->points[i], bytes_of(d, i), list_of(d, i)->argument, index_of(d, i));
        if (d->status[part].code != KZG_OK) return;
    }
}

static kzg_status decode_all(const kzg_ctx *ctx, struct decoding *d) {
    d->parts = split_count(ctx, d->n);
    run_tasks(ctx, d->parts, decode_part, d);
    for (size_t part = 0; part < d->parts; part++) KZG_TRY(d->status[part]);
    return ok_status();
}

kzg_status decode_points_at(const kzg_ctx *ctx, g1_affine *r, const kzg_bytes48 *bytes, const uint32_t *which,
                            size_t n, kzg_argument argument) {
    struct decoding d = {.points = r, .lists = {{bytes, n, argument}}, .which = which, .n = n};
    return decode_all(ctx, &d);
}

kzg_status decode_points(const kzg_ctx *ctx, g1_affine *r, const kzg_bytes48 *bytes, size_t n,
                         kzg_argument argument) {
    return decode_points_at(ctx, r, bytes, NULL, n, argument);
}

kzg_status decode_two_lists(const kzg_ctx *ctx, g1_affine *r, const kzg_bytes48 *a, kzg_argument argument_a,
                            const kzg_bytes48 *b, kzg_argument argument_b, size_t n) {
    struct decoding d = {.points = r, .lists = {{a, n, argument_a}, {b, n, argument_b}}, .n = 2 * n};
    return decode_all(ctx, &d);
}
