/* Reads metrics in Prometheus' text form, as a running kzgd writes them. */
#ifndef DIAGNOSE_PROMETHEUS_H
#define DIAGNOSE_PROMETHEUS_H

#include <stdbool.h>
#include <stddef.h>

/* One line of the text; labels point into it and are not ended by a NUL. */
struct prometheus_sample {
    const char *labels; /* what stands between the braces; "" without */
    size_t labels_length;
    double value;
};

/* The next sample of exactly that metric; *at begins at the text and moves on. False: there is none any more. */
bool prometheus_next(const char **at, const char *name, struct prometheus_sample *ret);

/* The value of a label, cut to size, or "" without it. Escapes stay as they are. */
void prometheus_label(const struct prometheus_sample *sample, const char *label, char *out, size_t size);

/* The sum of a metric's samples, of those that have label (such as scope="system"; NULL: all). NAN when there is
 * none. */
double prometheus_sum(const char *text, const char *name, const char *label);

#endif
