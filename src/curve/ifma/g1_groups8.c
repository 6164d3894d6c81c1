/* A long group is cut into pieces of at most PIECE terms; the sums of its pieces are the terms of another pass.
 * Pieces are sorted by length, so that the eight of a job, one in each lane, are as good as equally long and hardly
 * any lane is idle. A job is a run of slots; each round halves every job at hand, and new ones take the place of
 * those that are done, so that a round is always full and its inversion always shared by as many additions as the
 * slots allow. */
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "curve/ifma/g1_add8.h"
#include "curve/lanes.h"

#define PIECE 64
_Static_assert(PIECE <= G1_ADD8_SLOTS, "a job fits");

/* Of one group's terms, the part from start on; the sum goes to (*x, *y). */
struct piece {
    uint32_t start, count;
    fp *x, *y;
};

/* Eight pieces from first on, in slots from slot on, one a lane: where each one's terms start, and how many it has.
 */
struct job {
    uint32_t first, slot, count;
    uint32_t starts[FP8_LANES], counts[FP8_LANES];
};

struct pass {
    struct g1_points points;
    const uint32_t *refs; /* NULL: term i is point i */
    struct piece *pieces; /* by length, longest first */
    size_t pieces_used;
    struct job jobs[G1_ADD8_SLOTS];
    size_t jobs_used, slots_used, next; /* next: the first piece that is in no job yet */
    __mmask8 negative[G1_ADD8_SLOTS];   /* of the terms that are listed */
    struct g1_add8 adder;
};

/* ---- Jobs ---- */

static const g1_affine infinity;

static struct job make_job(const struct pass *s, size_t first, size_t slot) {
    struct job job = {.first = (uint32_t)first, .slot = (uint32_t)slot, .count = s->pieces[first].count};
    for (size_t lane = 0; lane < FP8_LANES && first + lane < s->pieces_used; lane++) {
        job.starts[lane] = s->pieces[first + lane].start;
        job.counts[lane] = s->pieces[first + lane].count;
    }
    return job;
}

/* Term i of each lane, found in all lanes at once: scalar code takes as long for it as two multiplications. */
struct terms {
    __m512i x, y; /* addresses of the coordinates; infinity's where there is no term */
    __mmask8 negative;
};

/* By how much the x of zeta^j P stands before P. */
static inline __m512i before(__m512i unit) {
    return _mm512_permutexvar_epi64(
        unit, _mm512_setr_epi64(0, sizeof(fp), 2 * sizeof(fp), 0, sizeof(fp), 2 * sizeof(fp), 0, 0));
}
_Static_assert(offsetof(struct g1_table_entry, beta_x) == offsetof(struct g1_table_entry, point) - sizeof(fp) &&
                   offsetof(struct g1_table_entry, beta2_x) ==
                       offsetof(struct g1_table_entry, point) - 2 * sizeof(fp),
               "beta x before x, beta^2 x before that");

static inline struct terms find_terms(const struct pass *s, const struct job *job, uint32_t i) {
    const __m256i steps = _mm256_set1_epi32((int)i);
    __m256i index = _mm256_add_epi32(_mm256_loadu_si256((const void *)job->starts), steps), refs;
    __mmask8 there = _mm256_cmpgt_epu32_mask(_mm256_loadu_si256((const void *)job->counts), steps);
    if (s->refs == NULL)
        refs = _mm256_slli_epi32(index, G1_REF_SHIFT);
    else
        refs = _mm256_mmask_i32gather_epi32(_mm256_setzero_si256(), there, index, s->refs, sizeof *s->refs);
    const __m512i wide = _mm512_cvtepu32_epi64(refs), none = _mm512_set1_epi64((long long)(uintptr_t)&infinity);
    const __m512i unit = _mm512_and_si512(wide, _mm512_set1_epi64(G1_REF_UNIT));
    __m512i point =
        _mm512_mul_epu32(_mm512_srli_epi64(wide, G1_REF_SHIFT), _mm512_set1_epi64((long long)s->points.stride));
    point = _mm512_add_epi64(point, _mm512_set1_epi64((long long)(uintptr_t)s->points.first));
    point = _mm512_mask_mov_epi64(none, there, point);
    return (struct terms){
        .x = _mm512_mask_sub_epi64(point, there, point, before(unit)),
        .y = _mm512_add_epi64(point, _mm512_set1_epi64(offsetof(g1_affine, y))),
        .negative = _mm512_mask_test_epi64_mask(there, unit, _mm512_set1_epi64(1)),
    };
}

