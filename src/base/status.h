/* Status codes for the layers below the public API, made from base/status_list.h. */
#ifndef BASE_STATUS_H
#define BASE_STATUS_H

#include <stdbool.h>

#include "base/status_list.h"

#define X(name, value, code, http, retryable, text) ST_##name = (value),
typedef enum status_code { STATUS_LIST(X) } status_code;
#undef X

#define X(name, value, text) ARG_##name = (value),
typedef enum status_argument { ARGUMENT_LIST(X) } status_argument;
#undef X

/* All of these return static strings or constants and accept any value; an unknown one gives "unknown" / 500 / false.
 */
const char *status_code_name(status_code code);
const char *status_code_text(status_code code);
int status_code_http(status_code code);
bool status_code_retryable(status_code code);
const char *status_argument_name(status_argument argument);

#endif
