/* Arithmetic modulo m by OpenSSL's big numbers: shares no code with the field layer. */
#ifndef UNIT_FIELD_ORACLE_H
#define UNIT_FIELD_ORACLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct oracle;

/* Ends the program where memory is missing. n limbs; Montgomery form is a 2^(64 n) mod m. */
struct oracle *oracle_new(const uint64_t *modulus, int n);
void oracle_free(struct oracle *o);

/* Montgomery form in and out, any aliasing. */
void oracle_mul(struct oracle *o, uint64_t *r, const uint64_t *a, const uint64_t *b);
void oracle_add(struct oracle *o, uint64_t *r, const uint64_t *a, const uint64_t *b);
void oracle_sub(struct oracle *o, uint64_t *r, const uint64_t *a, const uint64_t *b);
void oracle_inv(struct oracle *o, uint64_t *r, const uint64_t *a); /* 0 for 0 */
void oracle_pow(struct oracle *o, uint64_t *r, const uint64_t *a, const uint64_t *exponent, int exponent_limbs);
bool oracle_is_square(struct oracle *o, const uint64_t *a);

/* Between Montgomery form and plain integers; oracle_enter takes any plain integer of n limbs and reduces it. */
void oracle_enter(struct oracle *o, uint64_t *r, const uint64_t *plain);
void oracle_leave(struct oracle *o, uint64_t *plain, const uint64_t *a);

#endif
