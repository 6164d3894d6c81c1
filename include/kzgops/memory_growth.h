/* libkzgops, suspicion of a leak: which tag grows with the work that is done, although the load is the same.
 *
 * The program hands in live bytes by tag and a counter of operations every few seconds. They are kept in a ring of
 * fixed size, one entry for each interval with the lowest value seen in it, so that what is merely in flight counts
 * little. Over each window (1 min, 10 min, 1 h) at most 60 points are then compared in pairs: only pairs at
 * comparable load count (rates within a factor of two, or both idle), and a pair whose bytes rose while its load rose
 * by more than a tenth, or fell while it fell, says nothing. The trend is tested with Kendall's statistic, its slope
 * is the median over pairs (Theil and Sen), and it has to show between each third of the window and the next: a step,
 * such as a cache that fills once, is no leak, and neither is a value that was as high before. The result names a tag
 * and says how sure it is; it does not prove a leak.
 *
 * Thread-safe; a sample costs 0.1 microseconds, judging nine tags over all windows 4 ms: for a
 * background thread. */
#ifndef KZGOPS_MEMORY_GROWTH_H
#define KZGOPS_MEMORY_GROWTH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kzgops/sources.h"

#define KZGOPS_GROWTH_TAGS_MAX    32
#define KZGOPS_GROWTH_WINDOWS_MAX 4
#define KZGOPS_GROWTH_ENTRIES_MAX 20000      /* of the ring: the longest window by the interval */
#define KZGOPS_GROWTH_UNKNOWN     UINT64_MAX /* of a sample's value: no figure for this tag now */

typedef struct kzgops_growth_config {
    const char *const *tags; /* borrowed */
    size_t tag_count;        /* 1 to KZGOPS_GROWTH_TAGS_MAX */
    uint32_t interval_s;     /* of one entry of the ring, 0: 5 */
    uint32_t
        windows_s[KZGOPS_GROWTH_WINDOWS_MAX]; /* ascending, then 0; all 0: 60, 600, 3600. At least 12 intervals */
    uint64_t growth_bytes_min;                /* less growth over a window is not suspected, 0: 65536 */
    double confidence_min;                    /* 0: 0.999 */
    const kzgops_sources *sources;            /* borrowed; NULL: the real ones */
} kzgops_growth_config;

typedef struct kzgops_growth kzgops_growth;

typedef enum kzgops_growth_verdict {
    KZGOPS_GROWTH_TOO_EARLY = 0, /* the window is not covered yet, or too little of it at comparable load */
    KZGOPS_GROWTH_NONE = 1,      /* no trend upwards */
    KZGOPS_GROWTH_STEP = 2,      /* grew, but not throughout the window */
    KZGOPS_GROWTH_SMALL = 3,     /* grows, by less than growth_bytes_min or than the change of load explains */
    KZGOPS_GROWTH_USUAL = 4,     /* grows, but was as high before the window began */
    KZGOPS_GROWTH_SUSPECT = 5    /* grows throughout the window at comparable load */
} kzgops_growth_verdict;

typedef struct kzgops_growth_finding {
    size_t tag;
    const char *name;
    uint32_t window_s;
    kzgops_growth_verdict verdict;
    int64_t growth_bytes;       /* over the window, by the median slope; may be negative */
    uint64_t operations;        /* done in the window */
    double bytes_per_operation; /* growth by operations; NAN when none was done */
    double bytes_per_second;
    double confidence;   /* 0 to 1: how surely there is a trend upwards, and not chance */
    uint64_t live_bytes; /* at the window's end; KZGOPS_GROWTH_UNKNOWN before the first sample */
    size_t points;       /* that were compared; with 0, only tag, name, window and verdict mean anything */
} kzgops_growth_finding;

/* NULL when a number makes no sense or there is no memory; *ret_error (unless NULL) then says which, in words. All
 * memory is taken here. */
kzgops_growth *kzgops_growth_new(const kzgops_growth_config *config, const char **ret_error);
kzgops_growth *kzgops_growth_free(kzgops_growth *growth); /* NULL is fine; returns NULL */

/* One sample: live bytes of each tag, in the table's order, and how many operations were completed since the start.
 * Several in one interval are fine. A counter or a clock that went backwards starts the ring anew. */
void kzgops_growth_sample(kzgops_growth *growth, const uint64_t *live_bytes, uint64_t operations);

/* How a tag did over a window (both by position, asserted). */
void kzgops_growth_judge(kzgops_growth *growth, size_t window, size_t tag, kzgops_growth_finding *ret);

/* All suspects, one for a tag: of the longest window that suspects it. Fastest growing first. Writes at most max of
 * them and returns how many there are. */
size_t kzgops_growth_suspects(kzgops_growth *growth, kzgops_growth_finding *out, size_t max);

/* Suspects for people, a line each or one line that says there is none, and every finding as a JSON array. snprintf's
 * semantics. */
size_t kzgops_growth_text(kzgops_growth *growth, char *out, size_t size);
size_t kzgops_growth_json(kzgops_growth *growth, char *out, size_t size);

/* "too_early", "none", "step", "small", "usual", "suspect". */
const char *kzgops_growth_verdict_name(kzgops_growth_verdict verdict);

#endif
