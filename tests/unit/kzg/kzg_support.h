/* What tests of whole operations share. */
#ifndef UNIT_KZG_KZG_SUPPORT_H
#define UNIT_KZG_KZG_SUPPORT_H

#include "kzg/kzg.h"
#include "unit/curve/curve_support.h"

/* Ends the test with the status in words unless that is OK. */
static inline void must(kzg_status status) {
    char text[200];
    kzg_status_format(status, text, sizeof text);
    if (status.code != KZG_OK) fail_msg("%s", text);
}

/* Canonical. */
static inline void random_blob(kzg_blob *blob) {
    random_bytes(blob->bytes, sizeof blob->bytes);
    for (size_t i = 0; i < KZG_FIELD_ELEMENTS_PER_BLOB; i++) blob->bytes[32 * i] &= 0x3f;
}

#endif
