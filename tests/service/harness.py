"""What the service's tests share: a kzgd of their own, sockets without an HTTP library's politeness, the wire forms
written a second time, and a counter of checks. Standard library only."""

import hashlib
import json
import os
import random
import re
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time

BLOB = 131072
CELL = 2048
MODULUS = 0x73EDA753299D7D483339D80809A1D80553BDA402FFFE5BFEFFFFFFFF00000001
INFINITY = b"\xc0" + bytes(47)
# The generator and its double: commitments of the blobs whose polynomial is 1 and 2.
G1 = bytes.fromhex("97f1d3a73197d7942695638c4fa9ac0fc3688c4f9774b905a14e3a3f171bac586c55e83ff97a1aeffb3af00adb22c6bb")
G2X = bytes.fromhex("a572cbea904d67468808c8eb50a9450c9721db309128012543902d0ac358a62ae28f75bb8f1c7c42c39a8c5529bf0f4e")
PATIENCE = 240  # seconds until something that must happen counts as not happening; nothing is measured against it

SEED = int(os.environ.get("KZG_SEED", "7594"))
LEVEL = os.environ.get("KZGD_LEVEL")  # precomputation of daemons that are given none: 0 starts fastest under a sanitizer


# ---- Counting checks ---------------------------------------------------------------------------------------------

class Report:
    def __init__(self):
        self.passed = 0
        self.failed = 0
        self.failures = []

    def check(self, good, name, detail=""):
        if good:
            self.passed += 1
            print(f"ok - {name}", flush=True)
        else:
            self.failed += 1
            self.failures.append(f"not ok - {name}: {detail}")
            print(self.failures[-1], flush=True)
        return good

    def equal(self, got, wanted, name):
        return self.check(got == wanted, name, f"got {short(got)}, wanted {short(wanted)}")

    def end(self):
        for failure in self.failures:  # once more: what is shown of a failed test is its end
            print(failure)
        print(f"{self.passed} passed, {self.failed} failed")
        return 1 if self.failed or not self.passed else 0


def short(value):
    text = repr(value)
    return text if len(text) < 300 else text[:300] + "..."


# ---- Raw HTTP ------------------------------------------------------------------------------------------------------

class Answer:
    def __init__(self, status, headers, body):
        self.status = status
        self.headers = headers
        self.body = body

    def json(self):
        return json.loads(self.body)

    def code(self):
        """Of a problem document; None if the answer is not one."""
        if self.headers.get("content-type") != "application/problem+json":
            return None
        return self.json().get("code")

    def __repr__(self):
        return f"{self.status} {self.headers} {self.body[:400]!r}"


class Closed(Exception):
    """The connection ended before a whole answer came."""


class Connection:
    def __init__(self, address, timeout=PATIENCE):
        if address.startswith("unix:"):
            self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            self.socket.settimeout(timeout)
            self.socket.connect(address[5:])
        else:
            host, port = address.rsplit(":", 1)
            self.socket = socket.create_connection((host.strip("[]"), int(port)), timeout)
            self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.buffer = b""

    def send(self, data):
        self.socket.sendall(data)

    def more(self):
        try:
            data = self.socket.recv(1 << 18)
        except ConnectionResetError as error:
            raise Closed("reset") from error
        if not data:
            raise Closed(f"end of stream after {self.buffer[:200]!r}")
        self.buffer += data

    def answer(self, head=False):
        """The next answer, interim ones (1xx) left out."""
        while True:
            while b"\r\n\r\n" not in self.buffer:
                self.more()
            top, rest = self.buffer.split(b"\r\n\r\n", 1)
            lines = top.decode("latin-1").split("\r\n")
            status = int(lines[0].split(" ")[1])
            headers = {}
            for line in lines[1:]:
                name, value = line.split(":", 1)
                headers[name.strip().lower()] = value.strip()
            self.buffer = rest
            if status >= 200:
                break
        length = 0 if head else int(headers.get("content-length", 0))
        while len(self.buffer) < length:
            self.more()
        body, self.buffer = self.buffer[:length], self.buffer[length:]
        return Answer(status, headers, body)

    def ended(self):
        """True when the server closes without sending anything more."""
        try:
            return self.socket.recv(1) == b""
        except (ConnectionResetError, BrokenPipeError):
            return True
        except socket.timeout:
            return False

    def still_read(self):
        """After a refusal: True when more bytes and the end of them meet no reset, else the error."""
        try:
            for _ in range(3):
                self.socket.sendall(b"b" * 2048)
            self.socket.shutdown(socket.SHUT_WR)
            return self.socket.recv(1) == b""
        except OSError as error:
            return error

    def close(self):
        self.socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def request_bytes(method, path, headers=(), body=b""):
    head = f"{method} {path} HTTP/1.1\r\nHost: test\r\n"
    for name, value in headers:
        head += f"{name}: {value}\r\n"
    return head.encode("latin-1") + b"\r\n" + body


