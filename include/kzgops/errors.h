/* libkzgops, errors: what goes wrong, how often, since when, and a call when one kind of error suddenly comes a lot.
 *
 * Errors are grouped by code and place; the two together make the fingerprint. A group keeps its count, first and
 * last time, how many came in the last minute, ten minutes and hour, and one sample, the latest, with its request's
 * id. The table has a fixed size, taken when the tracker is made; errors that find no place in it are counted, never
 * kept.
 *
 * All functions may be called from any thread. Recording allocates nothing and takes only its group's lock (the
 * table's too, the first time a group is seen). Cost of recording, seen with the bench in
 * tests/unit/ops/test_errors.c on an AMD EPYC of a cloud machine, gcc 12 -O2: 200 ns on one thread; 280 ns each on
 * two threads with different errors, 440 ns with the same one. */
#ifndef KZGOPS_ERRORS_H
#define KZGOPS_ERRORS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kzgops/sources.h"

/* With the terminator. Longer texts are cut; code and place are told apart by what is kept. */
#define KZGOPS_ERRORS_CODE_MAX    48
#define KZGOPS_ERRORS_PLACE_MAX   96
#define KZGOPS_ERRORS_MESSAGE_MAX 192
#define KZGOPS_ERRORS_REQUEST_MAX 64
#define KZGOPS_ERRORS_GROUPS_MAX  4096

typedef enum kzgops_errors_window {
    KZGOPS_ERRORS_MINUTE = 0,
    KZGOPS_ERRORS_TEN_MINUTES = 1,
    KZGOPS_ERRORS_HOUR = 2
} kzgops_errors_window;
#define KZGOPS_ERRORS_WINDOWS 3

/* The first of these that holds, from the last line up. */
typedef enum kzgops_errors_frequency {
    KZGOPS_ERRORS_RARE = 0,     /* some in the last hour */
    KZGOPS_ERRORS_ONCE = 1,     /* one, ever */
    KZGOPS_ERRORS_QUIET = 2,    /* none in the last hour */
    KZGOPS_ERRORS_FREQUENT = 3, /* 10 or more in the last ten minutes */
    KZGOPS_ERRORS_CONSTANT = 4  /* 60 or more in the last minute */
} kzgops_errors_frequency;

/* A spike begins when a group's errors of the last minute reach at_least and factor times what a minute of the hour
 * before it had on average. It ends when they fall below half of that threshold, so that a rate which trembles around
 * it is one spike. */
typedef struct kzgops_errors_spike {
    uint64_t sequence; /* 1, 2, ...: of all groups */
    uint64_t fingerprint;
    char code[KZGOPS_ERRORS_CODE_MAX];
    char place[KZGOPS_ERRORS_PLACE_MAX];
    char message[KZGOPS_ERRORS_MESSAGE_MAX];
    char request_id[KZGOPS_ERRORS_REQUEST_MAX];
    uint64_t last_minute;
    uint64_t threshold;
    double usual;    /* errors a minute, before */
    int64_t when_ns; /* realtime */
} kzgops_errors_spike;

typedef struct kzgops_errors_config {
    size_t groups;           /* 1 to KZGOPS_ERRORS_GROUPS_MAX; 0: 256. About 1.3 KB each */
    uint64_t spike_at_least; /* 0: 10 */
    double spike_factor;     /* above 1; 0: 5 */
    /* Once a spike, at its begin, from the thread that recorded, without a lock held: it may record. NULL: none. */
    void (*spiked)(void *user, const kzgops_errors_spike *spike);
    void *user;
    const kzgops_sources *sources; /* borrowed; NULL: the real ones */
} kzgops_errors_config;

typedef struct kzgops_errors kzgops_errors;

/* config NULL: all defaults. NULL when a number is out of range or there is no memory; *ret_error (unless NULL) then
 * says which, in words. */
kzgops_errors *kzgops_errors_new(const kzgops_errors_config *config, const char **ret_error);
/* No other thread may use it any more. NULL is fine; returns NULL. */
kzgops_errors *kzgops_errors_free(kzgops_errors *errors);

/* One error. code and place name the group and must come from the program, not from clients; message and request_id
 * (either may be NULL) are its sample. All are copied. False when the table is full: then it is only counted. */
bool kzgops_errors_record(kzgops_errors *errors, const char *code, const char *place, const char *message,
                          const char *request_id);

#define KZGOPS_ERRORS_TEXT_(x) #x
#define KZGOPS_ERRORS_LINE_(x) KZGOPS_ERRORS_TEXT_(x)
/* The same with the source line as the place. */
#define KZGOPS_ERRORS_HERE(errors, code, message, request_id) \
    kzgops_errors_record(errors, code, __FILE__ ":" KZGOPS_ERRORS_LINE_(__LINE__), message, request_id)

/* ---- Figures ------------------------------------------------------------------------------------------------- */

typedef struct kzgops_errors_rate {
    uint64_t count;    /* in the window; its oldest sixtieth leaves at once */
    double per_second; /* over the window, or the tracker's age (at least a second) while that is shorter */
} kzgops_errors_rate;

typedef struct kzgops_errors_group {
    uint64_t fingerprint;
    char code[KZGOPS_ERRORS_CODE_MAX];
    char place[KZGOPS_ERRORS_PLACE_MAX];
    char message[KZGOPS_ERRORS_MESSAGE_MAX];
    char request_id[KZGOPS_ERRORS_REQUEST_MAX]; /* empty: none was given */
    uint64_t count;
    int64_t first_ns, last_ns; /* realtime */
    kzgops_errors_rate rate[KZGOPS_ERRORS_WINDOWS];
    kzgops_errors_frequency frequency;
    bool spiking;
    uint64_t spikes;
} kzgops_errors_group;

typedef struct kzgops_errors_snapshot {
    kzgops_errors_group *groups; /* the caller's array, spiking ones first, then by count */
    size_t group_count;          /* of them filled */
    size_t group_total;          /* in the table: more than fitted in the array, perhaps */
    size_t group_limit;
    uint64_t count;    /* all errors, with the overflown */
    uint64_t overflow; /* errors that found the table full */
    uint64_t spikes;
    size_t spiking; /* groups */
} kzgops_errors_snapshot;

/* Each group is consistent in itself; while others record, groups are of slightly different moments. */
void kzgops_errors_report(kzgops_errors *errors, kzgops_errors_group *groups, size_t max,
                          kzgops_errors_snapshot *ret);

/* The snapshot for people and as one JSON object. At most size bytes with a terminator are written; returns the
 * length that it would have had, as snprintf does. Control characters are escaped in both: a message stays on its
 * line. */
size_t kzgops_errors_report_text(const kzgops_errors_snapshot *snapshot, char *out, size_t size);
size_t kzgops_errors_report_json(const kzgops_errors_snapshot *snapshot, char *out, size_t size);

/* "rare", "once", ... */
const char *kzgops_errors_frequency_name(kzgops_errors_frequency frequency);

#endif
