/* Polynomials in evaluation form: values at the blob's domain, in the blob's (bit-reversed) order. */
#ifndef KZG_POLYNOMIAL_H
#define KZG_POLYNOMIAL_H

#include "kzg/context.h"

/* y = p(z) for any z, also one of the domain. spec: evaluate_polynomial_in_evaluation_form. scratch holds
 * FIELD_ELEMENTS_PER_BLOB / 2. */
void evaluate_polynomial(fr *y, const fr *p, const fr *z, const struct domain *domain, fr *scratch);

/* q = (p - y) / (x - z) with y = p(z), values at the domain. spec: the quotient of compute_kzg_proof_impl and
 * compute_quotient_eval_within_domain. q must not overlap p; scratch holds FIELD_ELEMENTS_PER_BLOB. */
void quotient_polynomial(fr *q, const fr *p, const fr *z, const fr *y, const struct domain *domain, fr *scratch);

/* A blob's values as the variant in use reads them: decoded into FIELD_ELEMENTS_PER_BLOB of values, or, for the
 * lanes, only checked, with values free to be used later. Bytes and values must stay. */
struct blob_values {
    const uint8_t *bytes;
    fr *values;
};

kzg_status blob_values_take(struct blob_values *ret, const kzg_blob *blob, fr *values, uint64_t index);

/* evaluate_polynomial and quotient_polynomial of a blob; scratch as there. */
void blob_evaluate(fr *y, const struct blob_values *blob, const fr *z, const struct domain *domain, fr *scratch);
void blob_quotient(fr *q, const struct blob_values *blob, const fr *z, const fr *y, const struct domain *domain,
                   fr *scratch);

#endif