JSON = "application/json"
BINARY = "application/octet-stream"


def post_bytes(operation, body, media=BINARY, headers=()):
    return request_bytes("POST", f"/kzg/v1/{operation}",
                         [("Content-Type", media), ("Content-Length", len(body)), *headers], body)


def ask(address, data, head=False):
    with Connection(address) as connection:
        connection.send(data)
        return connection.answer(head)


# ---- The wire forms, a second time ----------------------------------------------------------------------------------

ARGUMENTS = {
    "blob_to_kzg_commitment": [("blob", BLOB)],
    "compute_kzg_proof": [("blob", BLOB), ("z", 32)],
    "compute_blob_kzg_proof": [("blob", BLOB), ("commitment", 48)],
    "verify_kzg_proof": [("commitment", 48), ("z", 32), ("y", 32), ("proof", 48)],
    "verify_blob_kzg_proof": [("blob", BLOB), ("commitment", 48), ("proof", 48)],
    "verify_blob_kzg_proof_batch": [("blobs", [BLOB]), ("commitments", [48]), ("proofs", [48])],
    "compute_cells": [("blob", BLOB)],
    "compute_cells_and_kzg_proofs": [("blob", BLOB)],
    "recover_cells_and_kzg_proofs": [("cell_indices", [8]), ("cells", [CELL])],
    "verify_cell_kzg_proof_batch": [("commitments", [48]), ("cell_indices", [8]), ("cells", [CELL]), ("proofs", [48])],
    "compute_challenge": [("blob", BLOB), ("commitment", 48)],
    "compute_verify_cell_kzg_proof_batch_challenge": [
        ("commitments", [48]), ("commitment_indices", [8]), ("cell_indices", [8]), ("cosets_evals", [CELL]),
        ("proofs", [48])],
}


def item_bytes(value):
    """A vector's value as bytes: hex, an index, or a coset's list of field elements."""
    if isinstance(value, bytes):
        return value
    if isinstance(value, int):
        return struct.pack("<Q", value)
    if isinstance(value, list):
        return b"".join(item_bytes(element) for element in value)
    if not value.startswith("0x"):
        raise ValueError("no 0x")
    return bytes.fromhex(value[2:])


def ssz(operation, values):
    """The container of the arguments; ValueError where a value's length cannot be expressed."""
    parts = []
    for name, size in ARGUMENTS[operation]:
        value = values[name]
        if isinstance(size, list):
            items = [item_bytes(item) for item in value]
            if any(len(item) != size[0] for item in items):
                raise ValueError(name)
            parts.append((True, b"".join(items)))
        else:
            data = item_bytes(value)
            if len(data) != size:
                raise ValueError(name)
            parts.append((False, data))
    at = sum(4 if variable else len(data) for variable, data in parts)
    fixed, tail = b"", b""
    for variable, data in parts:
        if variable:
            fixed += struct.pack("<I", at + len(tail))
            tail += data
        else:
            fixed += data
    return fixed + tail


def json_value(value):
    if isinstance(value, bytes):
        return "0x" + value.hex()
    if isinstance(value, list):
        return [json_value(item) for item in value]
    return value


def json_body(values):
    return json.dumps({name: json_value(value) for name, value in values.items()}).encode()


def raw_output(output):
    """A vector's output as the SSZ result: everything end to end."""
    if isinstance(output, bool):
        return bytes([output])
    if isinstance(output, list):
        return b"".join(raw_output(item) for item in output)
    return item_bytes(output)


# ---- Known answers ------------------------------------------------------------------------------------------------

def scalar(value):
    return (value % MODULUS).to_bytes(32, "big")


def constant_blob(value):
    return scalar(value) * 4096


