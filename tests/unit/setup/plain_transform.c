#include "unit/setup/plain_transform.h"

fr plain_root(size_t n) {
    fr root;
    fr_pow_u64(&root, &FR_ROOT_8192, 8192 / n);
    return root;
}

size_t plain_reverse(size_t i, size_t n) {
    size_t reversed = 0;
    for (; n > 1; n /= 2, i /= 2) reversed = reversed * 2 + i % 2;
    return reversed;
}

static void swap(g1 *a, g1 *b) {
    g1 t = *a;
    *a = *b;
    *b = t;
}

static void butterfly(g1 *a, g1 *b, const fr *factor) {
    g1_affine affine;
    g1 t;
    g1_to_affine(&affine, b);
    g1_mul(&t, &affine, factor);
    g1 sum = *a;
    g1_add(a, &sum, &t);
    g1_neg(&t, &t);
    g1_add(b, &sum, &t);
}

void plain_transform(g1 *a, size_t n, const fr *root) {
    for (size_t i = 0; i < n; i++)
        if (i < plain_reverse(i, n)) swap(&a[i], &a[plain_reverse(i, n)]);
    for (size_t half = 1; half < n; half *= 2) {
        fr step, factor;
        fr_pow_u64(&step, root, n / (2 * half));
        fr_set_one(&factor);
        for (size_t j = 0; j < half; j++) {
            for (size_t start = j; start < n; start += 2 * half) butterfly(&a[start], &a[start + half], &factor);
            fr_mul(&factor, &factor, &step);
        }
    }
}
