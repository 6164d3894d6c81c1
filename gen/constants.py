#!/usr/bin/env python3
"""Derives every constant of the field and curve layers from the BLS12-381 parameter x and the curve equation.

  gen/constants.py           writes the headers
  gen/constants.py --check   compares them with what is committed, exit status 1 on a difference
"""
import os
import sys

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")

# The one input: draft-irtf-cfrg-pairing-friendly-curves, section 4.2.1. x is negative.
X = -0xD201000000010000
r = X**4 - X**2 + 1
p = (X - 1) ** 2 * r // 3 + X
assert p.bit_length() == 381 and r.bit_length() == 255 and p % 4 == 3

# Generators fixed by the curve's definition (the same draft).
G1 = (
    0x17F1D3A73197D7942695638C4FA9AC0FC3688C4F9774B905A14E3A3F171BAC586C55E83FF97A1AEFFB3AF00ADB22C6BB,
    0x08B3F481E3AAA0F1A09E30ED741D8AE4FCF5E095D5D00AF600DB18CB2C04B3EDD03CC744A2888AE40CAA232946C5E7E1,
)
G2 = (
    (
        0x024AA2B2F08F0A91260805272DC51051C6E47AD4FA403B02B4510B647AE3D1770BAC0326A805BBEFD48056C8C121BDB8,
        0x13E02B6052719F607DACD3A088274F65596BD0D09920B61AB5DA61BBDC7F5049334CF11213945D57E5AC7D055D042B7E,
    ),
    (
        0x0CE5D527727D6E118CC9CDC6DA2E351AADFD9BAA8CBDD3A76D429A695160D12C923AC9CC3BACA289E193548608B82801,
        0x0606C4A02EA734CC32ACD2B02BC28B99CB3E287E85A763AF267492AB572E99AB3F370D275CEC1DA1AAA9075FF05F79BE,
    ),
)


class Fp2:
    """c0 + c1 u, u^2 = -1."""

    def __init__(self, c0, c1=0):
        self.c0, self.c1 = c0 % p, c1 % p

    def __mul__(self, o):
        return Fp2(self.c0 * o.c0 - self.c1 * o.c1, self.c0 * o.c1 + self.c1 * o.c0)

    def __add__(self, o):
        return Fp2(self.c0 + o.c0, self.c1 + o.c1)

    def __sub__(self, o):
        return Fp2(self.c0 - o.c0, self.c1 - o.c1)

    def __eq__(self, o):
        return (self.c0, self.c1) == (o.c0, o.c1)

    def inv(self):
        n = pow(self.c0 * self.c0 + self.c1 * self.c1, -1, p)
        return Fp2(self.c0 * n, -self.c1 * n)

    def pow(self, e):
        result, base = Fp2(1), self
        while e:
            if e & 1:
                result = result * base
            base = base * base
            e >>= 1
        return result

    def conj(self):
        return Fp2(self.c0, -self.c1)


XI = Fp2(1, 1)  # the non-residue that Fp6 and Fp12 are built on


def ec_add(a, b):
    """Affine addition on y^2 = x^3 + b over any field object; None is infinity."""
    if a is None:
        return b
    if b is None:
        return a
    (x1, y1), (x2, y2) = a, b
    if x1 == x2:
        if y1 != y2:
            return None
        if y1 == Fp2(0):
            return None
        lam = (x1 * x1 * Fp2(3)) * (y1 + y1).inv()
    else:
        lam = (y2 - y1) * (x2 - x1).inv()
    x3 = lam * lam - x1 - x2
    return (x3, lam * (x1 - x3) - y1)


def ec_mul(k, a):
    result = None
    while k:
        if k & 1:
            result = ec_add(result, a)
        a = ec_add(a, a)
        k >>= 1
    return result


def limbs(v, n):
    return "{" + ", ".join("0x%016xull" % (v >> (64 * i) & (2**64 - 1)) for i in range(n)) + "}"


def mont_p(v):
    return v * 2**384 % p


def mont_r(v):
    return v * 2**256 % r


def fp_init(v):
    return "{" + limbs(mont_p(v), 6) + "}"


def fr_init(v):
    return "{" + limbs(mont_r(v), 4) + "}"


def fp2_init(v):
    return "{" + fp_init(v.c0) + ", " + fp_init(v.c1) + "}"


HEADER = "/* Made by gen/constants.py: do not edit. Each constant's derivation stands beside it. */\n"


