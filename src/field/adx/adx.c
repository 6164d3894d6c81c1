#include "field/adx/kernels.h"
#include "field/dispatch.h"

const struct field_ops field_ops_adx = {.name = "adx", FIELD_ADX_KERNELS};
