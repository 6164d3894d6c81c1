/* Made by gen/constants.py: do not edit. Each constant's derivation stands beside it. */
#ifndef FIELD_FR_CONSTANTS_H
#define FIELD_FR_CONSTANTS_H

#include "field/types.h"

/* the modulus */
static const uint64_t FR_MODULUS[4] = {0xffffffff00000001ull, 0x53bda402fffe5bfeull, 0x3339d80809a1d805ull, 0x73eda753299d7d48ull};
/* (modulus - 1) / 2 */
static const uint64_t FR_MODULUS_HALF[4] = {0x7fffffff80000000ull, 0xa9ded2017fff2dffull, 0x199cec0404d0ec02ull, 0x39f6d3a994cebea4ull};
/* -1/modulus mod 2^64 */
#define FR_N0 0xfffffffeffffffffull
/* 1/modulus mod 2^62 */
#define FR_INV62 0x0000000100000001ull
/* 1 */
static const fr FR_ONE = {{0x00000001fffffffeull, 0x5884b7fa00034802ull, 0x998c4fefecbc4ff5ull, 0x1824b159acc5056full}};
/* R, as a plain integer R^2 mod modulus: multiplying by it enters Montgomery form */
static const fr FR_R2 = {{0xc999e990f3f29c6dull, 0x2b6cedcb87925c23ull, 0x05d314967254398full, 0x0748d9d99f59ff11ull}};
/* R^2, as a plain integer R^3 mod modulus: enters it twice */
static const fr FR_R3 = {{0xc62c1807439b73afull, 0x1b3e0d188cf06990ull, 0x73d13c71c7b5f418ull, 0x6e2a5bb9c8db33e9ull}};
/* 7: generator of the multiplicative group (spec: PRIMITIVE_ROOT_OF_UNITY) */
static const fr FR_GENERATOR = {{0x0000000efffffff1ull, 0x17e363d300189c0full, 0xff9c57876f8457b0ull, 0x351332208fc5a8c4ull}};
/* 1/7 */
static const fr FR_GENERATOR_INV = {{0xdb6db6dadb6db6dcull, 0xe6b5824adb6cc6daull, 0xf8b356e005810db9ull, 0x66d0f1e660ec4796ull}};
/* 7^((r-1)/2^13): primitive 8192nd root of unity (spec: compute_roots_of_unity) */
static const fr FR_ROOT_8192 = {{0xa33d279ff0ccffc9ull, 0x41fac79f59e91972ull, 0x065d227fead1139bull, 0x71db41abda03e055ull}};
/* its inverse */
static const fr FR_ROOT_8192_INV = {{0x507dbef9a1355e75ull, 0xeb71fd259b69cc1aull, 0x6042c8dbee0557f8ull, 0x2415d7709dbce162ull}};

#endif
