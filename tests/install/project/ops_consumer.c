/* A program that has its memory counted by the installed libkzgops. */
#include <kzgops/memory.h>

#include <stdio.h>

int main(void) {
    static const char *const tags[] = {"all"};
    const kzgops_memory_config config = {.tags = tags, .tag_count = 1};
    kzgops_memory *memory = kzgops_memory_new(&config, NULL);
    if (memory == NULL) return 1;
    void *block = kzgops_memory_malloc(memory, 0, 1000);
    printf("libkzgops counts %u", (unsigned)kzgops_memory_current(memory));
    kzgops_memory_drop(memory, block);
    printf(" and %u\n", (unsigned)kzgops_memory_current(memory));
    kzgops_memory_free(memory);
    return 0;
}
