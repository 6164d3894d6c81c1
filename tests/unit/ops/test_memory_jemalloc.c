/* libkzgops in a program that is linked with jemalloc: its figures are those of the program's allocations. */
#include <stdio.h>
#include <stdlib.h>

#include "kzgops/machine_memory.h"

#define BLOCK ((size_t)24 << 20)

static int failures;

#define EXPECT(condition)                                            \
    do {                                                             \
        if (!(condition)) {                                          \
            printf("FAILED at line %d: %s\n", __LINE__, #condition); \
            failures++;                                              \
        }                                                            \
    } while (0)

int main(void) {
    kzgops_machine_memory before, with, after;
    kzgops_machine_memory_read(NULL, 0, &before);
    volatile char *block = malloc(BLOCK);
    if (block == NULL) return 1;
    for (size_t i = 0; i < BLOCK; i += 4096) block[i] = 1;
    kzgops_machine_memory_read(NULL, 0, &with);
    free((void *)(size_t)block);
    kzgops_machine_memory_read(NULL, 0, &after);
    EXPECT(before.jemalloc.available);
    EXPECT(with.jemalloc.allocated >= before.jemalloc.allocated + BLOCK);
    EXPECT(with.jemalloc.allocated < before.jemalloc.allocated + BLOCK + BLOCK / 2);
    EXPECT(with.jemalloc.active >= with.jemalloc.allocated);
    EXPECT(with.jemalloc.resident >= with.jemalloc.active);
    EXPECT(with.jemalloc.mapped >= with.jemalloc.active);
    EXPECT(with.jemalloc.metadata > 0 && with.jemalloc.metadata < KZGOPS_BYTES_UNLIMITED);
    EXPECT(with.jemalloc.retained != KZGOPS_BYTES_UNKNOWN);
    EXPECT(after.jemalloc.allocated + BLOCK <= with.jemalloc.allocated);
    printf("allocated %llu, %llu, %llu\n", (unsigned long long)before.jemalloc.allocated,
           (unsigned long long)with.jemalloc.allocated, (unsigned long long)after.jemalloc.allocated);
    return failures == 0 ? 0 : 1;
}
