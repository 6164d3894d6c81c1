/* Ticks, samples, windows and the threshold. A tick reads into the spare of two readings and compares it with the
 * other; all of it under one lock, which the reports take too. */
#include "kzgops/cpu.h"

#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/assert.h"
#include "ops/cpu_read.h"
#include "ops/sources.h"

#define UNKNOWN    KZGOPS_CPU_UNKNOWN
#define SECOND_NS  INT64_C(1000000000)
#define STEP_NS    (SECOND_NS / 2)
#define SLACK_NS   (SECOND_NS / 20) /* counters may be that late: a few ticks of 10 ms */
#define SAMPLES    1024
#define KEPT       256
#define SAMPLES_TO 1000000
#define KEPT_TO    65536

struct sums {
    uint64_t count, above;
    double sum, minimum, maximum;
};

struct kzgops_cpu {
    kzgops_cpu_config config;
    pthread_mutex_t lock;
    void *block; /* of all arrays */
    size_t block_bytes;
    struct cpu_reading reading[2];
    unsigned newest; /* of the two */
    bool any;        /* a reading was taken */

    kzgops_cpu_sample *ring, last;
    size_t ring_next, ring_count;
    int64_t born_ns; /* of the first reading */
    struct sums all[KZGOPS_CPU_FIGURES];
    kzgops_cpu_core *cores;
    kzgops_cpu_thread *threads;
    size_t core_count, thread_count;

    bool above[KZGOPS_CPU_FIGURES];
    int64_t since_ns[KZGOPS_CPU_FIGURES];
    uint64_t crossings, ticks, samples, resets, clock_steps;

    pthread_mutex_t helper_lock; /* of the three below */
    pthread_cond_t helper_wake;
    bool helper_runs, helper_ends;
    pthread_t helper;
};

/* ---- Making -------------------------------------------------------------------------------------------------- */

static const char *config_error(const kzgops_cpu_config *config) {
    double threshold = config->threshold_percent, hysteresis = config->hysteresis_percent;
    if (!(threshold > 0) || threshold > 100) return "the CPU threshold is not above 0 and up to 100 per cent";
    if (!(hysteresis >= 0) || hysteresis >= threshold) return "the hysteresis is not below the CPU threshold";
    if (config->interval_ns < SECOND_NS / 100 || config->interval_ns > 3600 * SECOND_NS) {
        return "the interval of CPU samples is not between 10 ms and an hour";
    }
    if (config->samples > SAMPLES_TO) return "more than a million CPU samples";
    if (config->cores > KEPT_TO || config->threads > KEPT_TO) return "more than 65536 CPUs or threads";
    return NULL;
}

static void put_defaults(kzgops_cpu_config *config) {
    if (config->threshold_percent == 0) config->threshold_percent = 80;
    if (config->hysteresis_percent == 0) config->hysteresis_percent = 10;
    if (config->interval_ns == 0) config->interval_ns = SECOND_NS;
    if (config->samples == 0) config->samples = SAMPLES;
    if (config->cores == 0) config->cores = KEPT;
    if (config->threads == 0) config->threads = KEPT;
}

static kzgops_cpu_sample no_sample(void) {
    kzgops_cpu_sample sample = {0};
    sample.busy = sample.user = sample.kernel = sample.iowait = sample.steal = sample.core_busiest = NAN;
    sample.process = sample.process_user = sample.process_kernel = sample.process_share = NAN;
    sample.run_wait = sample.throttled = sample.load1 = sample.pressure = NAN;
    return sample;
}

/* All arrays stand in one block. */
static void *carve(unsigned char *block, size_t *used, size_t bytes) {
    void *here = block != NULL ? block + *used : NULL;
    *used += (bytes + 15) / 16 * 16;
    return here;
}

