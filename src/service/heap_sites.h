/* Where in the program memory is held: jemalloc's heap profile, by call stack, compared with an earlier one. Needs
 * heap profiling to be on. Not for a thread that serves: some milliseconds. */
#ifndef SERVICE_HEAP_SITES_H
#define SERVICE_HEAP_SITES_H

#include <stddef.h>
#include <stdint.h>

#define HEAP_SITE_STACK_MAX 256

struct heap_site {
    int64_t bytes;                   /* more than at the mark; estimated from what was sampled */
    char stack[HEAP_SITE_STACK_MAX]; /* "innermost < its caller < ...", without the allocator's own functions */
};

struct heap_sites;

struct heap_sites *heap_sites_new(void); /* NULL: no memory */
struct heap_sites *heap_sites_free(struct heap_sites *sites);

/* What is held now is what later profiles are compared with. */
void heap_sites_mark(struct heap_sites *sites);

/* Call stacks that hold more than at the mark, most first; returns how many were written. 0 without a profile. */
size_t heap_sites_grown(struct heap_sites *sites, struct heap_site *out, size_t max);

/* The profile's text in place of the process's own, for tests: as the two above. */
void heap_sites_mark_text(struct heap_sites *sites, char *text);
size_t heap_sites_grown_text(struct heap_sites *sites, char *text, struct heap_site *out, size_t max);

#endif