/* Lists the terms of the jobs that are taken next, when `used` slots are taken: where their coordinates are, for
 * admit to load and, if a round is run before, for that to fetch. */
static void plan(struct pass *s, size_t used) {
    struct g1_add8 *w = &s->adder;
    w->ahead_used = 0;
    for (size_t piece = s->next; piece < s->pieces_used; piece += FP8_LANES) {
        const struct job job = make_job(s, piece, 0);
        used += job.count;
        if (used > G1_ADD8_SLOTS) return;
        for (uint32_t i = 0; i < job.count; i++) {
            const struct terms t = find_terms(s, &job, i);
            _mm512_storeu_si512(w->ahead + w->ahead_used, t.x);
            _mm512_storeu_si512(w->ahead + w->ahead_used + FP8_LANES, t.y);
            s->negative[w->ahead_used / (2 * FP8_LANES)] = t.negative;
            w->ahead_used += 2 * FP8_LANES;
        }
    }
}

/* The terms of a few vectors ahead come from the second level, where a round has fetched them. */
#define PREFETCH_AHEAD (4 * 2 * FP8_LANES)

static void prefetch_terms(const struct g1_add8 *w, size_t at) {
    for (size_t lane = at; lane < at + FP8_LANES; lane++) {
        const char *x = w->ahead[lane];
        __builtin_prefetch(x);
        __builtin_prefetch(x + sizeof(fp) - 1);
        __builtin_prefetch(w->ahead[lane + FP8_LANES]);
    }
}

/* Takes the jobs whose terms are listed. */
static void admit(struct pass *s, size_t listed) {
    struct g1_add8 *w = &s->adder;
    for (size_t at = 0; at < listed; s->next += FP8_LANES) {
        struct job *job = &s->jobs[s->jobs_used++];
        *job = make_job(s, s->next, s->slots_used);
        for (uint32_t i = 0; i < job->count; i++, at += 2 * FP8_LANES) {
            const fp *const *x = (const fp *const *)(w->ahead + at);
            if (at + PREFETCH_AHEAD < listed) prefetch_terms(w, at + PREFETCH_AHEAD);
            g1_add8_load(w, job->slot + i, x, x + FP8_LANES, s->negative[at / (2 * FP8_LANES)]);
        }
        s->slots_used += job->count;
    }
}

/* One round: every job is halved and moves up to where the one before it ends. */
static void halve(struct pass *s) {
    struct g1_add8 *w = &s->adder;
    uint32_t to = 0;
    for (size_t k = 0; k < s->jobs_used; k++) {
        struct job *job = &s->jobs[k];
        uint32_t half = job->count / 2, last = job->slot + job->count - 1;
        for (uint32_t i = 0; i < half; i++)
            w->pairs[w->pairs_used++] = (struct g1_pair8){job->slot + 2 * i, job->slot + 2 * i + 1, to + i};
        if (job->count % 2 != 0 && last != to + half)
            w->moves[w->moves_used++] = (struct g1_move8){(uint32_t)w->pairs_used, last, to + half};
        job->slot = to;
        job->count -= half;
        to += job->count;
    }
    s->slots_used = to;
}

static void store_job(struct pass *s, const struct job *job) {
    fp nobody[2], *x[FP8_LANES], *y[FP8_LANES];
    for (size_t lane = 0; lane < FP8_LANES; lane++) {
        bool used = job->first + lane < s->pieces_used;
        x[lane] = used ? s->pieces[job->first + lane].x : &nobody[0];
        y[lane] = used ? s->pieces[job->first + lane].y : &nobody[1];
    }
    g1_add8_store(&s->adder, job->slot, x, y);
}

/* Writes out the jobs that have come to one slot. */
static void finish(struct pass *s) {
    size_t kept = 0;
    for (size_t k = 0; k < s->jobs_used; k++) {
        if (s->jobs[k].count == 1)
            store_job(s, &s->jobs[k]);
        else
            s->jobs[kept++] = s->jobs[k];
    }
    s->jobs_used = kept;
}

static void run_pass(struct pass *s) {
    s->jobs_used = s->slots_used = s->next = 0;
    plan(s, 0);
    while (s->next < s->pieces_used || s->jobs_used > 0) {
        admit(s, s->adder.ahead_used);
        halve(s);
        plan(s, s->slots_used);
        g1_add8_run(&s->adder);
        finish(s);
    }
}