/* Returns the size that is needed; with a block, which has it, places the arrays. */
static size_t place_arrays(kzgops_cpu *cpu, unsigned char *block) {
    const kzgops_cpu_config *config = &cpu->config;
    size_t used = 0;
    cpu->ring = carve(block, &used, config->samples * sizeof *cpu->ring);
    cpu->cores = carve(block, &used, config->cores * sizeof *cpu->cores);
    cpu->threads = carve(block, &used, config->threads * sizeof *cpu->threads);
    for (size_t i = 0; i < 2; i++) {
        struct cpu_reading *reading = &cpu->reading[i];
        reading->core_max = config->cores;
        reading->thread_max = config->threads;
        reading->cores = carve(block, &used, config->cores * sizeof *reading->cores);
        reading->threads = carve(block, &used, config->threads * sizeof *reading->threads);
    }
    return used;
}

static void init_locks(kzgops_cpu *cpu) {
    pthread_condattr_t attributes;
    pthread_mutex_init(&cpu->lock, NULL);
    pthread_mutex_init(&cpu->helper_lock, NULL);
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&cpu->helper_wake, &attributes);
    pthread_condattr_destroy(&attributes);
}

kzgops_cpu *kzgops_cpu_new(const kzgops_cpu_config *config, const char **ret_error) {
    kzgops_cpu made = {.config = config != NULL ? *config : (kzgops_cpu_config){0}}, *cpu = NULL;
    put_defaults(&made.config);
    const char *error = config_error(&made.config);
    kzgops_allocator allocator = kzgops__allocator(made.config.sources);
    if (error == NULL) {
        made.block_bytes = place_arrays(&made, NULL);
        made.block = allocator.alloc(allocator.user, made.block_bytes);
        if (made.block != NULL) cpu = allocator.alloc(allocator.user, sizeof *cpu);
        if (cpu == NULL) error = "no memory for the CPU monitor";
    }
    if (cpu == NULL) {
        if (made.block != NULL) allocator.release(allocator.user, made.block, made.block_bytes);
        if (ret_error != NULL) *ret_error = error;
        return NULL;
    }
    *cpu = made;
    (void)place_arrays(cpu, cpu->block);
    init_locks(cpu);
    cpu->last = no_sample();
    return cpu;
}

kzgops_cpu *kzgops_cpu_free(kzgops_cpu *cpu) {
    if (cpu == NULL) return NULL;
    kzgops_cpu_stop(cpu);
    kzgops_allocator allocator = kzgops__allocator(cpu->config.sources);
    pthread_cond_destroy(&cpu->helper_wake);
    pthread_mutex_destroy(&cpu->helper_lock);
    pthread_mutex_destroy(&cpu->lock);
    allocator.release(allocator.user, cpu->block, cpu->block_bytes);
    allocator.release(allocator.user, cpu, sizeof *cpu);
    return NULL;
}

/* ---- Two readings, compared ---------------------------------------------------------------------------------- */

struct shares {
    double busy, user, kernel, iowait, steal;
};

static uint64_t grown(uint64_t from, uint64_t to) {
    return to > from ? to - from : 0;
}

/* Of one CPU, or of all. Idle, I/O and stolen time go back a little now and then in many kernels, which counts as
 * nothing; the others never do, unless the counters were set to zero. */
static struct shares compare(const struct cpu_times *from, const struct cpu_times *to, bool *reset) {
    struct shares none = {NAN, NAN, NAN, NAN, NAN};
    if (!from->known || !to->known) return none;
    if (to->user < from->user || to->kernel < from->kernel) {
        *reset = true;
        return none;
    }
    double user = (double)(to->user - from->user), kernel = (double)(to->kernel - from->kernel);
    double idle = (double)grown(from->idle, to->idle), iowait = (double)grown(from->iowait, to->iowait);
    double steal = (double)grown(from->steal, to->steal), total = user + kernel + idle + iowait + steal;
    if (!(total > 0)) return none;
    return (struct shares){.busy = 100 * (user + kernel + steal) / total,
                           .user = 100 * user / total,
                           .kernel = 100 * kernel / total,
                           .iowait = 100 * iowait / total,
                           .steal = from->steal_known && to->steal_known ? 100 * steal / total : NAN};
}

