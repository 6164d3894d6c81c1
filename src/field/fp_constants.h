/* Made by gen/constants.py: do not edit. Each constant's derivation stands beside it. */
#ifndef FIELD_FP_CONSTANTS_H
#define FIELD_FP_CONSTANTS_H

#include "field/types.h"

/* the modulus */
static const uint64_t FP_MODULUS[6] = {0xb9feffffffffaaabull, 0x1eabfffeb153ffffull, 0x6730d2a0f6b0f624ull, 0x64774b84f38512bfull, 0x4b1ba7b6434bacd7ull, 0x1a0111ea397fe69aull};
/* (modulus - 1) / 2 */
static const uint64_t FP_MODULUS_HALF[6] = {0xdcff7fffffffd555ull, 0x0f55ffff58a9ffffull, 0xb39869507b587b12ull, 0xb23ba5c279c2895full, 0x258dd3db21a5d66bull, 0x0d0088f51cbff34dull};
/* -1/modulus mod 2^64 */
#define FP_N0 0x89f3fffcfffcfffdull
/* 1/modulus mod 2^62 */
#define FP_INV62 0x360c000300030003ull
/* 1 */
static const fp FP_ONE = {{0x760900000002fffdull, 0xebf4000bc40c0002ull, 0x5f48985753c758baull, 0x77ce585370525745ull, 0x5c071a97a256ec6dull, 0x15f65ec3fa80e493ull}};
/* R, as a plain integer R^2 mod modulus: multiplying by it enters Montgomery form */
static const fp FP_R2 = {{0xf4df1f341c341746ull, 0x0a76e6a609d104f1ull, 0x8de5476c4c95b6d5ull, 0x67eb88a9939d83c0ull, 0x9a793e85b519952dull, 0x11988fe592cae3aaull}};
/* R^2, as a plain integer R^3 mod modulus: enters it twice */
static const fp FP_R3 = {{0xed48ac6bd94ca1e0ull, 0x315f831e03a7adf8ull, 0x9a53352a615e29ddull, 0x34c04e5e921e1761ull, 0x2512d43565724728ull, 0x0aa6346091755d4dull}};
/* (p + 1) / 4: exponent of the square root, as p = 3 mod 4 */
static const uint64_t FP_SQRT_EXPONENT[6] = {0xee7fbfffffffeaabull, 0x07aaffffac54ffffull, 0xd9cc34a83dac3d89ull, 0xd91dd2e13ce144afull, 0x92c6e9ed90d2eb35ull, 0x0680447a8e5ff9a6ull};
/* (p - 1) / 3: exponent of the cubic residue character */
static const uint64_t FP_CUBE_EXPONENT[6] = {0x9354ffffffffe38eull, 0x0a395554e5c6aaaaull, 0xcd104635a790520cull, 0xcc27c3d6fbd7063full, 0x190937e76bc3e447ull, 0x08ab05f8bdd54cdeull};
/* A prime c0 - c1 w of norm p in Z[w], w^2 + w + 1 = 0, with c0 = 1 and c1 = 0 mod 3 */
static const uint64_t FP_PRIME_C0[3] = {0x9b5600005555aaaaull, 0x32c2e1567cac36abull, 0x2f1b4444d201019bull}, FP_PRIME_C1[3] = {0xc95500005554aaabull, 0x32c2e1567cac36aaull, 0x2f1b4444d201019bull};
/* c0 and c1 mod 9 */
static const uint64_t FP_PRIME_MOD_9[2] = {4, 3};
/* (c0 + c1) 2^382 / p and c1 2^382 / p, rounded down */
static const uint64_t FP_PRIME_Q0[3] = {0x7a2185bf2b9d73e4ull, 0x3ecf68da1ce59f22ull, 0xe7df27bde8013ed8ull};
static const uint64_t FP_PRIME_Q1[3] = {0x3aa402f75bb3cab0ull, 0x1f67b46d0e72cf90ull, 0x73ef93def4009f6cull};

#endif
