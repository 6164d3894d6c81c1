#include "ops/sampler_pprof.h"

#include <dlfcn.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <zlib.h>

#include "ops/sources.h"

/* Numbers of fields, from profile.proto of the pprof project. */
enum {
    PROFILE_SAMPLE_TYPE = 1,
    PROFILE_SAMPLE = 2,
    PROFILE_MAPPING = 3,
    PROFILE_LOCATION = 4,
    PROFILE_FUNCTION = 5,
    PROFILE_STRING = 6,
    PROFILE_TIME = 9,
    PROFILE_DURATION = 10,
    PROFILE_PERIOD_TYPE = 11,
    PROFILE_PERIOD = 12,
    PROFILE_DEFAULT_TYPE = 14,
    TYPE_TYPE = 1,
    TYPE_UNIT = 2,
    SAMPLE_LOCATION = 1,
    SAMPLE_VALUE = 2,
    SAMPLE_LABEL = 3,
    LABEL_KEY = 1,
    LABEL_TEXT = 2,
    LABEL_NUMBER = 3,
    MAPPING_ID = 1,
    MAPPING_START = 2,
    MAPPING_LIMIT = 3,
    MAPPING_OFFSET = 4,
    MAPPING_FILE = 5,
    MAPPING_BUILD_ID = 6,
    MAPPING_HAS_FUNCTIONS = 7,
    LOCATION_ID = 1,
    LOCATION_MAPPING = 2,
    LOCATION_ADDRESS = 3,
    LOCATION_LINE = 4,
    LINE_FUNCTION = 1,
    FUNCTION_ID = 1,
    FUNCTION_NAME = 2,
    FUNCTION_SYSTEM_NAME = 3
};

/* How many of a map's places have got a name. */
struct pprof_named {
    uint64_t with, without;
};

struct place {
    size_t begin, length;
};

static const char no_memory[] = "no memory for the profile";

void kzgops__pprof_init(struct pprof *pprof, struct maps *maps, bool live) {
    struct bytes *rows[] = {&pprof->out,  &pprof->message, &pprof->inner, &pprof->packed,
                            &pprof->text, &pprof->places,  &pprof->named};
    *pprof = (struct pprof){.maps = maps, .live = live};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) kzgops__bytes_init(rows[i], &maps->allocator);
    kzgops__ids_init(&pprof->strings, &maps->allocator);
    kzgops__ids_init(&pprof->locations, &maps->allocator);
    kzgops__ids_init(&pprof->functions, &maps->allocator);
    size_t bytes = kzgops__maps_count(maps) * sizeof(struct pprof_named);
    void *named = kzgops__bytes_extend(&pprof->named, bytes);
    if (named != NULL) memset(named, 0, bytes);
}

void kzgops__pprof_free(struct pprof *pprof) {
    struct bytes *rows[] = {&pprof->out,  &pprof->message, &pprof->inner, &pprof->packed,
                            &pprof->text, &pprof->places,  &pprof->named};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) kzgops__bytes_free(rows[i]);
    kzgops__ids_free(&pprof->strings);
    kzgops__ids_free(&pprof->locations);
    kzgops__ids_free(&pprof->functions);
}

/* ---- Strings ------------------------------------------------------------------------------------------------- */

static uint64_t hash(const char *text, size_t n) {
    uint64_t h = UINT64_C(0xcbf29ce484222325); /* FNV-1a */
    for (size_t i = 0; i < n; i++) h = (h ^ (unsigned char)text[i]) * UINT64_C(0x100000001b3);
    return h;
}