static void compare_cores(kzgops_cpu *cpu, const struct cpu_reading *from, const struct cpu_reading *to,
                          kzgops_cpu_sample *sample, bool *reset) {
    cpu->core_count = to->core_count;
    for (size_t i = 0; i < to->core_count; i++) {
        struct cpu_times before = {0};
        for (size_t k = 0; k < from->core_count; k++) {
            size_t at = (i + k) % from->core_count; /* the same place as a rule: CPUs seldom come or go */
            if (from->cores[at].number != to->cores[i].number) continue;
            before = from->cores[at].times;
            break;
        }
        struct shares shares = compare(&before, &to->cores[i].times, reset);
        cpu->cores[i] = (kzgops_cpu_core){.number = to->cores[i].number,
                                          .busy = shares.busy,
                                          .user = shares.user,
                                          .kernel = shares.kernel,
                                          .iowait = shares.iowait,
                                          .steal = shares.steal};
        if (!(sample->core_busiest >= shares.busy)) sample->core_busiest = shares.busy;
    }
}

/* Per cent of one CPU that a counter of nanoseconds has grown by. NaN when it went back, or on by more than so many
 * CPUs could have done. */
static double rate(uint64_t from, uint64_t to, int64_t interval, double cpus, bool *reset) {
    if (from == UNKNOWN || to == UNKNOWN) return NAN;
    double ns = (double)grown(from, to), most = cpus * (double)interval;
    if (to < from || (!isnan(cpus) && ns > most * 1.05 + (double)SLACK_NS)) {
        *reset = true;
        return NAN;
    }
    double percent = 100 * ns / (double)interval;
    return percent > 100 * cpus ? 100 * cpus : percent;
}

static const struct cpu_thread_times *same_thread(const struct cpu_reading *in, const struct cpu_thread_times *thread,
                                                  size_t near) {
    for (size_t k = 0; k < in->thread_count; k++) {
        const struct cpu_thread_times *candidate = &in->threads[(near + k) % in->thread_count];
        if (candidate->id == thread->id && candidate->start == thread->start) return candidate;
    }
    return NULL;
}

/* The sum of waiting is known when that of some thread is. */
static void compare_threads(kzgops_cpu *cpu, const struct cpu_reading *from, const struct cpu_reading *to,
                            int64_t interval, kzgops_cpu_sample *sample, bool *reset) {
    cpu->thread_count = to->thread_count;
    for (size_t i = 0; i < to->thread_count; i++) {
        const struct cpu_thread_times *now = &to->threads[i], *before = same_thread(from, now, i);
        kzgops_cpu_thread *thread = &cpu->threads[i];
        *thread = (kzgops_cpu_thread){.id = now->id, .state = now->state, .busy = NAN, .run_wait = NAN};
        memcpy(thread->name, now->name, sizeof thread->name);
        thread->cpu_s = now->cpu_ns == UNKNOWN ? NAN : (double)now->cpu_ns / SECOND_NS;
        thread->wait_s = now->wait_ns == UNKNOWN ? NAN : (double)now->wait_ns / SECOND_NS;
        if (before == NULL) continue;
        thread->busy = rate(before->cpu_ns, now->cpu_ns, interval, 1, reset);
        /* The kernel adds a wait when it ends: it may have begun before the interval. */
        thread->run_wait = rate(before->wait_ns, now->wait_ns, interval, NAN, reset);
        if (isnan(thread->run_wait)) continue;
        if (thread->run_wait > 100) thread->run_wait = 100;
        sample->run_wait = isnan(sample->run_wait) ? thread->run_wait : sample->run_wait + thread->run_wait;
    }
}

