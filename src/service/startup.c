#include "service/startup.h"

#include <string.h>

static const char *const names[STARTUP_STEPS] = {
#define X(NAME, name) name,
    STARTUP_LIST(X)
#undef X
};

const char *startup_name(enum startup_step step) {
    return names[step];
}

void startup_begin_named(struct startup *startup, const char *name) {
    for (int i = 0; i < STARTUP_STEPS; i++) {
        if (strcmp(names[i], name) == 0) startup_begin(startup, (enum startup_step)i, 0);
    }
}
