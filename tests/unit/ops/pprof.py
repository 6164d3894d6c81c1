"""Reads profiles without the code that wrote them: profile.proto by its public description, and gperftools' format."""
import gzip
import os
import shutil
import struct
import subprocess
import sys
import unittest


class Malformed(Exception):
    pass


def varint(data, at):
    value = shift = 0
    while True:
        if at >= len(data) or shift > 63:
            raise Malformed("a number ends early or is too long")
        value |= (data[at] & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if not data[at - 1] & 0x80:
            return value, at


def fields(data):
    """(number, value): an int for a varint, bytes for what has a length. The format uses no other kinds."""
    at = 0
    while at < len(data):
        key, at = varint(data, at)
        value, at = varint(data, at)
        if key & 7 == 2:
            if at + value > len(data):
                raise Malformed("a field is longer than the message")
            yield key >> 3, data[at : at + value]
            at += value
        elif key & 7 == 0:
            yield key >> 3, value
        else:
            raise Malformed(f"wire type {key & 7}")


def packed(value):
    if isinstance(value, int):
        return [value]
    numbers, at = [], 0
    while at < len(value):
        number, at = varint(value, at)
        numbers.append(number)
    return numbers


class Message:
    def __init__(self, data):
        self.all = {}
        for number, value in fields(data):
            self.all.setdefault(number, []).append(value)

    def number(self, field):
        return self.all.get(field, [0])[-1]

    def numbers(self, field):
        return [n for value in self.all.get(field, []) for n in packed(value)]

    def messages(self, field):
        return [Message(data) for data in self.all.get(field, [])]


class Profile:
    """samples: (stack of names, innermost first; values; labels)."""

    def __init__(self, data):
        whole = Message(gzip.decompress(data))
        self.strings = [s.decode() for s in whole.all[6]]
        if self.strings[0] != "":
            raise Malformed("the first string is not empty")
        self.types = [self.type(m) for m in whole.messages(1)]
        self.period_type, self.period = self.type(whole.messages(11)[0]), whole.number(12)
        self.time_ns, self.duration_ns = whole.number(9), whole.number(10)
        self.default_type = self.strings[whole.number(14)]
        self.mappings = {m.number(1): m for m in whole.messages(3)}
        self.functions = self.by_id(whole.messages(5))
        self.locations = self.by_id(whole.messages(4))
        self.samples = [self.sample(m) for m in whole.messages(2)]
        self.check_mappings()

    def type(self, message):
        return self.strings[message.number(1)], self.strings[message.number(2)]

    @staticmethod
    def by_id(messages):
        found = {m.number(1): m for m in messages}
        if 0 in found or len(found) != len(messages):
            raise Malformed("an id is 0 or there twice")
        return found

    def name(self, location):
        lines = location.messages(4)
        return self.strings[self.functions[lines[0].number(1)].number(2)] if lines else None

    def sample(self, message):
        stack = [self.name(self.locations[i]) for i in message.numbers(1)]
        values = message.numbers(2)
        if len(values) != len(self.types):
            raise Malformed("a sample has not one value for each type")
        labels = {}
        for label in message.messages(3):
            key = self.strings[label.number(1)]
            if not key or key in labels:
                raise Malformed("a label has no key, or one that is there already")
            labels[key] = self.strings[label.number(2)] if label.number(2) else label.number(3)
        return stack, values, labels

    def check_mappings(self):
        for location in self.locations.values():
            mapping = self.mappings.get(location.number(2))
            if location.number(2) and not mapping.number(2) <= location.number(3) < mapping.number(3):
                raise Malformed("a location is not in its mapping")

    def file_of(self, name):
        """The file that has a function."""
        for location in self.locations.values():
            if self.name(location) == name:
                return self.strings[self.mappings[location.number(2)].number(5)]
        return None

    def flat(self, value):
        """By the innermost function: the sum of that value."""
        sums = {}
        for stack, values, _ in self.samples:
            sums[stack[0]] = sums.get(stack[0], 0) + values[value]
        return sums

    def total(self, value):
        return sum(values[value] for _, values, _ in self.samples)


def gperftools(data):
    """(period in us, [(count, addresses)]) of a CPU profile of gperftools: words of 64 bits, then a text."""
    words = struct.unpack_from(f"<{len(data) // 8}Q", data)
    if words[:3] != (0, 3, 0):
        raise Malformed("not gperftools' header")
    at, stacks = 5, []
    while words[at : at + 3] != (0, 1, 0):
        count, depth = words[at], words[at + 1]
        stacks.append((count, words[at + 2 : at + 2 + depth]))
        at += 2 + depth
    return words[3], stacks, data[8 * (at + 3) :].decode()


def functions_of(program):
    """[(begin, end, name)] of a program, by nm."""
    listed = subprocess.run(["nm", "-S", program], check=True, capture_output=True, text=True).stdout
    found = []
    for line in listed.splitlines():
        words = line.split()
        if len(words) == 4 and words[2] in "tT":
            found.append((int(words[0], 16), int(words[0], 16) + int(words[1], 16), words[3]))
    return found


def go_pprof(folder, *arguments):
    """What `go tool pprof` says. A test without go is skipped."""
    go = shutil.which("go")
    if go is None:
        raise unittest.SkipTest("there is no go: `go tool pprof` was NOT shown the profile (scripts/deps profile)")
    env = {**os.environ, "PPROF_TMPDIR": folder, "HOME": folder, "GOFLAGS": ""}
    done = subprocess.run([go, "tool", "pprof", *arguments], capture_output=True, text=True, env=env, timeout=600)
    if done.returncode:
        raise AssertionError(done.stderr)
    return done.stdout


def run_class(case):
    """Runs one class of tests; the exit status is 77 when one of them was skipped and none failed."""
    suite = unittest.defaultTestLoader.loadTestsFromTestCase(case)
    outcome = unittest.TextTestRunner(verbosity=2).run(suite)
    for test, why in outcome.skipped:
        print(f"SKIPPED: {test}: {why}", file=sys.stderr)
    sys.exit(1 if not outcome.wasSuccessful() else 77 if outcome.skipped else 0)
