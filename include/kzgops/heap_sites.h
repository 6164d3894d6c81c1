/* libkzgops, where a program's memory grows: call stacks that hold more than at a mark, from two heap profiles of
 * jemalloc ("heap_v2/...", with the section MAPPED_LIBRARIES; prof.dump writes them). Not thread-safe: one caller at
 * a time. Costs milliseconds and reads the program's files for names: not for a thread that serves. */
#ifndef KZGOPS_HEAP_SITES_H
#define KZGOPS_HEAP_SITES_H

#include <stddef.h>
#include <stdint.h>

#include "kzgops/sources.h"

#define KZGOPS_HEAP_SITE_STACK_MAX 256

typedef struct kzgops_heap_site {
    int64_t bytes; /* more than at the mark; estimated from what was sampled */
    /* "innermost < its caller < ...", at most six, without the allocator's own functions; an address where a function
     * has no name. */
    char stack[KZGOPS_HEAP_SITE_STACK_MAX];
} kzgops_heap_site;

typedef struct kzgops_heap_sites kzgops_heap_sites;

/* wrappers: names of functions of the program that stand between it and the allocator, ended by NULL, borrowed; they
 * are left out of the stacks. NULL: none. Only the allocator of sources is used (NULL: malloc). Takes 0.8 MiB; NULL
 * when there is no memory. */
kzgops_heap_sites *kzgops_heap_sites_new(const kzgops_sources *sources, const char *const *wrappers);
kzgops_heap_sites *kzgops_heap_sites_free(kzgops_heap_sites *sites); /* NULL is fine; returns NULL */

/* What this profile holds is what later ones are compared with; at most 2048 stacks of it. NULL, or what is wrong
 * with the text; then the mark is as before. */
const char *kzgops_heap_sites_mark(kzgops_heap_sites *sites, const char *text, size_t length);

/* Stacks that hold more than at the mark (before the first mark: than nothing), most first; *ret_count of them, at
 * most max. NULL, or what is wrong; then *ret_count is 0. */
const char *kzgops_heap_sites_grown(kzgops_heap_sites *sites, const char *text, size_t length, kzgops_heap_site *out,
                                    size_t max, size_t *ret_count);

#endif
