/* Flame graphs. The lines are sorted so that those with the same beginning stand together; then one walk over them
 * with the row of frames that are open at each point knows where every frame begins and ends. It is done twice: for
 * the picture's height, and to draw.
 *
 * All places are computed in whole hundredths of a pixel. */
#include "kzgops/flame.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ops/sampler_bytes.h"
#include "ops/sources.h"

#define ROW       18  /* pixels of a frame's height, with the gap below it */
#define MARGIN    12  /* around everything */
#define HEAD      56  /* above the frames */
#define LETTER    660 /* hundredths of a pixel that a letter takes: 11 px monospace */
#define NARROWEST 20  /* hundredths: what is narrower is not drawn */
#define TEXT_FROM 2200
#define DEPTH_MAX KZGOPS_FLAME_DEPTH_MAX

struct line {
    const char *text;
    size_t length;
    uint64_t count;
};

struct open_frame {
    const char *name;
    size_t length;
    uint64_t begin; /* counts to the left of it */
};

struct flame {
    kzgops_flame_config config;
    struct bytes lines, out;
    uint64_t total;
    size_t stacks;
    struct open_frame open[DEPTH_MAX];
    size_t depth;
    bool drawing;
    size_t deepest, undrawn;
};

static const char no_memory[] = "no memory for the flame graph";

/* ---- Reading ----------------------------------------------------------------------------------------------------
 */

/* A frame's end sorts before anything that a name may go on with, so that what has a frame in common stays together.
 */
static unsigned rank(const struct line *line, size_t i) {
    if (i == line->length) return 0;
    unsigned char c = (unsigned char)line->text[i];
    return c == ';' ? 1 : c + 2U;
}

static int by_stack(const void *left, const void *right) {
    const struct line *a = left, *b = right;
    for (size_t i = 0;; i++) {
        unsigned x = rank(a, i), y = rank(b, i);
        if (x != y) return x < y ? -1 : 1;
        if (x == 0) return 0;
    }
}

/* "stack count"; names may have spaces. */
static bool read_line(const char *text, size_t length, struct line *ret) {
    size_t digits = length;
    uint64_t value = 0;
    while (digits > 0 && text[digits - 1] >= '0' && text[digits - 1] <= '9') digits--;
    if (digits == length || length - digits > 18 || digits < 2 || text[digits - 1] != ' ') return false;
    for (size_t i = digits; i < length; i++) value = value * 10 + (uint64_t)(text[i] - '0');
    *ret = (struct line){text, digits - 1, value};
    return true;
}

static const char *read_lines(struct flame *flame, const char *text, size_t length) {
    for (const char *end = text + length; text < end;) {
        const char *newline = memchr(text, '\n', (size_t)(end - text));
        size_t n = (size_t)((newline != NULL ? newline : end) - text);
        struct line line;
        if (n > 0 && !read_line(text, n, &line)) return "a line of the folded stacks is not \"stack count\"";
        if (n > 0 && line.count > 0) {
            if (line.count > INT64_MAX - flame->total) return "the folded stacks count too much";
            flame->total += line.count;
            kzgops__bytes_add(&flame->lines, &line, sizeof line);
        }
        text += n + (newline != NULL);
    }
    return flame->lines.failed ? no_memory : NULL;
}

/* ---- Writing ----------------------------------------------------------------------------------------------------
 */

__attribute__((format(printf, 2, 3))) static void add(struct flame *flame, const char *format, ...) {
    char text[512];
    va_list arguments;
    va_start(arguments, format);
    int n = vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    if (n > 0) kzgops__bytes_add(&flame->out, text, (size_t)n < sizeof text ? (size_t)n : sizeof text - 1);
}

/* The length of the UTF-8 character there; 0 when it is none that XML may have. */
static size_t character(const unsigned char *at, size_t left) {
    size_t n = at[0] < 0x80 ? 1 : at[0] < 0xc2 ? 0 : at[0] < 0xe0 ? 2 : at[0] < 0xf0 ? 3 : at[0] < 0xf5 ? 4 : 0;
    if (n == 0 || n > left || at[0] < ' ' || at[0] == 0x7f) return 0;
    for (size_t i = 1; i < n; i++) {
        if ((at[i] & 0xc0) != 0x80) return 0;
    }
    bool overlong = (at[0] == 0xe0 && at[1] < 0xa0) || (at[0] == 0xf0 && at[1] < 0x90);
    bool beyond = (at[0] == 0xed && at[1] > 0x9f) || (at[0] == 0xf4 && at[1] > 0x8f);
    bool none = at[0] == 0xef && at[1] == 0xbf && at[2] > 0xbd;
    return overlong || beyond || none ? 0 : n;
}

