#include "field/dispatch.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/cpu.h"

struct field_ops field_ops;

/* Arithmetic works before anything is chosen: in tests, and in functions that take no context. */
__attribute__((constructor)) static void start_portable(void) {
    field_ops = field_ops_portable;
}

static const struct field_ops *find(const char *name) {
    bool automatic = strcmp(name, "auto") == 0;
#ifdef KZG_HAVE_IFMA
    if ((automatic || strcmp(name, field_ops_ifma.name) == 0) && cpu_detect().ifma && cpu_detect().adx)
        return &field_ops_ifma;
#endif
#ifdef KZG_HAVE_ADX
    if ((automatic || strcmp(name, field_ops_adx.name) == 0) && cpu_detect().adx) return &field_ops_adx;
#endif
    return automatic || strcmp(name, field_ops_portable.name) == 0 ? &field_ops_portable : NULL;
}

static bool select_named(const char *name) {
    const struct field_ops *choice = find(name);
    if (choice != NULL) field_ops = *choice;
    return choice != NULL;
}

/* The environment is asked once, whichever threads make the first contexts at the same time. */
static pthread_once_t once = PTHREAD_ONCE_INIT; /* unlike call_once, known to ThreadSanitizer */
static bool chosen;

static void select_from_environment(void) {
    const char *name = getenv("KZG_BACKEND");
    chosen = select_named(name == NULL || name[0] == '\0' ? "auto" : name);
}

static void leave_environment_unread(void) {
    chosen = true;
}

bool field_select(const char *name) {
    if (name == NULL) {
        pthread_once(&once, select_from_environment);
        return chosen;
    }
    if (!select_named(name)) return false;
    pthread_once(&once, leave_environment_unread);
    chosen = true;
    return true;
}
