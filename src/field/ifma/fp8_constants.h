/* Made by gen/constants.py: do not edit. Each constant's derivation stands beside it. */
#ifndef FIELD_IFMA_FP8_CONSTANTS_H
#define FIELD_IFMA_FP8_CONSTANTS_H

#include <stdint.h>

/* the modulus, in limbs of 52 bits like all that follows */
static const uint64_t FP8_P[8] = {0xeffffffffaaabull, 0xfeb153ffffb9full, 0x6b0f6241eabffull, 0x12bf6730d2a0full, 0x764774b84f385ull, 0x1ba7b6434bacdull, 0x1ea397fe69a4bull, 0x000000001a011ull};
/* -1/p mod 2^52 */
#define FP8_N0 0x3fffcfffcfffdull
/* 2^i p: what a subtraction adds */
static const uint64_t FP8_P_TIMES[29][8] = {
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
    {0xffffeaaac0000ull, 0x4ffffee7fbfffull, 0x8907aaffffac5ull, 0x9cc34a83dac3dull, 0xd2e13ce144afdull, 0xd90d2eb35d91dull, 0x5ff9a692c6e9eull, 0x0000680447a8eull},
    {0xffffd55580000ull, 0x9ffffdcff7fffull, 0x120f55ffff58aull, 0x39869507b587bull, 0xa5c279c2895fbull, 0xb21a5d66bb23bull, 0xbff34d258dd3dull, 0x0000d0088f51cull},
    {0xffffaaab00000ull, 0x3ffffb9feffffull, 0x241eabfffeb15ull, 0x730d2a0f6b0f6ull, 0x4b84f38512bf6ull, 0x6434bacd76477ull, 0x7fe69a4b1ba7bull, 0x0001a0111ea39ull},
    {0xffff555600000ull, 0x7ffff73fdffffull, 0x483d57fffd62aull, 0xe61a541ed61ecull, 0x9709e70a257ecull, 0xc869759aec8eeull, 0xffcd3496374f6ull, 0x000340223d472ull},
    {0xfffeaaac00000ull, 0xffffee7fbffffull, 0x907aaffffac54ull, 0xcc34a83dac3d8ull, 0x2e13ce144afd9ull, 0x90d2eb35d91ddull, 0xff9a692c6e9edull, 0x000680447a8e5ull},
    {0xfffd555800000ull, 0xffffdcff7ffffull, 0x20f55ffff58a9ull, 0x9869507b587b1ull, 0x5c279c2895fb3ull, 0x21a5d66bb23baull, 0xff34d258dd3dbull, 0x000d0088f51cbull},
    {0xfffaaab000000ull, 0xffffb9fefffffull, 0x41eabfffeb153ull, 0x30d2a0f6b0f62ull, 0xb84f38512bf67ull, 0x434bacd764774ull, 0xfe69a4b1ba7b6ull, 0x001a0111ea397ull},
    {0xfff5556000000ull, 0xffff73fdfffffull, 0x83d57fffd62a7ull, 0x61a541ed61ec4ull, 0x709e70a257eceull, 0x869759aec8ee9ull, 0xfcd3496374f6cull, 0x00340223d472full},
    {0xffeaaac000000ull, 0xfffee7fbfffffull, 0x07aaffffac54full, 0xc34a83dac3d89ull, 0xe13ce144afd9cull, 0x0d2eb35d91dd2ull, 0xf9a692c6e9ed9ull, 0x00680447a8e5full},
    {0xffd5558000000ull, 0xfffdcff7fffffull, 0x0f55ffff58a9full, 0x869507b587b12ull, 0xc279c2895fb39ull, 0x1a5d66bb23ba5ull, 0xf34d258dd3db2ull, 0x00d0088f51cbfull},
    {0xffaaab0000000ull, 0xfffb9feffffffull, 0x1eabfffeb153full, 0x0d2a0f6b0f624ull, 0x84f38512bf673ull, 0x34bacd764774bull, 0xe69a4b1ba7b64ull, 0x01a0111ea397full},
};
/* 2^416 / p, rounded down: the top limb times it, divided by 2^52, is the quotient by p */
#define FP8_RECIPROCAL 0x9d835d2f3ull
/* 2^416 - p: adding it subtracts p, but for the carry out of the top */
static const uint64_t FP8_MINUS_P[8] = {0x1000000005555ull, 0x014eac0000460ull, 0x94f09dbe15400ull, 0xed4098cf2d5f0ull, 0x89b88b47b0c7aull, 0xe45849bcb4532ull, 0xe15c6801965b4ull, 0xffffffffe5feeull};
/* 1: 2^416 mod p */
static const uint64_t FP8_ONE[8] = {0x6480ea8e9b9afull, 0x65766c8fe444full, 0x8b540fea96f7dull, 0x3b2ee82efd422ull, 0xa6723e5f0ade5ull, 0xff6eb6fdd4230ull, 0xe06ef23c24a25ull, 0x0000000014c8eull};
/* 2^448 mod p: multiplying by it goes from 2^384 to 2^416 */
static const uint64_t FP8_ENTER[8] = {0x7fde37dba9366ull, 0x4e27525bc342bull, 0x1f5b1e9778489ull, 0xb872b2b91b9dcull, 0xb206f497dfcafull, 0x4137cc89a9b0bull, 0xd9d20d7e39959ull, 0x000000000411cull};
/* 2^384 mod p: multiplying by it goes from 2^416 to 2^384 */
static const uint64_t FP8_LEAVE[8] = {0x900000002fffdull, 0x0bc40c0002760ull, 0x3c758baebf400ull, 0x57455f4898575ull, 0xd77ce58537052ull, 0x071a97a256ec6ull, 0xec3fa80e4935cull, 0x0000000015f65ull};
/* 4: y^2 = x^3 + 4 */
static const uint64_t FP8_B[8] = {0xc203aa3a7e6bbull, 0x99c5b63f91e5dull, 0xec2218e49b9f5ull, 0xb47d6b297d25bull, 0x36f29b533dd05ull, 0xaac3b92d6d85aull, 0x25d100f5559b6ull, 0x0000000005208ull};
/* 2^404 mod p: multiplying by it goes from 2^396 to 2^384 */
static const uint64_t FP8_LEAVE_SCALED_X[8] = {0xd003480ea7ee1ull, 0x3798a71288f15ull, 0xf9b49b2d851ebull, 0xf5b85ac3d2c2dull, 0xe247b2f79f0adull, 0x5a88f0d3f7602ull, 0xf0c3ce8358db5ull, 0x0000000004cc5ull};
/* 2^414 mod p: multiplying by it goes from 2^386 to 2^384 */
static const uint64_t FP8_LEAVE_SCALED_Y[8] = {0xcd203aa3a2e6cull, 0x58629a23f8dcbull, 0x33208dac15cdfull, 0x1cdb47705d494ull, 0x42522721fe21dull, 0xd4997671edca6ull, 0x8f166e8dd8641ull, 0x0000000018b30ull};

#endif
