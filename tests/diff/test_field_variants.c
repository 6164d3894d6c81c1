/* Every variant of the field kernels against the portable one, and both against big numbers: edge by edge, at random,
 * with every aliasing, at the border of readable memory, and with the registers that a function must keep. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/cpu.h"
#include "field/fp.h"
#include "field/fr.h"
#include "support/guard.h"
#include "unit/field/oracle.h"
#include "unit/field/values.h"

#define RANDOM_ROUNDS 200000

static const struct field_ops *variant, *portable = &field_ops_portable;
static struct oracle *oracle_p, *oracle_r;
static value edges_p[EDGES_MAX], edges_r[EDGES_MAX];
static size_t count_p, count_r;

static void load_p(fp *out, const uint64_t *limbs) {
    memcpy(out->l, limbs, sizeof out->l);
}

static void load_r(fr *out, const uint64_t *limbs) {
    memcpy(out->l, limbs, sizeof out->l);
}

static void same(const char *what, const void *got, const void *want, size_t bytes) {
    if (memcmp(got, want, bytes) == 0) return;
    print_error("%s: %s differs\n", variant->name, what);
    assert_memory_equal(got, want, bytes);
}

/* (a0 + a1 u)(b0 + b1 u) by big numbers. */
static void oracle_fp2_mul(fp r[2], const fp a[2], const fp b[2]) {
    fp t, c0, c1;
    oracle_mul(oracle_p, c0.l, a[0].l, b[0].l);
    oracle_mul(oracle_p, t.l, a[1].l, b[1].l);
    oracle_sub(oracle_p, c0.l, c0.l, t.l);
    oracle_mul(oracle_p, c1.l, a[0].l, b[1].l);
    oracle_mul(oracle_p, t.l, a[1].l, b[0].l);
    oracle_add(oracle_p, c1.l, c1.l, t.l);
    r[0] = c0;
    r[1] = c1;
}

static void check_fp(const fp *a, const fp *b, bool with_oracle) {
    fp got, want;
    portable->fp_mul(&want, a, b);
    variant->fp_mul(&got, a, b);
    same("fp_mul", &got, &want, sizeof got);
    if (with_oracle) {
        oracle_mul(oracle_p, want.l, a->l, b->l);
        same("fp_mul against big numbers", &got, &want, sizeof got);
    }
    portable->fp_sqr(&want, a);
    variant->fp_sqr(&got, a);
    same("fp_sqr", &got, &want, sizeof got);
    portable->fp_mul(&want, a, a);
    same("fp_sqr against fp_mul", &got, &want, sizeof got);
}

static void check_fp2(const fp a[2], const fp b[2], bool with_oracle) {
    fp got[2], want[2];
    portable->fp2_mul(want, a, b);
    variant->fp2_mul(got, a, b);
    same("fp2_mul", got, want, sizeof got);
    if (with_oracle) {
        oracle_fp2_mul(want, a, b);
        same("fp2_mul against big numbers", got, want, sizeof got);
    }
    portable->fp2_sqr(want, a);
    variant->fp2_sqr(got, a);
    same("fp2_sqr", got, want, sizeof got);
    portable->fp2_mul(want, a, a);
    same("fp2_sqr against fp2_mul", got, want, sizeof got);
}

static void check_fr(const fr *a, const fr *b, bool with_oracle) {
    fr got, want;
    portable->fr_mul(&want, a, b);
    variant->fr_mul(&got, a, b);
    same("fr_mul", &got, &want, sizeof got);
    if (with_oracle) {
        oracle_mul(oracle_r, want.l, a->l, b->l);
        same("fr_mul against big numbers", &got, &want, sizeof got);
    }
    portable->fr_sqr(&want, a);
    variant->fr_sqr(&got, a);
    same("fr_sqr", &got, &want, sizeof got);
    portable->fr_mul(&want, a, a);
    same("fr_sqr against fr_mul", &got, &want, sizeof got);
}

/* ---- Lazy values ---- */

static void below_2p(const char *what, const fp *a) {
    fp reduced, drop;
    fp_reduce(&reduced, a);
    uint64_t borrow = values_sub(drop.l, reduced.l, FP_MODULUS, FP_LIMBS);
    if (borrow == 1) return;
    print_error("%s: %s is not below 2 p\n", variant->name, what);
    fail();
}

