/* What bench/field.c times. */
#ifndef BENCH_FIELD_ROWS_H
#define BENCH_FIELD_ROWS_H

#include <stddef.h>

#include "bench/harness.h"

struct field_row {
    const char *name;
    void (*body)(void *argument, size_t i);
    double divide; /* operations in one call of the body */
};

/* field_lanes.c: Fp and Fr in eight lanes, each operation counted as eight. Only where KZG_HAVE_IFMA is defined, and
 * to be run only where field_ops.lanes says so. */
extern const struct field_row field_lane_rows[];
extern const size_t field_lane_rows_count;
void field_lanes_fill(struct bench_random *random);

#endif
