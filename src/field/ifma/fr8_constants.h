/* Made by gen/constants.py: do not edit. Each constant's derivation stands beside it. */
#ifndef FIELD_IFMA_FR8_CONSTANTS_H
#define FIELD_IFMA_FR8_CONSTANTS_H

#include <stdint.h>

/* the modulus, in limbs of 52 bits like all that follows */
static const uint64_t FR8_R[5] = {0xfffff00000001ull, 0x02fffe5bfefffull, 0x9a1d80553bda4ull, 0x7d483339d8080ull, 0x073eda753299dull};
/* -1/r mod 2^52 */
#define FR8_N0 0xffffeffffffffull
/* 2^260 - r: adding it subtracts r, but for the carry out of the top */
static const uint64_t FR8_MINUS_R[5] = {0x00000ffffffffull, 0xfd0001a401000ull, 0x65e27faac425bull, 0x82b7ccc627f7full, 0xf8c1258acd662ull};
/* i r: what a subtraction adds */
static const uint64_t FR8_R_TIMES[35][5] = {
    {0x0000000000000ull, 0x0000000000000ull, 0x0000000000000ull, 0x0000000000000ull, 0x0000000000000ull},
    {0xfffff00000001ull, 0x02fffe5bfefffull, 0x9a1d80553bda4ull, 0x7d483339d8080ull, 0x073eda753299dull},
    {0xffffe00000002ull, 0x05fffcb7fdfffull, 0x343b00aa77b48ull, 0xfa906673b0101ull, 0x0e7db4ea6533aull},
    {0xffffd00000003ull, 0x08fffb13fcfffull, 0xce5880ffb38ecull, 0x77d899ad88181ull, 0x15bc8f5f97cd8ull},
    {0xffffc00000004ull, 0x0bfff96ffbfffull, 0x68760154ef690ull, 0xf520cce760202ull, 0x1cfb69d4ca675ull},
    {0xffffb00000005ull, 0x0efff7cbfafffull, 0x029381aa2b434ull, 0x7269002138283ull, 0x243a4449fd013ull},
    {0xffffa00000006ull, 0x11fff627f9fffull, 0x9cb101ff671d8ull, 0xefb1335b10303ull, 0x2b791ebf2f9b0ull},
    {0xffff900000007ull, 0x14fff483f8fffull, 0x36ce8254a2f7cull, 0x6cf96694e8384ull, 0x32b7f9346234eull},
    {0xffff800000008ull, 0x17fff2dff7fffull, 0xd0ec02a9ded20ull, 0xea4199cec0404ull, 0x39f6d3a994cebull},
    {0xffff700000009ull, 0x1afff13bf6fffull, 0x6b0982ff1aac4ull, 0x6789cd0898485ull, 0x4135ae1ec7689ull},
    {0xffff60000000aull, 0x1dffef97f5fffull, 0x0527035456868ull, 0xe4d2004270506ull, 0x48748893fa026ull},
    {0xffff50000000bull, 0x20ffedf3f4fffull, 0x9f4483a99260cull, 0x621a337c48586ull, 0x4fb363092c9c4ull},
    {0xffff40000000cull, 0x23ffec4ff3fffull, 0x396203fece3b0ull, 0xdf6266b620607ull, 0x56f23d7e5f361ull},
    {0xffff30000000dull, 0x26ffeaabf2fffull, 0xd37f84540a154ull, 0x5caa99eff8687ull, 0x5e3117f391cffull},
    {0xffff20000000eull, 0x29ffe907f1fffull, 0x6d9d04a945ef8ull, 0xd9f2cd29d0708ull, 0x656ff268c469cull},
    {0xffff10000000full, 0x2cffe763f0fffull, 0x07ba84fe81c9cull, 0x573b0063a8789ull, 0x6caeccddf703aull},
    {0xffff000000010ull, 0x2fffe5bfeffffull, 0xa1d80553bda40ull, 0xd483339d80809ull, 0x73eda753299d7ull},
    {0xfffef00000011ull, 0x32ffe41beefffull, 0x3bf585a8f97e4ull, 0x51cb66d75888aull, 0x7b2c81c85c375ull},
    {0xfffee00000012ull, 0x35ffe277edfffull, 0xd61305fe35588ull, 0xcf139a113090aull, 0x826b5c3d8ed12ull},
    {0xfffed00000013ull, 0x38ffe0d3ecfffull, 0x703086537132cull, 0x4c5bcd4b0898bull, 0x89aa36b2c16b0ull},
    {0xfffec00000014ull, 0x3bffdf2febfffull, 0x0a4e06a8ad0d0ull, 0xc9a40084e0a0cull, 0x90e91127f404dull},
    {0xfffeb00000015ull, 0x3effdd8beafffull, 0xa46b86fde8e74ull, 0x46ec33beb8a8cull, 0x9827eb9d269ebull},
    {0xfffea00000016ull, 0x41ffdbe7e9fffull, 0x3e89075324c18ull, 0xc43466f890b0dull, 0x9f66c61259388ull},
    {0xfffe900000017ull, 0x44ffda43e8fffull, 0xd8a687a8609bcull, 0x417c9a3268b8dull, 0xa6a5a0878bd26ull},
    {0xfffe800000018ull, 0x47ffd89fe7fffull, 0x72c407fd9c760ull, 0xbec4cd6c40c0eull, 0xade47afcbe6c3ull},
    {0xfffe700000019ull, 0x4affd6fbe6fffull, 0x0ce18852d8504ull, 0x3c0d00a618c8full, 0xb5235571f1061ull},
    {0xfffe60000001aull, 0x4dffd557e5fffull, 0xa6ff08a8142a8ull, 0xb95533dff0d0full, 0xbc622fe7239feull},
    {0xfffe50000001bull, 0x50ffd3b3e4fffull, 0x411c88fd5004cull, 0x369d6719c8d90ull, 0xc3a10a5c5639cull},
    {0xfffe40000001cull, 0x53ffd20fe3fffull, 0xdb3a09528bdf0ull, 0xb3e59a53a0e10ull, 0xcadfe4d188d39ull},
    {0xfffe30000001dull, 0x56ffd06be2fffull, 0x755789a7c7b94ull, 0x312dcd8d78e91ull, 0xd21ebf46bb6d7ull},
    {0xfffe20000001eull, 0x59ffcec7e1fffull, 0x0f7509fd03938ull, 0xae7600c750f12ull, 0xd95d99bbee074ull},
    {0xfffe10000001full, 0x5cffcd23e0fffull, 0xa9928a523f6dcull, 0x2bbe340128f92ull, 0xe09c743120a12ull},
    {0xfffe000000020ull, 0x5fffcb7fdffffull, 0x43b00aa77b480ull, 0xa906673b01013ull, 0xe7db4ea6533afull},
    {0xfffdf00000021ull, 0x62ffc9dbdefffull, 0xddcd8afcb7224ull, 0x264e9a74d9093ull, 0xef1a291b85d4dull},
    {0xfffde00000022ull, 0x65ffc837ddfffull, 0x77eb0b51f2fc8ull, 0xa396cdaeb1114ull, 0xf6590390b86eaull},
};
/* 2^264 mod r: multiplying by it goes from 2^256 to 2^260 */
static const uint64_t FR8_ENTER[5] = {0x00234fffffdcbull, 0x61039ef635000ull, 0xdce3c3e2e7505ull, 0x7fa6f1563642bull, 0x0247db575276aull};
/* 2^516 mod r: multiplying by it goes from plain integers to 2^256 */
static const uint64_t FR8_PLAIN_TO_FR[5] = {0xe99103f29c6cfull, 0xb57927663d999ull, 0xba1c0ed631138ull, 0x73c829f7715f1ull, 0x0009ff646cc02ull};
/* 2^4: multiplying by it goes from 2^256 to plain integers */
static const uint64_t FR8_FR_TO_PLAIN[5] = {0x0000000000010ull, 0x0000000000000ull, 0x0000000000000ull, 0x0000000000000ull, 0x0000000000000ull};

#endif
