/* Made by gen/constants.py: do not edit. Each constant's derivation stands beside it. */
#ifndef FIELD_IFMA_FP8_CONSTANTS_H
#define FIELD_IFMA_FP8_CONSTANTS_H

#include <stdint.h>

/* the modulus, in limbs of 52 bits like all that follows */
static const uint64_t FP8_P[8] = {0xeffffffffaaabull, 0xfeb153ffffb9full, 0x6b0f6241eabffull, 0x12bf6730d2a0full, 0x764774b84f385ull, 0x1ba7b6434bacdull, 0x1ea397fe69a4bull, 0x000000001a011ull};
/* -1/p mod 2^52 */
#define FP8_N0 0x3fffcfffcfffdull
/* 2^i p: what a subtraction adds */
static const uint64_t FP8_P_TIMES[18][8] = {
    {0xeffffffffaaabull, 0xfeb153ffffb9full, 0x6b0f6241eabffull, 0x12bf6730d2a0full, 0x764774b84f385ull, 0x1ba7b6434bacdull, 0x1ea397fe69a4bull, 0x000000001a011ull},
    {0xdffffffff5556ull, 0xfd62a7ffff73full, 0xd61ec483d57ffull, 0x257ece61a541eull, 0xec8ee9709e70aull, 0x374f6c869759aull, 0x3d472ffcd3496ull, 0x0000000034022ull},
    {0xbfffffffeaaacull, 0xfac54ffffee7full, 0xac3d8907aafffull, 0x4afd9cc34a83dull, 0xd91dd2e13ce14ull, 0x6e9ed90d2eb35ull, 0x7a8e5ff9a692cull, 0x0000000068044ull},
    {0x7fffffffd5558ull, 0xf58a9ffffdcffull, 0x587b120f55fffull, 0x95fb39869507bull, 0xb23ba5c279c28ull, 0xdd3db21a5d66bull, 0xf51cbff34d258ull, 0x00000000d0088ull},
    {0xffffffffaaab0ull, 0xeb153ffffb9feull, 0xb0f6241eabfffull, 0x2bf6730d2a0f6ull, 0x64774b84f3851ull, 0xba7b6434bacd7ull, 0xea397fe69a4b1ull, 0x00000001a0111ull},
    {0xffffffff55560ull, 0xd62a7ffff73fdull, 0x61ec483d57fffull, 0x57ece61a541edull, 0xc8ee9709e70a2ull, 0x74f6c869759aeull, 0xd472ffcd34963ull, 0x0000000340223ull},
    {0xfffffffeaaac0ull, 0xac54ffffee7fbull, 0xc3d8907aaffffull, 0xafd9cc34a83daull, 0x91dd2e13ce144ull, 0xe9ed90d2eb35dull, 0xa8e5ff9a692c6ull, 0x0000000680447ull},
    {0xfffffffd55580ull, 0x58a9ffffdcff7ull, 0x87b120f55ffffull, 0x5fb39869507b5ull, 0x23ba5c279c289ull, 0xd3db21a5d66bbull, 0x51cbff34d258dull, 0x0000000d0088full},
    {0xfffffffaaab00ull, 0xb153ffffb9fefull, 0x0f6241eabfffeull, 0xbf6730d2a0f6bull, 0x4774b84f38512ull, 0xa7b6434bacd76ull, 0xa397fe69a4b1bull, 0x0000001a0111eull},
    {0xfffffff555600ull, 0x62a7ffff73fdfull, 0x1ec483d57fffdull, 0x7ece61a541ed6ull, 0x8ee9709e70a25ull, 0x4f6c869759aecull, 0x472ffcd349637ull, 0x000000340223dull},
    {0xffffffeaaac00ull, 0xc54ffffee7fbfull, 0x3d8907aaffffaull, 0xfd9cc34a83dacull, 0x1dd2e13ce144aull, 0x9ed90d2eb35d9ull, 0x8e5ff9a692c6eull, 0x000000680447aull},
    {0xffffffd555800ull, 0x8a9ffffdcff7full, 0x7b120f55ffff5ull, 0xfb39869507b58ull, 0x3ba5c279c2895ull, 0x3db21a5d66bb2ull, 0x1cbff34d258ddull, 0x000000d0088f5ull},
    {0xffffffaaab000ull, 0x153ffffb9feffull, 0xf6241eabfffebull, 0xf6730d2a0f6b0ull, 0x774b84f38512bull, 0x7b6434bacd764ull, 0x397fe69a4b1baull, 0x000001a0111eaull},
    {0xffffff5556000ull, 0x2a7ffff73fdffull, 0xec483d57fffd6ull, 0xece61a541ed61ull, 0xee9709e70a257ull, 0xf6c869759aec8ull, 0x72ffcd3496374ull, 0x00000340223d4ull},
    {0xfffffeaaac000ull, 0x54ffffee7fbffull, 0xd8907aaffffacull, 0xd9cc34a83dac3ull, 0xdd2e13ce144afull, 0xed90d2eb35d91ull, 0xe5ff9a692c6e9ull, 0x00000680447a8ull},
    {0xfffffd5558000ull, 0xa9ffffdcff7ffull, 0xb120f55ffff58ull, 0xb39869507b587ull, 0xba5c279c2895full, 0xdb21a5d66bb23ull, 0xcbff34d258dd3ull, 0x00000d0088f51ull},
    {0xfffffaaab0000ull, 0x53ffffb9fefffull, 0x6241eabfffeb1ull, 0x6730d2a0f6b0full, 0x74b84f38512bfull, 0xb6434bacd7647ull, 0x97fe69a4b1ba7ull, 0x00001a0111ea3ull},
    {0xfffff55560000ull, 0xa7ffff73fdfffull, 0xc483d57fffd62ull, 0xce61a541ed61eull, 0xe9709e70a257eull, 0x6c869759aec8eull, 0x2ffcd3496374full, 0x0000340223d47ull},
};
/* 2^416 - p: adding it subtracts p, but for the carry out of the top */
static const uint64_t FP8_MINUS_P[8] = {0x1000000005555ull, 0x014eac0000460ull, 0x94f09dbe15400ull, 0xed4098cf2d5f0ull, 0x89b88b47b0c7aull, 0xe45849bcb4532ull, 0xe15c6801965b4ull, 0xffffffffe5feeull};
/* limb i of k p, k = 0..7, as limb * k without carries: for a permutation of lanes by k */
static const uint64_t FP8_P_SMALL[8][8] __attribute__((aligned(64))) = {
    {0x000000000000000ull, 0x00effffffffaaabull, 0x01dffffffff5556ull, 0x02cffffffff0001ull, 0x03bfffffffeaaacull, 0x04afffffffe5557ull, 0x059fffffffe0002ull, 0x068fffffffdaaadull},
    {0x000000000000000ull, 0x00feb153ffffb9full, 0x01fd62a7ffff73eull, 0x02fc13fbffff2ddull, 0x03fac54ffffee7cull, 0x04f976a3fffea1bull, 0x05f827f7fffe5baull, 0x06f6d94bfffe159ull},
    {0x000000000000000ull, 0x006b0f6241eabffull, 0x00d61ec483d57feull, 0x01412e26c5c03fdull, 0x01ac3d8907aaffcull, 0x02174ceb4995bfbull, 0x02825c4d8b807faull, 0x02ed6bafcd6b3f9ull},
    {0x000000000000000ull, 0x0012bf6730d2a0full, 0x00257ece61a541eull, 0x00383e359277e2dull, 0x004afd9cc34a83cull, 0x005dbd03f41d24bull, 0x00707c6b24efc5aull, 0x00833bd255c2669ull},
    {0x000000000000000ull, 0x00764774b84f385ull, 0x00ec8ee9709e70aull, 0x0162d65e28eda8full, 0x01d91dd2e13ce14ull, 0x024f6547998c199ull, 0x02c5acbc51db51eull, 0x033bf4310a2a8a3ull},
    {0x000000000000000ull, 0x001ba7b6434bacdull, 0x00374f6c869759aull, 0x0052f722c9e3067ull, 0x006e9ed90d2eb34ull, 0x008a468f507a601ull, 0x00a5ee4593c60ceull, 0x00c195fbd711b9bull},
    {0x000000000000000ull, 0x001ea397fe69a4bull, 0x003d472ffcd3496ull, 0x005beac7fb3cee1ull, 0x007a8e5ff9a692cull, 0x009931f7f810377ull, 0x00b7d58ff679dc2ull, 0x00d67927f4e380dull},
    {0x000000000000000ull, 0x00000000001a011ull, 0x000000000034022ull, 0x00000000004e033ull, 0x000000000068044ull, 0x000000000082055ull, 0x00000000009c066ull, 0x0000000000b6077ull},
};
/* 1: 2^416 mod p */
static const uint64_t FP8_ONE[8] = {0x6480ea8e9b9afull, 0x65766c8fe444full, 0x8b540fea96f7dull, 0x3b2ee82efd422ull, 0xa6723e5f0ade5ull, 0xff6eb6fdd4230ull, 0xe06ef23c24a25ull, 0x0000000014c8eull};
/* 1/2 */
static const uint64_t FP8_HALF[8] = {0xaa4075474b22dull, 0xb213e047f1ff7ull, 0xfb31b91640dbeull, 0x26f727afe7f18ull, 0x0e5cd98bad0b5ull, 0x8d8b36a08fe7full, 0xff89451d47238ull, 0x000000001764full};
/* 2^448 mod p: multiplying by it goes from 2^384 to 2^416 */
static const uint64_t FP8_ENTER[8] = {0x7fde37dba9366ull, 0x4e27525bc342bull, 0x1f5b1e9778489ull, 0xb872b2b91b9dcull, 0xb206f497dfcafull, 0x4137cc89a9b0bull, 0xd9d20d7e39959ull, 0x000000000411cull};
/* 2^384 mod p: multiplying by it goes from 2^416 to 2^384 */
static const uint64_t FP8_LEAVE[8] = {0x900000002fffdull, 0x0bc40c0002760ull, 0x3c758baebf400ull, 0x57455f4898575ull, 0xd77ce58537052ull, 0x071a97a256ec6ull, 0xec3fa80e4935cull, 0x0000000015f65ull};
/* 2^832 mod p: multiplying by it goes from plain integers to 2^416 */
static const uint64_t FP8_ENTER_PLAIN[8] = {0xa5bf4cb89af51ull, 0x3afbba7ca31a2ull, 0x2646160ec71f1ull, 0xa84d710465903ull, 0x3480a4a188311ull, 0x98e5907ad91f5ull, 0x2075d74507266ull, 0x0000000008746ull};
/* 4: y^2 = x^3 + 4 */
static const uint64_t FP8_B[8] = {0xc203aa3a7e6bbull, 0x99c5b63f91e5dull, 0xec2218e49b9f5ull, 0xb47d6b297d25bull, 0x36f29b533dd05ull, 0xaac3b92d6d85aull, 0x25d100f5559b6ull, 0x0000000005208ull};
/* 2^404 mod p: multiplying by it goes from 2^396 to 2^384 */
static const uint64_t FP8_LEAVE_SCALED_X[8] = {0xd003480ea7ee1ull, 0x3798a71288f15ull, 0xf9b49b2d851ebull, 0xf5b85ac3d2c2dull, 0xe247b2f79f0adull, 0x5a88f0d3f7602ull, 0xf0c3ce8358db5ull, 0x0000000004cc5ull};
/* 2^414 mod p: multiplying by it goes from 2^386 to 2^384 */
static const uint64_t FP8_LEAVE_SCALED_Y[8] = {0xcd203aa3a2e6cull, 0x58629a23f8dcbull, 0x33208dac15cdfull, 0x1cdb47705d494ull, 0x42522721fe21dull, 0xd4997671edca6ull, 0x8f166e8dd8641ull, 0x0000000018b30ull};

#endif
