#include "service/objective.h"

#include "service/cost.h"
#include "service/service.h"

size_t objective_items(wire_operation_id operation) {
    switch (wire_operation(operation)->items) {
    case WIRE_ITEMS_BLOBS: return OBJECTIVE_BLOBS;
    case WIRE_ITEMS_CELLS:
    case WIRE_ITEMS_RECOVERY: return OBJECTIVE_CELLS;
    case WIRE_ITEMS_ONE: break;
    }
    return 1;
}

int64_t objective_ns(const struct service *service, wire_operation_id operation) {
    int64_t asked_ms = service->config.objective_ms;
    if (asked_ms != CONFIG_AUTO) return asked_ms * 1000000;
    int64_t ns = OBJECTIVE_FACTOR * cost_ns(service->cost, operation, objective_items(operation));
    return ns > OBJECTIVE_MIN_NS ? ns : OBJECTIVE_MIN_NS;
}