static double throttled_share(const kzgops_cpu_limits *from, const kzgops_cpu_limits *to, bool *reset) {
    if (from->periods == UNKNOWN || to->periods == UNKNOWN || from->throttled_periods == UNKNOWN ||
        to->throttled_periods == UNKNOWN) {
        return NAN;
    }
    if (strcmp(from->quota_path, to->quota_path) != 0 || strcmp(from->path, to->path) != 0) return NAN;
    if (to->periods < from->periods || to->throttled_periods < from->throttled_periods) {
        *reset = true;
        return NAN;
    }
    uint64_t periods = to->periods - from->periods, throttled = to->throttled_periods - from->throttled_periods;
    if (throttled > periods) return NAN;
    return periods > 0 ? 100 * (double)throttled / (double)periods : 0;
}

static void compare_process(const struct cpu_reading *from, const struct cpu_reading *to, int64_t interval,
                            kzgops_cpu_sample *sample, bool *reset) {
    const kzgops_cpu_limits *limits = &to->limits;
    double cpus = limits->allowed != UNKNOWN ? (double)limits->allowed : NAN;
    if (isnan(cpus) && limits->online != UNKNOWN) cpus = (double)limits->online;
    sample->process_user = rate(from->process_user_ns, to->process_user_ns, interval, cpus, reset);
    sample->process_kernel = rate(from->process_kernel_ns, to->process_kernel_ns, interval, cpus, reset);
    sample->process = sample->process_user + sample->process_kernel;
    if (sample->process > 100 * cpus) sample->process = 100 * cpus;
    /* A quota can be exceeded by what was saved up: cpu.max.burst. */
    sample->process_share = sample->process / limits->available;
    if (sample->process_share > 100) sample->process_share = 100;
}

static kzgops_cpu_sample make_sample(kzgops_cpu *cpu, const struct cpu_reading *from, const struct cpu_reading *to,
                                     bool *reset) {
    kzgops_cpu_sample sample = no_sample();
    struct shares shares = compare(&from->all, &to->all, reset);
    sample.when_ns = to->when_ns;
    sample.at_ns = to->at_ns;
    sample.interval_ns = to->at_ns - from->at_ns;
    sample.busy = shares.busy;
    sample.user = shares.user;
    sample.kernel = shares.kernel;
    sample.iowait = shares.iowait;
    sample.steal = shares.steal;
    sample.load1 = to->load1;
    sample.pressure = to->machine_pressure.some_avg10;
    sample.throttled = throttled_share(&from->limits, &to->limits, reset);
    compare_cores(cpu, from, to, &sample, reset);
    compare_threads(cpu, from, to, sample.interval_ns, &sample, reset);
    compare_process(from, to, sample.interval_ns, &sample, reset);
    return sample;
}

/* ---- Ticks --------------------------------------------------------------------------------------------------- */

static double figure_of(const kzgops_cpu_sample *sample, size_t figure) {
    return figure == KZGOPS_CPU_SYSTEM ? sample->busy : sample->process_share;
}

static void add(struct sums *sums, double value, double threshold) {
    if (isnan(value)) return;
    if (sums->count == 0 || value < sums->minimum) sums->minimum = value;
    if (sums->count == 0 || value > sums->maximum) sums->maximum = value;
    sums->count++;
    sums->sum += value;
    if (value >= threshold) sums->above++;
}

static void keep(kzgops_cpu *cpu, const kzgops_cpu_sample *sample) {
    cpu->last = *sample;
    cpu->ring[cpu->ring_next] = *sample;
    cpu->ring_next = (cpu->ring_next + 1) % cpu->config.samples;
    if (cpu->ring_count < cpu->config.samples) cpu->ring_count++;
    cpu->samples++;
    for (size_t f = 0; f < KZGOPS_CPU_FIGURES; f++) {
        add(&cpu->all[f], figure_of(sample, f), cpu->config.threshold_percent);
    }
}

