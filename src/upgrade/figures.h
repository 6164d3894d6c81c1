/* Two scrapes of an instance's metrics against a baseline: is it worse? Pure: texts and numbers in, a verdict out. */
#ifndef UPGRADE_FIGURES_H
#define UPGRADE_FIGURES_H

#include "upgrade/driver.h"
#include "upgrade/settings.h"

/* Share of the API's answers with 5xx between two scrapes (before NULL: since the start). NAN without an answer. */
double figures_error_ratio(const char *before, const char *after);

/* Seconds of CPU that one run of an operation took between two scrapes, and how many runs there were. NAN without. */
double figures_cpu(const char *before, const char *after, const char *operation, double *ret_runs);

/* 99th percentile of an operation's time between two scrapes, in seconds, from its histogram: the place within a
 * bucket is drawn with a straight line. NAN without a run. */
double figures_p99(const char *before, const char *after, const char *operation, double *ret_runs);

/* Growth of the values at equally spaced times, per interval: the line of least squares. 0 for fewer than 2. */
double figures_slope(const double *values, size_t count);

/* Fills the failure (errors_rose, cpu_rose, memory_rose) and returns false when the new instance, between
 * two scrapes, is worse than the baseline's whole life by more than the settings allow. Operations are looked at that
 * both have run settings->samples times, of those that are named: whose cost does not go with their input. */
UPGRADE_MUST_USE bool figures_judge(const struct upgrade_settings *settings, const char *baseline, const char *before,
                                    const char *after, const char *const *operations, size_t operation_count,
                                    struct upgrade_failure *failure);

/* The same for 99th percentiles (p99_rose), which the slowest few of many runs make: to be asked once, at the end of
 * a while, and about operations that have run FIGURES_P99_TIMES times settings->samples in it. */
UPGRADE_MUST_USE bool figures_judge_p99(const struct upgrade_settings *settings, const char *baseline,
                                        const char *before, const char *after, const char *const *operations,
                                        size_t operation_count, struct upgrade_failure *failure);
#define FIGURES_P99_TIMES 25

#endif
