/* One API request on its way through the house. A slot of the connection table has one, made at start. */
#ifndef SERVICE_REQUEST_H
#define SERVICE_REQUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "service/server.h"
#include "service/spans.h"
#include "service/trace.h"
#include "wire/wire.h"

#define REQUEST_ID_MAX 64

struct request {
    struct conn *conn; /* set when the request begins */
    char id[REQUEST_ID_MAX + 1];
    struct trace trace;

    wire_operation_id operation_id;
    const struct wire_operation *operation; /* NULL until the path named one */
    bool json_in;
    bool json_out;
    uint64_t length; /* of the body, as declared */

    /* One block of pool memory: the body (decoded, if it came as JSON), the result's raw bytes, its JSON text. */
    void *block;
    uint8_t *body;
    size_t body_capacity;
    uint8_t *raw;
    char *text;
    struct wire_json json;
    struct wire_args args;
    struct tap_copy *copy; /* for another version (tap.h); NULL: not copied */

    bool refused; /* fault is the answer; what still comes of the body is thrown away */
    bool left;    /* the client has gone */
    struct wire_fault fault;
    void *answer; /* in block */
    size_t answer_length;

    uint64_t pass; /* of the gate, with which the result was computed */
    uint32_t cost_us;
    int64_t begun_ns;
    int64_t deadline_ns; /* after it nobody waits for the answer; INT64_MAX: the client did not say */
    int64_t queued_ns;
    struct spans spans;
    struct request *next; /* the queue's */
    bool queued;
};

#endif
