#include "ops/sampler_bytes.h"

#include <string.h>

#define FIRST_CAPACITY 1024

void kzgops__bytes_init(struct bytes *bytes, const kzgops_allocator *allocator) {
    *bytes = (struct bytes){.allocator = *allocator};
}

void kzgops__bytes_free(struct bytes *bytes) {
    if (bytes->data != NULL) bytes->allocator.release(bytes->allocator.user, bytes->data, bytes->capacity);
    bytes->data = NULL;
    bytes->size = bytes->capacity = 0;
}

static bool reserve(struct bytes *bytes, size_t n) {
    if (bytes->failed || n > SIZE_MAX / 4 - bytes->size) {
        bytes->failed = true;
        return false;
    }
    size_t capacity = bytes->capacity > 0 ? bytes->capacity : FIRST_CAPACITY;
    if (bytes->size + n <= bytes->capacity) return true;
    while (capacity < bytes->size + n) capacity *= 2;
    unsigned char *data = bytes->allocator.alloc(bytes->allocator.user, capacity);
    if (data == NULL) {
        bytes->failed = true;
        return false;
    }
    if (bytes->size > 0) memcpy(data, bytes->data, bytes->size);
    if (bytes->data != NULL) bytes->allocator.release(bytes->allocator.user, bytes->data, bytes->capacity);
    bytes->data = data;
    bytes->capacity = capacity;
    return true;
}

void *kzgops__bytes_extend(struct bytes *bytes, size_t n) {
    if (!reserve(bytes, n)) return NULL;
    void *place = bytes->data + bytes->size;
    bytes->size += n;
    return place;
}

void kzgops__bytes_add(struct bytes *bytes, const void *data, size_t n) {
    if (n == 0) return;
    void *place = kzgops__bytes_extend(bytes, n);
    if (place != NULL) memcpy(place, data, n);
}

/* ---- Protocol buffers ---------------------------------------------------------------------------------------- */

void kzgops__proto_varint(struct bytes *bytes, uint64_t value) {
    unsigned char out[10];
    size_t n = 0;
    for (; value >= 0x80; value >>= 7) out[n++] = (unsigned char)(value | 0x80);
    out[n++] = (unsigned char)value;
    kzgops__bytes_add(bytes, out, n);
}

void kzgops__proto_number(struct bytes *bytes, unsigned field, uint64_t value) {
    if (value == 0) return;
    kzgops__proto_varint(bytes, (uint64_t)field << 3);
    kzgops__proto_varint(bytes, value);
}

void kzgops__proto_data(struct bytes *bytes, unsigned field, const void *data, size_t n) {
    kzgops__proto_varint(bytes, (uint64_t)field << 3 | 2);
    kzgops__proto_varint(bytes, n);
    kzgops__bytes_add(bytes, data, n);
}

void kzgops__proto_message(struct bytes *bytes, unsigned field, struct bytes *content) {
    kzgops__proto_data(bytes, field, content->data, content->size);
    if (content->failed) bytes->failed = true;
    content->size = 0;
}

/* ---- Numbers for keys ---------------------------------------------------------------------------------------- */

struct ids_entry {
    uint64_t key, id; /* id 0: free */
};

void kzgops__ids_init(struct ids *ids, const kzgops_allocator *allocator) {
    kzgops__bytes_init(&ids->table, allocator);
    ids->count = 0;
}

void kzgops__ids_free(struct ids *ids) {
    kzgops__bytes_free(&ids->table);
    ids->count = 0;
}

static struct ids_entry *entries_of(const struct ids *ids) {
    return (struct ids_entry *)(void *)ids->table.data;
}

static size_t slots_of(const struct ids *ids) {
    return ids->table.size / sizeof(struct ids_entry);
}

/* Where the key is, or goes. */
static struct ids_entry *find(const struct ids *ids, uint64_t key) {
    size_t mask = slots_of(ids) - 1, at = (size_t)((key * UINT64_C(0x9e3779b97f4a7c15)) >> 32) & mask;
    struct ids_entry *entries = entries_of(ids);
    while (entries[at].id != 0 && entries[at].key != key) at = (at + 1) & mask;
    return &entries[at];
}

static bool double_table(struct ids *ids) {
    struct ids wider;
    size_t slots = slots_of(ids) > 0 ? 2 * slots_of(ids) : 64;
    kzgops__ids_init(&wider, &ids->table.allocator);
    void *memory = kzgops__bytes_extend(&wider.table, slots * sizeof(struct ids_entry));
    if (memory == NULL) return false;
    memset(memory, 0, slots * sizeof(struct ids_entry));
    wider.count = ids->count;
    for (size_t i = 0; i < slots_of(ids); i++) {
        const struct ids_entry *entry = &entries_of(ids)[i];
        if (entry->id != 0) *find(&wider, entry->key) = *entry;
    }
    kzgops__ids_free(ids);
    *ids = wider;
    return true;
}

uint64_t kzgops__ids_get(struct ids *ids, uint64_t key, bool *ret_fresh) {
    *ret_fresh = false;
    if (2 * ids->count >= slots_of(ids) && !double_table(ids)) return 0;
    struct ids_entry *entry = find(ids, key);
    if (entry->id == 0) {
        *entry = (struct ids_entry){key, ++ids->count};
        *ret_fresh = true;
    }
    return entry->id;
}