/* a + p, where asked. */
static fp lifted(const fp *a, bool lift) {
    fp r = *a;
    if (lift) assert_int_equal(values_add(r.l, a->l, FP_MODULUS, FP_LIMBS), 0);
    return r;
}

static void check_lazy_products(const fp *a, const fp *b) {
    fp want, square, got;
    portable->fp_mul(&want, a, b);
    portable->fp_sqr(&square, a);
    for (int lift = 0; lift < 4; lift++) {
        fp x = lifted(a, (lift & 1) != 0), y = lifted(b, (lift & 2) != 0);
        variant->fp_mul(&got, &x, &y);
        same("fp_mul of lazy ones", &got, &want, sizeof got);
        variant->fp_sqr(&got, &x);
        same("fp_sqr of a lazy one", &got, &square, sizeof got);
        variant->fp_mul_lazy(&got, &x, &y);
        below_2p("fp_mul_lazy", &got);
        fp_reduce(&got, &got);
        same("fp_mul_lazy", &got, &want, sizeof got);
    }
}

static void check_lazy_sums(const fp *a, const fp *b) {
    static const fp zero = {{0}};
    fp want, got, p;
    memcpy(p.l, FP_MODULUS, sizeof p.l);
    (void)values_add(want.l, a->l, b->l, FP_LIMBS);
    fp_add_lazy(&got, a, b);
    same("fp_add_lazy", &got, &want, sizeof got);
    (void)values_sub(want.l, a->l, b->l, FP_LIMBS);
    (void)values_add(want.l, want.l, p.l, FP_LIMBS);
    fp_sub_lazy(&got, a, b);
    same("fp_sub_lazy", &got, &want, sizeof got);
    fp_sign_lazy(&got, a, false);
    same("fp_sign_lazy", &got, a, sizeof got);
    (void)values_sub(want.l, p.l, a->l, FP_LIMBS);
    fp_sign_lazy(&got, a, true);
    same("fp_sign_lazy, negative", &got, &want, sizeof got);
    fp_reduce(&got, a);
    same("fp_reduce", &got, a, sizeof got);
    want = lifted(a, true);
    fp_reduce(&got, &want);
    same("fp_reduce of a + p", &got, a, sizeof got);
    fp_reduce(&got, &p);
    same("fp_reduce of p", &got, &zero, sizeof got);
}

/* What fp_chord takes, all below p. */
struct chord {
    fp product, step[2], rise, a[2], x;
};

/* fp_chord by big numbers. */
static void oracle_chord(fp r[2], fp *product, const struct chord *c) {
    fp slope, t;
    oracle_mul(oracle_p, slope.l, c->product.l, c->step[1].l);
    oracle_mul(oracle_p, product->l, c->product.l, c->step[0].l);
    oracle_mul(oracle_p, slope.l, slope.l, c->rise.l);
    oracle_mul(oracle_p, t.l, slope.l, slope.l);
    oracle_sub(oracle_p, t.l, t.l, c->a[0].l);
    oracle_sub(oracle_p, r[0].l, t.l, c->x.l);
    oracle_sub(oracle_p, t.l, r[0].l, c->a[0].l);
    oracle_mul(oracle_p, t.l, t.l, slope.l);
    oracle_sub(oracle_p, r[1].l, t.l, c->a[1].l);
}

/* With what is lazy in both forms, and every aliasing that is allowed. */
static void check_chord(const struct chord *c) {
    fp want[2], want_product, got[3], product;
    oracle_chord(want, &want_product, c);
    for (int lift = 0; lift < 16; lift++) {
        fp step[2] = {lifted(&c->step[0], (lift & 1) != 0), lifted(&c->step[1], (lift & 2) != 0)};
        fp rise = lifted(&c->rise, (lift & 4) != 0);
        product = lifted(&c->product, (lift & 8) != 0);
        const fp *x = &c->x;
        fp *r = got;
        got[0] = c->a[0];
        got[1] = c->a[1];
        if (lift % 3 == 1) { /* r stands where x does */
            r = got + 1;
            got[1] = c->x;
            x = r;
        }
        variant->fp_chord(r, &product, step, &rise, lift % 3 == 0 ? got : c->a, x);
        same("fp_chord", r, want, sizeof want);
        below_2p("fp_chord's product", &product);
        fp_reduce(&product, &product);
        same("fp_chord's product", &product, &want_product, sizeof product);
    }
}

