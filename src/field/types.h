#ifndef FIELD_TYPES_H
#define FIELD_TYPES_H

#include <stdint.h>

#define FP_LIMBS 6
#define FR_LIMBS 4

/* See field/fp.h and field/fr.h for what the limbs mean. */
typedef struct fp {
    uint64_t l[FP_LIMBS];
} fp;

typedef struct fr {
    uint64_t l[FR_LIMBS];
} fr;

#endif
