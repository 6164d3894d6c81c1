#!/usr/bin/env python3
"""Known answers for the curve layer, by the plainest means: big integers, affine points, exponents written out.

  gen_vectors.py           writes vectors.h beside this file
  gen_vectors.py --check   compares, exit status 1 on a difference

Nothing is shared with the C code or with gen/constants.py. Fp12 is Fp[w]/(w^12 - 2 w^6 + 2), in which u = w^6 - 1, and
only at the end are values written in the tower's basis.
"""
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))

# draft-irtf-cfrg-pairing-friendly-curves, section 4.2.1
p = 0x1A0111EA397FE69A4B1BA7B6434BACD764774B84F38512BF6730D2A0F6B0F6241EABFFFEB153FFFFB9FEFFFFFFFFAAAB
r = 0x73EDA753299D7D483339D80809A1D80553BDA402FFFE5BFEFFFFFFFF00000001
x = -0xD201000000010000
h1 = 0x396C8C005555E1568C00AAAB0000AAAB
h2 = int(
    "5d543a95414e7f1091d50792876a202cd91de4547085abaa68a205b2e5a7ddfa628f1cb4d9e82ef21537e293a6691ae1616ec6e786f0c70cf1"
    "c38e31c7238e5",
    16,
)
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
G1_FACTORS = (3, 11, 10177, 859267, 52437899)
G2_FACTORS = (13, 23, 2713, 11953, 262069)

assert p == (x - 1) ** 2 * (x**4 - x**2 + 1) // 3 + x and r == x**4 - x**2 + 1
assert h2 == (x**8 - 4 * x**7 + 5 * x**6 - 4 * x**4 + 6 * x**3 - 4 * x**2 - 4 * x + 13) // 9
assert h1 * r == p + 1 - (x + 1)  # the curve's order, its trace being x + 1


def trim(a):
    while len(a) > 1 and a[-1] == 0:
        a = a[:-1]
    return a


def divide(a, b):
    """Quotient and rest of polynomials over Fp, lowest coefficient first."""
    a, quotient, top = list(a), [0] * max(1, len(a) - len(b) + 1), pow(b[-1], -1, p)
    for i in range(len(a) - len(b), -1, -1):
        quotient[i] = a[i + len(b) - 1] * top % p
        for j, v in enumerate(b):
            a[i + j] = (a[i + j] - quotient[i] * v) % p
    return quotient, trim(a)


def subtract_product(a, b, c):
    t = list(a) + [0] * (len(b) + len(c) - 1 - len(a))
    for i, v in enumerate(b):
        for j, w in enumerate(c):
            t[i + j] = (t[i + j] - v * w) % p
    return trim(t)


class Fp12:
    """Polynomials in w of degree below 12 modulo w^12 - 2 w^6 + 2."""

    def __init__(self, c):
        self.c = [v % p for v in c] + [0] * (12 - len(c))

    def __add__(self, o):
        return Fp12([a + b for a, b in zip(self.c, o.c)])

    def __sub__(self, o):
        return Fp12([a - b for a, b in zip(self.c, o.c)])

    def __mul__(self, o):
        t = [0] * 23
        for i, a in enumerate(self.c):
            if a:
                for j, b in enumerate(o.c):
                    t[i + j] += a * b
        for i in range(22, 11, -1):
            t[i - 6] += 2 * t[i]
            t[i - 12] -= 2 * t[i]
        return Fp12(t[:12])

    def __eq__(self, o):
        return self.c == o.c

    def pow(self, e):
        t, b = Fp12([1]), self
        while e:
            if e & 1:
                t = t * b
            b = b * b
            e >>= 1
        return t

    def inv(self):
        """By Euclid's algorithm on polynomials: m = s * self modulo w^12 - 2 w^6 + 2 all along."""
        m0, s0 = [2, 0, 0, 0, 0, 0, -2 % p, 0, 0, 0, 0, 0, 1], [0]
        m1, s1 = trim(self.c), [1]
        while len(m1) > 1:
            quotient, rest = divide(m0, m1)
            m0, m1 = m1, rest
            s0, s1 = s1, subtract_product(s0, quotient, s1)
        scale = pow(m1[0], -1, p)
        return Fp12([v * scale for v in s1])

    def hex(self):
        """Twelve numbers in the order of struct fp12: 1, v, v^2, w, v w, v^2 w, each as c0, c1."""
        out = []
        for i in (0, 2, 4, 1, 3, 5):
            a, b = self.c[i], self.c[i + 6]  # a w^i + b w^(i+6), w^6 = 1 + u
            out += ["%096x" % ((a + b) % p), "%096x" % b]
        return "".join(out)