/* ---- Pieces ---- */

/* Groups of more than one piece, whose pieces' sums are the next pass's points. */
struct rest_of_groups {
    uint32_t *groups, *starts;
    size_t used;
    g1_affine *partials;
};

static size_t pieces_of(size_t count) {
    return (count + PIECE - 1) / PIECE;
}

/* Longest first, by counting. */
static void sort_pieces(struct piece *sorted, const struct piece *pieces, size_t n) {
    size_t starts[PIECE + 2] = {0};
    for (size_t i = 0; i < n; i++) starts[PIECE - pieces[i].count + 1]++;
    for (size_t c = 1; c <= PIECE; c++) starts[c] += starts[c - 1];
    for (size_t i = 0; i < n; i++) sorted[starts[PIECE - pieces[i].count]++] = pieces[i];
}

/* Cuts groups into pieces and notes those that take another pass. group NULL: group i is i. How many pieces. */
static size_t cut(struct piece *pieces, g1_affine *out, const uint32_t *group, const uint32_t *starts, size_t groups,
                  struct rest_of_groups *rest) {
    size_t n = 0, partials = 0;
    rest->used = 0;
    for (size_t g = 0; g < groups; g++) {
        uint32_t start = starts[g], count = starts[g + 1] - start, index = group == NULL ? (uint32_t)g : group[g];
        if (count == 0) memset(&out[index], 0, sizeof out[index]);
        bool whole = count <= PIECE;
        if (!whole) {
            rest->groups[rest->used] = index;
            rest->starts[rest->used++] = (uint32_t)partials;
        }
        for (; count > 0; n++) {
            uint32_t part = count < PIECE ? count : PIECE;
            pieces[n] = (struct piece){start, part, &out[index].x, &out[index].y};
            if (!whole) {
                pieces[n].x = &rest->partials[partials].x;
                pieces[n].y = &rest->partials[partials++].y;
            }
            start += part;
            count -= part;
        }
    }
    rest->starts[rest->used] = (uint32_t)partials;
    return n;
}

/* Groups of more than PIECE terms are at most terms / PIECE, and their pieces at most twice as many. */
static size_t partials_max(size_t terms) {
    return 2 * (terms / PIECE) + 1;
}

size_t g1_lanes_groups_scratch_bytes(size_t terms, size_t groups) {
    size_t most = pieces_of(terms) + groups, partials = partials_max(terms);
    return arena_size(sizeof(struct pass)) + 2 * arena_size(sizeof(struct piece) * most) +
           2 * arena_size(sizeof(g1_affine) * partials) + 4 * arena_size(sizeof(uint32_t) * (partials + 1)) +
           g1_add8_scratch_bytes();
}

static struct rest_of_groups take_rest(size_t partials, struct arena *arena) {
    return (struct rest_of_groups){
        .groups = ARENA_ARRAY(arena, uint32_t, partials + 1),
        .starts = ARENA_ARRAY(arena, uint32_t, partials + 1),
        .partials = ARENA_ARRAY(arena, g1_affine, partials),
    };
}

void g1_lanes_groups(g1_affine *out, struct g1_points points, const uint32_t *refs, const uint32_t *starts,
                     size_t groups, struct arena *arena) {
    size_t mark = arena->used, most = pieces_of(starts[groups]) + groups, partials = partials_max(starts[groups]);
    struct pass *s = ARENA_ARRAY(arena, struct pass, 1);
    struct piece *pieces = ARENA_ARRAY(arena, struct piece, most);
    s->points = points;
    s->refs = refs;
    s->pieces = ARENA_ARRAY(arena, struct piece, most);
    struct rest_of_groups rest[2] = {take_rest(partials, arena), take_rest(partials, arena)};
    g1_add8_start(&s->adder, arena);
    const uint32_t *group = NULL;
    for (int turn = 0; groups > 0; turn = !turn) {
        s->pieces_used = cut(pieces, out, group, starts, groups, &rest[turn]);
        sort_pieces(s->pieces, pieces, s->pieces_used);
        run_pass(s);
        group = rest[turn].groups;
        starts = rest[turn].starts;
        groups = rest[turn].used;
        s->points = g1_plain_points(rest[turn].partials);
        s->refs = NULL;
    }
    arena_release(arena, mark);
}
