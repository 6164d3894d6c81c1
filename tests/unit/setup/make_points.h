/* Trusted setups for tests, as compressed points. */
#ifndef TESTS_UNIT_SETUP_MAKE_POINTS_H
#define TESTS_UNIT_SETUP_MAKE_POINTS_H

#include "field/fr.h"
#include "unit/setup/setup_support.h"

/* The embedded mainnet setup. */
void points_of_mainnet(struct points *points);

/* The setup of a known secret, each list from its own secret so that they need not agree. About a second. */
void points_of_secrets(struct points *points, const fr *g1_monomial, const fr *g1_lagrange, const fr *g2_monomial);

/* Encodings that differ from the given point's: a finite x with no point (NOT_ON_CURVE), and of a point outside the
 * subgroup. Found by counting up x from the given point's. */
void make_not_on_curve_g1(uint8_t point[48]);
void make_not_in_subgroup_g1(uint8_t point[48]);
void make_not_on_curve_g2(uint8_t point[96]);
void make_not_in_subgroup_g2(uint8_t point[96]);

/* The given subgroup point plus one of order 3: no longer in the subgroup, but equal to a pairing's eye. */
void add_torsion_g1(uint8_t point[48]);

/* The opposite point. */
void negate_point(uint8_t *point);

#endif
