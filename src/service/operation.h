/* The only place that runs a KZG operation for a client, and the only one that records it. */
#ifndef SERVICE_OPERATION_H
#define SERVICE_OPERATION_H

#include "service/request.h"
#include "service/service.h"

/* On a worker's thread before its first operation: its CPU time is counted from here on. */
void operations_begin(void);

/* Runs the request's operation on its decoded arguments and encodes the result into the request's block: answer is
 * set, or refused and fault. Counts, times and logs. On a worker's thread. */
void operation_run(struct service *service, struct request *request, size_t worker);

/* The same for up to COALESCE_MAX requests of verify_kzg_proof and verify_blob_kzg_proof, in one pairing check
 * (kzg_verify_claims): each gets what it would have had alone. Each one's time is that of all, its CPU time a share.
 */
void operations_run_together(struct service *service, struct request **requests, size_t n, size_t worker);

/* Records a request that ended before its operation ran. Any thread that has the request. */
void operation_refused(struct service *service, const struct request *request);

/* Scratch that any operation of the list can take under these limits: what a worker's arena must hold. */
size_t operation_scratch_max(const kzg_ctx *ctx, const struct wire_limits *limits);

#endif
