/* Where a function without a frame pointer has put the address that it returns to, from the unwind tables of its file
 * (.eh_frame): as a distance from the stack pointer. Only that is read of them: how far the stack pointer is from
 * where it was before the call, at one instruction. The file may be anything; every step is checked. */
#include <stdlib.h>
#include <string.h>

#include "ops/sampler_maps.h"

#define STACK_POINTER 7 /* as x86-64's tables number it */
#define REMEMBERED    8

enum {
    ENCODED_ABSOLUTE = 0x00,
    ENCODED_U4 = 0x03,
    ENCODED_U8 = 0x04,
    ENCODED_S4 = 0x0b,
    ENCODED_S8 = 0x0c,
    ENCODED_RELATIVE = 0x10
};

/* A row of bytes that is read; past its end it reads zeroes and is bad. */
struct reader {
    const unsigned char *at, *end;
    bool bad;
};

static size_t left(const struct reader *reader) {
    return reader->bad ? 0 : (size_t)(reader->end - reader->at);
}

static uint64_t fixed(struct reader *reader, size_t n) {
    uint64_t value = 0;
    if (left(reader) < n) {
        reader->bad = true;
        return 0;
    }
    memcpy(&value, reader->at, n); /* both machines are little-endian */
    reader->at += n;
    return value;
}

static uint64_t variable(struct reader *reader) {
    uint64_t value = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
        uint64_t byte = fixed(reader, 1);
        value |= (byte & 0x7f) << shift;
        if ((byte & 0x80) == 0) return value;
    }
    reader->bad = true;
    return 0;
}

static void skip(struct reader *reader, uint64_t n) {
    if (left(reader) < n) {
        reader->bad = true;
    } else {
        reader->at += n;
    }
}

static size_t encoded_size(unsigned encoding) {
    switch (encoding & 0x0f) {
    case ENCODED_U4:
    case ENCODED_S4: return 4;
    case ENCODED_ABSOLUTE:
    case ENCODED_U8:
    case ENCODED_S8: return 8;
    default: return 0;
    }
}

/* ---- Entries --------------------------------------------------------------------------------------------------- */

/* What functions of one kind have in common. */
struct common {
    struct reader instructions;
    uint64_t step; /* of addresses */
    unsigned encoding;
    bool sized; /* there is a length before each function's own data */
};

struct entry {
    struct reader instructions;
    uint64_t begin, size;
    struct common common;
};

/* The augmentation's data tell how addresses are encoded: "zR", "zPLR" and such. */
static bool read_augmentation(struct reader *reader, const char *letters, struct common *ret) {
    ret->encoding = ENCODED_ABSOLUTE;
    ret->sized = letters[0] == 'z';
    if (letters[0] == '\0') return true;
    if (!ret->sized) return false;
    uint64_t n = variable(reader);
    struct reader data = *reader;
    skip(reader, n);
    for (const char *letter = letters + 1; *letter != '\0'; letter++) {
        if (*letter == 'R') {
            ret->encoding = (unsigned)fixed(&data, 1);
        } else if (*letter == 'P') {
            size_t size = encoded_size((unsigned)fixed(&data, 1));
            if (size == 0) return false;
            skip(&data, size);
        } else if (*letter == 'L') {
            skip(&data, 1);
        } else if (*letter != 'S') {
            return false;
        }
    }
    return !data.bad;
}

static bool read_common(struct reader reader, struct common *ret) {
    char letters[8];
    size_t n = 0;
    uint64_t version = fixed(&reader, 1);
    if (version != 1 && version != 3) return false;
    while (n < sizeof letters && (letters[n] = (char)fixed(&reader, 1)) != '\0') n++;
    if (n == sizeof letters) return false;
    ret->step = variable(&reader);
    (void)variable(&reader); /* the step of offsets: no rule for a register is read */
    (void)(version == 1 ? fixed(&reader, 1) : variable(&reader));
    if (!read_augmentation(&reader, letters, ret)) return false;
    ret->instructions = reader;
    return !reader.bad;
}

/* Takes the next entry's content; false at the end. */
static bool next_content(struct reader *all, struct reader *ret) {
    uint64_t length = fixed(all, 4);
    if (all->bad || length == 0 || length >= 0xfffffff0 || length > left(all)) return false;
    *ret = (struct reader){all->at, all->at + length, false};
    all->at += length;
    return true;
}

/* A function's entry; false when it is another kind or not understood. */
static bool read_entry(const struct symbol_file *file, struct reader content, struct entry *ret) {
    const unsigned char *start = file->unwind.data, *here = content.at;
    struct reader all = {start, start + file->unwind.size, false}, common;
    uint64_t back = fixed(&content, 4);
    if (content.bad || back == 0 || back > (uint64_t)(here - start)) return false;
    all.at = here - back;
    if (!next_content(&all, &common) || fixed(&common, 4) != 0 || !read_common(common, &ret->common)) return false;
    size_t size = encoded_size(ret->common.encoding);
    uint64_t place = file->unwind_address + (uint64_t)(content.at - start);
    if (size == 0 || (ret->common.encoding & 0x60) != 0 || (ret->common.encoding & 0x80) != 0) return false;
    uint64_t begin = fixed(&content, size);
    if (size == 4 && (ret->common.encoding & 0x0f) == ENCODED_S4) begin = (uint64_t)(int64_t)(int32_t)begin;
    ret->begin = begin + ((ret->common.encoding & ENCODED_RELATIVE) != 0 ? place : 0);
    ret->size = fixed(&content, size);
    if (ret->common.sized) skip(&content, variable(&content));
    ret->instructions = content;
    return !content.bad;
}

