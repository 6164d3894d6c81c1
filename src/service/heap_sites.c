#include "service/heap_sites.h"

#include <inttypes.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "service/jemalloc.h"
#include "service/symbols.h"

#define STACKS_MAX 2048
#define DEPTH_MAX  24
#define SHOWN_MAX  6

struct stack {
    uint64_t address[DEPTH_MAX]; /* the innermost ones */
    size_t depth;
    double bytes;
};

struct profile {
    struct stack stack[STACKS_MAX];
    size_t count;
};

struct heap_sites {
    struct profile mark, now;
};

struct heap_sites *heap_sites_new(void) {
    return calloc(1, sizeof(struct heap_sites));
}

struct heap_sites *heap_sites_free(struct heap_sites *sites) {
    free(sites);
    return NULL;
}

/* ---- jemalloc's text ----------------------------------------------------------------------------------------- */

/* "@ 0x5f025b 0x5f0a3c" */
static void read_stack(const char *line, struct stack *ret) {
    char *end;
    *ret = (struct stack){0};
    for (line++; ret->depth < DEPTH_MAX; line = end) {
        uint64_t address = strtoull(line, &end, 16);
        if (end == line) return;
        ret->address[ret->depth++] = address;
    }
}

/* "  t*: 13: 6688 [0: 0]": objects and bytes in use that were sampled. One of mean size s is sampled with probability
 * 1 - exp(-s / period), so it stands for the inverse of that. */
static double read_bytes(const char *line, double period) {
    uint64_t objects, bytes;
    if (sscanf(line, " t*: %" SCNu64 ": %" SCNu64, &objects, &bytes) != 2 || objects == 0 || bytes == 0) return 0;
    double mean = (double)bytes / (double)objects;
    return (double)bytes / -expm1(-mean / period);
}

static void read_profile(char *text, struct profile *ret) {
    char *rest = NULL, *line = strtok_r(text, "\n", &rest);
    uint64_t period = 0;
    bool open = false;
    ret->count = 0;
    if (line == NULL || sscanf(line, "heap_v2/%" SCNu64, &period) != 1 || period == 0) return;
    while ((line = strtok_r(NULL, "\n", &rest)) != NULL && strncmp(line, "MAPPED", 6) != 0) {
        if (line[0] == '@') {
            open = ret->count < STACKS_MAX;
            if (open) read_stack(line, &ret->stack[ret->count]);
        } else if (open && strncmp(line, "  t*:", 5) == 0) {
            ret->stack[ret->count++].bytes = read_bytes(line, (double)period);
            open = false;
        }
    }
}

/* The process's own profile, or NULL; to be freed. */
static char *dump(void) {
    char path[64], *text = NULL;
    struct stat status;
    int fd = memfd_create("kzgd-heap", MFD_CLOEXEC);
    if (fd < 0) return NULL;
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    if (jemalloc_profile_dump(path) && fstat(fd, &status) == 0 && status.st_size > 0) {
        size_t size = (size_t)status.st_size;
        text = malloc(size + 1);
        if (text != NULL) text[pread(fd, text, size, 0) == (ssize_t)size ? size : 0] = '\0';
    }
    close(fd);
    return text;
}

/* ---- Comparing ----------------------------------------------------------------------------------------------- */

static bool same_stack(const struct stack *a, const struct stack *b) {
    return a->depth == b->depth && memcmp(a->address, b->address, a->depth * sizeof a->address[0]) == 0;
}

static double bytes_at_mark(const struct profile *mark, const struct stack *stack) {
    for (size_t i = 0; i < mark->count; i++) {
        if (same_stack(&mark->stack[i], stack)) return mark->stack[i].bytes;
    }
    return 0;
}

static int most_first(const void *a, const void *b) {
    double x = ((const struct stack *)a)->bytes, y = ((const struct stack *)b)->bytes;
    return (x < y) - (x > y);
}

static bool is_allocator(const char *name) {
    return strncmp(name, "kzgops_memory_", 14) == 0 || strcmp(name, "memory_take") == 0 || strcmp(name, "take") == 0;
}

/* Frames before the first of the program are jemalloc's. An address is where a call returns to. */
static void spell(const struct symbols *symbols, const struct stack *stack, char *out, size_t size) {
    size_t used = 0, shown = 0;
    out[0] = '\0';
    for (size_t i = 0; i < stack->depth && shown < SHOWN_MAX && used < size; i++) {
        const char *name = symbols_find(symbols, stack->address[i] - 1);
        if (name == NULL ? shown == 0 && symbols != NULL : is_allocator(name)) continue;
        char number[32];
        snprintf(number, sizeof number, "0x%" PRIx64, stack->address[i]);
        int n = snprintf(out + used, size - used, "%s%s", shown == 0 ? "" : " < ", name != NULL ? name : number);
        used += (size_t)n;
        shown++;
    }
    if (shown == 0) snprintf(out, size, "a library");
}

void heap_sites_mark_text(struct heap_sites *sites, char *text) {
    read_profile(text, &sites->mark);
}

size_t heap_sites_grown_text(struct heap_sites *sites, char *text, struct heap_site *out, size_t max) {
    struct profile *now = &sites->now;
    size_t count = 0;
    read_profile(text, now);
    for (size_t i = 0; i < now->count; i++) now->stack[i].bytes -= bytes_at_mark(&sites->mark, &now->stack[i]);
    qsort(now->stack, now->count, sizeof now->stack[0], most_first);
    struct symbols *symbols = symbols_open();
    for (; count < max && count < now->count && now->stack[count].bytes > 0; count++) {
        out[count].bytes = (int64_t)now->stack[count].bytes;
        spell(symbols, &now->stack[count], out[count].stack, sizeof out[count].stack);
    }
    symbols_close(symbols);
    return count;
}

void heap_sites_mark(struct heap_sites *sites) {
    char *text = dump();
    if (text != NULL) heap_sites_mark_text(sites, text);
    free(text);
}

size_t heap_sites_grown(struct heap_sites *sites, struct heap_site *out, size_t max) {
    char *text = dump();
    size_t count = text == NULL ? 0 : heap_sites_grown_text(sites, text, out, max);
    free(text);
    return count;
}