static void lazy_values__agree_on_every_pair_of_edges(void **state) {
    (void)state;
    for (size_t i = 0; i < count_p; i++) {
        for (size_t j = 0; j < count_p; j++) {
            fp a, b;
            load_p(&a, edges_p[i]);
            load_p(&b, edges_p[j]);
            check_lazy_products(&a, &b);
            check_lazy_sums(&a, &b);
        }
    }
}

static void chords__agree_with_big_numbers(void **state) {
    (void)state;
    for (int i = 0; i < 20000; i++) {
        struct chord c;
        fp *parts[] = {&c.product, &c.step[0], &c.step[1], &c.rise, &c.a[0], &c.a[1], &c.x};
        for (size_t k = 0; k < sizeof parts / sizeof *parts; k++) {
            value v;
            values_random(v, FP_MODULUS, FP_LIMBS);
            load_p(parts[k], values_random_u64() % 3 == 0 ? edges_p[values_random_u64() % count_p] : v);
        }
        if (i % 16 == 0) memcpy(c.a[1].l, FP_MODULUS, sizeof c.a[1].l);
        check_chord(&c);
    }
}

static void fp__agrees_on_every_pair_of_edges(void **state) {
    (void)state;
    for (size_t i = 0; i < count_p; i++) {
        for (size_t j = 0; j < count_p; j++) {
            fp a, b;
            load_p(&a, edges_p[i]);
            load_p(&b, edges_p[j]);
            check_fp(&a, &b, true);
        }
    }
}

static void fr__agrees_on_every_pair_of_edges(void **state) {
    (void)state;
    for (size_t i = 0; i < count_r; i++) {
        for (size_t j = 0; j < count_r; j++) {
            fr a, b;
            load_r(&a, edges_r[i]);
            load_r(&b, edges_r[j]);
            check_fr(&a, &b, true);
        }
    }
}

/* All pairs of edges as a, each with two choices of b, and the other way round. */
static void fp2__agrees_on_edges(void **state) {
    (void)state;
    for (size_t i = 0; i < count_p; i++) {
        for (size_t j = 0; j < count_p; j++) {
            fp a[2], b[2];
            load_p(&a[0], edges_p[i]);
            load_p(&a[1], edges_p[j]);
            for (size_t k = 0; k < 2; k++) {
                load_p(&b[0], edges_p[values_random_u64() % count_p]);
                load_p(&b[1], edges_p[values_random_u64() % count_p]);
                check_fp2(a, b, k == 0);
                check_fp2(b, a, false);
            }
            check_fp2(a, a, false);
        }
    }
}

/* The sums inside the Fp2 kernels are largest here: all four parts at p - 1, p - 2, 0 and 1. */
static void fp2__agrees_where_sums_are_largest_and_smallest(void **state) {
    (void)state;
    uint64_t extremes[4][6];
    static const uint64_t one[6] = {1};
    memset(extremes, 0, sizeof extremes);
    values_sub(extremes[0], FP_MODULUS, one, 6);
    values_sub(extremes[1], extremes[0], one, 6);
    extremes[3][0] = 1;
    for (unsigned choice = 0; choice < 256; choice++) {
        fp a[2], b[2];
        load_p(&a[0], extremes[choice & 3]);
        load_p(&a[1], extremes[choice >> 2 & 3]);
        load_p(&b[0], extremes[choice >> 4 & 3]);
        load_p(&b[1], extremes[choice >> 6]);
        check_fp2(a, b, true);
    }
}

