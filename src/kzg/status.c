/* The public status: names, texts, one sentence for people. */
#include "base/status.h"

#include <inttypes.h>
#include <stdio.h>

#include "kzg/kzg.h"

/* The public enums are written out for their readers; they must be the list. */
#define X(name, value, code, http, retryable, text) \
    _Static_assert((int)KZG_ERR_##name == (value), "kzg.h and status_list.h differ: " #name);
STATUS_LIBRARY_LIST(X)
#undef X
#define X(name, value, text) _Static_assert((int)KZG_ARG_##name == (value), "kzg.h and status_list.h differ: " #name);
ARGUMENT_LIST(X)
#undef X

const char *kzg_code_name(kzg_code code) {
    return status_code_name((status_code)code);
}

const char *kzg_code_text(kzg_code code) {
    return status_code_text((status_code)code);
}

const char *kzg_argument_name(kzg_argument argument) {
    return status_argument_name((status_argument)argument);
}

size_t kzg_status_format(kzg_status status, char *out, size_t size) {
    const char *text = kzg_code_text((kzg_code)status.code);
    const char *argument = kzg_argument_name((kzg_argument)status.argument);
    int n;
    if (status.code == KZG_OK || status.argument == KZG_ARG_NONE)
        n = snprintf(out, size, "%s", text);
    else if (status.element != KZG_NO_ELEMENT)
        n = snprintf(out, size, "%s %" PRIu64 ", field element %" PRIu32 ": %s", argument, status.index,
                     status.element, text);
    else
        n = snprintf(out, size, "%s %" PRIu64 ": %s", argument, status.index, text);
    return n < 0 ? 0 : (size_t)n;
}
