/* The one list of everything that can go wrong, here and on the wire.
 *
 * STATUS_LIST(X): X(NAME, value, "code", http_status, retryable, "text")
 *   NAME       makes ST_NAME (base/status.h) and KZG_ERR_NAME (kzg/kzg.h; the two are compared at compile time)
 *   value      part of the ABI: never reused, never renumbered. 1-99 library, 100-199 service
 *   "code"     stable machine-readable name: problem documents, logs, metric labels
 *   retryable  the same request may succeed later, unchanged
 *   "text"     one sentence fragment for people, no full stop
 *
 * ARGUMENT_LIST(X): X(NAME, value, "name"): the argument at fault, by the specifications' parameter names.
 */
#ifndef BASE_STATUS_LIST_H
#define BASE_STATUS_LIST_H

#define STATUS_LIBRARY_LIST(X)                                                                                       \
    X(FIELD_ELEMENT_NOT_CANONICAL, 1, "field_element_not_canonical", 400, 0,                                         \
      "a field element is not below the BLS12-381 scalar modulus")                                                   \
    X(POINT_ENCODING, 2, "point_encoding_invalid", 400, 0, "a point's flag bits or infinity encoding are not valid") \
    X(POINT_NOT_CANONICAL, 3, "point_coordinate_not_canonical", 400, 0,                                              \
      "a point's coordinate is not below the BLS12-381 base field modulus")                                          \
    X(POINT_NOT_ON_CURVE, 4, "point_not_on_curve", 400, 0, "a point is not on the curve")                            \
    X(POINT_NOT_IN_SUBGROUP, 5, "point_not_in_subgroup", 400, 0, "a point is not in the prime-order subgroup")       \
    X(CELL_INDEX_RANGE, 6, "cell_index_out_of_range", 400, 0, "a cell index is not below 128")                       \
    X(CELL_INDEX_DUPLICATE, 7, "cell_index_duplicate", 400, 0, "a cell index is given twice")                        \
    X(CELL_INDEX_UNSORTED, 8, "cell_index_unsorted", 400, 0, "cell indices are not in ascending order")              \
    X(TOO_FEW_CELLS, 9, "too_few_cells", 400, 0, "fewer than 64 cells: recovery needs half of the 128")              \
    X(TOO_MANY_CELLS, 10, "too_many_cells", 400, 0, "more than 128 cells")                                           \
    X(CELLS_INCONSISTENT, 11, "cells_inconsistent", 400, 0,                                                          \
      "the cells do not lie on one polynomial of degree below 4096")                                                 \
    X(LENGTH_MISMATCH, 12, "length_mismatch", 400, 0, "lists that belong together differ in length")                 \
    X(COUNT_TOO_LARGE, 13, "count_too_large", 400, 0, "a list is longer than can be processed")                      \
    X(NULL_ARGUMENT, 14, "null_argument", 500, 0, "a required pointer is NULL")                                      \
    X(OPTION_INVALID, 15, "option_invalid", 500, 0, "an option has a value outside its range")                       \
    X(COMMITMENT_INDEX_RANGE, 16, "commitment_index_out_of_range", 400, 0,                                           \
      "a commitment index is not below the number of commitments")                                                   \
    X(OUT_OF_MEMORY, 17, "out_of_memory", 503, 1, "memory could not be allocated")                                   \
    X(SETUP_MALFORMED, 18, "setup_malformed", 500, 0, "the trusted setup is not in a known format")                  \
    X(SETUP_TRUNCATED, 19, "setup_truncated", 500, 0, "the trusted setup ends too early")                            \
    X(SETUP_TRAILING, 20, "setup_trailing_data", 500, 0, "the trusted setup has data behind its end")                \
    X(SETUP_INCONSISTENT, 21, "setup_inconsistent", 500, 0,                                                          \
      "the trusted setup's points are not powers of one secret, or its Lagrange form does not match")                \
    X(SETUP_CHECKSUM, 22, "setup_checksum", 500, 0, "the trusted setup's digest is not the expected one")            \
    X(IO, 23, "io_error", 500, 0, "a file could not be read")                                                        \
    X(BACKEND_UNAVAILABLE, 24, "backend_unavailable", 500, 0, "this machine cannot run the requested backend")

