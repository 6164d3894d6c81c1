#include "base/status.h"

struct status_entry {
    const char *name;
    const char *text;
    int http;
    bool retryable;
};

static struct status_entry status_entry(status_code code) {
    switch (code) {
#define X(name, value, code, http, retryable, text) \
    case ST_##name: return (struct status_entry){code, text, http, retryable};
        STATUS_LIST(X)
#undef X
    }
    return (struct status_entry){"unknown", "unknown", 500, false};
}

const char *status_code_name(status_code code) {
    return status_entry(code).name;
}

const char *status_code_text(status_code code) {
    return status_entry(code).text;
}

int status_code_http(status_code code) {
    return status_entry(code).http;
}

bool status_code_retryable(status_code code) {
    return status_entry(code).retryable;
}

const char *status_argument_name(status_argument argument) {
    switch (argument) {
#define X(name, value, text) \
    case ARG_##name: return text;
        ARGUMENT_LIST(X)
#undef X
    }
    return "unknown";
}