def random_blob(rng):
    return b"".join(scalar(rng.randrange(MODULUS)) for _ in range(4096))


def hash_to_scalar(data):
    return scalar(int.from_bytes(hashlib.sha256(data).digest(), "big"))


def blob_challenge(blob, commitment):
    """compute_challenge, from the specification."""
    return hash_to_scalar(b"FSBLOBVERIFY_V1_" + (4096).to_bytes(16, "big") + blob + commitment)


def cells_challenge(commitments, commitment_indices, cell_indices, cosets, proofs):
    """compute_verify_cell_kzg_proof_batch_challenge, from the specification."""
    data = b"RCKZGCBATCH__V1_" + struct.pack(">QQQQ", 4096, 64, len(commitments), len(cell_indices))
    data += b"".join(commitments)
    for row, column, coset, proof in zip(commitment_indices, cell_indices, cosets, proofs):
        data += struct.pack(">QQ", row, column) + coset + proof
    return hash_to_scalar(data)


def known_answers():
    """(name, operation, arguments, output): answers that need no curve arithmetic to know."""
    one, two, cell = constant_blob(1), constant_blob(2), scalar(2) * 64
    hx = json_value
    half = list(range(0, 128, 2))
    cells = [cell] * 128
    yield "zero", "blob_to_kzg_commitment", {"blob": bytes(BLOB)}, hx(INFINITY)
    yield "one", "blob_to_kzg_commitment", {"blob": one}, hx(G1)
    yield "two", "blob_to_kzg_commitment", {"blob": two}, hx(G2X)
    yield "two at 5", "compute_kzg_proof", {"blob": two, "z": scalar(5)}, hx([INFINITY, scalar(2)])
    yield "two", "compute_blob_kzg_proof", {"blob": two, "commitment": G2X}, hx(INFINITY)
    true = {"commitment": G2X, "z": scalar(9), "y": scalar(2), "proof": INFINITY}
    yield "true", "verify_kzg_proof", true, True
    yield "false", "verify_kzg_proof", {**true, "y": scalar(3)}, False
    yield "true", "verify_blob_kzg_proof", {"blob": one, "commitment": G1, "proof": INFINITY}, True
    yield "false", "verify_blob_kzg_proof", {"blob": one, "commitment": G2X, "proof": INFINITY}, False
    batch = {"blobs": [one, two], "commitments": [G1, G2X], "proofs": [INFINITY] * 2}
    yield "true", "verify_blob_kzg_proof_batch", batch, True
    yield "false", "verify_blob_kzg_proof_batch", {**batch, "commitments": [G2X, G1]}, False
    yield "empty", "verify_blob_kzg_proof_batch", {"blobs": [], "commitments": [], "proofs": []}, True
    yield "two", "compute_cells", {"blob": two}, hx(cells)
    yield "two", "compute_cells_and_kzg_proofs", {"blob": two}, hx([cells, [INFINITY] * 128])
    yield "two", "recover_cells_and_kzg_proofs", {"cell_indices": half, "cells": [cell] * 64}, \
        hx([cells, [INFINITY] * 128])
    batch = {"commitments": [G2X] * 3, "cell_indices": [0, 64, 127], "cells": [cell] * 3, "proofs": [INFINITY] * 3}
    yield "true", "verify_cell_kzg_proof_batch", batch, True
    yield "false", "verify_cell_kzg_proof_batch", {**batch, "commitments": [G2X, G1, G2X]}, False
    empty = {"commitments": [], "cell_indices": [], "cells": [], "proofs": []}
    yield "empty", "verify_cell_kzg_proof_batch", empty, True
    yield "two", "compute_challenge", {"blob": two, "commitment": G2X}, hx(blob_challenge(two, G2X))
    rows = {"commitments": [G1, G2X], "commitment_indices": [1, 0, 1], "cell_indices": [3, 5, 127],
            "cosets_evals": [[scalar(i + j) for j in range(64)] for i in range(3)], "proofs": [INFINITY, G1, G2X]}
    answer = cells_challenge(rows["commitments"], rows["commitment_indices"], rows["cell_indices"],
                             [b"".join(coset) for coset in rows["cosets_evals"]], rows["proofs"])
    yield "three", "compute_verify_cell_kzg_proof_batch_challenge", rows, hx(answer)


# ---- The official vectors -------------------------------------------------------------------------------------------