#define STATUS_SERVICE_LIST(X)                                                                                   \
    X(BODY_TOO_LARGE, 100, "body_too_large", 413, 0, "the body is larger than this operation accepts")           \
    X(BODY_LENGTH, 101, "body_length_invalid", 400, 0, "the body's length does not fit this operation")          \
    X(BODY_TRUNCATED, 102, "body_truncated", 400, 0, "the body ended before its declared length")                \
    X(JSON_MALFORMED, 103, "json_malformed", 400, 0, "the body is not valid JSON")                               \
    X(FIELD_MISSING, 104, "field_missing", 400, 0, "a required argument is missing")                             \
    X(FIELD_UNKNOWN, 105, "field_unknown", 400, 0, "an argument is not one of this operation's")                 \
    X(FIELD_DUPLICATE, 106, "field_duplicate", 400, 0, "an argument is given twice")                             \
    X(FIELD_TYPE, 107, "field_type_invalid", 400, 0, "an argument has the wrong type")                           \
    X(HEX_MALFORMED, 108, "hex_malformed", 400, 0, "a value is not 0x-prefixed hexadecimal")                     \
    X(BYTES_LENGTH, 109, "bytes_length_invalid", 400, 0, "a value has the wrong number of bytes")                \
    X(REQUEST_MALFORMED, 110, "request_malformed", 400, 0, "the request's framing is not acceptable")            \
    X(NOT_FOUND, 111, "not_found", 404, 0, "there is nothing at this path")                                      \
    X(METHOD_NOT_ALLOWED, 112, "method_not_allowed", 405, 0, "this path does not take this method")              \
    X(REQUEST_TIMEOUT, 113, "request_timeout", 408, 1, "the request did not arrive in time")                     \
    X(LENGTH_REQUIRED, 114, "length_required", 411, 0, "the request has no Content-Length")                      \
    X(UNSUPPORTED_MEDIA_TYPE, 115, "unsupported_media_type", 415, 0,                                             \
      "the body is neither application/json nor application/octet-stream")                                       \
    X(TOO_MANY_REQUESTS, 116, "too_many_requests", 429, 1, "this peer has too many requests in progress")        \
    X(QUEUE_FULL, 117, "queue_full", 503, 1, "the queue before the workers is full")                             \
    X(DRAINING, 118, "draining", 503, 1, "this instance is shutting down")                                       \
    X(NOT_READY, 119, "not_ready", 503, 1, "this instance is not ready yet")                                     \
    X(INTERNAL, 120, "internal_error", 500, 0, "the service failed; the request id finds the reason in the log") \
    X(PROFILE_RUNNING, 121, "profile_running", 409, 1, "a profile is being taken already")                       \
    X(NOT_AVAILABLE, 122, "not_available", 501, 0, "this instance runs without what this path needs")            \
    X(QUERY_INVALID, 123, "query_invalid", 400, 0, "a parameter of the query, or a body, has no meaning")        \
    X(MEMORY_PRESSURE, 124, "memory_pressure", 503, 1, "memory is above its critical threshold")                 \
    X(DEADLINE_UNREACHABLE, 125, "deadline_unreachable", 503, 1,                                                 \
      "what is waiting takes longer than this request may wait")

#define STATUS_LIST(X)                \
    X(OK, 0, "ok", 200, 0, "success") \
    STATUS_LIBRARY_LIST(X)            \
    STATUS_SERVICE_LIST(X)

#define ARGUMENT_LIST(X)                       \
    X(NONE, 0, "")                             \
    X(BLOB, 1, "blob")                         \
    X(COMMITMENT, 2, "commitment")             \
    X(Z, 3, "z")                               \
    X(Y, 4, "y")                               \
    X(PROOF, 5, "proof")                       \
    X(CELL, 6, "cell")                         \
    X(CELL_INDEX, 7, "cell_index")             \
    X(COMMITMENT_INDEX, 8, "commitment_index") \
    X(COSET_EVALS, 9, "cosets_evals")          \
    X(OUTPUT, 10, "output")                    \
    X(CONTEXT, 11, "context")                  \
    X(OPTIONS, 12, "options")                  \
    X(G1_MONOMIAL, 13, "g1_monomial")          \
    X(G1_LAGRANGE, 14, "g1_lagrange")          \
    X(G2_MONOMIAL, 15, "g2_monomial")          \
    X(SETUP, 16, "trusted_setup")              \
    X(COUNT, 17, "n")

#endif
