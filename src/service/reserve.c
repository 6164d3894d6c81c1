#include "service/reserve.h"

#include "base/arena.h"

void reserve_plan(const struct wire_operation *operation, size_t items, bool json_in, bool json_out, uint64_t length,
                  size_t head_bytes, struct reserve_layout *ret) {
    size_t skew = json_in ? 0 : wire_ssz_skew(operation);
    size_t raw = wire_result_bytes(operation->result);
    size_t text = json_out ? wire_result_json_max(operation->result) : 0;
    ret->body_bytes = json_in ? wire_json_decoded_max(operation, items, (size_t)length) : (size_t)length;
    ret->body_at = arena_size(head_bytes) + skew;
    ret->raw_at = arena_size(ret->body_at + ret->body_bytes);
    ret->text_at = arena_size(ret->raw_at + raw);
    ret->bytes = ret->text_at + text;
}

size_t reserve_items(const struct wire_operation *operation, bool json_in, uint64_t length) {
    size_t none = wire_ssz_max(operation, 0), item = wire_ssz_max(operation, 1) - none;
    uint64_t bytes = json_in ? length / 2 : length; /* two digits a byte */
    if (item == 0) return 1;
    return bytes < none ? 0 : (size_t)((bytes - none) / item);
}

size_t reserve_peak(const struct wire_operation *operation, size_t items) {
    struct reserve_layout ssz, json;
    reserve_plan(operation, items, false, true, wire_ssz_max(operation, items), sizeof(void *), &ssz);
    reserve_plan(operation, items, true, true, wire_json_max(operation, items), sizeof(void *), &json);
    return ssz.bytes > json.bytes ? ssz.bytes : json.bytes;
}
