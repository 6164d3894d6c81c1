/* The variant for CPUs with AVX-512 IFMA: one value at a time as with ADX, and eight at a time where callers ask. */
#include "field/adx/kernels.h"
#include "field/dispatch.h"

const struct field_ops field_ops_ifma = {.name = "ifma", .lanes = true, FIELD_ADX_KERNELS};
