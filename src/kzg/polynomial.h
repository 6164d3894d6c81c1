/* Polynomials in evaluation form: values at the blob's domain, in the blob's (bit-reversed) order. */
#ifndef KZG_POLYNOMIAL_H
#define KZG_POLYNOMIAL_H

#include "kzg/transform.h"

/* y = p(z) for any z, also one of the domain. spec: evaluate_polynomial_in_evaluation_form. scratch holds
 * FIELD_ELEMENTS_PER_BLOB / 2. */
void evaluate_polynomial(fr *y, const fr *p, const fr *z, const struct domain *domain, fr *scratch);

/* q = (p - y) / (x - z) with y = p(z), values at the domain. spec: the quotient of compute_kzg_proof_impl and
 * compute_quotient_eval_within_domain. q must not overlap p; scratch holds FIELD_ELEMENTS_PER_BLOB. */
void quotient_polynomial(fr *q, const fr *p, const fr *z, const fr *y, const struct domain *domain, fr *scratch);

#endif
