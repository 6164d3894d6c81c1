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

struct decoding {
    g1_affine *points;
    const kzg_bytes48 *bytes;
    const uint32_t *which; /* NULL: all in order */
    size_t n, parts;
    kzg_argument argument;
    kzg_status status[SPLIT_MAX];
};

static size_t index_of(const struct decoding *d, size_t i) {
    return d->which != NULL ? d->which[i] : i;
}

#if G1_LANES
/* Fewer are sooner decoded one by one. */
#define LANES_POINTS_MIN 3

/* Points [first, end), as many together as the lanes take. */
static kzg_status decode_in_lanes(const struct decoding *d, size_t first, size_t end) {
    for (size_t i = first; i < end; i += G1_LANES_DECODE) {
        size_t n = end - i < G1_LANES_DECODE ? end - i : G1_LANES_DECODE;
        kzg_bytes48 together[G1_LANES_DECODE];
        status_code status[G1_LANES_DECODE];
        for (size_t k = 0; k < n; k++) together[k] = d->bytes[index_of(d, i + k)];
        g1_lanes_decode(&d->points[i], status, together[0].bytes, n);
        for (size_t k = 0; k < n; k++) {
            if (status[k] != ST_OK) return fault_status(status[k], d->argument, index_of(d, i + k));
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
        d->status[part] = decode_point(&d->points[i], &d->bytes[index_of(d, i)], d->argument, index_of(d, i));
        if (d->status[part].code != KZG_OK) return;
    }
}

kzg_status decode_points_at(const kzg_ctx *ctx, g1_affine *r, const kzg_bytes48 *bytes, const uint32_t *which,
                            size_t n, kzg_argument argument) {
    struct decoding d = {.points = r, .bytes = bytes, .which = which, .n = n, .argument = argument};
    d.parts = split_count(ctx, n);
    run_tasks(ctx, d.parts, decode_part, &d);
    for (size_t part = 0; part < d.parts; part++) KZG_TRY(d.status[part]);
    return ok_status();
}

kzg_status decode_points(const kzg_ctx *ctx, g1_affine *r, const kzg_bytes48 *bytes, size_t n,
                         kzg_argument argument) {
    return decode_points_at(ctx, r, bytes, NULL, n, argument);
}