/* The first letters of a text, at most so many, with an ellipsis in place of the last when it has more. */
static void add_text(struct flame *flame, const char *text, size_t length, size_t most) {
    const unsigned char *at = (const unsigned char *)text;
    size_t letters = 0, n;
    for (size_t i = 0; i<length; i += n> 0 ? n : 1, letters++) {
        n = character(at + i, length - i);
        if (letters + 1 == most && i + (n > 0 ? n : 1) < length) {
            kzgops__bytes_add(&flame->out, "\xe2\x80\xa6", 3);
            return;
        }
        const char *entity = at[i] == '<' ? "&lt;" : at[i] == '>' ? "&gt;" : at[i] == '&' ? "&amp;" : NULL;
        if (entity == NULL && n == 0) entity = "?";
        if (entity != NULL) {
            kzgops__bytes_add(&flame->out, entity, strlen(entity));
        } else {
            kzgops__bytes_add(&flame->out, at + i, n);
        }
    }
}

/* In the hundredth part of what it is. */
static void add_share(struct flame *flame, uint64_t part) {
    uint64_t hundredths = (uint64_t)((unsigned __int128)part * 10000 / flame->total);
    add(flame, "%" PRIu64 ".%02" PRIu64 " %%", hundredths / 100, hundredths % 100);
}

/* ---- Frames -----------------------------------------------------------------------------------------------------
 */

static uint64_t place(const struct flame *flame, uint64_t count) {
    uint64_t width = (uint64_t)(flame->config.width - 2 * MARGIN) * 100;
    return (uint64_t)((unsigned __int128)count * width / flame->total);
}

/* Labels are cool, places without a name grey, functions warm; a function has the same of six shades everywhere. */
static const char *colour(const struct open_frame *frame) {
    static const char *const shades[] = {"w0", "w1", "w2", "w3", "w4", "w5"};
    uint32_t hash = 2166136261U;
    if (frame->length > 0 && frame->name[0] == '[') return "u";
    if (memchr(frame->name, '=', frame->length) != NULL) return "l";
    for (size_t i = 0; i < frame->length; i++) hash = (hash ^ (unsigned char)frame->name[i]) * 16777619U;
    return shades[(hash >> 16) % 6];
}

static void draw(struct flame *flame, const struct open_frame *frame, size_t level, uint64_t end) {
    uint64_t left = place(flame, frame->begin), width = place(flame, end) - left;
    uint64_t x = left + MARGIN * 100, gap = width > 200 ? 50 : 0;
    size_t y = HEAD + level * ROW;
    add(flame, "<g class=\"%s\"><title>", colour(frame));
    add_text(flame, frame->name, frame->length, SIZE_MAX);
    add(flame, "\n%" PRIu64 " ", end - frame->begin);
    add_text(flame, flame->config.unit, strlen(flame->config.unit), SIZE_MAX);
    add(flame, ", ");
    add_share(flame, end - frame->begin);
    add(flame,
        "</title><rect x=\"%" PRIu64 ".%02" PRIu64 "\" y=\"%zu\" width=\"%" PRIu64 ".%02" PRIu64 "\" height=\"%d\"/>",
        x / 100, x % 100, y, (width - gap) / 100, (width - gap) % 100, ROW - 1);
    if (width >= TEXT_FROM) {
        add(flame, "<text x=\"%" PRIu64 ".%02" PRIu64 "\" y=\"%zu\">", x / 100 + 4, x % 100, y + 12);
        add_text(flame, frame->name, frame->length, (size_t)((width - 800) / LETTER));
        add(flame, "</text>");
    }
    add(flame, "</g>\n");
}

static void close_frames(struct flame *flame, size_t depth, uint64_t at) {
    while (flame->depth > depth) {
        size_t level = --flame->depth;
        const struct open_frame *frame = &flame->open[level];
        if (place(flame, at) - place(flame, frame->begin) < NARROWEST) {
            flame->undrawn++;
        } else {
            if (level + 1 > flame->deepest) flame->deepest = level + 1;
            if (flame->drawing) draw(flame, frame, level, at);
        }
    }
}

/* Closes what the stack does not share with the one before it, and opens what it has instead. */
static void open_stack(struct flame *flame, const struct line *line, uint64_t at) {
    size_t level = 0;
    bool same = true;
    for (size_t i = 0; i <= line->length && level < DEPTH_MAX; level++) {
        const char *name = line->text + i, *end = memchr(name, ';', line->length - i);
        size_t length = end != NULL ? (size_t)(end - name) : line->length - i;
        const struct open_frame *open = &flame->open[level];
        same = same && level < flame->depth && open->length == length && memcmp(open->name, name, length) == 0;
        if (!same) {
            close_frames(flame, level, at);
            flame->open[level] = (struct open_frame){name, length, at};
            flame->depth = level + 1;
        }
        i += length + 1;
    }
    close_frames(flame, level, at);
}

static void walk(struct flame *flame, bool drawing) {
    const struct line *line = (const struct line *)(const void *)flame->lines.data;
    size_t n = flame->lines.size / sizeof *line;
    uint64_t at = 0;
    flame->drawing = drawing;
    flame->depth = flame->deepest = flame->undrawn = flame->stacks = 0;
    for (size_t i = 0; i < n; i++) {
        if (i == 0 || by_stack(&line[i - 1], &line[i]) != 0) {
            flame->stacks++;
            open_stack(flame, &line[i], at);
        }
        at += line[i].count;
    }
    close_frames(flame, 0, at);
}

