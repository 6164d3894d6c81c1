/* A profile's samples as pprof and as folded text. Equal ones are added up first. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ops/sampler.h"
#include "ops/sampler_pprof.h"
#include "ops/sources.h"

static const char *const key_names[SAMPLER_KEYS] = {"operation", "backend", "worker"};
static const char no_memory[] = "no memory for the profile";

/* ---- Adding up ------------------------------------------------------------------------------------------------ */

struct stack {
    const uint64_t *words;
    uint64_t count;
    uint64_t caller; /* where the innermost function returns to, when the frames do not say that; else 0 */
};

static int by_content(const void *left, const void *right) {
    const struct stack *one = left, *other = right;
    const uint64_t *a = one->words, *b = other->words;
    size_t depth = SAMPLE_DEPTH(a);
    if (depth != SAMPLE_DEPTH(b)) return depth < SAMPLE_DEPTH(b) ? -1 : 1;
    if (one->caller != other->caller) return one->caller < other->caller ? -1 : 1;
    return memcmp(a + 1, b + 1, (SAMPLE_ADDRESS - 1 + depth) * sizeof *a);
}

static void sum_up(struct bytes *stacks) {
    struct stack *all = (struct stack *)(void *)stacks->data;
    size_t n = stacks->size / sizeof *all, kept = 0;
    if (n == 0) return;
    qsort(all, n, sizeof *all, by_content);
    for (size_t i = 1; i < n; i++) {
        if (by_content(&all[kept], &all[i]) == 0) {
            all[kept].count += all[i].count;
        } else {
            all[++kept] = all[i];
        }
    }
    stacks->size = (kept + 1) * sizeof *all;
}

/* A function without a frame pointer of its own leaves its caller's in place, so that the frames begin with the
 * caller's caller. Its file's tables say where the missing one is. */
static uint64_t missing_caller(const uint64_t *words, struct maps *maps) {
    const uint64_t *candidates = words + SAMPLE_ADDRESS + SAMPLE_DEPTH(words);
    size_t n = SAMPLE_CANDIDATES(words), map = kzgops__maps_find(maps, words[SAMPLE_ADDRESS]);
    uint64_t place;
    if (n == 0 || map == kzgops__maps_count(maps)) return 0;
    if (!kzgops__maps_return_place(maps, map, words[SAMPLE_ADDRESS], &place)) return 0;
    for (size_t i = 0; i < n; i++) {
        if (CANDIDATE_PLACE(candidates[i]) * sizeof(uintptr_t) == place) return CANDIDATE_ADDRESS(candidates[i]);
    }
    return 0;
}

/* What was asked for may be past the end; the row ends at a head of 0 then. */
static void collect(const struct kzgops_sampler *sampler, struct maps *maps, struct bytes *stacks) {
    size_t used = atomic_load(&sampler->used), at = 0;
    if (used > sampler->word_count) used = sampler->word_count;
    while (used - at > SAMPLE_ADDRESS && sampler->words[at] != 0) {
        const uint64_t *words = sampler->words + at;
        const struct stack one = {words, SAMPLE_COUNT(words), missing_caller(words, maps)};
        kzgops__bytes_add(stacks, &one, sizeof one);
        at += SAMPLE_ADDRESS + SAMPLE_DEPTH(words) + SAMPLE_CANDIDATES(words);
    }
    if (!stacks->failed) sum_up(stacks);
}

/* All frames, innermost first. */
struct frames {
    uint64_t address[KZGOPS_SAMPLER_DEPTH_MAX + 1];
    size_t depth;
};

static struct frames frames_of(const struct stack *stack) {
    struct frames frames = {.depth = SAMPLE_DEPTH(stack->words)};
    size_t missing = stack->caller != 0;
    frames.address[0] = stack->words[SAMPLE_ADDRESS];
    if (missing) frames.address[1] = stack->caller;
    for (size_t i = 1; i < frames.depth; i++) frames.address[i + missing] = stack->words[SAMPLE_ADDRESS + i];
    frames.depth += missing;
    return frames;
}

static const char *label_of(const uint64_t *words, size_t key) {
    return (const char *)(uintptr_t)words[SAMPLE_LABEL + key];
}

/* ---- pprof ------------------------------------------------------------------------------------------------------
 */

static void write_sample(struct pprof *pprof, const struct stack *stack, uint64_t period_ns) {
    struct pprof_label labels[SAMPLER_KEYS + 1];
    const uint64_t values[] = {stack->count, stack->count * period_ns};
    size_t n = 0;
    for (size_t i = 0; i < SAMPLER_KEYS; i++) {
        const char *value = label_of(stack->words, i);
        if (value != NULL) labels[n++] = (struct pprof_label){key_names[i], value, 0};
    }
    labels[n++] = (struct pprof_label){"thread", NULL, stack->words[SAMPLE_THREAD]};
    struct frames frames = frames_of(stack);
    kzgops__pprof_sample(pprof, frames.address, frames.depth, false, values, 2, labels, n);
}

