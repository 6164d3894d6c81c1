#!/usr/bin/env python3
"""Writes the first inputs of the fuzz targets into corpus/<target>/. Deterministic; finds of a fuzzer stand beside
them under the names that it gave."""

import os
import random

P = 0x1A0111EA397FE69A4B1BA7B6434BACD764774B84F38512BF6730D2A0F6B0F6241EABFFFEB153FFFFB9FEFFFFFFFFAAAB
R = 0x73EDA753299D7D483339D80809A1D80553BDA402FFFE5BFEFFFFFFFF00000001
HERE = os.path.dirname(os.path.abspath(__file__))
rng = random.Random(4844)


def put(target, name, data):
    folder = os.path.join(HERE, "corpus", target)
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, name), "wb") as f:
        f.write(bytes(data))


# ---- Fp2 as pairs, only what finds points of the twist ----


def mul2(a, b):
    return ((a[0] * b[0] - a[1] * b[1]) % P, (a[0] * b[1] + a[1] * b[0]) % P)


def add2(a, b):
    return ((a[0] + b[0]) % P, (a[1] + b[1]) % P)


def sqrt1(a):
    s = pow(a, (P + 1) // 4, P)
    return s if s * s % P == a % P else None


def sqrt2(a):
    if a[1] == 0:
        s = sqrt1(a[0])
        return (s, 0) if s is not None else (0, sqrt1(-a[0] % P))
    n = sqrt1((a[0] * a[0] + a[1] * a[1]) % P)
    if n is None:
        return None
    for sign in (n, -n):
        x = sqrt1((a[0] + sign) * pow(2, -1, P) % P)
        if x:
            s = (x, a[1] * pow(2 * x, -1, P) % P)
            if mul2(s, s) == (a[0] % P, a[1] % P):
                return s
    return None


def be(value, size):
    return value.to_bytes(size, "big")


def flagged(data, flags):
    return bytes([data[0] | flags]) + data[1:]


def g1_x(on_curve):
    while True:
        x = rng.randrange(P)
        if (sqrt1((x**3 + 4) % P) is not None) == on_curve:
            return x


def g2_x(on_curve):
    while True:
        x = (rng.randrange(P), rng.randrange(P))
        if (sqrt2(add2(mul2(mul2(x, x), x), (4, 4))) is not None) == on_curve:
            return be(x[1], 48) + be(x[0], 48)


def make_g1():
    gx = 0x17F1D3A73197D7942695638C4FA9AC0FC3688C4F9774B905A14E3A3F171BAC586C55E83FF97A1AEFFB3AF00ADB22C6BB
    gy = 0x08B3F481E3AAA0F1A09E30ED741D8AE4FCF5E095D5D00AF600DB18CB2C04B3EDD03CC744A2888AE40CAA232946C5E7E1
    put("g1", "generator", flagged(be(gx, 48), 0x80))
    put("g1", "generator_negative", flagged(be(gx, 48), 0xA0))
    put("g1", "generator_uncompressed", be(gx, 48) + be(gy, 48))
    put("g1", "generator_uncompressed_wrong_y", be(gx, 48) + be(gy + 1, 48))
    put("g1", "order_three", flagged(be(0, 48), 0x80))  # (0, 2) triples to infinity
    put("g1", "infinity", b"\xc0" + bytes(47))
    put("g1", "infinity_large", b"\xe0" + bytes(47))
    put("g1", "infinity_with_bits", b"\xc0" + bytes(46) + b"\x01")
    put("g1", "infinity_uncompressed", b"\x40" + bytes(95))
    put("g1", "zeros", bytes(96))
    put("g1", "modulus", flagged(be(P, 48), 0x80))
    put("g1", "below_modulus", flagged(be(P - 1, 48), 0x80))
    put("g1", "all_ones", b"\xff" * 96)
    for i in range(8):
        put("g1", "curve_%d" % i, flagged(be(g1_x(True), 48), 0x80 | 0x20 * (i & 1)) + bytes([i, 1, 1, 5]))
    for i in range(2):
        put("g1", "no_point_%d" % i, flagged(be(g1_x(False), 48), 0x80))


def make_g2():
    gx0 = 0x024AA2B2F08F0A91260805272DC51051C6E47AD4FA403B02B4510B647AE3D1770BAC0326A805BBEFD48056C8C121BDB8
    gx1 = 0x13E02B6052719F607DACD3A088274F65596BD0D09920B61AB5DA61BBDC7F5049334CF11213945D57E5AC7D055D042B7E
    put("g2", "generator", flagged(be(gx1, 48) + be(gx0, 48), 0x80))
    put("g2", "generator_negative", flagged(be(gx1, 48) + be(gx0, 48), 0xA0))
    put("g2", "infinity", b"\xc0" + bytes(95))
    put("g2", "infinity_with_bits", b"\xc0" + bytes(94) + b"\x01")
    put("g2", "infinity_uncompressed", b"\x40" + bytes(191))
    put("g2", "zeros", bytes(192))
    put("g2", "modulus_c1", flagged(be(P, 48) + be(1, 48), 0x80))
    put("g2", "modulus_c0", flagged(be(1, 48) + be(P, 48), 0x80))
    put("g2", "all_ones", b"\xff" * 192)
    for i in range(8):
        put("g2", "curve_%d" % i, flagged(g2_x(True), 0x80 | 0x20 * (i & 1)) + bytes([i, 1, 1, 5]))
    for i in range(2):
        put("g2", "no_point_%d" % i, flagged(g2_x(False), 0x80))


def make_field():
    edges_r = [0, 1, 2, R - 1, R, R + 1, (R - 1) // 2, 2**255, 2**256 - 1, 2**256 % R, 2 * R, 2 * R - 1]
    edges_p = [0, 1, 2, P - 1, P, P + 1, (P - 1) // 2, (P + 1) // 2, 2**381, 2**384 - 1, 2**384 % P, 4]
    for i in range(12):
        a, b = edges_r[i], edges_r[(5 * i + 3) % 12]
        c, d = edges_p[i], edges_p[(5 * i + 3) % 12]
        put("field", "edge_%02d" % i, be(a, 32) + be(b, 32) + be(c, 48) + be(d, 48))
    for i in range(6):
        values = [be(rng.randrange(R), 32), be(rng.randrange(R), 32), be(rng.randrange(P), 48), be(rng.randrange(P), 48)]
        put("field", "random_%d" % i, b"".join(values))


def mask(columns):
    out = bytearray(16)
    for c in columns:
        out[c // 8] |= 1 << c % 8
    return bytes(out)


def edit(kind, which, value):
    return bytes([kind, which]) + be(value, 2)


def make_recover():
    sets = {
        "all": range(128),
        "first_half": range(64),
        "second_half": range(64, 128),
        "even": range(0, 128, 2),
        "odd": range(1, 128, 2),
        "random_half": sorted(rng.sample(range(128), 64)),
        "random_half_more": sorted(rng.sample(range(128), 65)),
        "random_100": sorted(rng.sample(range(128), 100)),
        "all_but_one": [i for i in range(128) if i != 77],
        "too_few": range(63),
        "none": [],
    }
    for i, (name, columns) in enumerate(sets.items()):
        put("recover", name, bytes([i % 3]) + mask(columns))
    put("recover", "proofs_half", b"\xfa" + mask(range(0, 128, 2)))  # 0xfa: blob 1, with proofs
    half, more = mask(range(64)), mask(range(70))
    put("recover", "half_changed", b"\x02" + half + edit(0, 5, 2000))
    put("recover", "more_changed", b"\x02" + more + edit(0, 5, 2047))
    put("recover", "more_changed_twice", b"\x01" + more + edit(0, 0, 31) + edit(0, 69, 2047 + 2048))
    put("recover", "element_not_canonical", b"\x02" + more + edit(0, 69, 2016 + 7 * 2048))
    put("recover", "index_range", b"\x02" + more + edit(1, 69, 128))
    put("recover", "index_huge", b"\x02" + half + edit(2, 63, 63))
    put("recover", "index_duplicate", b"\x02" + half + edit(1, 63, 62))
    put("recover", "index_unsorted", b"\x02" + half + edit(1, 3, 1))
    put("recover", "index_moved", b"\x02" + more + edit(1, 69, 100))
    put("recover", "zero_blob_moved", b"\x00" + half + edit(1, 63, 100))
    put("recover", "too_many", b"\x02" + mask(range(128)) + edit(3, 0, 5))
    put("recover", "half_and_duplicate", b"\x02" + mask(range(63)) + edit(3, 0, 62))


def entry(blob, column, kind=0, value=0):
    return bytes([blob, column, kind]) + be(value, 2)


def make_verify_cells():
    put("verify_cells", "empty", b"")
    put("verify_cells", "one", entry(2, 5))
    put("verify_cells", "one_infinity", entry(0, 127))
    put("verify_cells", "row", b"".join(entry(2, c) for c in range(16)))
    put("verify_cells", "column", b"".join(entry(b, 9) for b in range(3)))
    put("verify_cells", "mix_and_repeats", b"".join(entry(c % 3, c * 37 % 128) for c in range(12)) * 2)
    put("verify_cells", "seventy", b"".join(entry(1 + c % 2, c) for c in range(70)))
    for kind in range(1, 10):
        for value in (0, 7, 385, 16000 + kind):
            body = entry(2, 5) + entry(1 + kind % 2, 64 + kind, kind, value) + entry(0, 3)
            put("verify_cells", "edit_%d_%d" % (kind, value), body)
    put("verify_cells", "proofs_swapped", entry(2, 5, 6, 2 + 4 * 6) + entry(2, 6, 6, 2 + 4 * 5))
    put("verify_cells", "opposite_twice", entry(2, 5, 8) + entry(2, 5, 8))
    put("verify_cells", "commitments_swapped", entry(1, 5, 5, 2) + entry(2, 5, 5, 1))
    put("verify_cells", "index_edge", entry(2, 127, 4, 128))


def make_wire():
    arguments = [1, 2, 2, 4, 3, 3, 1, 1, 2, 4, 2, 5]  # of each operation
    for op, n in enumerate(arguments):
        # a name from 0x80, an item from 0x90, a list from 0xc0: the low bits choose the argument
        one = lambda k, base: base + next(v for v in range(16) if (base + v) % n == k)
        single = b",".join(bytes([one(k, 0x80), one(k, 0x90)]) for k in range(n))
        lists = b",".join(bytes([one(k, 0x80), one(k, 0xC0), 2]) for k in range(n))
        put("wire", "json_single_%d" % op, bytes([op, 0x11, 40]) + b"{" + single + b"}")
        put("wire", "json_lists_%d" % op, bytes([op, 0x11, 6]) + b" { " + lists + b" } ")
        put("wire", "ssz_%d" % op, bytes([op, 0x10, 0, 2]))
        put("wire", "ssz_none_%d" % op, bytes([op, 0x10, 0, 0]))
        put("wire", "ssz_offset_%d" % op, bytes([op, 0x10, 0, 1, 0, 0, 255]))
        put("wire", "ssz_cut_%d" % op, bytes([op, 0x10, 0, 1, 255, 0, 1]))
        put("wire", "ssz_raw_%d" % op, bytes([op, 0x02]) + bytes(60))
    name = bytes([0x80 + next(v for v in range(16) if (0x80 + v) % 5 == 3)])
    put("wire", "json_coset_too_long", bytes([11, 0x01, 200]) + b"{" + name + b"[[\xa0\xff\xa0\xff")
    put("wire", "json_coset_too_short", bytes([11, 0x01, 200]) + b"{" + name + b"[[\xa0\x3f]]}")
    numbers = bytes([0x80 + next(v for v in range(16) if (0x80 + v) % 2 == 0)])
    for i, text in enumerate([b"[1,2]", b"[01]", b"[18446744073709551615]", b"[18446744073709551616]", b"[1.0]", b"[-1]",
                              b"[1e3]", b"[true]", b"{}", b"null", b'"\\u0030x00"', b"[" * 40, b"[1,]", b"[,1]"]):
        put("wire", "json_value_%d" % i, bytes([8, 0x05, 1]) + b"{" + numbers + text + b"}")
    put("wire", "json_hex_odd", bytes([0, 0x01, 3]) + b'{"blob":"0x\xb0\x00\x05"}')
    put("wire", "json_hex_long", bytes([1, 0x01, 3]) + b'{"z":"0x\xb0\x00\x42"}')
    put("wire", "json_unknown", bytes([1, 0x01, 3]) + b'{"zz":1}')
    put("wire", "json_twice", bytes([1, 0x01, 3]) + b"{\x81\x91,\x81\x91}")


make_g1()
make_g2()
make_field()
make_recover()
make_verify_cells()
make_wire()