/* The string's place in the table; 0 is the empty one. Texts of one hash get the next free key. */
static uint64_t string(struct pprof *pprof, const char *text) {
    size_t n = strlen(text);
    if (n == 0) return 0;
    for (uint64_t key = hash(text, n);; key++) {
        bool fresh;
        uint64_t id = kzgops__ids_get(&pprof->strings, key, &fresh);
        if (id == 0) return 0;
        if (fresh) {
            const struct place place = {pprof->text.size, n};
            kzgops__bytes_add(&pprof->places, &place, sizeof place);
            kzgops__bytes_add(&pprof->text, text, n);
            return id;
        }
        struct place place;
        if (pprof->places.failed || pprof->text.failed) return 0;
        memcpy(&place, pprof->places.data + (id - 1) * sizeof place, sizeof place);
        if (place.length == n && memcmp(pprof->text.data + place.begin, text, n) == 0) return id;
    }
}

static void write_strings(struct pprof *pprof) {
    kzgops__proto_data(&pprof->out, PROFILE_STRING, "", 0);
    for (size_t at = 0; at < pprof->places.size; at += sizeof(struct place)) {
        struct place place;
        memcpy(&place, pprof->places.data + at, sizeof place);
        kzgops__proto_data(&pprof->out, PROFILE_STRING, pprof->text.data + place.begin, place.length);
    }
}

/* ---- Places in the code -------------------------------------------------------------------------------------- */

uint64_t kzgops__frame_place(const uint64_t *address, size_t frame, bool all_returns) {
    return address[frame] - (frame > 0 || all_returns ? 1 : 0); /* the call itself, not what follows it */
}

static const char *name_of(struct maps *maps, bool live, size_t map, uint64_t address) {
    const char *name = kzgops__maps_function(maps, map, address);
    Dl_info info;
    if (name != NULL || !live) return name;
    return dladdr((const void *)(uintptr_t)address, &info) != 0 ? info.dli_sname : NULL;
}

const char *kzgops__function_name(struct maps *maps, bool live, uint64_t address, char *buffer, size_t size) {
    size_t map = kzgops__maps_find(maps, address);
    if (map == kzgops__maps_count(maps)) {
        snprintf(buffer, size, "[0x%" PRIx64 "]", address);
        return buffer;
    }
    const char *name = name_of(maps, live, map, address);
    if (name != NULL) return name;
    const struct map *in = kzgops__maps_at(maps, map);
    const char *slash = strrchr(in->path, '/');
    snprintf(buffer, size, "[%.100s+0x%" PRIx64 "]", slash != NULL ? slash + 1 : in->path,
             address - in->start + in->offset);
    return buffer;
}

static uint64_t function(struct pprof *pprof, const char *name) {
    bool fresh;
    uint64_t text = string(pprof, name), id = text == 0 ? 0 : kzgops__ids_get(&pprof->functions, text, &fresh);
    if (id == 0 || !fresh) return id;
    kzgops__proto_number(&pprof->message, FUNCTION_ID, id);
    kzgops__proto_number(&pprof->message, FUNCTION_NAME, text);
    kzgops__proto_number(&pprof->message, FUNCTION_SYSTEM_NAME, text);
    kzgops__proto_message(&pprof->out, PROFILE_FUNCTION, &pprof->message);
    return id;
}

static uint64_t location(struct pprof *pprof, uint64_t address, size_t map) {
    bool fresh, mapped = map < kzgops__maps_count(pprof->maps);
    uint64_t id = kzgops__ids_get(&pprof->locations, address, &fresh);
    if (id == 0 || !fresh) return id;
    const char *name = mapped ? name_of(pprof->maps, pprof->live, map, address) : NULL;
    uint64_t called = name != NULL ? function(pprof, name) : 0;
    if (mapped && !pprof->named.failed) {
        struct pprof_named *named = (struct pprof_named *)(void *)pprof->named.data + map;
        if (called != 0)
            named->with++;
        else
            named->without++;
    }
    kzgops__proto_number(&pprof->message, LOCATION_ID, id);
    kzgops__proto_number(&pprof->message, LOCATION_MAPPING, mapped ? map + 1 : 0);
    kzgops__proto_number(&pprof->message, LOCATION_ADDRESS, address);
    if (called != 0) {
        kzgops__proto_number(&pprof->inner, LINE_FUNCTION, called);
        kzgops__proto_message(&pprof->message, LOCATION_LINE, &pprof->inner);
    }
    kzgops__proto_message(&pprof->out, PROFILE_LOCATION, &pprof->message);
    return id;
}

