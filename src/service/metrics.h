/* kzgd's metrics: the registry made from the one list, names for its metrics and for the positions of label values,
 * and the figures that are copied into it before a read. To wire a figure: add, observe or set it where it arises, or
 * set it in metrics.c's read_... when it is kept elsewhere. */
#ifndef SERVICE_METRICS_H
#define SERVICE_METRICS_H

#include <stdint.h>

#include "base/status.h"
#include "kzgops/metrics.h"
#include "service/metrics_list.h"

enum metric {
#define X(NAME, ...) METRIC_##NAME,
    METRICS_LIST(X)
#undef X
        METRICS
};

/* AT_<LABEL>_<VALUE>. An operation's position is its wire_operation_id. */
#define METRIC_ENUM(POSITION, text)   POSITION,
#define METRIC_ENUM_STATUS(NAME, ...) AT_CODE_##NAME,
enum { METRIC_STATUS_VALUES(METRIC_ENUM) METRIC_STATUSES };
enum { METRIC_CODE_VALUES(METRIC_ENUM) METRIC_CODES };
enum { METRIC_OUTCOME_VALUES(METRIC_ENUM) };
enum { METRIC_PHASE_VALUES(METRIC_ENUM) };
enum { METRIC_BACKEND_VALUES(METRIC_ENUM) METRIC_BACKENDS };
enum { METRIC_HTTP_VALUES(METRIC_ENUM) METRIC_HTTPS };
enum { METRIC_DIRECTION_VALUES(METRIC_ENUM) };
enum { METRIC_SHED_VALUES(METRIC_ENUM) METRIC_SHEDS };
enum { METRIC_LISTENER_VALUES(METRIC_ENUM) };
enum { METRIC_TAG_VALUES(METRIC_ENUM) };
enum { METRIC_THRESHOLD_VALUES(METRIC_ENUM) };
enum { METRIC_JEMALLOC_VALUES(METRIC_ENUM) };
enum { METRIC_CGROUP_EVENT_VALUES(METRIC_ENUM) };
enum { METRIC_SCOPE_VALUES(METRIC_ENUM) };
enum { METRIC_RESOURCE_VALUES(METRIC_ENUM) };
enum { METRIC_PRESSURE_VALUES(METRIC_ENUM) };
enum { METRIC_RESULT_VALUES(METRIC_ENUM) };
enum { METRIC_LEVEL_VALUES(METRIC_ENUM) };
enum { METRIC_CHECK_VALUES(METRIC_ENUM) METRIC_CHECKS };
enum { METRIC_TRIGGER_VALUES(METRIC_ENUM) };
enum { METRIC_END_VALUES(METRIC_ENUM) };
enum { METRIC_DIRECTORY_VALUES(METRIC_ENUM) };
#undef METRIC_ENUM
#undef METRIC_ENUM_STATUS

struct service;

/* Makes service->metrics, for its configuration and workers; false when there is no memory. */
bool service_metrics_new(struct service *service);
void service_metrics_free(struct service *service);

/* Copies figures that are kept elsewhere (queue, pool, connections, kernel) into the registry, before a read. On the
 * administration's thread. */
void service_metrics_read(struct service *service);

/* Once a second, on the monitor's thread: copies what the monitor has seen. */
void service_metrics_turn(struct service *service);

/* Any thread. set is for gauges and for counters that somebody else keeps; a NAN takes a gauge away: not known. */
void service_metrics_set(struct service *service, enum metric metric, kzgops_at at, double value);
void service_metrics_add(struct service *service, enum metric metric, kzgops_at at, uint64_t n);

/* Counts a request that was refused before an operation ran: by reason, as an error, and as shed where this
 * instance's state or load was the reason. */
void service_metrics_refused(struct service *service, status_code code);

/* The known answers were computed. */
void service_metrics_self_test(struct service *service, bool passed);

/* Positions. A code that the list lacks is an internal error there; an HTTP status that it lacks asserts. */
uint32_t metrics_code(status_code code);    /* LABEL_CODE, LABEL_REJECTED */
uint32_t metrics_status(status_code code);  /* LABEL_STATUS */
uint32_t metrics_outcome(status_code code); /* LABEL_OUTCOME, of a request that ended so; never invalid_proof */
uint32_t metrics_http(int http_status);
uint32_t metrics_backend(const char *name); /* METRIC_BACKENDS when there is none of that name */
uint32_t metrics_check(const char *name);   /* LABEL_CHECK; METRIC_CHECKS when there is none of that name */

#endif