/* An unknown value crosses nothing. */
static size_t watch(kzgops_cpu *cpu, const kzgops_cpu_sample *sample, kzgops_cpu_crossing out[KZGOPS_CPU_FIGURES]) {
    double threshold = cpu->config.threshold_percent, back = threshold - cpu->config.hysteresis_percent;
    size_t n = 0;
    for (size_t f = 0; f < KZGOPS_CPU_FIGURES; f++) {
        double value = figure_of(sample, f);
        bool crosses = cpu->above[f] ? value < back : value >= threshold;
        if (!crosses) continue;
        cpu->above[f] = !cpu->above[f];
        cpu->since_ns[f] = sample->when_ns;
        out[n++] = (kzgops_cpu_crossing){.sequence = ++cpu->crossings,
                                         .figure = (kzgops_cpu_figure)f,
                                         .above = cpu->above[f],
                                         .value = value,
                                         .threshold = threshold,
                                         .when_ns = sample->when_ns};
    }
    return n;
}

/* Both clocks should have gone on by the same. */
static bool clocks_agree(const struct cpu_reading *from, const struct cpu_reading *to) {
    int64_t apart = (to->when_ns - from->when_ns) - (to->at_ns - from->at_ns);
    return apart < STEP_NS && apart > -STEP_NS;
}

bool kzgops_cpu_tick(kzgops_cpu *cpu, kzgops_cpu_sample *ret) {
    kzgops_cpu_crossing crossing[KZGOPS_CPU_FIGURES];
    size_t crossings = 0;
    bool sampled = false, reset = false;
    pthread_mutex_lock(&cpu->lock);
    const struct cpu_reading *from = &cpu->reading[cpu->newest];
    struct cpu_reading *to = &cpu->reading[1 - cpu->newest];
    kzgops__cpu_read(cpu->config.sources, to);
    cpu->ticks++;
    if (!cpu->any) {
        cpu->any = true;
        cpu->born_ns = to->at_ns;
    } else {
        if (!clocks_agree(from, to) || to->at_ns < from->at_ns) cpu->clock_steps++;
        sampled = to->at_ns > from->at_ns;
    }
    if (sampled) {
        kzgops_cpu_sample sample = make_sample(cpu, from, to, &reset);
        if (reset) cpu->resets++;
        keep(cpu, &sample);
        crossings = watch(cpu, &sample, crossing);
        if (ret != NULL) *ret = sample;
    }
    cpu->newest = 1 - cpu->newest;
    pthread_mutex_unlock(&cpu->lock);
    for (size_t i = 0; i < crossings; i++) {
        if (cpu->config.crossed != NULL) cpu->config.crossed(cpu->config.user, &crossing[i]);
    }
    return sampled;
}

/* ---- The helper ---------------------------------------------------------------------------------------------- */

/* Waits by the system's clock: an interval of a clock that a test sets would never end. */
static void *help(void *argument) {
    kzgops_cpu *cpu = argument;
    struct timespec next;
    pthread_mutex_lock(&cpu->helper_lock);
    while (!cpu->helper_ends) {
        pthread_mutex_unlock(&cpu->helper_lock);
        (void)kzgops_cpu_tick(cpu, NULL);
        pthread_mutex_lock(&cpu->helper_lock);
        clock_gettime(CLOCK_MONOTONIC, &next);
        int64_t ns = next.tv_nsec + cpu->config.interval_ns % SECOND_NS;
        next.tv_sec += cpu->config.interval_ns / SECOND_NS + ns / SECOND_NS;
        next.tv_nsec = ns % SECOND_NS;
        while (!cpu->helper_ends && pthread_cond_timedwait(&cpu->helper_wake, &cpu->helper_lock, &next) == 0) {
        }
    }
    pthread_mutex_unlock(&cpu->helper_lock);
    return NULL;
}