static void random_values__agree(void **state) {
    (void)state;
    for (int i = 0; i < RANDOM_ROUNDS; i++) {
        value v[4];
        fp a[2], b[2];
        fr c, d;
        for (int k = 0; k < 4; k++) values_random(v[k], FP_MODULUS, FP_LIMBS);
        load_p(&a[0], v[0]);
        load_p(&a[1], v[1]);
        load_p(&b[0], v[2]);
        load_p(&b[1], v[3]);
        bool with_oracle = i % 16 == 0;
        check_fp(&a[0], &b[0], with_oracle);
        check_fp2(a, b, with_oracle);
        for (int k = 0; k < 2; k++) values_random(v[k], FR_MODULUS, FR_LIMBS);
        load_r(&c, v[0]);
        load_r(&d, v[1]);
        check_fr(&c, &d, with_oracle);
    }
}

static void operands__may_alias_in_every_way(void **state) {
    (void)state;
    for (size_t i = 0; i < count_p; i++) {
        fp a[2], b[2], x[2], want[2];
        value v;
        load_p(&a[0], edges_p[i]);
        values_random(v, FP_MODULUS, FP_LIMBS);
        load_p(&a[1], v);
        values_random(v, FP_MODULUS, FP_LIMBS);
        load_p(&b[0], v);
        load_p(&b[1], edges_p[(i * 5 + 1) % count_p]);

        portable->fp2_mul(want, a, b);
        memcpy(x, a, sizeof x);
        variant->fp2_mul(x, x, b);
        same("fp2_mul, r = a", x, want, sizeof x);
        memcpy(x, b, sizeof x);
        variant->fp2_mul(x, a, x);
        same("fp2_mul, r = b", x, want, sizeof x);
        portable->fp2_sqr(want, a);
        variant->fp2_mul(x, a, a);
        same("fp2_mul, a = b", x, want, sizeof x);
        memcpy(x, a, sizeof x);
        variant->fp2_mul(x, x, x);
        same("fp2_mul, r = a = b", x, want, sizeof x);
        memcpy(x, a, sizeof x);
        variant->fp2_sqr(x, x);
        same("fp2_sqr, r = a", x, want, sizeof x);

        portable->fp_mul(want, &a[0], &b[0]);
        x[0] = a[0];
        variant->fp_mul(&x[0], &x[0], &b[0]);
        same("fp_mul, r = a", x, want, sizeof x[0]);
        x[0] = b[0];
        variant->fp_mul(&x[0], &a[0], &x[0]);
        same("fp_mul, r = b", x, want, sizeof x[0]);
        portable->fp_sqr(want, &a[0]);
        x[0] = a[0];
        variant->fp_mul(&x[0], &x[0], &x[0]);
        same("fp_mul, r = a = b", x, want, sizeof x[0]);
        x[0] = a[0];
        variant->fp_sqr(&x[0], &x[0]);
        same("fp_sqr, r = a", x, want, sizeof x[0]);
    }
    for (size_t i = 0; i < count_r; i++) {
        fr a, b, x, want;
        load_r(&a, edges_r[i]);
        load_r(&b, edges_r[(i * 5 + 1) % count_r]);
        portable->fr_mul(&want, &a, &b);
        x = a;
        variant->fr_mul(&x, &x, &b);
        same("fr_mul, r = a", &x, &want, sizeof x);
        x = b;
        variant->fr_mul(&x, &a, &x);
        same("fr_mul, r = b", &x, &want, sizeof x);
        portable->fr_sqr(&want, &a);
        x = a;
        variant->fr_mul(&x, &x, &x);
        same("fr_mul, r = a = b", &x, &want, sizeof x);
        x = a;
        variant->fr_sqr(&x, &x);
        same("fr_sqr, r = a", &x, &want, sizeof x);
    }
}