ZERO, ONE = Fp12([0]), Fp12([1])
W2_INV, W3_INV = Fp12([0, 0, 1]).inv(), Fp12([0, 0, 0, 1]).inv()


def fp2(a):
    """a[0] + a[1] u as an element of Fp12."""
    return Fp12([a[0] - a[1], 0, 0, 0, 0, 0, a[1]])


def untwist(q):
    return fp2(q[0]) * W2_INV, fp2(q[1]) * W3_INV


# ---- Affine points over Fp and Fp2 (pairs); None is infinity ----


def f2_mul(a, b):
    return ((a[0] * b[0] - a[1] * b[1]) % p, (a[0] * b[1] + a[1] * b[0]) % p)


def f2_add(a, b):
    return ((a[0] + b[0]) % p, (a[1] + b[1]) % p)


def f2_sub(a, b):
    return ((a[0] - b[0]) % p, (a[1] - b[1]) % p)


def f2_inv(a):
    n = pow(a[0] * a[0] + a[1] * a[1], -1, p)
    return (a[0] * n % p, -a[1] * n % p)


def f2_pow(a, e):
    t = (1, 0)
    while e:
        if e & 1:
            t = f2_mul(t, a)
        a = f2_mul(a, a)
        e >>= 1
    return t


def ec_add(a, b):
    """On either curve, coordinates as pairs."""
    if a is None:
        return b
    if b is None:
        return a
    if a[0] == b[0]:
        if a[1] != b[1] or a[1] == (0, 0):
            return None
        xx = f2_mul(a[0], a[0])
        m = f2_mul(f2_add(f2_add(xx, xx), xx), f2_inv(f2_add(a[1], a[1])))
    else:
        m = f2_mul(f2_sub(b[1], a[1]), f2_inv(f2_sub(b[0], a[0])))
    x3 = f2_sub(f2_sub(f2_mul(m, m), a[0]), b[0])
    return (x3, f2_sub(f2_mul(m, f2_sub(a[0], x3)), a[1]))


def ec_mul(k, a):
    t = None
    while k:
        if k & 1:
            t = ec_add(t, a)
        a = ec_add(a, a)
        k >>= 1
    return t


G1_PAIR = ((G1[0], 0), (G1[1], 0))


