/* A program with known memory in use, for heap_test.py: writes jemalloc's own heap profile and what libkzgops makes
 * of it to FOLDER/heap.text and FOLDER/heap.pb.gz, and prints what it has allocated and what the conversion counted.
 * Its environment turns heap profiling on; without that it ends with 77. */
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kzgops/sampler.h"

#define TABLES 300
#define SMALL  20000

void *plant_table(size_t bytes);
void *plant_small(size_t bytes);
void drop_half(void **table, size_t n);

int mallctl(const char *name, void *old, size_t *old_length, void *given, size_t given_length);

static void *touched(void *memory, size_t bytes) {
    if (memory != NULL) memset(memory, 1, bytes);
    return memory;
}

/* Of different sizes, all of them classes of jemalloc: what is asked for is what is taken. */
__attribute__((noinline)) void *plant_table(size_t bytes) {
    return touched(malloc(bytes), bytes);
}

__attribute__((noinline)) void *plant_small(size_t bytes) {
    return touched(malloc(bytes), bytes);
}

__attribute__((noinline)) void drop_half(void **table, size_t n) {
    for (size_t i = 0; i < n; i += 2) {
        free(table[i]);
        table[i] = NULL;
    }
}

static char *read_all(const char *path, size_t *ret) {
    FILE *file = fopen(path, "rb");
    if (file == NULL || fseek(file, 0, SEEK_END) != 0) return NULL;
    long size = ftell(file);
    char *text = size > 0 ? malloc((size_t)size) : NULL;
    rewind(file);
    if (text != NULL) *ret = fread(text, 1, (size_t)size, file);
    fclose(file);
    return text;
}

static bool convert(const char *folder, const char *path) {
    char out[4096];
    size_t length = 0;
    char *text = read_all(path, &length);
    kzgops_sampler_bytes bytes;
    kzgops_heap_stats stats;
    if (text == NULL) return false;
    const char *error = kzgops_sampler_heap(NULL, text, length, &bytes, &stats);
    free(text);
    if (error != NULL) {
        fprintf(stderr, "%s\n", error);
        return false;
    }
    snprintf(out, sizeof out, "%s/heap.pb.gz", folder);
    FILE *file = fopen(out, "wb");
    bool good = file != NULL && fwrite(bytes.data, 1, bytes.size, file) == bytes.size && fclose(file) == 0;
    kzgops_sampler_release(&bytes);
    printf("{\"tables\": %d, \"small\": %d, \"stacks\": %" PRIu64 ", \"objects\": %" PRIu64 ", \"bytes\": %" PRIu64
           ", \"period\": %" PRIu64 "}\n",
           TABLES, SMALL, stats.stacks, stats.objects, stats.bytes, stats.period_bytes);
    return good;
}

int main(int argc, char **argv) {
    static void *table[TABLES], *small[SMALL];
    char path[4096];
    const char *name = path;
    bool on = false;
    size_t size = sizeof on;
    if (argc < 2 || snprintf(path, sizeof path, "%s/heap.text", argv[1]) >= (int)sizeof path) return 2;
    if (mallctl("opt.prof", &on, &size, NULL, 0) != 0 || !on) return 77;
    for (size_t i = 0; i < TABLES; i++) table[i] = plant_table(131072);
    for (size_t i = 0; i < SMALL; i++) small[i] = plant_small(512);
    drop_half(table, TABLES);
    if (mallctl("prof.dump", NULL, NULL, (void *)&name, sizeof name) != 0) return 1;
    for (size_t i = 0; i < SMALL; i++) free(small[i]);
    for (size_t i = 0; i < TABLES; i++) free(table[i]);
    return convert(argv[1], path) ? 0 : 1;
}