const char *kzgops_cpu_start(kzgops_cpu *cpu) {
    const char *error = NULL;
    pthread_mutex_lock(&cpu->helper_lock);
    if (cpu->helper_runs) {
        error = "the CPU monitor's thread runs already";
    } else {
        cpu->helper_ends = false;
        cpu->helper_runs = pthread_create(&cpu->helper, NULL, help, cpu) == 0;
        if (!cpu->helper_runs) error = "no thread for the CPU monitor";
    }
    pthread_mutex_unlock(&cpu->helper_lock);
    return error;
}

void kzgops_cpu_stop(kzgops_cpu *cpu) {
    pthread_mutex_lock(&cpu->helper_lock);
    bool runs = cpu->helper_runs && !cpu->helper_ends;
    if (runs) {
        cpu->helper_ends = true;
        pthread_cond_broadcast(&cpu->helper_wake);
    }
    pthread_mutex_unlock(&cpu->helper_lock);
    if (!runs) return;
    pthread_join(cpu->helper, NULL);
    pthread_mutex_lock(&cpu->helper_lock);
    cpu->helper_runs = false;
    pthread_mutex_unlock(&cpu->helper_lock);
}

/* ---- What there is to report --------------------------------------------------------------------------------- */

/* The i-th newest. */
static const kzgops_cpu_sample *recent(const kzgops_cpu *cpu, size_t i) {
    return &cpu->ring[(cpu->ring_next + cpu->config.samples - 1 - i) % cpu->config.samples];
}

size_t kzgops_cpu_samples(kzgops_cpu *cpu, kzgops_cpu_sample *out, size_t max) {
    pthread_mutex_lock(&cpu->lock);
    size_t n = cpu->ring_count < max ? cpu->ring_count : max;
    for (size_t i = 0; i < n; i++) out[i] = *recent(cpu, n - 1 - i);
    pthread_mutex_unlock(&cpu->lock);
    return n;
}

static kzgops_cpu_window window_of(const struct sums *sums, int64_t covered) {
    bool any = sums->count > 0;
    return (kzgops_cpu_window){.count = sums->count,
                               .average = any ? sums->sum / (double)sums->count : NAN,
                               .minimum = any ? sums->minimum : NAN,
                               .maximum = any ? sums->maximum : NAN,
                               .above = any ? (double)sums->above / (double)sums->count : NAN,
                               .covered_ns = covered};
}

/* Samples that ended within the span before now, and after a monotonic clock that went back the ones since. */
static kzgops_cpu_window recent_window(const kzgops_cpu *cpu, size_t figure, int64_t now, int64_t span) {
    struct sums sums = {0};
    int64_t covered = 0, later = now;
    for (size_t i = 0; i < cpu->ring_count; i++) {
        const kzgops_cpu_sample *sample = recent(cpu, i);
        if (sample->at_ns > later || sample->at_ns <= now - span) break;
        add(&sums, figure_of(sample, figure), cpu->config.threshold_percent);
        later = sample->at_ns;
        covered = now - sample->at_ns + sample->interval_ns;
    }
    return window_of(&sums, covered < span ? covered : span);
}

static int busier(const void *left, const void *right) {
    const kzgops_cpu_thread *a = left, *b = right;
    double x = isnan(a->busy) ? -1 : a->busy, y = isnan(b->busy) ? -1 : b->busy;
    if (x != y) return x > y ? -1 : 1;
    return a->id < b->id ? -1 : a->id > b->id;
}

static void report_arrays(kzgops_cpu *cpu, const struct cpu_reading *now, size_t cores_max, size_t threads_max,
                          kzgops_cpu_report_data *ret) {
    ret->core_total = now->core_total;
    ret->thread_total = now->thread_total;
    ret->core_count = cpu->core_count < cores_max ? cpu->core_count : cores_max;
    ret->thread_count = cpu->thread_count < threads_max ? cpu->thread_count : threads_max;
    qsort(cpu->threads, cpu->thread_count, sizeof cpu->threads[0], busier);
    if (ret->core_count > 0) memcpy(ret->cores, cpu->cores, ret->core_count * sizeof ret->cores[0]);
    if (ret->thread_count > 0) memcpy(ret->threads, cpu->threads, ret->thread_count * sizeof ret->threads[0]);
}

