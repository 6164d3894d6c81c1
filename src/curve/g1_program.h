/* Linear maps with small coefficients over points of G1, as programs of steps
 *     r = 2^shift a + b,   r = 2^shift a - b   or   r = 2^shift a.
 * A draft takes them in any order in which each follows what it reads; its end sorts them into groups of steps that
 * do not wait for each other and have one shift, the longest chains first, so that lanes take a group at once. */
#ifndef CURVE_G1_PROGRAM_H
#define CURVE_G1_PROGRAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "curve/g1.h"

#define G1_PROGRAM_GROUP      16 /* two vectors of eight lanes */
#define G1_PROGRAM_STEPS_MAX  2816
#define G1_PROGRAM_GROUPS_MAX 224
#define G1_PROGRAM_SHIFT_MAX  15

/* Points are numbered: the inputs first, then each step's result. */
struct g1_step {
    uint16_t r, a, b;
    bool minus;
};

/* steps[first] and those behind it. alone: b is not read. */
struct g1_group {
    uint16_t first;
    uint8_t count, shift;
    bool alone;
};

struct g1_program {
    uint16_t inputs, points, steps_used, groups_used;
    struct g1_group groups[G1_PROGRAM_GROUPS_MAX];
    struct g1_step steps[G1_PROGRAM_STEPS_MAX];
};

/* A point of a program, or its negative, or G1_NOTHING: infinity, known beforehand. */
struct g1_ref {
    uint16_t point;
    bool minus;
};

#define G1_NO_POINT UINT16_MAX
#define G1_NOTHING  ((struct g1_ref){G1_NO_POINT, false})

struct g1_draft {
    struct g1_program *program;
    uint8_t shift[G1_PROGRAM_STEPS_MAX];
    bool alone[G1_PROGRAM_STEPS_MAX];
};

/* Begins an empty program with that many inputs, points 0, 1, ... */
void g1_draft_begin(struct g1_draft *draft, struct g1_program *program, size_t inputs);
/* 2^shift x + y. shift at most G1_PROGRAM_SHIFT_MAX. */
struct g1_ref g1_draft_sum(struct g1_draft *draft, struct g1_ref x, int shift, struct g1_ref y);
/* The program can be run from here on. Takes the time of a few multiplications of points. */
size_t g1_draft_end_scratch_bytes(void);
void g1_draft_end(struct g1_draft *draft, struct arena *arena);

static inline struct g1_ref g1_ref_minus(struct g1_ref x) {
    return (struct g1_ref){x.point, !x.minus};
}

/* out[i] = what wanted[i] says, for i < n; in are the inputs. Every case of addition is handled. out may be in. */
size_t g1_program_run_scratch_bytes(const struct g1_program *program);
void g1_program_run(g1 *out, const struct g1_ref *wanted, size_t n, const g1 *in, const struct g1_program *program,
                    struct arena *arena);

#endif
