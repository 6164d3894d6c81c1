/* What the source files of the ending share: the facts, and what is made of them. */
#ifndef OPS_ENDING_H
#define OPS_ENDING_H

#include "kzgops/ending.h"

struct ending_facts {
    const char *error; /* the file cannot be read: why; NULL otherwise */
    const kzgops_recording *recording;
    bool other_boot;
    int64_t until_ns;         /* monotonic: the next process began, or now */
    uint64_t oom_kills_until; /* the group's counter then, if it was in the same one; UNKNOWN */

    const char *log_error;
    bool log_covers; /* the log goes back to before the last sign of life */
    int oom;         /* certainty of a line of the kernel's log, or -1: none */
    bool oom_of_group;
    bool oom_has_time, fault_seen;
    int64_t oom_when_ns; /* realtime */
    int64_t oom_distance_ns;
    char fault[16]; /* a signal that the kernel says the process had and no handler for */

    bool counted;        /* the control group is the same and has a counter */
    uint64_t oom_counts; /* by how much it rose since the last sample */
};

/* One line of evidence; what is past the last place is dropped. */
__attribute__((format(printf, 2, 3))) void kzgops__ending_evidence(kzgops_ending *ending, const char *format, ...);

/* Fills in the log's and the counters' facts, with evidence. */
void kzgops__ending_read_log(const char *path, struct ending_facts *facts, kzgops_ending *ending);
void kzgops__ending_read_counters(struct ending_facts *facts, kzgops_ending *ending);

/* Memory at the end and its trend. */
void kzgops__ending_memory(const kzgops_recording *recording, kzgops_ending_memory *ret);
/* Whether it was short of memory by those figures. */
bool kzgops__ending_memory_was_short(const kzgops_ending_memory *memory, const kzgops_recording *recording);

/* Reason, certainty, time, text and advice from the facts. */
void kzgops__ending_decide(const struct ending_facts *facts, kzgops_ending *ending);

#endif
