/* Writes a profile.proto, the format of pprof: samples with stacks and labels go in, gzipped bytes come out. */
#ifndef OPS_SAMPLER_PPROF_H
#define OPS_SAMPLER_PPROF_H

#include "kzgops/sampler.h"
#include "ops/sampler_maps.h"

struct pprof_label {
    const char *key;
    const char *text; /* NULL: the number */
    uint64_t number;
};

struct pprof_type {
    const char *type, *unit;
};

struct pprof {
    struct maps *maps; /* borrowed */
    bool live;         /* of this process: the dynamic linker can be asked too */
    struct bytes out, message, inner, packed;
    struct bytes text, places; /* all strings, and where each begins */
    struct ids strings, locations, functions;
    struct bytes named; /* of struct pprof_named, one a map */
};

struct pprof_head {
    const struct pprof_type *types; /* of the values */
    size_t type_count;
    const char *default_type;
    struct pprof_type period_type;
    uint64_t period, time_ns, duration_ns;
};

void kzgops__pprof_init(struct pprof *pprof, struct maps *maps, bool live);
void kzgops__pprof_free(struct pprof *pprof);

/* The innermost address first. All but it are where a call returns to; with all_returns it is, too. */
void kzgops__pprof_sample(struct pprof *pprof, const uint64_t *address, size_t depth, bool all_returns,
                          const uint64_t *values, size_t value_count, const struct pprof_label *labels,
                          size_t label_count);

/* NULL, or what is wrong. */
const char *kzgops__pprof_finish(struct pprof *pprof, const struct pprof_head *head, const kzgops_sources *sources,
                                 kzgops_sampler_bytes *ret);

/* The name of the function that holds an address, "[file+0x12]" or such in the buffer when there is none. */
const char *kzgops__function_name(struct maps *maps, bool live, uint64_t address, char *buffer, size_t size);
/* Where to look for the function of a frame. */
uint64_t kzgops__frame_place(const uint64_t *address, size_t frame, bool all_returns);
/* Hands a row over as a result, in memory of exactly its size. */
const char *kzgops__give_bytes(const struct bytes *bytes, const kzgops_sources *sources, kzgops_sampler_bytes *ret);

#endif
