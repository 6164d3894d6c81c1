#include "field/dispatch.h"

#include <stdlib.h>
#include <string.h>

#include "base/cpu.h"

extern const struct field_ops field_ops_portable;

struct field_ops field_ops;
static bool selected;

__attribute__((constructor)) static void start_portable(void) {
    if (!selected) field_ops = field_ops_portable;
}

bool field_select(const char *name) {
    if (name == NULL) {
        if (selected) return true;
        name = getenv("KZG_BACKEND");
        if (name == NULL || name[0] == '\0') name = "auto";
    }
    const struct field_ops *choice = NULL;
    struct cpu_features cpu = cpu_detect();
    bool automatic = strcmp(name, "auto") == 0;
    if (automatic || strcmp(name, "portable") == 0) choice = &field_ops_portable;
#ifdef KZG_HAVE_ADX
    if (cpu.adx && (automatic || strcmp(name, "adx") == 0)) choice = &field_ops_adx;
#else
    (void)cpu;
#endif
    if (choice == NULL) return false;
    field_ops = *choice;
    selected = true;
    return true;
}
