/* The kernels in MULX, ADCX and ADOX: assembly made by gen/field_adx.py, one routine a file beside this one. */
#ifndef FIELD_ADX_KERNELS_H
#define FIELD_ADX_KERNELS_H

#include "field/types.h"

void fp_mul_adx(fp *r, const fp *a, const fp *b);
void fp_sqr_adx(fp *r, const fp *a);
void fp_mul_lazy_adx(fp *r, const fp *a, const fp *b);
void fp_chord_adx(fp *r, fp *product, const fp step[2], const fp *rise, const fp *a, const fp *x);
void fp2_mul_adx(fp r[2], const fp a[2], const fp b[2]);
void fp2_sqr_adx(fp r[2], const fp a[2]);
void fr_mul_adx(fr *r, const fr *a, const fr *b);
void fr_sqr_adx(fr *r, const fr *a);

/* Their places in struct field_ops, for the variants that compute one value at a time with them. */
#define FIELD_ADX_KERNELS                                                                                 \
    .fp_mul = fp_mul_adx, .fp_sqr = fp_sqr_adx, .fp_mul_lazy = fp_mul_lazy_adx, .fp_chord = fp_chord_adx, \
    .fp2_mul = fp2_mul_adx, .fp2_sqr = fp2_sqr_adx, .fr_mul = fr_mul_adx, .fr_sqr = fr_sqr_adx

#endif