def parse_flow(text):
    """A flow value: a list, a quoted string, or a word."""
    text = text.strip()
    if text.startswith("["):
        inner = text[1:-1].strip()
        return [] if not inner else [parse_flow(item) for item in inner.split(",")]
    if text.startswith("'"):
        return text[1:-1]
    words = {"null": None, "true": True, "false": False}
    return words[text] if text in words else int(text)


def join_lines(text):
    """Lines of the file, with flow lists that run over several lines made one."""
    lines = []
    for line in text.splitlines():
        if lines and lines[-1].count("[") > lines[-1].count("]"):
            lines[-1] += " " + line.strip()
        elif line.strip():
            lines.append(line)
    return lines


def parse_items(lines):
    """Block list: '- value', and '- - value' with deeper '- value' lines for lists of lists."""
    items = []
    for line in lines:
        text = line.strip()
        if text.startswith("- - "):
            items.append([parse_flow(text[4:])])
        elif items and isinstance(items[-1], list) and line.startswith(lines[0].split("-")[0] + "  "):
            items[-1].append(parse_flow(text[2:]))
        else:
            items.append(parse_flow(text[2:]))
    return items


def parse_mapping(lines, indent):
    result, i = {}, 0
    while i < len(lines):
        key, _, rest = lines[i].strip().partition(":")
        block, i = [], i + 1
        while i < len(lines) and (lines[i].startswith(" " * (indent + 1)) or lines[i].lstrip().startswith("- ")):
            block.append(lines[i])
            i += 1
        if rest.strip():
            result[key] = parse_flow(rest)
        elif block[0].lstrip().startswith("- "):
            result[key] = parse_items(block)
        else:
            result[key] = parse_mapping(block, indent + 2)
    return result


def vectors_folder():
    here = os.path.dirname(os.path.abspath(__file__))
    for folder in (os.environ.get("KZG_VECTORS"), os.path.join(here, "..", "..", "..", "shared", "vectors")):
        if folder and os.path.isdir(folder):
            return folder
    return None


def official_vectors(folder):
    for operation in sorted(os.listdir(folder)):
        if operation not in ARGUMENTS:
            continue
        for case in sorted(os.listdir(os.path.join(folder, operation))):
            with open(os.path.join(folder, operation, case, "data.yaml"), encoding="ascii") as file:
                data = parse_mapping(join_lines(file.read()), 0)
            yield operation, case, data["input"], data["output"]


# ---- A daemon --------------------------------------------------------------------------------------------------------

def program():
    if len(sys.argv) < 2:
        sys.exit(f"usage: {sys.argv[0]} /path/to/kzgd [options]")
    return sys.argv[1]


def planted_program():
    """kzgd_planted of the same build: KZGD_PLANTED, or where a build folder has it."""
    beside = os.path.join(os.path.dirname(program()), "..", "..", "tests", "service", "kzgd_planted")
    return os.environ.get("KZGD_PLANTED", beside)


