/* Profiles of this process: where its CPU time goes, and what holds its heap. One is taken at a time, whoever asks:
 * somebody on the administration's address, or the daemon itself. */
#ifndef SERVICE_PROFILING_H
#define SERVICE_PROFILING_H

#include <stdbool.h>
#include <stddef.h>

#include "kzgops/sampler.h"

#define PROFILING_SECONDS_MAX 60
#define PROFILING_HERTZ_MAX   1000
#define PROFILING_SECONDS     10 /* unless asked otherwise */
#define PROFILING_HERTZ       100

struct service;

/* The right to take a profile; what is a static text that says for whom. False when another holds it, and then
 * *ret_holder (unless NULL) says who. Any thread may give it back. */
bool profiling_claim(const char *what, const char **ret_holder);
void profiling_release(void);

/* The same for one that the daemon takes by itself. It makes way: a profiling_claim that fails because of it asks it
 * to end, which it learns from profiling_asked. */
bool profiling_claim_own(void);
bool profiling_asked(void);
/* Whether the daemon's own is being taken. */
bool profiling_is_own(void);
/* As profiling_claim, and waits for the daemon's own to make way: some 50 ms, at most 2 s. */
bool profiling_claim_after_own(const char *what, const char **ret_holder);

enum profiling_form { PROFILING_PPROF, PROFILING_FOLDED, PROFILING_SVG };

struct profiling_wanted {
    unsigned seconds, hertz;
    enum profiling_form form;
    bool (*cancelled)(void *user); /* asked every 50 ms; it then ends with what it has */
    void *user;
};

struct profiling_result {
    const char *error; /* NULL: it worked; static */
    void *data;        /* from malloc, the caller's */
    size_t size;
    bool shortened; /* it was cancelled */
    kzgops_sampler_stats stats;
};

/* Takes a CPU profile on the calling thread, which holds the claim and gives it back itself. */
void profiling_cpu(const struct service *service, const struct profiling_wanted *wanted,
                   struct profiling_result *ret);

/* jemalloc's heap profile as a gzipped profile.proto. Takes milliseconds to some tenths of a second. */
void profiling_heap(const struct service *service, struct profiling_result *ret);

/* The same of a text that was kept: data becomes the profile.proto. */
void profiling_heap_convert(const struct service *service, const char *text, size_t length,
                            struct profiling_result *ret);

#endif
