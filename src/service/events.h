/* Logging in kzgd: SERVICE_LOG(EVENT_READY, KZGOPS_STR("backend", name), ...), any thread. Name and level come from
 * events_list.h, so that neither can be misspelt. */
#ifndef SERVICE_EVENTS_H
#define SERVICE_EVENTS_H

#include "kzgops/log.h"
#include "service/events_list.h"

enum service_event {
#define X(NAME, name, LEVEL, meaning, fields) EVENT_##NAME,
    EVENTS_LIST(X)
#undef X
        EVENTS
};

/* LEVEL_OF_EVENT_NAME: known to the compiler, so a line that is switched off costs one comparison. */
enum service_event_level {
#define X(NAME, name, LEVEL, meaning, fields) LEVEL_OF_EVENT_##NAME = KZGOPS_LOG_##LEVEL,
    EVENTS_LIST(X)
#undef X
};

extern const char *const service_event_names[EVENTS];

#define SERVICE_LOG(event, ...) \
    KZGOPS_LOG((kzgops_log_level)LEVEL_OF_##event, service_event_names[event], __VA_ARGS__)

/* At another level than the list's, which is the usual one: for events whose gravity depends on the case. */
#define SERVICE_LOG_AT(level, event, ...) KZGOPS_LOG(level, service_event_names[event], __VA_ARGS__)

#endif