def compress_g1(a):
    if a is None:
        return bytes([0xC0] + [0] * 47)
    out = bytearray(a[0][0].to_bytes(48, "big"))
    out[0] |= 0x80 | (0x20 if a[1][0] > (p - 1) // 2 else 0)
    return bytes(out)


def compress_g2(a):
    if a is None:
        return bytes([0xC0] + [0] * 95)
    out = bytearray(a[0][1].to_bytes(48, "big") + a[0][0].to_bytes(48, "big"))
    large = a[1][1] > (p - 1) // 2 if a[1][1] else a[1][0] > (p - 1) // 2
    out[0] |= 0x80 | (0x20 if large else 0)
    return bytes(out)


# ---- Pairing: Miller's algorithm over Fp12 as in the textbook, with the vertical lines ----


def line(a, b, at):
    """Value at a point of the line through a and b (affine over Fp12, a tangent if equal), and the sum."""
    if a[0] == b[0] and a[1] == b[1]:
        m = Fp12([3]) * a[0] * a[0] * (a[1] + a[1]).inv()
    else:
        m = (b[1] - a[1]) * (b[0] - a[0]).inv()
    x3 = m * m - a[0] - b[0]
    y3 = m * (a[0] - x3) - a[1]
    return at[1] - a[1] - m * (at[0] - a[0]), (x3, y3)


def pairing_cubed(a, b):
    """e(a, b)^3 for a on G1 (pairs), b on G2: f_{x, b}(a)^(3 (p^12 - 1)/r)."""
    at = (fp2(a[0]), fp2(a[1]))
    q = untwist(b)
    t, num, den = q, ONE, ONE
    for bit in bin(-x)[3:]:
        value, t = line(t, t, at)
        num, den = num * num * value, den * den * (at[0] - t[0])
        if bit == "1":
            value, t = line(t, q, at)
            num, den = num * value, den * (at[0] - t[0])
    f = num * den.inv()
    f = (f * (at[0] - t[0])).inv()  # f_{-n} = 1 / (f_n v_{n b}), v the vertical line
    return f.pow(3 * (p**12 - 1) // r)


# ---- The table ----


class Random:
    """A fixed sequence, so that the table can be made again: x -> x * 6364136223846793005 + 1442695040888963407."""

    def __init__(self, seed):
        self.s = seed

    def below(self, n):
        v = 0
        for _ in range(n.bit_length() // 32 + 3):
            self.s = (self.s * 6364136223846793005 + 1442695040888963407) % 2**64
            v = v << 32 | self.s >> 32
        return v % n


def limbs(v, n):
    return "{" + ", ".join("0x%016xu" % (v >> (64 * i) & (2**64 - 1)) for i in range(n)) + "}"


def strings(text):
    return "\n        ".join('"%s"' % text[i : i + 96] for i in range(0, len(text), 96))


def pairing_table(out):
    out.append("/* e(a G1, b G2)^3 */")
    out.append("static const struct { uint64_t a[4], b[4]; const char *value; } PAIRING_ANSWERS[] = {")
    for a, b in ((1, 1), (2, 3), (r - 1, 0x1234567890ABCDEF1234567890ABCDEF)):
        value = pairing_cubed(ec_mul(a, G1_PAIR), ec_mul(b, G2))
        assert value != ONE and value.pow(r) == ONE
        out.append("    {%s, %s,\n        %s},\n" % (limbs(a, 4), limbs(b, 4), strings(value.hex())))
    out.append("};")


def tower_table(out):
    rng = Random(12)
    out.append("static const struct { const char *a, *b, *product, *square, *inverse, *frobenius[3]; } TOWER_ANSWERS[] = {")
    edge = [Fp12([p - 1] * 12), Fp12([0] * 11 + [1]), Fp12([1, 0, 0, 0, 0, 0, p - 1])]
    elements = edge + [Fp12([rng.below(p) for _ in range(12)]) for _ in range(3)]
    for i, a in enumerate(elements):
        b = elements[(i + 1) % len(elements)]
        f1 = a.pow(p)
        f2 = f1.pow(p)
        parts = [a, b, a * b, a * a, a.inv()]
        out.append("    {%s,\n        {%s}}," % (
            ",\n        ".join(strings(v.hex()) for v in parts),
            ",\n        ".join(strings(v.hex()) for v in (f1, f2, f2.pow(p))),
        ))
    out.append("};")


def sqrt_table(out):
    """Squares and others in Fp2, by Euler's criterion."""
    rng = Random(2)
    values = [(0, 0), (1, 0), (p - 1, 0), (0, 1), (0, p - 1), (1, 1), (p - 1, 1), (1, p - 1), (4, 0), (2, 0), (0, 2)]
    values += [(p - 4, 0), (0, p - 4), (3, 0), (5, 0), (0, 3), (0, 5), ((p - 1) // 2, 0), ((p + 1) // 2, (p - 1) // 2)]
    values += [(rng.below(p), 0) for _ in range(4)] + [(0, rng.below(p)) for _ in range(4)]
    values += [(rng.below(p), rng.below(p)) for _ in range(16)]
    square_of = [(1, p - 1), (p - 1, 2), (rng.below(p), 1)]
    values += [f2_mul(v, v) for v in square_of]
    out.append("static const struct { const char *c0, *c1; bool square; } SQRT_ANSWERS[] = {")
    for v in values:
        square = v == (0, 0) or f2_pow(v, (p * p - 1) // 2) == (1, 0)
        out.append('    {"%096x",\n     "%096x", %s},' % (v[0], v[1], "true" if square else "false"))
    out.append("};")


def multiples_table(out):
    rng = Random(7)
    ks = [0, 1, 2, 3, r - 1, r, r + 1, 2**254, 2**256 - 1, x * x, r - x * x, int("80" * 32, 16), rng.below(r), rng.below(2**256)]
    out.append("/* k G1 and k G2, compressed */")
    out.append("static const struct { uint64_t k[4]; const char *g1, *g2; } MULTIPLES[] = {")
    for k in ks:
        out.append('    {%s, "%s",\n        %s},' % (
            limbs(k, 4), compress_g1(ec_mul(k, G1_PAIR)).hex(), strings(compress_g2(ec_mul(k, G2)).hex())))
    out.append("};")


def cofactor_table(out):
    def emit(name, order, factors, n):
        out.append("static const struct { uint64_t q; unsigned power; uint64_t rest[%d]; } %s[] = {" % (n, name))
        for q in factors:
            power, rest = 0, order
            while rest % q == 0:
                rest, power = rest // q, power + 1
            assert power > 0
            out.append("    {%d, %d, %s}," % (q, power, limbs(rest, n)))
        out.append("};")

    out.append("/* For each small prime q of a cofactor: the curve's order is q^power rest. */")
    emit("G1_SMALL_ORDERS", h1 * r, G1_FACTORS, 6)
    emit("G2_SMALL_ORDERS", h2 * r, G2_FACTORS, 12)
    left = h1
    for q in G1_FACTORS:
        while left % q == 0:
            left //= q
    assert left == 1  # the list is complete for G1
    out.append("static const uint64_t G1_COFACTOR[2] = %s;" % limbs(h1, 2))
    out.append("static const uint64_t G2_COFACTOR[8] = %s;" % limbs(h2, 8))
    out.append("/* 3 (p^12 - 1)/r */")
    out.append("static const uint64_t FINAL_EXPONENT[68] = %s;" % limbs(3 * (p**12 - 1) // r, 68))
    assert (3 * (p**12 - 1) // r).bit_length() <= 64 * 68
    out.append("/* (p^6 - 1)(p^2 + 1): into the cyclotomic subgroup */")
    out.append("static const uint64_t EASY_EXPONENT[48] = %s;" % limbs((p**6 - 1) * (p**2 + 1), 48))
    assert ((p**6 - 1) * (p**2 + 1)).bit_length() <= 64 * 48


def status_g1(data):
    """What decompressing these 48 bytes must say."""
    flags = data[0] & 0xE0
    if not flags & 0x80:
        return "E"
    if flags & 0x40:
        return "O" if data == bytes([0xC0] + [0] * 47) else "E"
    v = int.from_bytes(bytes([data[0] & 0x1F]) + data[1:], "big")
    if v >= p:
        return "C"
    y2 = (v**3 + 4) % p
    return "O" if y2 == 0 or pow(y2, (p - 1) // 2, p) == 1 else "N"


def status_g2(data):
    flags = data[0] & 0xE0
    if not flags & 0x80:
        return "E"
    if flags & 0x40:
        return "O" if data == bytes([0xC0] + [0] * 95) else "E"
    c1 = int.from_bytes(bytes([data[0] & 0x1F]) + data[1:48], "big")
    c0 = int.from_bytes(data[48:], "big")
    if c1 >= p or c0 >= p:
        return "C"
    y2 = f2_add(f2_mul(f2_mul((c0, c1), (c0, c1)), (c0, c1)), (4, 4))
    return "O" if f2_pow(y2, (p * p - 1) // 2) == (1, 0) else "N"


def first_byte_table(out):
    """Each tail with all 256 first bytes: O on the curve, E encoding, C not canonical, N not on the curve."""
    pb = p.to_bytes(48, "big")
    g1, g2 = compress_g1(G1_PAIR), compress_g2(G2)
    small = next(k for k in range(1, 99) if ec_mul(k, G1_PAIR)[0][0] < 2**381 - p)
    above = (ec_mul(small, G1_PAIR)[0][0] + p).to_bytes(48, "big")
    tails = [bytes(48), g1, pb, (p - 1).to_bytes(48, "big"), (p + 1).to_bytes(48, "big"), bytes([255] * 48), above]
    out.append("/* O on the curve, E encoding, C not canonical, N not on the curve; [first byte] */")
    out.append("static const struct { const char *tail, *status; } G1_FIRST_BYTES[] = {")
    for t in tails:
        out.append('    {"%s",\n     "%s"},' % (t[1:].hex(), "".join(status_g1(bytes([b]) + t[1:]) for b in range(256))))
    out.append("};")
    tails = [bytes(96), g2, pb + bytes(48), g2[:48] + pb, bytes(48) + pb, bytes([255] * 96), g2[:48] + (G2[0][0] + p).to_bytes(48, "big")]
    out.append("static const struct { const char *tail, *status; } G2_FIRST_BYTES[] = {")
    for t in tails:
        out.append("    {%s,\n     \"%s\"}," % (
            strings(t[1:].hex()), "".join(status_g2(bytes([b]) + t[1:]) for b in range(256))))
    out.append("};")


def make():
    out = [
        "/* Made by gen_vectors.py: do not edit. */",
        "#ifndef UNIT_CURVE_VECTORS_H",
        "#define UNIT_CURVE_VECTORS_H",
        "",
        "#include <stdbool.h>",
        "#include <stdint.h>",
        "",
    ]
    for part in (pairing_table, tower_table, sqrt_table, multiples_table, cofactor_table, first_byte_table):
        part(out)
        out.append("")
    return "\n".join(out) + "#endif\n"


def main():
    path, text = os.path.join(HERE, "vectors.h"), make()
    if "--check" in sys.argv[1:]:
        same = os.path.exists(path) and open(path).read() == text
        print("vectors.h: " + ("as derived" if same else "DIFFERS from its derivation"))
        return 0 if same else 1
    open(path, "w").write(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