/* ---- The whole --------------------------------------------------------------------------------------------------
 */

static const char style[] =
    "<style>\n"
    "svg{background:#fdfcfa;font:11px ui-monospace,\"DejaVu Sans Mono\",Menlo,Consolas,monospace}\n"
    "text{fill:#231f1a;pointer-events:none;white-space:pre}\n"
    ".title{font:600 17px system-ui,\"DejaVu Sans\",sans-serif}\n"
    ".note{font:12px system-ui,\"DejaVu Sans\",sans-serif;fill:#6d655b}\n"
    ".w0 rect{fill:#f2a65a}.w1 rect{fill:#eeb76b}.w2 rect{fill:#e8955a}\n"
    ".w3 rect{fill:#f0c27f}.w4 rect{fill:#e6a877}.w5 rect{fill:#efaf8b}\n"
    ".l rect{fill:#a9c4de}.u rect{fill:#cfcac2}\n"
    "g:hover rect{stroke:#231f1a;stroke-width:1}\n"
    "@media (prefers-color-scheme:dark){svg{background:#1d1b19}.title{fill:#f1ece4}.note{fill:#a79f94}\n"
    "g:hover rect{stroke:#fff}}\n"
    "</style>\n";

static void write_note(struct flame *flame) {
    const kzgops_flame_config *config = &flame->config;
    add(flame, "<text class=\"note\" x=\"%d\" y=\"44\">", MARGIN);
    if (flame->total == 0) {
        add(flame, "nothing was sampled");
    } else {
        add(flame, "%" PRIu64 " ", flame->total);
        add_text(flame, config->unit, strlen(config->unit), SIZE_MAX);
        add(flame, ", %zu different stacks", flame->stacks);
    }
    if (config->note != NULL) {
        add(flame, "; ");
        add_text(flame, config->note, strlen(config->note), SIZE_MAX);
    }
    if (flame->undrawn > 0) add(flame, "; %zu frames are too narrow to be drawn", flame->undrawn);
    add(flame, "</text>\n");
}

static void write_svg(struct flame *flame) {
    const kzgops_flame_config *config = &flame->config;
    if (flame->total > 0) walk(flame, false);
    size_t height = HEAD + flame->deepest * ROW + MARGIN;
    add(flame,
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%u\" "
        "height=\"%zu\" "
        "viewBox=\"0 0 %u %zu\" role=\"img\">\n",
        config->width, height, config->width, height);
    kzgops__bytes_add(&flame->out, style, sizeof style - 1);
    add(flame, "<text class=\"title\" x=\"%d\" y=\"25\">", MARGIN);
    add_text(flame, config->title, strlen(config->title), SIZE_MAX);
    add(flame, "</text>\n");
    write_note(flame);
    if (flame->total > 0) walk(flame, true);
    add(flame, "</svg>\n");
}

static const char *give(const struct flame *flame, const kzgops_allocator *allocator, kzgops_flame *ret) {
    char *data = flame->out.failed ? NULL : allocator->alloc(allocator->user, flame->out.size);
    if (data == NULL) return no_memory;
    memcpy(data, flame->out.data, flame->out.size);
    *ret = (kzgops_flame){data, flame->out.size, flame->config.sources};
    return NULL;
}

static kzgops_flame_config complete(const kzgops_flame_config *config) {
    kzgops_flame_config completed = config != NULL ? *config : (kzgops_flame_config){0};
    if (completed.title == NULL) completed.title = "CPU profile";
    if (completed.unit == NULL) completed.unit = "samples";
    if (completed.width == 0) completed.width = 1200;
    return completed;
}

const char *kzgops_flame_svg(const kzgops_flame_config *config, const char *folded, size_t length,
                             kzgops_flame *ret) {
    kzgops_flame_config completed = complete(config);
    if (completed.width < 400 || completed.width > 10000) return "the picture's width is not from 400 to 10000";
    kzgops_allocator allocator = kzgops__allocator(completed.sources);
    struct flame *flame = allocator.alloc(allocator.user, sizeof *flame);
    if (flame == NULL) return no_memory;
    *flame = (struct flame){.config = completed};
    kzgops__bytes_init(&flame->lines, &allocator);
    kzgops__bytes_init(&flame->out, &allocator);
    const char *error = read_lines(flame, folded, length);
    if (error == NULL) {
        size_t n = flame->lines.size / sizeof(struct line);
        if (n > 0) qsort(flame->lines.data, n, sizeof(struct line), by_stack);
        write_svg(flame);
        error = give(flame, &allocator, ret);
    }
    kzgops__bytes_free(&flame->lines);
    kzgops__bytes_free(&flame->out);
    allocator.release(allocator.user, flame, sizeof *flame);
    return error;
}

void kzgops_flame_release(kzgops_flame *flame) {
    kzgops_allocator allocator = kzgops__allocator(flame->sources);
    if (flame->data != NULL) allocator.release(allocator.user, flame->data, flame->size);
    flame->data = NULL;
    flame->size = 0;
}
