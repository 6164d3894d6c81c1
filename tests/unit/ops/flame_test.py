#!/usr/bin/env python3
"""Flame graphs as an XML reader sees them: every frame is there with its count, at the place that its stacks give it.

    flame_test.py FLAME_SVG
"""
import os
import random
import re
import subprocess
import sys
import unittest
import xml.etree.ElementTree as ET

PROGRAM = sys.argv[1]
SVG = "{http://www.w3.org/2000/svg}"
MARGIN = 12


def draw(folded, *arguments):
    data = folded if isinstance(folded, bytes) else folded.encode()
    done = subprocess.run([PROGRAM, *map(str, arguments)], input=data, capture_output=True, timeout=600)
    if done.returncode:
        raise AssertionError(done.stderr.decode())
    return done.stdout


class Frame:
    def __init__(self, group):
        rect = group.find(f"{SVG}rect")
        self.x, self.y, self.width = (float(rect.get(key)) for key in ("x", "y", "width"))
        self.name, count = group.find(f"{SVG}title").text.rsplit("\n", 1)
        self.count, self.unit, self.share = re.fullmatch(r"(\d+) (.*), (\d+\.\d\d) %", count).groups()
        self.count, self.share = int(self.count), float(self.share)
        text = group.find(f"{SVG}text")
        self.text = None if text is None else text.text
        self.kind = group.get("class")


def frames(svg):
    return [Frame(group) for group in ET.fromstring(svg).iter(f"{SVG}g")]


def expected(stacks):
    """{(level, path): (begin, end)} of a tree that is laid out by name, in counts."""
    places = {}

    def lay(path, inside, begin):
        at = begin
        for name in sorted({stack[0] for stack, _ in inside if stack}):
            below = [(stack[1:], n) for stack, n in inside if stack and stack[0] == name]
            width = sum(n for _, n in below)
            here = at + 0
            places[path + (name,)] = (here, here + width)
            lay(path + (name,), below, here + sum(n for stack, n in below if not stack))
            at += width

    lay((), stacks, 0)
    return places


class Flame(unittest.TestCase):
    def test_places(self):
        seed = int(os.environ.get("KZG_SEED", random.randrange(1 << 32)))
        print(f"KZG_SEED={seed}")
        drawn = random.Random(seed)
        for _ in range(20):
            names = ["a", "b", *(f"{c}{end}" for c in "ab" for end in drawn.sample([".x", " y", "+z", "=1", "a"], 2))]
            stacks = {}
            for _ in range(drawn.randrange(1, 40)):
                stack = tuple(drawn.choice(names) for _ in range(drawn.randrange(1, 6)))
                stacks[stack] = stacks.get(stack, 0) + drawn.randrange(1, 50)
            self.check(list(stacks.items()), drawn.choice([400, 1200, 3333]))

    def check(self, stacks, width):
        total = sum(n for _, n in stacks)
        found = frames(draw("".join(f"{';'.join(stack)} {n}\n" for stack, n in stacks), width))
        scale = (width - 2 * MARGIN) / total
        wanted = {}
        for path, (begin, end) in expected(stacks).items():
            if (end - begin) * scale >= 0.3:
                wanted.setdefault((len(path), path[-1], end - begin), []).append(begin * scale + MARGIN)
        got = {}
        top = min(f.y for f in found)
        for f in found:
            if f.count * scale >= 0.3:
                got.setdefault((1 + int(f.y - top) // 18, f.name, f.count), []).append(f.x)
            self.assertLess(abs(f.width - f.count * scale), 0.52)
            self.assertLess(abs(f.share - 100 * f.count / total), 0.0101)
            self.assertLess(f.x + f.width, width - MARGIN + 0.02)
        self.assertEqual(set(got), set(wanted))
        for key, places in wanted.items():
            self.assertEqual(len(places), len(got[key]), key)
            for a, b in zip(sorted(places), sorted(got[key])):
                self.assertLess(abs(a - b), 0.02, key)

    def test_no_overlap(self):
        found = frames(draw("m;a;x 5\nm;a 3\nm;b;y;z 7\nn 1\nm 2\n"))
        for one in found:
            for other in found:
                if one is not other and one.y == other.y:
                    self.assertTrue(one.x + one.width <= other.x + 0.01 or other.x + other.width <= one.x + 0.01)

    def test_names(self):
        long = "a_function_with_a_name_that_does_not_fit_" * 8
        found = frames(draw(f"operation=commit;{long};[libc.so.6+0x1] 9\nshort 1\n", 600))
        by_name = {f.name: f for f in found}
        self.assertTrue(by_name[long].text.endswith("…"))
        self.assertLess(len(by_name[long].text) * 6.6, by_name[long].width)
        self.assertEqual(by_name["short"].text, "short")
        self.assertEqual(by_name["operation=commit"].kind, "l")
        self.assertEqual(by_name["[libc.so.6+0x1]"].kind, "u")
        self.assertEqual(by_name["short"].unit, "samples")

    def test_bytes_of_any_kind(self):
        """Names that are not text, or that XML has a use for: the file stays well-formed."""
        odd = [bytes([b]) for b in range(1, 256) if b not in b"\n;"]
        odd += ["ä€😀".encode(), b"\xc0\x80", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\xef\xbf\xbe", b"\xe2\x82", b"]]>", b"-->"]
        found = frames(draw(b"".join(b"x%s;y 1\n" % name for name in odd), 10000))
        self.assertEqual(sum(f.count for f in found if f.name.startswith("x")), len(odd))
        self.assertIn("xä€😀", {f.name for f in found})
        self.assertIn("x<", {f.name for f in found})
        svg = draw(b"a 1\n", 1200, "<b>&title", "note \xff")
        self.assertIn("<b>&title", [t.text for t in ET.fromstring(svg).iter(f"{SVG}text")])

    def test_narrow_frames_are_counted(self):
        svg = draw("".join(f"m;f{i:05d} 1\n" for i in range(20000)))
        self.assertIn(b"20000 frames are too narrow to be drawn", svg)
        self.assertEqual(len(frames(svg)), 1)
        self.assertLess(len(svg), 3000)

    def test_large(self):
        """A long profile, in one go; 64 frames deep."""
        lines = [";".join(f"f{(i * 7919 + k * k) % 97}" for k in range(64)) + f" {i % 13 + 1}\n" for i in range(20000)]
        ET.fromstring(draw("".join(lines)))


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=2)