/* In the index: where a function's code is, and its entry. */
struct place {
    uint64_t begin, size;
    size_t content, length;
};

static int by_begin(const void *left_place, const void *right_place) {
    const struct place *a = left_place, *b = right_place;
    if (a->begin != b->begin) return a->begin < b->begin ? -1 : 1;
    return a->content < b->content ? -1 : a->content > b->content;
}

void kzgops__unwind_index(struct symbol_file *file) {
    const unsigned char *start = file->unwind.data;
    struct reader all = {start, start + file->unwind.size, false}, content;
    struct entry entry = {0};
    if (file->unwind.size == 0) return;
    while (next_content(&all, &content)) {
        if (!read_entry(file, content, &entry)) continue;
        const struct place place = {entry.begin, entry.size, (size_t)(content.at - start), left(&content)};
        kzgops__bytes_add(&file->unwind_places, &place, sizeof place);
    }
    size_t n = file->unwind_places.size / sizeof(struct place);
    if (n > 0) qsort(file->unwind_places.data, n, sizeof(struct place), by_begin);
}

static bool find_entry(const struct symbol_file *file, uint64_t address, struct entry *ret) {
    const struct place *places = (const struct place *)(const void *)file->unwind_places.data;
    size_t low = 0, high = file->unwind_places.size / sizeof *places;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (places[middle].begin <= address) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    if (low == 0 || address - places[low - 1].begin >= places[low - 1].size) return false;
    const unsigned char *at = file->unwind.data + places[low - 1].content;
    return read_entry(file, (struct reader){at, at + places[low - 1].length, false}, ret);
}

/* ---- Rules ------------------------------------------------------------------------------------------------------
 */

/* Where the caller's stack pointer was: a register and a distance. */
struct rule {
    uint64_t base, distance;
};

struct run {
    struct rule rule, remembered[REMEMBERED];
    size_t depth;
    uint64_t address, until, step;
    bool reached; /* the instruction that was asked for */
};

static void advance(struct run *run, uint64_t steps) {
    run->address += steps * run->step;
    if (run->address > run->until) run->reached = true;
}

static void remember(struct run *run, struct reader *reader) {
    if (run->depth == REMEMBERED) {
        reader->bad = true;
    } else {
        run->remembered[run->depth++] = run->rule;
    }
}

static void restore(struct run *run, struct reader *reader) {
    if (run->depth == 0) {
        reader->bad = true;
    } else {
        run->rule = run->remembered[--run->depth];
    }
}

/* Rules for single registers: only their length matters. */
static void pass_over(struct reader *reader, uint64_t operation) {
    switch (operation) {
    case 0x00: /* nothing */ break;
    case 0x05:
    case 0x09:
    case 0x11:
    case 0x14:
    case 0x15:
    case 0x2f:
        (void)variable(reader);
        (void)variable(reader);
        break;
    case 0x06:
    case 0x07:
    case 0x08:
    case 0x2e: (void)variable(reader); break;
    case 0x10:
    case 0x16:
        (void)variable(reader);
        skip(reader, variable(reader));
        break;
    default: reader->bad = true;
    }
}

static void extended(struct run *run, struct reader *reader, uint64_t operation) {
    switch (operation) {
    case 0x02: advance(run, fixed(reader, 1)); break;
    case 0x03: advance(run, fixed(reader, 2)); break;
    case 0x04: advance(run, fixed(reader, 4)); break;
    case 0x0a: remember(run, reader); break;
    case 0x0b: restore(run, reader); break;
    case 0x0c:
        run->rule.base = variable(reader);
        run->rule.distance = variable(reader);
        break;
    case 0x0d: run->rule.base = variable(reader); break;
    case 0x0e: run->rule.distance = variable(reader); break;
    case 0x0f: /* computed, as in jump tables of the linker: not by us */
        run->rule.base = UINT64_MAX;
        skip(reader, variable(reader));
        break;
    default: pass_over(reader, operation);
    }
}

static bool execute(struct run *run, struct reader reader) {
    while (left(&reader) > 0 && !run->reached) {
        uint64_t operation = fixed(&reader, 1);
        switch (operation >> 6) {
        case 0: extended(run, &reader, operation); break;
        case 1: advance(run, operation & 0x3f); break;
        case 2: (void)variable(&reader); break;
        default: break; /* a register's first rule again */
        }
    }
    return !reader.bad;
}

bool kzgops__return_place(const struct symbol_file *file, uint64_t address, uint64_t *ret) {
    struct entry entry = {0};
    if (!find_entry(file, address, &entry)) return false;
    struct run run = {.address = entry.begin, .until = address, .step = entry.common.step};
    if (!execute(&run, entry.common.instructions)) return false;
    run.reached = false;
    if (!execute(&run, entry.instructions)) return false;
    if (run.rule.base != STACK_POINTER || run.rule.distance < 8) return false;
    *ret = run.rule.distance - 8;
    return true;
}