/* ---- Samples ------------------------------------------------------------------------------------------------- */

static void write_label(struct pprof *pprof, struct bytes *sample, const struct pprof_label *label) {
    kzgops__proto_number(&pprof->inner, LABEL_KEY, string(pprof, label->key));
    if (label->text != NULL) {
        kzgops__proto_number(&pprof->inner, LABEL_TEXT, string(pprof, label->text));
    } else {
        kzgops__proto_number(&pprof->inner, LABEL_NUMBER, label->number);
    }
    kzgops__proto_message(sample, SAMPLE_LABEL, &pprof->inner);
}

/* A frame that is not in code ends the stack: something else than a return address was taken for one. */
void kzgops__pprof_sample(struct pprof *pprof, const uint64_t *address, size_t depth, bool all_returns,
                          const uint64_t *values, size_t value_count, const struct pprof_label *labels,
                          size_t label_count) {
    struct bytes sample;
    kzgops__bytes_init(&sample, &pprof->out.allocator);
    pprof->packed.size = 0;
    for (size_t i = 0; i < depth; i++) {
        uint64_t at = kzgops__frame_place(address, i, all_returns);
        size_t map = kzgops__maps_find(pprof->maps, at);
        if (i > 0 && map == kzgops__maps_count(pprof->maps)) break;
        kzgops__proto_varint(&pprof->packed, location(pprof, at, map));
    }
    kzgops__proto_message(&sample, SAMPLE_LOCATION, &pprof->packed);
    for (size_t i = 0; i < value_count; i++) kzgops__proto_varint(&pprof->packed, values[i]);
    kzgops__proto_message(&sample, SAMPLE_VALUE, &pprof->packed);
    for (size_t i = 0; i < label_count; i++) write_label(pprof, &sample, &labels[i]);
    kzgops__proto_message(&pprof->out, PROFILE_SAMPLE, &sample);
    kzgops__bytes_free(&sample);
}

/* ---- The whole ----------------------------------------------------------------------------------------------- */

static void write_type(struct pprof *pprof, unsigned field, const struct pprof_type *type) {
    kzgops__proto_number(&pprof->message, TYPE_TYPE, string(pprof, type->type));
    kzgops__proto_number(&pprof->message, TYPE_UNIT, string(pprof, type->unit));
    kzgops__proto_message(&pprof->out, field, &pprof->message);
}

/* A map is said to have its functions only when all its places have: tools look for the others themselves. */
static void write_mappings(struct pprof *pprof) {
    for (size_t i = 0; i < kzgops__maps_count(pprof->maps) && !pprof->named.failed; i++) {
        const struct map *map = kzgops__maps_at(pprof->maps, i);
        const struct pprof_named *named = (const struct pprof_named *)(void *)pprof->named.data + i;
        kzgops__proto_number(&pprof->message, MAPPING_ID, i + 1);
        kzgops__proto_number(&pprof->message, MAPPING_START, map->start);
        kzgops__proto_number(&pprof->message, MAPPING_LIMIT, map->end);
        kzgops__proto_number(&pprof->message, MAPPING_OFFSET, map->offset);
        kzgops__proto_number(&pprof->message, MAPPING_FILE, string(pprof, map->path));
        kzgops__proto_number(&pprof->message, MAPPING_BUILD_ID, string(pprof, kzgops__maps_build_id(pprof->maps, i)));
        kzgops__proto_number(&pprof->message, MAPPING_HAS_FUNCTIONS, named->with > 0 && named->without == 0);
        kzgops__proto_message(&pprof->out, PROFILE_MAPPING, &pprof->message);
    }
}

