#!/usr/bin/env python3
"""A real heap profile of jemalloc, converted: what the program has in use is in it, and jeprof counts the same.

    heap_test.py Heap|Jeprof|GoPprof HEAP_WORK
"""
import json
import math
import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

import pprof

WORK = sys.argv[2]
TABLE, SMALL = 131072, 512  # bytes of the objects; every second table is given back


class Profiled(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, self.folder)

    def run_work(self, options):
        done = subprocess.run([WORK, self.folder], capture_output=True, text=True, timeout=600,
                              env={**os.environ, "MALLOC_CONF": options})
        if done.returncode == 77:
            self.skipTest("this jemalloc has no heap profiling: the conversion was NOT tried on a real profile")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        with open(os.path.join(self.folder, "heap.pb.gz"), "rb") as file:
            return json.loads(done.stdout), pprof.Profile(file.read())


class Heap(Profiled):
    def in_use(self, profile, name):
        """(objects, bytes) of what a function allocated and is in use; the allocator's own frames are not in it."""
        types = [kind for kind, _ in profile.types]
        objects, size = types.index("inuse_objects"), types.index("inuse_space")
        found = [0, 0]
        for stack, values, labels in profile.samples:
            self.assertEqual(labels, {})
            if name in stack:
                self.assertEqual(stack[0], name)
                self.assertEqual(stack[1], "main")
                found[0] += values[objects]
                found[1] += values[size]
        return found

    def test_every_object(self):
        told, profile = self.run_work("prof:true,lg_prof_sample:0")
        self.assertEqual(profile.types, [("inuse_objects", "count"), ("inuse_space", "bytes")])
        self.assertEqual((profile.period_type, profile.period), (("space", "bytes"), 1))
        self.assertEqual(self.in_use(profile, "plant_table"), [told["tables"] // 2, told["tables"] // 2 * TABLE])
        self.assertEqual(self.in_use(profile, "plant_small"), [told["small"], told["small"] * SMALL])
        self.assertEqual(profile.total(0), told["objects"])
        self.assertEqual(profile.total(1), told["bytes"])

    def test_sampled(self):
        """A sum that is estimated from n samples is off by 1/sqrt(n) of itself; six times that has odds of one to 500
        million."""
        told, profile = self.run_work("prof:true,lg_prof_sample:13")
        for name, count, size in (("plant_table", told["tables"] // 2, TABLE), ("plant_small", told["small"], SMALL)):
            samples = count * -math.expm1(-size / 8192)
            objects, space = self.in_use(profile, name)
            self.assertLess(abs(objects / count - 1), 6 / math.sqrt(samples), name)
            self.assertAlmostEqual(space / objects, size, delta=size / 100)
        self.assertEqual(profile.period, 8192)

    def test_accumulated(self):
        told, profile = self.run_work("prof:true,lg_prof_sample:0,prof_accum:true")
        self.assertEqual([kind for kind, _ in profile.types],
                         ["alloc_objects", "alloc_space", "inuse_objects", "inuse_space"])
        self.assertEqual(self.in_use(profile, "plant_table")[0], told["tables"] // 2)
        everything = sum(values[1] for stack, values, _ in profile.samples if "plant_table" in stack)
        self.assertEqual(everything, told["tables"] * TABLE)


class Jeprof(Profiled):
    def test_counts_the_same(self):
        jeprof = shutil.which("jeprof")
        if jeprof is None or shutil.which("perl") is None:
            self.skipTest("there is no jeprof: the sums were NOT compared with its")
        told, _ = self.run_work("prof:true,lg_prof_sample:15")
        done = subprocess.run([jeprof, "--text", "--show_bytes", WORK, os.path.join(self.folder, "heap.text")],
                              capture_output=True, text=True, timeout=600)
        total = int(re.search(r"Total: (\d+) B", done.stdout).group(1))
        self.assertLess(abs(total - told["bytes"]), 2 + told["stacks"])  # it rounds down, stack by stack


class GoPprof(Profiled):
    def test_reads_it(self):
        told, _ = self.run_work("prof:true,lg_prof_sample:0")
        top = pprof.go_pprof(self.folder, "-top", "-sample_index=inuse_objects", "-nodefraction=0",
                             os.path.join(self.folder, "heap.pb.gz"))
        self.assertRegex(top, rf"(?m)^ *{told['small']} .*% +plant_small$")
        self.assertRegex(top, rf"(?m)^ *{told['tables'] // 2} .*% +plant_table$")


if __name__ == "__main__":
    pprof.run_class({"Heap": Heap, "Jeprof": Jeprof, "GoPprof": GoPprof}[sys.argv[1]])