class Daemon:
    """kzgd on free ports (or where the arguments say), ready when the constructor returns unless wait is False. binary: another
    program than the test's own."""

    def __init__(self, *arguments, environment=None, wait=True, listen=True, binary=None, **popen):
        self.folder = tempfile.mkdtemp(prefix="kzgd-test-")
        self.address_file = os.path.join(self.folder, "addresses")
        self.log_path = os.path.join(self.folder, "log")
        flags = ["--address-file", self.address_file, "--log-format", "json", "--log-level", "debug"]
        if listen:
            flags += ["--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0"]
        env = {name: value for name, value in os.environ.items() if not name.startswith("KZGD_")}
        if LEVEL and "--precompute" not in arguments:
            env["KZGD_PRECOMPUTE"] = LEVEL
        env.update(environment or {})
        with open(self.log_path, "wb") as log:
            self.process = subprocess.Popen([binary or program(), *flags, *arguments], stdout=subprocess.PIPE, stderr=log,
                                            env=env, **popen)
        self.api = self.admin = None
        self.tells = not {"--log-level", "--log-file", "--log-format"} & set(arguments)  # all it logs, to self.log_path
        if wait:
            self.wait_ready()

    def wait_ready(self):
        end = time.monotonic() + PATIENCE
        while not os.path.exists(self.address_file):
            if self.process.poll() is not None or time.monotonic() > end:
                raise RuntimeError(f"kzgd did not get ready (status {self.process.poll()}):\n{self.log()}")
            time.sleep(0.02)
        with open(self.address_file, encoding="utf-8") as file:
            words = dict(line.split() for line in file)
        self.api, self.admin = words["api"], words["admin"]
        if self.tells:  # a thread of the daemon writes its log: what was said up to here is then there
            self.wait_event("ready")

    def log(self):
        with open(self.log_path, encoding="utf-8", errors="replace") as file:
            return file.read()

    def events(self, name):
        found = []
        for line in self.log().split("\n")[:-1]:  # the last one may not be whole yet
            if line.startswith("{"):
                event = json.loads(line)
                if event["event"] == name:
                    found.append(event)
        return found

    def wait_event(self, name):
        """The events of that name, when there is one: a thread of the daemon writes them."""
        end = time.monotonic() + PATIENCE
        while not self.events(name) and time.monotonic() < end:
            time.sleep(0.01)
        return self.events(name)

    def post(self, operation, body, media=BINARY, headers=()):
        return ask(self.api, post_bytes(operation, body, media, headers))

    def get(self, path):
        return ask(self.admin, request_bytes("GET", path))

    def metrics(self):
        return parse_metrics(self.get("/metrics").body.decode())

    def metric(self, name, **labels):
        return self.metrics().get((name, tuple(sorted(labels.items()))), 0)

    def wait_metric(self, wanted, name, **labels):
        """Until wanted(value) is true; the last value otherwise counts as never."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            if wanted(self.metric(name, **labels)):
                return True
            time.sleep(0.005)
        return False

    def rss(self):
        with open(f"/proc/{self.process.pid}/statm", encoding="ascii") as file:
            return int(file.read().split()[1]) * os.sysconf("SC_PAGESIZE")

    def terminate(self):
        self.process.send_signal(signal.SIGTERM)

    def wait(self):
        status = self.process.wait(PATIENCE)
        self.output = self.process.stdout.read().decode()
        self.process.stdout.close()
        return status

    def findings(self):
        """What a sanitizer said, if this is such a build."""
        return re.findall(r"(?:ERROR: \w+Sanitizer|WARNING: ThreadSanitizer|runtime error:|assertion failed).*",
                          self.log())

    def stop(self, report=None, name=""):
        """SIGTERM, the exit status, and nothing from a sanitizer."""
        if self.process.poll() is None:
            self.terminate()
        status = self.wait()
        findings = self.findings()
        if report is not None:
            report.check(status == 0 and not findings, f"{name}: exits with 0 after SIGTERM",
                         f"status {status}, {findings[:3]}, log: {self.log()[-1500:]}")
        shutil.rmtree(self.folder, ignore_errors=True)
        return status

    def kill(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self.process.stdout.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if os.path.exists(self.folder):
            self.kill()


LINE = re.compile(r'^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (\S+)$')
LABEL = re.compile(r'([a-zA-Z_]\w*)="((?:[^"\\]|\\.)*)"')


def parse_metrics(text):
    values = {}
    for line in text.splitlines():
        if line.startswith("#") or not line:
            continue
        match = LINE.match(line)
        if match is None:
            raise ValueError(f"not a metrics line: {line!r}")
        labels = tuple(sorted(LABEL.findall(match.group(2) or "")))
        key = (match.group(1), labels)
        if key in values:
            raise ValueError(f"series twice: {key}")
        values[key] = float(match.group(3))
    return values


def in_threads(functions):
    """Runs each in its own thread; the first exception, if any, is raised here."""
    errors = []

    def guard(function):
        try:
            function()
        except Exception as error:  # pylint: disable=broad-except
            errors.append(error)

    threads = [threading.Thread(target=guard, args=(function,), daemon=True) for function in functions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]


def main(tests):
    """Runs the named tests (all without names behind the program) and reports."""
    print(f"seed {SEED} (KZG_SEED)")
    random.seed(SEED)
    report = Report()
    wanted = sys.argv[2:]
    for name, test in tests.items():
        if wanted and name not in wanted:
            continue
        try:
            test(report)
        except Exception as error:  # pylint: disable=broad-except
            report.check(False, f"{name}: runs to its end", f"{type(error).__name__}: {error}")
    sys.exit(report.end())
