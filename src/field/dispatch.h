/* Which arithmetic this process uses. The only place that looks at CPU bits is field/dispatch.c. */
#ifndef FIELD_DISPATCH_H
#define FIELD_DISPATCH_H

#include <stdbool.h>

#include "field/types.h"

/* One variant of the kernels. Contracts as in field/fp.h and field/fr.h: values in [0, modulus), any aliasing, where
 * nothing else is said. */
struct field_ops {
    const char *name;
    bool lanes; /* the code for eight lanes (the folders called ifma) may run */
    void (*fp_mul)(fp *r, const fp *a, const fp *b);
    void (*fp_sqr)(fp *r, const fp *a);
    /* What batched additions of points are made of, here because a kernel can leave out most reductions (fp.h). */
    void (*fp_mul_lazy)(fp *r, const fp *a, const fp *b);
    void (*fp_chord)(fp *r, fp *product, const fp step[2], const fp *rise, const fp *a, const fp *x);
    /* Products in Fp[u]/(u^2+1), c0 first: the tower's Fp2, here because a kernel can share reductions. */
    void (*fp2_mul)(fp r[2], const fp a[2], const fp b[2]);
    void (*fp2_sqr)(fp r[2], const fp a[2]);
    void (*fr_mul)(fr *r, const fr *a, const fr *b);
    void (*fr_sqr)(fr *r, const fr *a);
};

/* The variant in use: portable until field_select. */
extern struct field_ops field_ops;

extern const struct field_ops field_ops_portable;
extern const struct field_ops field_ops_adx;  /* only where KZG_HAVE_ADX is defined */
extern const struct field_ops field_ops_ifma; /* only where KZG_HAVE_IFMA is defined */

/* Chooses the variant once for the process: name is "portable", "adx", "ifma" or "auto". NULL takes the name from the
 * environment's KZG_BACKEND (else "auto") the first time and keeps the choice after that; any threads may call it.
 * With a name the choice is changed, at any time, while no other thread computes or begins to.
 * False, nothing changed, if there is no such variant or this machine cannot run it. */
bool field_select(const char *name);

#endif
