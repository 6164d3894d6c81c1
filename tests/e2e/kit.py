"""What the tests of the tool share: running it, counting cases, known answers.

Each test file is a program: KZG_TOOL names the tool (or the first argument does), KZG_SEED the seed of what is random.
"""
import hashlib
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile

BLOB = 131072
CELL = 2048
CELLS = 128
R = 0x73EDA753299D7D483339D80809A1D80553BDA402FFFE5BFEFFFFFFFF00000001
P = 0x1A0111EA397FE69A4B1BA7B6434BACD764774B84F38512BF6730D2A0F6B0F6241EABFFFEB153FFFFB9FEFFFFFFFFAAAB

OK, NOT_VALID, BAD_INPUT, FAILED = 0, 1, 2, 3

INFINITY = b"\xc0" + bytes(47)
GENERATOR = bytes.fromhex(
    "97f1d3a73197d7942695638c4fa9ac0fc3688c4f9774b905a14e3a3f171bac586c55e83ff97a1aeffb3af00adb22c6bb"
)


def known_blob():
    """Element i is the SHA-256 of i in 8 bytes, big-endian, with the top two bits clear."""
    out = bytearray()
    for i in range(4096):
        element = bytearray(hashlib.sha256(i.to_bytes(8, "big")).digest())
        element[0] &= 0x3F
        out += element
    return bytes(out)


# Answers for known_blob(), computed with another implementation (npm's c-kzg).
KNOWN = {
    "commitment": "84e1bde5ea7a96b2ad5add335cb8a02e2c19c050dd1a6e8b048694c4d236e4017319cc806e6072399576e02b1000e4d0",
    "blob_proof": "b86cadcb7db049fb789aaae91f4a183b17bdcd9106a61a71bef2b496e80ade75c5540b90d440a61fbb49241ebdba7a3e",
    "z": "0000000000000000000000000000000000000000000000000123456789abcdef",
    "proof": "a5565ae65a352df25a9253298603425c1b52ed4b689587af703396b2d944c17422d32c7014d7a308dcc6571f8a7f6e9a",
    "y": "0b0b0c1ab2fcdf063400553df295ce4c4cc00e8ae8874d2f178c73fe33db98cc",
    "cells_sha256": "48d32e3a66d27056a8b6fc4b82760a33e6796df205493b6c6f5fd230a6645a31",
    "cell_proofs_sha256": "dc51751196c197df94b9511abad8b2fc94c7ad7399702f434c27e3e1c9cc53ac",
}


class Result:
    def __init__(self, status, out, err):
        self.status, self.out, self.err = status, out, err

    def text(self):
        return self.out.decode()

    def lines(self):
        return self.text().splitlines()

    def json(self):
        return json.loads(self.out)

    def __str__(self):
        return f"status {self.status}, output {self.out[:200]!r}, errors {self.err[:400]!r}"


class Kit:
    def __init__(self, name):
        if len(sys.argv) > 1:
            self.tool = os.path.abspath(sys.argv[1])
        else:
            self.tool = os.environ.get("KZG_TOOL", "")
        if not os.access(self.tool, os.X_OK):
            print(f"{name}: there is no tool at '{self.tool}'")
            sys.exit(1)
        seed = os.environ.get("KZG_SEED") or str(random.SystemRandom().getrandbits(32))
        print(f"{name}: KZG_SEED={seed}")
        self.random = random.Random(f"{name} {seed}")
        self.folder = tempfile.mkdtemp(prefix="kzg-e2e-")
        os.chmod(self.folder, 0o755)
        self.environment = {k: v for k, v in os.environ.items() if k != "KZG_BACKEND"}
        if "KZG_BACKEND" in os.environ:
            self.environment["KZG_BACKEND"] = os.environ["KZG_BACKEND"]
        self.passed = self.failed = 0

    # ---- Cases ----

    def check(self, name, condition, detail=""):
        if condition:
            self.passed += 1
            print(f"ok - {name}")
        else:
            self.failed += 1
            print(f"not ok - {name}: {detail}")

    def expect(self, name, result, status, out=None, err=None, empty_err=None):
        """One case: exit status, whole output, and what the errors must contain (a text or several)."""
        wanted = [err] if isinstance(err, str) else err or []
        good = result.status == status
        good = good and (out is None or result.out == (out.encode() if isinstance(out, str) else out))
        good = good and all(w.encode() in result.err for w in wanted)
        if empty_err is None:
            empty_err = status in (OK, NOT_VALID)
        good = good and (result.err == b"") == empty_err
        self.check(name, good, f"{result}; wanted {status} {str(out)[:200]!r} {wanted}")
        return result

    def finish(self):
        shutil.rmtree(self.folder, ignore_errors=True)
        print(f"{self.passed} passed, {self.failed} failed")
        sys.exit(1 if self.failed or not self.passed else 0)

    # ---- Running ----

    def run(self, *arguments, stdin=b"", **options):
        """stdin: bytes, or a file to read from."""
        environment = dict(self.environment, **options.pop("env", {}))
        command = [options.pop("tool", self.tool), *[str(a) for a in arguments]]
        if isinstance(stdin, (bytes, bytearray)):
            options["input"] = bytes(stdin)
        else:
            options["stdin"] = stdin
        options.setdefault("stdout", subprocess.PIPE)
        done = subprocess.run(command, stderr=subprocess.PIPE, env=environment, timeout=600, **options)
        return Result(done.returncode, done.stdout or b"", done.stderr)

    # ---- Files and values ----

    def path(self, name):
        return os.path.join(self.folder, name)

    def file(self, name, content):
        path = self.path(name)
        with open(path, "wb") as file:
            file.write(content.encode() if isinstance(content, str) else content)
        return path

    def blob(self):
        """Random and canonical."""
        out = bytearray(self.random.randbytes(BLOB))
        for i in range(0, BLOB, 32):
            out[i] &= 0x3F
        return bytes(out)


def read(path):
    with open(path, "rb") as file:
        return file.read()


def hexa(data):
    return "0x" + data.hex()


def items(data, size):
    return [data[i : i + size] for i in range(0, len(data), size)]


def twos_blob():
    """All elements 2: the commitment is 2 G1, any proof is infinity."""
    return (bytes(31) + b"\x02") * 4096
