#include "service/jemalloc.h"

#include <stddef.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

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

/* jemalloc writes into a file by its name; this one is in memory, and has a name as long as it is open. */
static const char *dump_into(int fd, struct jemalloc_profile *ret) {
    char path[64];
    struct stat file;
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    if (!jemalloc_profile_dump(path)) return "the allocator could not write its profile";
    if (fstat(fd, &file) != 0 || file.st_size <= 0) return "the allocator wrote an empty profile";
    void *text = mmap(NULL, (size_t)file.st_size, PROT_READ, MAP_SHARED, fd, 0);
    if (text == MAP_FAILED) return "there is no memory for the allocator's profile";
    *ret = (struct jemalloc_profile){text, (size_t)file.st_size};
    return NULL;
}

bool jemalloc_profile_take(struct jemalloc_profile *ret, const char **ret_error) {
    int fd = memfd_create("kzgd-heap-profile", MFD_CLOEXEC);
    *ret_error = fd < 0 ? "there is no file in memory for the allocator's profile" : dump_into(fd, ret);
    if (fd >= 0) close(fd);
    return *ret_error == NULL;
}

void jemalloc_profile_give(struct jemalloc_profile *profile) {
    munmap((void *)(uintptr_t)profile->text, profile->length);
}