/* Three operands, each with an unreadable page directly behind or before it; the inputs' pages are not writable. */
static void memory__outside_the_operands_is_not_touched(void **state) {
    (void)state;
    for (int side = 0; side < 2; side++) {
        fp a[2] = {FP_R2, FP_R3}, b[2] = {FP_R3, FP_ONE}, want[2];
        struct guard ga = guard_copy(a, sizeof a, (enum guard_side)side),
                     gb = guard_copy(b, sizeof b, (enum guard_side)side),
                     gr = guard_take(sizeof a, (enum guard_side)side);
        guard_freeze(&ga);
        guard_freeze(&gb);
        fp *pa = (fp *)(void *)ga.data, *pb = (fp *)(void *)gb.data, *pr = (fp *)(void *)gr.data;
        portable->fp2_mul(want, a, b);
        variant->fp2_mul(pr, pa, pb);
        same("fp2_mul", pr, want, sizeof want);
        portable->fp2_sqr(want, a);
        variant->fp2_sqr(pr, pa);
        same("fp2_sqr", pr, want, sizeof want);
        /* One value each: the second half ends where the page does, or the first begins where it does. */
        size_t k = side == GUARD_BEHIND ? 1 : 0;
        portable->fp_mul(want, &a[k], &b[k]);
        variant->fp_mul(&pr[k], &pa[k], &pb[k]);
        same("fp_mul", &pr[k], want, sizeof *want);
        portable->fp_sqr(want, &a[k]);
        variant->fp_sqr(&pr[k], &pa[k]);
        same("fp_sqr", &pr[k], want, sizeof *want);
        size_t offset = side == GUARD_BEHIND ? sizeof a - sizeof(fr) : 0;
        const fr *ra = (const fr *)(void *)(ga.data + offset), *rb = (const fr *)(void *)(gb.data + offset);
        fr *rr = (fr *)(void *)(gr.data + offset), got;
        portable->fr_mul(&got, ra, rb);
        variant->fr_mul(rr, ra, rb);
        same("fr_mul", rr, &got, sizeof got);
        portable->fr_sqr(&got, ra);
        variant->fr_sqr(rr, ra);
        same("fr_sqr", rr, &got, sizeof got);
        /* The chord reads all of both inputs; its other operands stand where any memory is. */
        const struct chord c = {FP_ONE, {FP_R2, FP_R3}, FP_R2, {FP_R3, FP_ONE}, FP_R2};
        fp product = c.product;
        oracle_chord(want, &product, &(struct chord){c.product, {a[0], a[1]}, c.rise, {b[0], b[1]}, c.x});
        product = c.product;
        variant->fp_chord(pr, &product, pa, &c.rise, pb, &c.x);
        same("fp_chord", pr, want, sizeof want);
        guard_free(&ga);
        guard_free(&gb);
        guard_free(&gr);
    }
}

#if defined(__x86_64__)
/* Calls f(r, a, b, ...) with patterns in the registers that a function must keep, and gives back a mask of those that
 * came back different: rbx, rbp, r12, r13, r14, r15, rsp, in this order from bit 0; bit 7: the direction flag is set.
 */
unsigned call_and_compare(void (*f)(void), void *r, const void *a, const void *b, const void *c, const void *d,
                          const void *e);
__asm__(".text\n"
        ".type call_and_compare, @function\n"
        "call_and_compare:\n"
        "push %rbx\n push %rbp\n push %r12\n push %r13\n push %r14\n push %r15\n sub $24, %rsp\n"
        "mov %rdi, %rax\n mov %rsi, %rdi\n mov %rdx, %rsi\n mov %rcx, %rdx\n"
        "mov %r8, %rcx\n mov %r9, %r8\n mov 80(%rsp), %r9\n"
        "mov $0x1111111111111111, %rbx\n mov $0x2222222222222222, %rbp\n mov $0x3333333333333333, %r12\n"
        "mov $0x4444444444444444, %r13\n mov $0x5555555555555555, %r14\n mov $0x6666666666666666, %r15\n"
        "mov %rsp, saved_rsp(%rip)\n"
        "call *%rax\n"
        "xor %eax, %eax\n"
        "mov $0x1111111111111111, %rcx\n cmp %rcx, %rbx\n je 1f\n or $1, %eax\n 1:\n"
        "mov $0x2222222222222222, %rcx\n cmp %rcx, %rbp\n je 1f\n or $2, %eax\n 1:\n"
        "mov $0x3333333333333333, %rcx\n cmp %rcx, %r12\n je 1f\n or $4, %eax\n 1:\n"
        "mov $0x4444444444444444, %rcx\n cmp %rcx, %r13\n je 1f\n or $8, %eax\n 1:\n"
        "mov $0x5555555555555555, %rcx\n cmp %rcx, %r14\n je 1f\n or $16, %eax\n 1:\n"
        "mov $0x6666666666666666, %rcx\n cmp %rcx, %r15\n je 1f\n or $32, %eax\n 1:\n"
        "cmp saved_rsp(%rip), %rsp\n je 1f\n or $64, %eax\n 1:\n"
        "mov saved_rsp(%rip), %rsp\n"
        "pushfq\n pop %rcx\n test $0x400, %ecx\n je 1f\n or $128, %eax\n cld\n 1:\n"
        "add $24, %rsp\n pop %r15\n pop %r14\n pop %r13\n pop %r12\n pop %rbp\n pop %rbx\n ret\n"
        ".size call_and_compare, .-call_and_compare\n"
        ".local saved_rsp\n .comm saved_rsp, 8, 8\n");