static void report_now(const kzgops_cpu *cpu, kzgops_cpu_report_data *ret) {
    struct cpu_reading none = {.process_user_ns = UNKNOWN, .process_kernel_ns = UNKNOWN, .runnable = UNKNOWN};
    none.tasks = none.limits.online = none.limits.allowed = UNKNOWN;
    none.limits.periods = none.limits.throttled_periods = none.limits.throttled_ns = UNKNOWN;
    none.load1 = none.load5 = none.load15 = none.limits.quota = none.limits.available = NAN;
    none.machine_pressure = (kzgops_cpu_pressure){false, NAN, NAN, NAN, NAN, UNKNOWN};
    none.group_pressure = none.machine_pressure;
    const struct cpu_reading *now = cpu->any ? &cpu->reading[cpu->newest] : &none;
    ret->when_ns = now->when_ns;
    ret->process_user_s = now->process_user_ns == UNKNOWN ? NAN : (double)now->process_user_ns / SECOND_NS;
    ret->process_kernel_s = now->process_kernel_ns == UNKNOWN ? NAN : (double)now->process_kernel_ns / SECOND_NS;
    ret->load1 = now->load1;
    ret->load5 = now->load5;
    ret->load15 = now->load15;
    ret->runnable = now->runnable;
    ret->tasks = now->tasks;
    ret->limits = now->limits;
    ret->machine_pressure = now->machine_pressure;
    ret->group_pressure = now->group_pressure;
}

void kzgops_cpu_report(kzgops_cpu *cpu, kzgops_cpu_core *cores, size_t cores_max, kzgops_cpu_thread *threads,
                       size_t threads_max, kzgops_cpu_report_data *ret) {
    pthread_mutex_lock(&cpu->lock);
    const struct cpu_reading *newest = &cpu->reading[cpu->newest];
    *ret = (kzgops_cpu_report_data){.last = cpu->last,
                                    .threshold = cpu->config.threshold_percent,
                                    .crossings = cpu->crossings,
                                    .ticks = cpu->ticks,
                                    .samples = cpu->samples,
                                    .resets = cpu->resets,
                                    .clock_steps = cpu->clock_steps,
                                    .cores = cores,
                                    .threads = threads};
    report_now(cpu, ret);
    report_arrays(cpu, newest, cores_max, threads_max, ret);
    for (size_t f = 0; f < KZGOPS_CPU_FIGURES; f++) {
        ret->above[f] = cpu->above[f];
        ret->since_ns[f] = cpu->since_ns[f];
        ret->window[f][KZGOPS_CPU_MINUTE] = recent_window(cpu, f, newest->at_ns, 60 * SECOND_NS);
        ret->window[f][KZGOPS_CPU_TEN_MINUTES] = recent_window(cpu, f, newest->at_ns, 600 * SECOND_NS);
        int64_t age = newest->at_ns - cpu->born_ns;
        ret->window[f][KZGOPS_CPU_ALL] = window_of(&cpu->all[f], cpu->any && age > 0 ? age : 0);
    }
    pthread_mutex_unlock(&cpu->lock);
}

const char *kzgops_cpu_figure_name(kzgops_cpu_figure figure) {
    static const char *const names[] = {"system", "process"};
    KZG_ASSERT((unsigned)figure < KZGOPS_CPU_FIGURES);
    return names[figure];
}

const char *kzgops_cpu_span_name(kzgops_cpu_span span) {
    static const char *const names[] = {"1m", "10m", "all"};
    KZG_ASSERT((unsigned)span < KZGOPS_CPU_SPANS);
    return names[span];
}
