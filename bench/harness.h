/* What the benchmark programs share: options, a clock, seeded inputs, and one table of minimum, median and 99th
 * percentile that is printed and, with --csv, written. */
#ifndef BENCH_HARNESS_H
#define BENCH_HARNESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* --reps N  --quick  --operation TEXT  --backend NAME  --csv FILE  --seed N  --clock wall|cpu, and what the program
 * adds. cpu counts the processor time of this process, for a machine that others use at the same time. */
struct bench_options {
    unsigned reps;         /* samples of each row */
    bool quick;            /* one or two samples of small inputs: proves that it runs, measures nothing */
    const char *operation; /* only rows whose name contains this; NULL: all */
    const char *backend;   /* NULL: what the library chooses */
    const char *csv;       /* NULL: none */
    uint64_t seed;
};

/* Reads the shared options; calls extra(name, value, user) for others, which returns false for one it does not know.
 * Prints the usage and ends the process with 2 on a bad one. */
void bench_parse(struct bench_options *ret_options, int argc, char **argv, const char *usage_extra,
                 bool (*extra)(const char *name, const char *value, void *user), void *user);

/* Opens the CSV file and prints the machine, the compiler, the backend and the seed. */
void bench_begin(const struct bench_options *options, const char *program, const char *backend);
/* Flushes and closes; the process's exit status. */
int bench_end(void);
bool bench_wanted(const struct bench_options *options, const char *name);

uint64_t bench_now_ns(void);

/* One row: samples in ns for `divisor` repetitions each. Sorts samples. note stands at the row's end. */
void bench_report(const char *name, uint64_t *samples, size_t n, double divisor, const char *note);
/* One figure that is not a time. */
void bench_figure(const char *name, const char *unit, double value);

/* Times body(argument, i) for i = 0, 1, ... and reports it: each sample repeats the body until it has taken
 * min_sample_ns, so that the clock does not matter; divide shares one call among that many items. */
void bench_time(const struct bench_options *options, const char *name, void (*body)(void *argument, size_t i),
                void *argument, double divide);

/* ---- Inputs: one seed, one sequence (splitmix64) ---- */

struct bench_random {
    uint64_t state;
};

uint64_t bench_random_u64(struct bench_random *random);
/* A uniform canonical field element, 32 bytes big-endian. */
void bench_random_field_element(struct bench_random *random, uint8_t out[32]);
/* k of [0, n) in ascending order. */
void bench_random_subset(struct bench_random *random, uint64_t *out, size_t k, size_t n);

#endif
