#include "service/events.h"

const char *const service_event_names[EVENTS] = {
#define X(NAME, name, LEVEL, meaning, fields) [EVENT_##NAME] = name,
    EVENTS_LIST(X)
#undef X
};
