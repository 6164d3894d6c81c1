/* --verify-results: results are checked against the statement that they make, before they are returned.
 *
 * What is checked, beyond the operation's own work:
 *   blob_to_kzg_commitment         a blob proof for it is computed and verified (doubles the time)
 *   compute_kzg_proof              the commitment is computed and the proof verified with it (doubles the time)
 *   compute_blob_kzg_proof         the proof is verified (a tenth); when the client's commitment is not the blob's
 *                                  own, everything is computed anew (doubles the time)
 *   compute_cells                  the blob is recovered from the other half of the cells
 *   compute_cells_and_kzg_proofs   all 128 proofs are verified against a commitment that is computed
 *   recover_cells_and_kzg_proofs   the same, and the given cells are among the result's
 * Verifications and challenges are not checked: their answers prove nothing. docs/operating/health.md has the cost.
 *
 * Of sampled ones the first of each operation is checked, and from then on every 64th to 1024th: as many as take half
 * a per cent of the operation's time. */
#ifndef SERVICE_VERIFY_RESULTS_H
#define SERVICE_VERIFY_RESULTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kzg/kzg.h"
#include "wire/wire.h"

enum verify_mode { VERIFY_OFF, VERIFY_SAMPLE, VERIFY_ALWAYS };

struct verify_results;

/* For that many workers, each with room for a result unless mode is off. NULL: no memory. */
struct verify_results *verify_results_new(enum verify_mode mode, size_t workers);
struct verify_results *verify_results_free(struct verify_results *verify); /* NULL is fine; returns NULL */

/* Of how many results of the operation a sample checks one; 0: they are never checked. */
unsigned verify_results_one_of(wire_operation_id operation);

/* Any thread: whether this result is to be checked. Counts the results. */
bool verify_results_due(struct verify_results *verify, wire_operation_id operation);

/* Whether the raw result of an operation that succeeded is right. By the worker's own thread, after
 * verify_results_due. Takes scratch of the context's allocator, one operation's at a time. Counted. */
bool verify_results_check(struct verify_results *verify, const kzg_ctx *ctx, wire_operation_id operation,
                          const struct wire_args *args, const uint8_t *raw, size_t worker);

uint64_t verify_results_passed(const struct verify_results *verify);
uint64_t verify_results_failed(const struct verify_results *verify);

/* "off", "sample", "always"; false: none of these. */
bool verify_mode_parse(const char *text, enum verify_mode *ret);

#endif
