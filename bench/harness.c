#include "bench/harness.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define SAMPLE_NS_MIN 200000u
#define REPS_DEFAULT  15u
#define SAMPLES_MAX   100000u

static FILE *csv_file;
static const char *csv_program, *csv_backend;
static char cpu_model[128] = "unknown";
static bool write_failed;
static clockid_t clock_in_use = CLOCK_MONOTONIC;

/* ---- Options ---- */

static _Noreturn void usage(const char *program, const char *extra) {
    fprintf(stderr,
            "usage: %s [--reps N] [--quick] [--operation TEXT] [--backend NAME] [--csv FILE] [--seed N] "
            "[--clock wall|cpu]%s\n",
            program, extra);
    exit(2);
}

static uint64_t number(const char *text, const char *program, const char *extra) {
    char *end;
    uint64_t value = strtoull(text, &end, 0);
    if (*text == '\0' || *text == '-' || *end != '\0') usage(program, extra);
    return value;
}

void bench_parse(struct bench_options *ret_options, int argc, char **argv, const char *usage_extra,
                 bool (*extra)(const char *name, const char *value, void *user), void *user) {
    const char *seed = getenv("KZG_SEED");
    struct bench_options o = {.reps = REPS_DEFAULT, .seed = seed ? number(seed, argv[0], usage_extra) : 1};
    bool reps_given = false;
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--quick") == 0) {
            o.quick = true;
            continue;
        }
        if (i + 1 == argc) usage(argv[0], usage_extra);
        const char *name = argv[i], *value = argv[++i];
        if (strcmp(name, "--reps") == 0) {
            o.reps = (unsigned)number(value, argv[0], usage_extra);
            reps_given = true;
        } else if (strcmp(name, "--operation") == 0) {
            o.operation = value;
        } else if (strcmp(name, "--backend") == 0) {
            o.backend = value;
        } else if (strcmp(name, "--csv") == 0) {
            o.csv = value;
        } else if (strcmp(name, "--seed") == 0) {
            o.seed = number(value, argv[0], usage_extra);
        } else if (strcmp(name, "--clock") == 0) {
            bool cpu = strcmp(value, "cpu") == 0;
            if (!cpu && strcmp(value, "wall") != 0) usage(argv[0], usage_extra);
            clock_in_use = cpu ? CLOCK_PROCESS_CPUTIME_ID : CLOCK_MONOTONIC;
        } else if (extra == NULL || !extra(name, value, user)) {
            usage(argv[0], usage_extra);
        }
    }
    if (o.quick && !reps_given) o.reps = 2;
    if (o.reps == 0 || o.reps > SAMPLES_MAX) usage(argv[0], usage_extra);
    *ret_options = o;
}

bool bench_wanted(const struct bench_options *options, const char *name) {
    return options->operation == NULL || strstr(name, options->operation) != NULL;
}

/* ---- Output ---- */

static void read_cpu_model(void) {
    FILE *f = fopen("/proc/cpuinfo", "re");
    char line[256];
    while (f != NULL && fgets(line, sizeof line, f) != NULL) {
        char *colon = strchr(line, ':');
        if (strncmp(line, "model name", 10) != 0 || colon == NULL) continue;
        snprintf(cpu_model, sizeof cpu_model, "%.*s", (int)strcspn(colon + 2, "\n\""), colon + 2);
        break;
    }
    if (f != NULL) fclose(f);
}

void bench_begin(const struct bench_options *options, const char *program, const char *backend) {
    const char *commit = getenv("KZG_BENCH_COMMIT");
    read_cpu_model();
    csv_program = program;
    csv_backend = backend;
    printf("%s: backend %s, commit %s, compiler %s, %s, seed %" PRIu64 ", %u samples, %s%s\n", program, backend,
           commit ? commit : "unknown", __VERSION__, cpu_model, options->seed, options->reps,
           clock_in_use == CLOCK_MONOTONIC ? "wall clock" : "processor time",
           options->quick ? " (quick: not a measurement)" : "");
    if (options->csv != NULL) {
        csv_file = fopen(options->csv, "we");
        if (csv_file == NULL) {
            perror(options->csv);
            exit(3);
        }
        fprintf(csv_file, "program,name,unit,min,median,p99,samples,note,backend,cpu,compiler,commit\n");
    }
    printf("%-58s %12s %12s %12s\n", "", "min", "median", "p99");
}

