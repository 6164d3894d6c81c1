/* Modular inversion by divsteps in variable time. */
#ifndef FIELD_MODINV_H
#define FIELD_MODINV_H

#include <stdbool.h>
#include <stdint.h>

/* r = 1/a mod m as plain integers of n limbs (n is 4 or 6), and 0 for a = 0. m is odd with its top bit free, a < m,
 * m_inv62 = 1/m mod 2^62. r may alias a.
 *
 * Source: D. J. Bernstein, B.-Y. Yang, "Fast constant-time gcd computation and modular inversion" (2019): divsteps,
 * in batches of 62 whose transition matrix is applied to the full numbers at once (their section 10), here in
 * variable time. The bounds stand in modinv.c. */
void modinv(uint64_t *r, const uint64_t *a, const uint64_t *m, uint64_t m_inv62, int n);

#endif