static bool any_failed(const struct pprof *pprof) {
    return pprof->out.failed || pprof->message.failed || pprof->inner.failed || pprof->packed.failed ||
           pprof->text.failed || pprof->places.failed || pprof->named.failed || pprof->strings.table.failed ||
           pprof->locations.table.failed || pprof->functions.table.failed;
}

/* zlib gives memory back without its size. */
#define ZLIB_HEAD 16

static voidpf zlib_alloc(voidpf opaque, uInt items, uInt size) {
    const kzgops_allocator *allocator = opaque;
    size_t bytes = (size_t)items * size + ZLIB_HEAD;
    unsigned char *block = allocator->alloc(allocator->user, bytes);
    if (block == NULL) return Z_NULL;
    memcpy(block, &bytes, sizeof bytes);
    return block + ZLIB_HEAD;
}

static void zlib_free(voidpf opaque, voidpf memory) {
    const kzgops_allocator *allocator = opaque;
    unsigned char *block = (unsigned char *)memory - ZLIB_HEAD;
    size_t bytes;
    memcpy(&bytes, block, sizeof bytes);
    allocator->release(allocator->user, block, bytes);
}

static bool compress_all(const struct bytes *in, struct bytes *out) {
    z_stream stream = {.zalloc = zlib_alloc, .zfree = zlib_free, .opaque = &out->allocator};
    if (in->size > UINT32_MAX / 2) return false;
    if (deflateInit2(&stream, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) != Z_OK) return false; /* 16: gzip */
    size_t bound = deflateBound(&stream, in->size);
    stream.next_out = kzgops__bytes_extend(out, bound);
    stream.avail_out = (uInt)bound;
    stream.next_in = in->data;
    stream.avail_in = (uInt)in->size;
    bool good = stream.next_out != NULL && deflate(&stream, Z_FINISH) == Z_STREAM_END;
    out->size = stream.total_out;
    (void)deflateEnd(&stream);
    return good;
}

const char *kzgops__give_bytes(const struct bytes *bytes, const kzgops_sources *sources, kzgops_sampler_bytes *ret) {
    kzgops_allocator allocator = kzgops__allocator(sources);
    void *data = bytes->failed ? NULL : allocator.alloc(allocator.user, bytes->size > 0 ? bytes->size : 1);
    if (data == NULL) return no_memory;
    if (bytes->size > 0) memcpy(data, bytes->data, bytes->size);
    *ret = (kzgops_sampler_bytes){data, bytes->size, sources};
    return NULL;
}

void kzgops_sampler_release(kzgops_sampler_bytes *bytes) {
    kzgops_allocator allocator = kzgops__allocator(bytes->sources);
    if (bytes->data != NULL) allocator.release(allocator.user, bytes->data, bytes->size > 0 ? bytes->size : 1);
    bytes->data = NULL;
    bytes->size = 0;
}

const char *kzgops__pprof_finish(struct pprof *pprof, const struct pprof_head *head, const kzgops_sources *sources,
                                 kzgops_sampler_bytes *ret) {
    struct bytes zipped;
    for (size_t i = 0; i < head->type_count; i++) write_type(pprof, PROFILE_SAMPLE_TYPE, &head->types[i]);
    write_type(pprof, PROFILE_PERIOD_TYPE, &head->period_type);
    write_mappings(pprof);
    kzgops__proto_number(&pprof->out, PROFILE_PERIOD, head->period);
    kzgops__proto_number(&pprof->out, PROFILE_TIME, head->time_ns);
    kzgops__proto_number(&pprof->out, PROFILE_DURATION, head->duration_ns);
    kzgops__proto_number(&pprof->out, PROFILE_DEFAULT_TYPE, string(pprof, head->default_type));
    write_strings(pprof);
    if (any_failed(pprof)) return no_memory;
    kzgops__bytes_init(&zipped, &pprof->out.allocator);
    const char *error = no_memory;
    if (compress_all(&pprof->out, &zipped)) error = kzgops__give_bytes(&zipped, sources, ret);
    kzgops__bytes_free(&zipped);
    return error;
}
