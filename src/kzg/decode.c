#include "kzg/decode.h"

#include "curve/encoding.h"
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
    size_t n, parts;
    kzg_argument argument;
    kzg_status status[SPLIT_MAX];
};

static void decode_part(void *argument, size_t part) {
    struct decoding *d = argument;
    d->status[part] = ok_status();
    for (size_t i = part_start(d->n, d->parts, part); i < part_start(d->n, d->parts, part + 1); i++) {
        d->status[part] = decode_point(&d->points[i], &d->bytes[i], d->argument, i);
        if (d->status[part].code != KZG_OK) return;
    }
}

kzg_status decode_points(const kzg_ctx *ctx, g1_affine *r, const kzg_bytes48 *bytes, size_t n,
                         kzg_argument argument) {
    struct decoding d = {.points = r, .bytes = bytes, .n = n, .argument = argument};
    d.parts = split_count(ctx, n);
    run_tasks(ctx, d.parts, decode_part, &d);
    for (size_t part = 0; part < d.parts; part++) KZG_TRY(d.status[part]);
    return ok_status();
}
