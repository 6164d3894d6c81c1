#include "unit/field/values.h"
#include "support/random.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint64_t state = 0x9e3779b97f4a7c15u;

void values_seed(void) {
    const char *text = getenv("KZG_SEED");
    if (text != NULL && text[0] != '\0') state = strtoull(text, NULL, 0);
    printf("# seed: KZG_SEED=0x%" PRIx64 "\n", state);
}

uint64_t values_random_u64(void) {
    return random_next(&state);
}

uint64_t values_add(uint64_t *r, const uint64_t *a, const uint64_t *b, int n) {
    uint64_t carry = 0;
    for (int i = 0; i < n; i++) {
        uint64_t s = a[i] + carry;
        carry = s < carry;
        r[i] = s + b[i];
        carry += r[i] < s;
    }
    return carry;
}

uint64_t values_sub(uint64_t *r, const uint64_t *a, const uint64_t *b, int n) {
    uint64_t borrow = 0;
    for (int i = 0; i < n; i++) {
        uint64_t d = a[i] - b[i], under = a[i] < b[i];
        r[i] = d - borrow;
        borrow = under | (d < borrow);
    }
    return borrow;
}

static bool is_below(const uint64_t *a, const uint64_t *b, int n) {
    value drop;
    return values_sub(drop, a, b, n) != 0;
}

void values_random(uint64_t *out, const uint64_t *modulus, int n) {
    bool odd_limbs = values_random_u64() % 4 == 0;
    do {
        for (int i = 0; i < n; i++) {
            out[i] = values_random_u64();
            if (odd_limbs && values_random_u64() % 2 == 0) out[i] = 0 - (out[i] & 1);
        }
        out[n - 1] >>= __builtin_clzll(modulus[n - 1]);
    } while (!is_below(out, modulus, n));
}

struct list {
    value *items;
    size_t count;
    const uint64_t *modulus;
    int n;
};

static void take(struct list *list, const uint64_t *v) {
    if (!is_below(v, list->modulus, list->n)) return;
    for (size_t i = 0; i < list->count; i++) {
        if (memcmp(list->items[i], v, sizeof(uint64_t) * (size_t)list->n) == 0) return;
    }
    if (list->count == EDGES_MAX) abort();
    memset(list->items[list->count], 0, sizeof(value));
    memcpy(list->items[list->count++], v, sizeof(uint64_t) * (size_t)list->n);
}

/* v - 1, v, v + 1 and the same distance below the modulus. */
static void take_around(struct list *list, const uint64_t *v) {
    static const value one = {1};
    value t;
    take(list, v);
    values_sub(t, v, one, list->n);
    take(list, t);
    values_add(t, v, one, list->n);
    take(list, t);
    values_sub(t, list->modulus, v, list->n);
    take(list, t);
}

size_t values_edges(value out[EDGES_MAX], const uint64_t *modulus, const uint64_t *one, int n) {
    struct list list = {.items = out, .modulus = modulus, .n = n};
    value t = {0}, half;
    take_around(&list, t);
    t[0] = 2;
    take_around(&list, t);
    take_around(&list, one);
    for (int i = 0; i < n; i++) half[i] = modulus[i] >> 1 | (i + 1 < n ? modulus[i + 1] << 63 : 0);
    take_around(&list, half);
    for (int i = 0; i < n; i++) {
        /* 2^(64 i + 63), 2^(64 i): a limb's borders; one limb of all ones; the modulus cut off at this limb. */
        memset(t, 0, sizeof t);
        t[i] = (uint64_t)1 << 63;
        take(&list, t);
        t[i] = 1;
        take_around(&list, t);
        t[i] = UINT64_MAX;
        take(&list, t);
        memset(t, 0, sizeof t);
        memcpy(t, modulus, sizeof(uint64_t) * (size_t)(i + 1));
        take_around(&list, t);
        memcpy(t, modulus, sizeof t[0] * (size_t)n);
        t[i] = i == n - 1 ? modulus[i] - 1 : UINT64_MAX;
        if (i < n - 1) t[n - 1]--;
        take(&list, t);
    }
    /* All limbs of ones but the top one; the largest power of two below the modulus. */
    memset(t, 0xff, sizeof t);
    t[n - 1] = modulus[n - 1] - 1;
    take(&list, t);
    t[n - 1] = 0;
    take(&list, t);
    memset(t, 0, sizeof t);
    t[n - 1] = (uint64_t)1 << (63 - __builtin_clzll(modulus[n - 1]));
    take_around(&list, t);
    return list.count;
}