static void csv_row(const char *name, const char *unit, double min, double median, double p99, size_t n,
                    const char *note) {
    const char *commit = getenv("KZG_BENCH_COMMIT");
    if (csv_file == NULL) return;
    int r = fprintf(csv_file, "%s,%s,%s,%.1f,%.1f,%.1f,%zu,\"%s\",%s,\"%s\",\"%s\",%s\n", csv_program, name, unit,
                    min, median, p99, n, note, csv_backend, cpu_model, __VERSION__, commit ? commit : "unknown");
    if (r < 0) write_failed = true;
}

int bench_end(void) {
    if (csv_file != NULL && fclose(csv_file) != 0) write_failed = true;
    csv_file = NULL;
    if (fflush(stdout) != 0) write_failed = true;
    if (write_failed) fprintf(stderr, "the results could not be written\n");
    return write_failed ? 3 : 0;
}

static void print_time(double ns) {
    if (ns < 1e4)
        printf(" %9.1f ns", ns);
    else if (ns < 1e6)
        printf(" %9.2f us", ns / 1e3);
    else
        printf(" %9.3f ms", ns / 1e6);
}

static int compare_u64(const void *a, const void *b) {
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return x < y ? -1 : x > y;
}

void bench_report(const char *name, uint64_t *samples, size_t n, double divisor, const char *note) {
    qsort(samples, n, sizeof *samples, compare_u64);
    double min = (double)samples[0] / divisor;
    double median = ((double)samples[(n - 1) / 2] + (double)samples[n / 2]) / 2 / divisor;
    double p99 = (double)samples[(n * 99 + 99) / 100 - 1] / divisor;
    printf("%-58s", name);
    print_time(min);
    print_time(median);
    print_time(p99);
    printf("%s%s\n", *note ? "  " : "", note);
    fflush(stdout);
    csv_row(name, "ns", min, median, p99, n, note);
}

void bench_figure(const char *name, const char *unit, double value) {
    printf("%-58s %12.0f %s\n", name, value, unit);
    csv_row(name, unit, value, value, value, 1, "");
}

/* ---- Time ---- */

uint64_t bench_now_ns(void) {
    struct timespec t;
    clock_gettime(clock_in_use, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

void bench_time(const struct bench_options *options, const char *name, void (*body)(void *argument, size_t i),
                void *argument, double divide) {
    if (!bench_wanted(options, name)) return;
    size_t i = 0, inner = 1;
    for (;;) { /* warms up, too */
        uint64_t start = bench_now_ns();
        for (size_t k = 0; k < inner; k++) body(argument, i++);
        if (options->quick || bench_now_ns() - start >= SAMPLE_NS_MIN) break;
        inner *= 2;
    }
    uint64_t *samples = malloc(options->reps * sizeof *samples);
    if (samples == NULL) abort();
    for (unsigned s = 0; s < options->reps; s++) {
        uint64_t start = bench_now_ns();
        for (size_t k = 0; k < inner; k++) body(argument, i++);
        samples[s] = bench_now_ns() - start;
    }
    bench_report(name, samples, options->reps, (double)inner * divide, "");
    free(samples);
}

/* ---- Inputs ---- */

uint64_t bench_random_u64(struct bench_random *random) {
    uint64_t z = random->state += 0x9e3779b97f4a7c15u;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
}

void bench_random_field_element(struct bench_random *random, uint8_t out[32]) {
    static const uint8_t modulus[32] = {0x73, 0xed, 0xa7, 0x53, 0x29, 0x9d, 0x7d, 0x48, 0x33, 0x39, 0xd8,
                                        0x08, 0x09, 0xa1, 0xd8, 0x05, 0x53, 0xbd, 0xa4, 0x02, 0xff, 0xfe,
                                        0x5b, 0xfe, 0xff, 0xff, 0xff, 0xff, 0x00, 0x00, 0x00, 0x01};
    do {
        for (int i = 0; i < 32; i += 8) {
            uint64_t v = bench_random_u64(random);
            memcpy(out + i, &v, 8);
        }
        out[0] &= 0x7f;
    } while (memcmp(out, modulus, 32) >= 0);
}

void bench_random_subset(struct bench_random *random, uint64_t *out, size_t k, size_t n) {
    size_t taken = 0;
    for (size_t i = 0; i < n && taken < k; i++)
        if (bench_random_u64(random) % (n - i) < k - taken) out[taken++] = i;
}