def field_header(guard, name, prefix, modulus, bits, n, init):
    R = 2 ** (64 * n)
    out = [HEADER + "#ifndef %s\n#define %s\n\n#include \"field/types.h\"\n" % (guard, guard)]

    def plain(label, value, derivation):
        out.append("/* %s */\nstatic const uint64_t %s_%s[%d] = %s;" % (derivation, prefix, label, n, limbs(value, n)))

    def element(label, value, derivation):
        out.append("/* %s */\nstatic const %s %s_%s = %s;" % (derivation, name, prefix, label, init(value)))

    plain("MODULUS", modulus, "the modulus")
    plain("MODULUS_HALF", (modulus - 1) // 2, "(modulus - 1) / 2")
    out.append("/* -1/modulus mod 2^64 */\n#define %s_N0 0x%016xull" % (prefix, -pow(modulus, -1, 2**64) % 2**64))
    out.append("/* 1/modulus mod 2^62 */\n#define %s_INV62 0x%016xull" % (prefix, pow(modulus, -1, 2**62)))
    element("ONE", 1, "1")
    element("R2", R, "R, as a plain integer R^2 mod modulus: multiplying by it enters Montgomery form")
    element("R3", R * R, "R^2, as a plain integer R^3 mod modulus: enters it twice")
    return out


def fp_header():
    out = field_header("FIELD_FP_CONSTANTS_H", "fp", "FP", p, 381, 6, fp_init)
    out.append("/* (p + 1) / 4: exponent of the square root, as p = 3 mod 4 */")
    out.append("static const uint64_t FP_SQRT_EXPONENT[6] = %s;" % limbs((p + 1) // 4, 6))
    out.append("/* (p - 1) / 3: exponent of the cubic residue character */")
    out.append("static const uint64_t FP_CUBE_EXPONENT[6] = %s;" % limbs((p - 1) // 3, 6))
    c0, c1 = (-(X**3) + X**2 - X - 2) // 3, (-(X**3) + X**2 + 2 * X + 1) // 3
    assert c0 * c0 + c0 * c1 + c1 * c1 == p and c0 % 3 == 1 and c1 % 3 == 0
    out.append("/* A prime c0 - c1 w of norm p in Z[w], w^2 + w + 1 = 0, with c0 = 1 and c1 = 0 mod 3 */")
    out.append("static const uint64_t FP_PRIME_C0[3] = %s, FP_PRIME_C1[3] = %s;" % (limbs(c0, 3), limbs(c1, 3)))
    out.append("/* c0 and c1 mod 9 */")
    out.append("static const uint64_t FP_PRIME_MOD_9[2] = {%d, %d};" % (c0 % 9, c1 % 9))
    out.append("/* (c0 + c1) 2^382 / p and c1 2^382 / p, rounded down */")
    out.append("static const uint64_t FP_PRIME_Q0[3] = %s;" % limbs((c0 + c1) * 2**382 // p, 3))
    out.append("static const uint64_t FP_PRIME_Q1[3] = %s;" % limbs(c1 * 2**382 // p, 3))
    return "\n".join(out) + "\n\n#endif\n"


def fr_header():
    out = field_header("FIELD_FR_CONSTANTS_H", "fr", "FR", r, 255, 4, fr_init)
    g = 7  # spec: PRIMITIVE_ROOT_OF_UNITY
    root = pow(g, (r - 1) >> 13, r)
    assert pow(root, 4096, r) == r - 1
    out.append("/* 7: generator of the multiplicative group (spec: PRIMITIVE_ROOT_OF_UNITY) */")
    out.append("static const fr FR_GENERATOR = %s;" % fr_init(g))
    out.append("/* 1/7 */\nstatic const fr FR_GENERATOR_INV = %s;" % fr_init(pow(g, -1, r)))
    out.append("/* 7^((r-1)/2^13): primitive 8192nd root of unity (spec: compute_roots_of_unity) */")
    out.append("static const fr FR_ROOT_8192 = %s;" % fr_init(root))
    out.append("/* its inverse */\nstatic const fr FR_ROOT_8192_INV = %s;" % fr_init(pow(root, -1, r)))
    return "\n".join(out) + "\n\n#endif\n"


def limbs52(v, n=8):
    return "{" + ", ".join("0x%013xull" % (v >> (52 * i) & (2**52 - 1)) for i in range(n)) + "}"


def fr8_header():
    out = [HEADER + "#ifndef FIELD_IFMA_FR8_CONSTANTS_H\n#define FIELD_IFMA_FR8_CONSTANTS_H\n\n#include <stdint.h>\n"]
    R = 2**260

    def value(label, v, derivation):
        out.append("/* %s */\nstatic const uint64_t FR8_%s[5] = %s;" % (derivation, label, limbs52(v, 5)))

    value("R", r, "the modulus, in limbs of 52 bits like all that follows")
    out.append("/* -1/r mod 2^52 */\n#define FR8_N0 0x%013xull" % (-pow(r, -1, 2**52) % 2**52))
    value("MINUS_R", R - r, "2^260 - r: adding it subtracts r, but for the carry out of the top")
    assert 35 * r < R < 36 * r
    out.append("/* i r: what a subtraction adds */\nstatic const uint64_t FR8_R_TIMES[35][5] = {")
    out += ["    %s," % limbs52(i * r, 5) for i in range(35)]
    out.append("};")
    value("ENTER", R * 2**4 % r, "2^264 mod r: multiplying by it goes from 2^256 to 2^260")
    value("PLAIN_TO_FR", R * 2**256 % r, "2^516 mod r: multiplying by it goes from plain integers to 2^256")
    value("FR_TO_PLAIN", 2**4, "2^4: multiplying by it goes from 2^256 to plain integers")
    return "\n".join(out) + "\n\n#endif\n"


def fp8_header():
    out = [HEADER + "#ifndef FIELD_IFMA_FP8_CONSTANTS_H\n#define FIELD_IFMA_FP8_CONSTANTS_H\n\n#include <stdint.h>\n"]
    R = 2**416

    def value(label, v, derivation):
        out.append("/* %s */\nstatic const uint64_t FP8_%s[8] = %s;" % (derivation, label, limbs52(v)))

    value("P", p, "the modulus, in limbs of 52 bits like all that follows")
    out.append("/* -1/p mod 2^52 */\n#define FP8_N0 0x%013xull" % (-pow(p, -1, 2**52) % 2**52))
    out.append("/* 2^i p: what a subtraction adds */\nstatic const uint64_t FP8_P_TIMES[29][8] = {")
    out += ["    %s," % limbs52(p << i) for i in range(29)]
    out.append("};")
    out.append("/* 2^416 / p, rounded down: the top limb times it, divided by 2^52, is the quotient by p */\n"
               "#define FP8_RECIPROCAL 0x%xull" % (R // p))
    value("MINUS_P", R - p, "2^416 - p: adding it subtracts p, but for the carry out of the top")
    value("ONE", R % p, "1: 2^416 mod p")
    value("ENTER", R * 2**32 % p, "2^448 mod p: multiplying by it goes from 2^384 to 2^416")
    value("LEAVE", 2**384 % p, "2^384 mod p: multiplying by it goes from 2^416 to 2^384")
    value("B", 4 * R % p, "4: y^2 = x^3 + 4")
    value("LEAVE_SCALED_X", 2**404 % p, "2^404 mod p: multiplying by it goes from 2^396 to 2^384")
    value("LEAVE_SCALED_Y", 2**414 % p, "2^414 mod p: multiplying by it goes from 2^386 to 2^384")
    return "\n".join(out) + "\n\n#endif\n"


def curve_header():
    out = [HEADER + '#ifndef CURVE_CONSTANTS_H\n#define CURVE_CONSTANTS_H\n\n#include "curve/types.h"\n']

    def fp_const(label, value, derivation):
        out.append("/* %s */\nstatic const fp %s = %s;" % (derivation, label, fp_init(value)))

    def fp2_const(label, value, derivation):
        out.append("/* %s */\nstatic const fp2 %s = %s;" % (derivation, label, fp2_init(value)))

    out.append("/* |x|: the curve's parameter is -BLS_X */\n#define BLS_X 0x%016xull" % -X)
    fp_const("G1_B", 4, "y^2 = x^3 + 4")
    fp2_const("G2_B", Fp2(4, 4), "y^2 = x^3 + 4 (1 + u), on the twist")
    out.append("/* Initialisers (x, y) of the generators: draft-irtf-cfrg-pairing-friendly-curves 4.2.1 */")
    out.append("#define G1_GENERATOR_INIT {%s, %s}" % (fp_init(G1[0]), fp_init(G1[1])))
    assert (G1[1] ** 2 - G1[0] ** 3 - 4) % p == 0
    g2 = (Fp2(*G2[0]), Fp2(*G2[1]))
    assert g2[1] * g2[1] == g2[0] * g2[0] * g2[0] + Fp2(4, 4)
    out.append("#define G2_GENERATOR_INIT {%s, %s}" % (fp2_init(g2[0]), fp2_init(g2[1])))

    # Endomorphism of G1: (x, y) -> (beta x, y) multiplies by a root of l^2 + l + 1 mod r. beta is the cube root of
    # unity for which the multiplier is -X^2.
    g = next(g for g in range(2, 99) if pow(g, (p - 1) // 3, p) != 1)
    beta = pow(g, (p - 1) // 3, p)
    point = (Fp2(G1[0]), Fp2(G1[1]))
    minus_x2 = ec_mul(r - X * X, point)
    if minus_x2[0] != Fp2(beta * G1[0]):
        beta = beta * beta % p
    assert minus_x2 == (Fp2(beta * G1[0]), Fp2(G1[1]))
    fp_const("G1_BETA", beta, "cube root of unity in Fp with (BETA x, y) = -X^2 (x, y) on G1")

    # Frobenius in the tower: Fp6 = Fp2[v]/(v^3 - xi), Fp12 = Fp6[w]/(w^2 - v), xi = 1 + u.
    for k in (1, 2):
        e = (p**k - 1) // 6
        out.append("/* xi^(i (p^%d - 1)/6), i = 0..5: w^i under the %d-fold Frobenius map */" % (k, k))
        out.append(
            "static const fp2 FP12_FROBENIUS_%d[6] = {%s};" % (k, ", ".join(fp2_init(XI.pow(i * e)) for i in range(6)))
        )

    # psi = twist o Frobenius o untwist on G2: (x, y) -> (conj(x) cx, conj(y) cy); it multiplies by p = X mod r.
    cx, cy = XI.pow((p - 1) // 3).inv(), XI.pow((p - 1) // 2).inv()
    psi = (g2[0].conj() * cx, g2[1].conj() * cy)
    assert psi == ec_mul(X % r, g2)
    fp2_const("G2_PSI_X", cx, "1 / xi^((p-1)/3)")
    fp2_const("G2_PSI_Y", cy, "1 / xi^((p-1)/2)")

    # Balanced decomposition of scalars, k = k1 + k2 X^2 (curve/glv.h).
    x2 = X * X
    out.append("/* X^2 */\nstatic const uint64_t GLV_X2[2] = %s;" % limbs(x2, 2))
    out.append("/* floor(X^2 / 2) */\nstatic const uint64_t GLV_X2_HALF[2] = %s;" % limbs(x2 // 2, 2))
    out.append("/* floor(2^256 / X^2): quotient estimates */")
    out.append("static const uint64_t GLV_RECIPROCAL[3] = %s;" % limbs(2**256 // x2, 3))

    # Digits of both halves (curve/hexagon.h); test_hexagon.c sets them beside hexagon_init.
    for base in (8, 10, 11):
        out.append(hexagon(base, x2))

    fp_const("FP_HALF", pow(2, -1, p), "1/2")
    return "\n".join(out) + "\n\n#endif\n"


def hexagon(base, x2):
    digits, digits_short = (next(n for n in range(1, 129) if base ** (n - 1) * (base - 5) >= 3 * most)
                            for most in (x2 // 2 + 1, 2**63))
    rows = [0, 0]
    for a in range(1, base // 2 + 1):
        rows.append(rows[-1] + min(base - 2 * a, (base - a) // 2) + 1)
    return "\n".join((
        "/* struct hexagon for the base %d */\n#define HEXAGON_%d_INIT \\" % (base, base),
        "    {.base = %d, .digits = %d, .digits_short = %d, .rows = %d, .per_digit = %d, .row = {%s}, \\"
        % (base, digits, digits_short, base // 2, rows[-1], ", ".join(map(str, rows))),
        "     .bias = %s, \\" % limbs(sum(base // 2 * base**i for i in range(digits)), 3),
        "     .reciprocal = %s}" % limbs(2**320 // base**digits + 1, 3)))


FILES = {
    "src/field/fp_constants.h": fp_header,
    "src/field/fr_constants.h": fr_header,
    "src/field/ifma/fp8_constants.h": fp8_header,
    "src/field/ifma/fr8_constants.h": fr8_header,
    "src/curve/constants.h": curve_header,
}


def main():
    different = 0
    for path, make in FILES.items():
        full, text = os.path.join(ROOT, path), make()
        if "--check" in sys.argv[1:]:
            same = os.path.exists(full) and open(full).read() == text
            print("%s: %s" % (path, "as derived" if same else "DIFFERS from its derivation"))
            different += not same
        else:
            open(full, "w").write(text)
            print("wrote " + path)
    return 1 if different else 0


if __name__ == "__main__":
    sys.exit(main())
