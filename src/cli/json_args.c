#include "cli/json_args.h"

#include <stdlib.h>

#include "cli/blobs.h"

static enum cli_exit fault_error(const struct cli *cli, const char *file, const struct wire_fault *fault) {
    struct cli_place place = {.file = file, .has_offset = fault->offset != WIRE_NO_OFFSET, .offset = fault->offset};
    return cli_error(cli, CLI_BAD_INPUT, status_code_name(fault->code), &place, "%s", fault->detail);
}

enum cli_exit json_args_decode(const struct cli *cli, const char *file, const struct wire_operation *operation,
                               const char *text, size_t length, struct json_args *ret) {
    struct wire_json json;
    size_t items_max = length / 2 + 1; /* the least that an item of a list takes is a digit and a comma */
    size_t capacity = wire_json_decoded_max(operation, items_max, length);
    *ret = (struct json_args){.operation = operation, .file = file, .memory = malloc(capacity)};
    if (ret->memory == NULL) return cli_out_of_memory(cli);
    wire_json_begin(&json, operation, items_max, ret->memory, capacity);
    if (wire_json_feed(&json, text, length) && wire_json_end(&json, &ret->args)) return CLI_OK;
    return fault_error(cli, file, &json.fault);
}

enum cli_exit json_args_error(const struct cli *cli, const struct json_args *in, kzg_status status) {
    struct wire_fault fault;
    struct cli_place place = {.file = in->file};
    wire_fault_from_status(&fault, in->operation, status);
    if (fault.argument == WIRE_NO_ARGUMENT) return cli_status_error(cli, status, &place);
    const struct wire_argument *argument = &in->operation->argument[fault.argument];
    const struct wire_value *value = &in->args.value[fault.argument];
    place.item = argument->name;
    place.index = status.index;
    if (status.element != KZG_NO_ELEMENT) {
        place.has_element = true;
        place.element = status.element;
    }
    if (argument->form == WIRE_UINT64 || status.index >= value->count) return cli_status_error(cli, status, &place);
    size_t element = status.element == KZG_NO_ELEMENT ? 0 : status.element;
    return element_error(cli, status, &place,
                         value->data + (size_t)status.index * argument->item_bytes +
                             element * KZG_BYTES_PER_FIELD_ELEMENT);
}

void json_args_free(struct json_args *in) {
    free(in->memory);
    *in = (struct json_args){0};
}
