#include <string.h>

#include "kzgops/log.h"

#define FIXED 6

static void write_operation(kzgops_log_level level, const char *event, const kzgops_log_operation *operation,
                            bool ended, const char *status) {
    kzgops_field fields[FIXED + KZGOPS_LOG_MORE_MAX] = {KZGOPS_STR("operation", operation->operation),
                                                        KZGOPS_STR("request_id", operation->request_id),
                                                        KZGOPS_STR("trace_id", operation->trace_id)};
    size_t n = 3, more = operation->more_count < KZGOPS_LOG_MORE_MAX ? operation->more_count : KZGOPS_LOG_MORE_MAX;
    if (!kzgops_log_enabled(level)) return;
    if (ended) {
        fields[n++] = KZGOPS_MS("duration_ms", operation->duration_ns);
        fields[n++] = KZGOPS_STR("status", operation->status != NULL ? operation->status : status);
        fields[n++] = KZGOPS_STR("error", operation->error);
    }
    if (more > 0) memcpy(fields + n, operation->more, more * sizeof fields[0]);
    kzgops_log_write(level, event, fields, n + more);
}

void kzgops_log_operation_started(const kzgops_log_operation *operation) {
    write_operation(KZGOPS_LOG_DEBUG, KZGOPS_LOG_EVENT_STARTED, operation, false, NULL);
}

void kzgops_log_operation_completed(const kzgops_log_operation *operation) {
    bool slow = operation->slow_ns > 0 && operation->duration_ns >= operation->slow_ns;
    write_operation(slow ? KZGOPS_LOG_INFO : KZGOPS_LOG_DEBUG, KZGOPS_LOG_EVENT_COMPLETED, operation, true, "ok");
}

void kzgops_log_operation_failed(const kzgops_log_operation *operation) {
    write_operation(operation->client_fault ? KZGOPS_LOG_INFO : KZGOPS_LOG_ERROR, KZGOPS_LOG_EVENT_FAILED, operation,
                    true, "failed");
}