static const char *write_pprof(const struct kzgops_sampler *sampler, const struct bytes *stacks, struct maps *maps,
                               kzgops_sampler_bytes *ret) {
    static const struct pprof_type types[] = {{"samples", "count"}, {"cpu", "nanoseconds"}};
    const struct pprof_head head = {.types = types,
                                    .type_count = 2,
                                    .default_type = "cpu",
                                    .period_type = types[1],
                                    .period = (uint64_t)sampler->period_ns,
                                    .time_ns = (uint64_t)sampler->wall_ns,
                                    .duration_ns = (uint64_t)(sampler->end_ns - sampler->start_ns)};
    const struct stack *all = (const struct stack *)(const void *)stacks->data;
    struct pprof pprof;
    kzgops__pprof_init(&pprof, maps, true);
    for (size_t i = 0; i < stacks->size / sizeof *all; i++) write_sample(&pprof, &all[i], head.period);
    const char *error = kzgops__pprof_finish(&pprof, &head, sampler->config.sources, ret);
    kzgops__pprof_free(&pprof);
    return error;
}

/* ---- Folded -----------------------------------------------------------------------------------------------------
 */

struct line {
    size_t begin; /* in the text */
    const char *text;
    uint64_t count;
};

/* What would end a frame or a line is put in another's place. */
static void add_frame(struct bytes *text, const char *prefix, const char *name) {
    size_t from = text->size;
    kzgops__bytes_add(text, prefix, strlen(prefix));
    kzgops__bytes_add(text, name, strlen(name));
    for (size_t i = from; i < text->size && !text->failed; i++) {
        if (text->data[i] == ';') text->data[i] = ':';
        if (text->data[i] < ' ') text->data[i] = '_';
    }
    kzgops__bytes_add(text, ";", 1);
}

static void add_line(struct bytes *text, struct bytes *lines, const struct stack *stack, struct maps *maps,
                     bool workers) {
    static const struct {
        enum sampler_key key;
        const char *prefix;
    } order[] = {{SAMPLER_WORKER, "worker="}, {SAMPLER_OPERATION, "operation="}, {SAMPLER_BACKEND, "backend="}};
    const struct frames frames = frames_of(stack);
    const struct line line = {.begin = text->size, .count = stack->count};
    size_t known = 1;
    char buffer[160];
    for (size_t i = workers ? 0 : 1; i < 3; i++) {
        const char *value = label_of(stack->words, order[i].key);
        if (value != NULL) add_frame(text, order[i].prefix, value);
    }
    while (known < frames.depth &&
           kzgops__maps_find(maps, kzgops__frame_place(frames.address, known, false)) < kzgops__maps_count(maps)) {
        known++;
    }
    for (size_t i = known; i-- > 0;) {
        uint64_t place = kzgops__frame_place(frames.address, i, false);
        add_frame(text, "", kzgops__function_name(maps, true, place, buffer, sizeof buffer));
    }
    if (!text->failed) text->data[text->size - 1] = '\0'; /* the last semicolon */
    kzgops__bytes_add(lines, &line, sizeof line);
}

static int by_text(const void *left, const void *right) {
    return strcmp(((const struct line *)left)->text, ((const struct line *)right)->text);
}

static void write_lines(struct line *line, size_t n, const struct bytes *text, struct bytes *out) {
    char number[24];
    for (size_t i = 0; i < n; i++) line[i].text = (const char *)text->data + line[i].begin;
    if (n > 0) qsort(line, n, sizeof *line, by_text);
    for (size_t i = 0; i < n; i++) {
        uint64_t count = line[i].count;
        while (i + 1 < n && by_text(&line[i], &line[i + 1]) == 0) count += line[++i].count;
        kzgops__bytes_add(out, line[i].text, strlen(line[i].text));
        int length = snprintf(number, sizeof number, " %llu\n", (unsigned long long)count);
        kzgops__bytes_add(out, number, (size_t)length);
    }
}

static const char *write_folded(const struct kzgops_sampler *sampler, const struct bytes *stacks, struct maps *maps,
                                bool workers, kzgops_sampler_bytes *ret) {
    const struct stack *all = (const struct stack *)(const void *)stacks->data;
    struct bytes text, lines, out;
    kzgops__bytes_init(&text, &maps->allocator);
    kzgops__bytes_init(&lines, &maps->allocator);
    kzgops__bytes_init(&out, &maps->allocator);
    for (size_t i = 0; i < stacks->size / sizeof *all; i++) add_line(&text, &lines, &all[i], maps, workers);
    const char *error = no_memory;
    if (!text.failed && !lines.failed) {
        write_lines((struct line *)(void *)lines.data, lines.size / sizeof(struct line), &text, &out);
        error = kzgops__give_bytes(&out, sampler->config.sources, ret);
    }
    kzgops__bytes_free(&text);
    kzgops__bytes_free(&lines);
    kzgops__bytes_free(&out);
    return error;
}

const char *kzgops_sampler_encode(kzgops_sampler *sampler, kzgops_sampler_format format, kzgops_sampler_bytes *ret) {
    const char *error = NULL;
    struct bytes stacks;
    struct maps maps;
    kzgops_sampler_stop(sampler);
    kzgops__bytes_init(&stacks, &sampler->allocator);
    kzgops__maps_init(&maps, &sampler->allocator, kzgops__proc_root(sampler->config.sources));
    if (!kzgops__maps_read(&maps)) error = "the process's memory map cannot be read";
    if (error == NULL) collect(sampler, &maps, &stacks);
    if (error == NULL && stacks.failed) error = no_memory;
    if (error == NULL && format == KZGOPS_SAMPLER_PPROF) {
        error = write_pprof(sampler, &stacks, &maps, ret);
    } else if (error == NULL) {
        error = write_folded(sampler, &stacks, &maps, format == KZGOPS_SAMPLER_FOLDED_WORKERS, ret);
    }
    kzgops__maps_free(&maps);
    kzgops__bytes_free(&stacks);
    return error;
}
