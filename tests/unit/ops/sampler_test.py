#!/usr/bin/env python3
"""CPU profiles of a program whose shares are known: read by a decoder of our own, by `go tool pprof`, and set beside what
gperftools counts.

    sampler_test.py Sampled|GoPprof|Gperftools WORK [WORK_WITH_GPERFTOOLS]
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
WORK_GPERFTOOLS = sys.argv[3] if len(sys.argv) > 3 else None
NAMES = {"work_heavy": "heavy_ns", "work_light": "light_ns", "work_other": "other_ns", "spin_frameless": "late_ns"}
SECONDS = "2"
SIGMAS = 6  # a share that is further off has odds of one to 500 million


def run(folder, program, *arguments, **more):
    done = subprocess.run([program, folder, *arguments], capture_output=True, text=True, timeout=600, env={**os.environ, **more})
    if done.returncode:
        raise AssertionError(f"{program} ended with {done.returncode}: {done.stdout}{done.stderr}")
    told = json.loads(re.search(r"\{.*\}", done.stdout).group(0))
    print(f"{os.path.basename(program)}: KZG_SEED={told['seed']}")
    told["cpu_ns"] = sum(told[key] for key in NAMES.values())
    return told


def check_shares(test, told, flat, samples, squares):
    """Each function's share of the samples against its share of CPU time. A signal that stands for many samples says
    where the thread was but once: squares is the sum of the squares of what the signals stand for."""
    for name, key in NAMES.items():
        share = told[key] / told["cpu_ns"]
        off = flat.get(name, 0) / samples - share
        # What is outside the four loops: reading of the clock, start and end of the threads.
        allowed = SIGMAS * math.sqrt(share * (1 - share) * squares) / samples + 0.02
        test.assertLess(abs(off), allowed, f"{name} has {flat.get(name, 0)} of {samples}, its share is {share:.3f}")


class Profiled(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp()
        cls.told = run(cls.folder, WORK, SECONDS)
        with open(os.path.join(cls.folder, "cpu.pb.gz"), "rb") as file:
            cls.profile = pprof.Profile(file.read())

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.folder)


class Sampled(Profiled):
    def folded(self, name):
        with open(os.path.join(self.folder, name)) as file:
            lines = [line.rstrip("\n").rsplit(" ", 1) for line in file]
        return {stack: int(count) for stack, count in lines}, [stack for stack, _ in lines]

    def test_head(self):
        profile = self.profile
        self.assertEqual(profile.types, [("samples", "count"), ("cpu", "nanoseconds")])
        self.assertEqual(profile.period_type, ("cpu", "nanoseconds"))
        self.assertEqual(profile.period, 1_000_000_000 // self.told["hertz"])
        self.assertEqual(profile.default_type, "cpu")
        self.assertEqual(profile.duration_ns, self.told["duration_ns"])
        self.assertGreater(profile.time_ns, 1_600_000_000 * 10**9)

    def test_samples_are_the_cpu_time(self):
        """Every period counts, so the sum is the threads' CPU time: less a period for each thread, and what they did
        outside of the measured loops, which is more on a busy machine."""
        self.assertTrue(0 < self.told["signals"] <= self.told["samples"] <= self.told["squares"], self.told)
        self.assertEqual(self.told["dropped"], 0)
        self.assertEqual(self.profile.total(0), self.told["samples"])
        self.assertEqual(self.profile.total(1), self.told["samples"] * self.profile.period)
        off = self.profile.total(1) - self.told["cpu_ns"]
        self.assertLess(abs(off), self.told["cpu_ns"] * 0.06 + 4 * self.profile.period)

    def test_shares(self):
        check_shares(self, self.told, self.profile.flat(0), self.profile.total(0), self.told["squares"])
        mixed_ns = self.told["heavy_ns"] - self.told["tail_ns"]
        self.assertGreater(mixed_ns, 2.4 * self.told["light_ns"])
        self.assertLess(mixed_ns, 3.6 * self.told["light_ns"])

    def test_stacks(self):
        callers = {"work_heavy": ["mixed"], "work_light": ["mixed"], "work_other": ["other"],
                   "spin_frameless": ["work_late", "late"]}
        for stack, _, _ in self.profile.samples:
            if stack[0] in callers:
                self.assertEqual(stack[1 : 1 + len(callers[stack[0]])], callers[stack[0]])
            if stack[0] in ("work_heavy", "work_light"):
                self.assertIn("main", stack)
        self.assertEqual(os.path.realpath(self.profile.file_of("work_heavy")), os.path.realpath(WORK))

    def test_labels(self):
        main, workers, threads = None, set(), {}
        for stack, values, labels in self.profile.samples:
            workers.add(labels.get("worker"))
            threads.setdefault(labels["thread"], set()).add(labels.get("worker"))
            if stack[0] == "spin_frameless":
                self.assertEqual((labels["operation"], labels["backend"]), ("late_operation", "portable"))
            if stack[0] == "work_other":
                self.assertEqual(set(labels), {"thread"})
            if stack[0] in ("work_heavy", "work_light"):
                expected = {"work_heavy": "heavy_operation", "work_light": "light;operation"}[stack[0]]
                self.assertEqual((labels["operation"], labels["backend"]), (expected, "adx"))
                main = labels["worker"]
        self.assertEqual(main, "main-worker")
        self.assertEqual(workers, {"main-worker", "late-worker", None})  # "waiter" waited
        self.assertEqual(len(threads), 3)
        self.assertTrue(all(len(found) == 1 for found in threads.values()), threads)
        self.assertEqual(self.told["threads"], 4)

    def test_folded(self):
        stacks, order = self.folded("cpu.folded")
        self.assertEqual(sum(stacks.values()), self.told["samples"])
        self.assertEqual(order, sorted(order))
        by_leaf = {}
        for stack, count in stacks.items():
            leaf = stack.rsplit(";", 1)[-1]
            by_leaf[leaf] = by_leaf.get(leaf, 0) + count
            self.assertNotIn("worker=", stack)
        for name in NAMES:
            self.assertEqual(by_leaf[name], self.profile.flat(0)[name])
        self.assertTrue(any(s.startswith("operation=heavy_operation;backend=adx;") for s in stacks))
        self.assertTrue(any(s.startswith("operation=light:operation;backend=adx;") for s in stacks))

    def test_folded_by_worker(self):
        stacks, _ = self.folded("cpu.workers")
        self.assertEqual(sum(stacks.values()), self.told["samples"])
        self.assertTrue(any(s.startswith("worker=late-worker;operation=late_operation;backend=portable;") for s in stacks))


class GoPprof(Profiled):
    def test_reads_it(self):
        path = os.path.join(self.folder, "cpu.pb.gz")
        top = pprof.go_pprof(self.folder, "-top", "-sample_index=samples", "-nodefraction=0", path)
        flat = {name: int(count) for count, name in re.findall(r"(?m)^ *(\d+) .*% +(\w+)$", top)}
        for name in NAMES:
            self.assertEqual(flat.get(name), self.profile.flat(0)[name], top)
        self.assertIn("Type: samples", top)
        tags = pprof.go_pprof(self.folder, "-tags", path)
        for tag in ("heavy_operation", "late-worker", "portable"):
            self.assertIn(tag, tags)


class Gperftools(Profiled):
    def test_counts_the_same(self):
        """The same work under gperftools' profiler: as many samples for as much CPU time, with the same shares. In one
        thread, since it has one timer for the process, and loses ticks when several run. Its timer counts whole ticks
        of the kernel, whoever had the rest of them: on a busy machine that is a sample of the time, ours is the time."""
        if WORK_GPERFTOOLS is None:
            self.skipTest("this build has no gperftools: the counts were NOT compared (scripts/deps test)")
        ours = run(self.folder, WORK, SECONDS, "alone")
        counted = ours["samples"] * self.profile.period / ours["cpu_ns"]
        told = run(self.folder, WORK_GPERFTOOLS, SECONDS, "alone", CPUPROFILE_FREQUENCY=str(self.told["hertz"]))
        with open(os.path.join(self.folder, "cpu.prof"), "rb") as file:
            period_us, stacks, maps = pprof.gperftools(file.read())
        self.assertEqual(period_us * 1000, self.profile.period)
        samples = sum(count for count, _ in stacks)
        theirs = samples * period_us * 1000 / told["cpu_ns"]
        print(f"samples for the CPU time, 1 is all of it: ours {counted:.3f}, gperftools {theirs:.3f}")
        self.assertLess(abs(counted - 1), 0.1)
        # On a machine with nothing else to do theirs is 0.94 to 1.06; where others have the ticks it is less: 0.13 with
        # four busy loops on two CPUs.
        self.assertGreater(samples, 0)
        self.assertLess(theirs, 1.1 + SIGMAS / math.sqrt(samples))
        check_shares(self, told, self.by_function(stacks, maps), samples, samples)

    @staticmethod
    def by_function(stacks, maps):
        real = os.path.realpath(WORK_GPERFTOOLS)
        parts = [line.split() for line in maps.splitlines()]
        base = min(int(p[0].split("-")[0], 16) - int(p[2], 16) for p in parts
                   if len(p) > 5 and os.path.realpath(p[5]) == real)
        functions, flat = pprof.functions_of(WORK_GPERFTOOLS), {}
        for count, stack in stacks:
            for begin, end, name in functions:
                if begin <= stack[0] - base < end:
                    flat[name] = flat.get(name, 0) + count
        return flat


if __name__ == "__main__":
    pprof.run_class({"Sampled": Sampled, "GoPprof": GoPprof, "Gperftools": Gperftools}[sys.argv[1]])
