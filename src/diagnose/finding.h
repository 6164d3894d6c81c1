/* Findings: what a rule saw, by which figures, what that means and what to do next. */
#ifndef DIAGNOSE_FINDING_H
#define DIAGNOSE_FINDING_H

#include <stdbool.h>
#include <stddef.h>

#include "diagnose/facts.h"

enum severity { SEVERITY_CRITICAL, SEVERITY_WARNING, SEVERITY_INFO, SEVERITY_OK };
#define SEVERITIES 4

#define EVIDENCE_MAX 14

struct evidence {
    char source[256]; /* a page of kzgd, a file, or what was done */
    char path[96];    /* the figure in it: "state.value_bytes"; "" when the text says all */
    char value[64];   /* as JSON: a number or a string in quotes; "" without one */
    char text[320];
};

struct finding {
    enum severity severity;
    bool unknown;        /* it says that something is not known */
    const char *rule;    /* static */
    char subject[64];    /* of the rule's several: a check, a tag, a page; "" */
    char title[360];     /* one sentence */
    char means[640];     /* "" for what is well */
    char next[560];      /* a command or what to do; "" */
    const char *runbook; /* section of docs/runbook.md; NULL: none */
    size_t order;        /* in which it was found */
    size_t evidence_count;
    struct evidence evidence[EVIDENCE_MAX];
};

struct findings {
    struct finding *list; /* sorted after rules_run */
    size_t count;
    size_t left_out;  /* had no room */
    const char *rule; /* whose findings come now */
};

/* False without memory. findings_free also after that. */
bool findings_new(struct findings *findings);
void findings_free(struct findings *findings);

/* Adds one of the rule that runs; the result can be filled in until the next is added, and is never NULL. subject may
 * be NULL. */
__attribute__((format(printf, 4, 5))) struct finding *find(struct findings *findings, enum severity severity,
                                                           const char *subject, const char *format, ...);
/* The same for something that is not known, which is an information. */
__attribute__((format(printf, 3, 4))) struct finding *find_unknown(struct findings *findings, const char *subject,
                                                                   const char *format, ...);
__attribute__((format(printf, 2, 3))) void find_means(struct finding *finding, const char *format, ...);
/* Text behind what it means already, as a sentence of its own. */
__attribute__((format(printf, 2, 3))) void find_means_more(struct finding *finding, const char *format, ...);
__attribute__((format(printf, 3, 4))) void find_next(struct finding *finding, const char *runbook, const char *format,
                                                     ...);

/* The last finding of that rule that is not of something unknown; NULL: none. */
struct finding *findings_of(struct findings *findings, const char *rule);
size_t findings_count(const struct findings *findings, enum severity severity);
/* CRITICAL to OK; OK for none. */
enum severity findings_worst(const struct findings *findings);
const char *severity_name(enum severity severity);
/* By severity, then by the order of the rules. */
void findings_sort(struct findings *findings);

/* ---- Evidence: a figure with the place that it is from. What is missing there is left out.
 * ------------------------- */

void evidence_bytes(struct finding *finding, const struct facts *facts, enum page_id page, const char *path,
                    const char *what);
/* unit may be "". */
void evidence_number(struct finding *finding, const struct facts *facts, enum page_id page, const char *path,
                     const char *what, const char *unit);
void evidence_text(struct finding *finding, const struct facts *facts, enum page_id page, const char *path,
                   const char *what);
void evidence_metric(struct finding *finding, const struct facts *facts, const char *name, const char *label,
                     const char *what, const char *unit);
/* Anything else. value NAN: none. path may be "". */
__attribute__((format(printf, 5, 6))) void evidence_say(struct finding *finding, const char *source, const char *path,
                                                        double value, const char *format, ...);

/* "3.3 GiB"; "unlimited", "unknown" for INFINITY and NAN. */
struct bytes_text {
    char text[32];
};
struct bytes_text bytes_text(double bytes);
#define BYTES(bytes) (bytes_text(bytes).text)

/* "12 s", "4.2 h", "3 d"; "unknown" for NAN. */
struct bytes_text span_text(double seconds);
#define SPAN(seconds) (span_text(seconds).text)

#endif
