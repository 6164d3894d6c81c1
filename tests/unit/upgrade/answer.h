/* For tests whose transport is their own: what an instance answers. Include after cmocka.h. */
#ifndef UNIT_UPGRADE_ANSWER_H
#define UNIT_UPGRADE_ANSWER_H

#include <stdlib.h>
#include <string.h>

#include "upgrade/transport.h"

/* Fills ret with a copy of the body, for transport_free. */
static inline void answer(struct transport_reply *ret, long status, const void *body, size_t length) {
    ret->status = status;
    ret->body = calloc(1, length + 1);
    assert_non_null(ret->body);
    memcpy(ret->body, body, length);
    ret->length = length;
}

#endif
