#include "service/jemalloc.h"

#include <stddef.h>

#include "service/observe.h"

extern int mallctl(const char *name, void *old, size_t *old_length, void *fresh, size_t fresh_length)
    __attribute__((weak));

#ifdef KZG_JEMALLOC
/* Read by jemalloc when the process starts: profiling can be switched on later only if it was prepared then. */
extern const char *malloc_conf;
__attribute__((visibility("default"))) const char *malloc_conf =
    OBSERVED ? "prof:true,prof_active:false,lg_prof_sample:19" : "";
#endif

bool jemalloc_present(void) {
    return mallctl != NULL;
}

/* 4096 stands for all arenas. */
void jemalloc_purge(void) {
    if (mallctl != NULL) (void)mallctl("arena.4096.purge", NULL, NULL, NULL, 0);
}

uint64_t jemalloc_thread_allocated(void) {
    static _Thread_local uint64_t *counter;
    size_t length = sizeof counter;
    if (counter == NULL) {
        if (mallctl == NULL || mallctl("thread.allocatedp", &counter, &length, NULL, 0) != 0) return 0;
    }
    return *counter;
}

bool jemalloc_profile_switch(bool on) {
    return mallctl != NULL && mallctl("prof.active", NULL, NULL, &on, sizeof on) == 0;
}

bool jemalloc_profile_dump(const char *path) {
    return mallctl != NULL && mallctl("prof.dump", NULL, NULL, &path, sizeof path) == 0;
}