static unsigned lost_registers(void (*f)(void)) {
    fp r[2], a[2] = {FP_R2, FP_R3}, b[2] = {FP_R3, FP_ONE}, product = FP_R2;
    if (f == (void (*)(void))variant->fp_chord) return call_and_compare(f, r, &product, a, b, a, b);
    return call_and_compare(f, r, a, b, NULL, NULL, NULL);
}

/* Functions that break the rules, to see that the check sees it. */
void breaks_r13(void), breaks_rbp_and_r15(void), breaks_direction(void);
__asm__("breaks_r13: xor %r13d, %r13d\n ret\n"
        "breaks_rbp_and_r15: inc %rbp\n not %r15\n ret\n"
        "breaks_direction: std\n ret\n");

static void registers__are_kept(void **state) {
    (void)state;
    assert_int_equal(lost_registers(breaks_r13), 8);
    assert_int_equal(lost_registers(breaks_rbp_and_r15), 34);
    assert_int_equal(lost_registers(breaks_direction), 128);
    assert_int_equal(lost_registers((void (*)(void))variant->fp_mul), 0);
    assert_int_equal(lost_registers((void (*)(void))variant->fp_sqr), 0);
    assert_int_equal(lost_registers((void (*)(void))variant->fp_mul_lazy), 0);
    assert_int_equal(lost_registers((void (*)(void))variant->fp_chord), 0);
    assert_int_equal(lost_registers((void (*)(void))variant->fp2_mul), 0);
    assert_int_equal(lost_registers((void (*)(void))variant->fp2_sqr), 0);
    assert_int_equal(lost_registers((void (*)(void))variant->fr_mul), 0);
    assert_int_equal(lost_registers((void (*)(void))variant->fr_sqr), 0);
}
#endif

static int open_all(void **state) {
    (void)state;
    values_seed();
    oracle_p = oracle_new(FP_MODULUS, FP_LIMBS);
    oracle_r = oracle_new(FR_MODULUS, FR_LIMBS);
    count_p = values_edges(edges_p, FP_MODULUS, FP_ONE.l, FP_LIMBS);
    count_r = values_edges(edges_r, FR_MODULUS, FR_ONE.l, FR_LIMBS);
    return 0;
}

static int close_all(void **state) {
    (void)state;
    oracle_free(oracle_p);
    oracle_free(oracle_r);
    return 0;
}

/* KZG_BACKEND names the variant; "portable" is compared with big numbers only. */
int main(void) {
    if (!field_select(NULL)) {
        fprintf(stderr, "SKIPPED: this machine cannot run the variant '%s'\n", getenv("KZG_BACKEND"));
        return 77;
    }
    variant = &field_ops;
    printf("# variant: %s\n", variant->name);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fp__agrees_on_every_pair_of_edges),
        cmocka_unit_test(fr__agrees_on_every_pair_of_edges),
        cmocka_unit_test(fp2__agrees_on_edges),
        cmocka_unit_test(fp2__agrees_where_sums_are_largest_and_smallest),
        cmocka_unit_test(lazy_values__agree_on_every_pair_of_edges),
        cmocka_unit_test(chords__agree_with_big_numbers),
        cmocka_unit_test(random_values__agree),
        cmocka_unit_test(operands__may_alias_in_every_way),
        cmocka_unit_test(memory__outside_the_operands_is_not_touched),
#if defined(__x86_64__)
        cmocka_unit_test(registers__are_kept),
#endif
    };
    return cmocka_run_group_tests(tests, open_all, close_all);
}
