#!/usr/bin/env python3
"""kzg upgrade --driver process over real kzgds, under a load of clients that check every answer: upgrades, rollbacks, and new
versions that are not worth it, each of which is caught by the check that is made for it and gone back from, with no request
lost. The program that is given is planted_upgrade.c's.

KZG_TOOL: kzg. KZGD: the kzgd that is there first. KZGD_UPGRADES: how many in a row (default 1). KZGD_PAUSE as for
handover_test.py."""

import ctypes
import glob
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile

import harness as h
from handover_test import PR_SET_CHILD_SUBREAPER, Chain, Load, program, until

UPGRADES = int(os.environ.get("KZGD_UPGRADES", "1"))
NEXT = "9.0.0"
# What is measured of a good one on a machine that is busy with other tests is not what is tried here.
SETTINGS = {"poll": 0.05, "settle": 0.3, "bake": 0.1, "shadow": 6, "live": 8, "live-wait": 10, "speed-ratio": 100, "cpu-ratio": 100, "p99-ratio": 100}
UPGRADED, ROLLED_BACK, REFUSED = 0, 1, 2


class Upgrades:
    """A kzgd with its tool, and programs that say that they are the next version."""

    def __init__(self, *arguments):
        bad = h.program()
        sys.argv[1] = os.environ["KZGD"]
        try:
            self.chain = Chain(*arguments)
        finally:
            sys.argv[1] = bad
        self.folder = tempfile.mkdtemp(prefix="kzgd-upgrade-")
        self.version = self.chain.ask(None, "status")["version"]
        self.output = ""

    def program(self, fault=""):
        return program(self.folder, f"kzgd-{fault or 'good'}",
                       f"#!/bin/sh\nPLANT_VERSION={NEXT} PLANT_FAULT={fault} exec '{os.path.abspath(h.program())}' \"$@\"\n")

    def run(self, *arguments, popen=False):
        command = [os.environ["KZG_TOOL"], *arguments, "--json"]
        env = dict(os.environ, KZG_UPGRADES=os.path.join(self.folder, "upgrades"))
        if popen:
            return subprocess.Popen(command, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        try:
            done = subprocess.run(command, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False, timeout=h.PATIENCE)
        except subprocess.TimeoutExpired as error:
            raise RuntimeError(f"no end within {h.PATIENCE} s: {(error.stdout or b'').decode()[-3000:]}") from error
        self.output = done.stdout.decode()
        return done.returncode

    @staticmethod
    def settings(**changes):
        changed = {**SETTINGS, **{name.replace("_", "-"): value for name, value in changes.items()}}
        return [word for name, value in changed.items() for word in ("--set", f"{name}={value}")]

    def options(self, binary, to=NEXT, **changes):
        return ("--to", to, "--driver", "process", "--with", f"control={self.chain.path}", "--with", f"binary={binary}",
                "--yes", *self.settings(**changes))

    def upgrade(self, binary, *more, **changes):
        return self.run("upgrade", *self.options(binary, **changes), *more)

    def events(self, kind):
        return [event for event in map(json.loads, self.output.splitlines()) if event.get("event") == kind]

    def failed(self):
        """Code of the first step that failed, or names of the checks that refused."""
        steps = [event["code"] for event in self.events("step") if not event["ok"]]
        return [event["name"] for event in self.events("check") if event["verdict"] == "refuse"] or steps

    def compared(self):
        """How many requests of clients, and how many random ones."""
        found = [re.search(r"compared (\d+) requests of clients and (\d+) random ones", event["text"])
                 for event in self.events("say")]
        return [tuple(map(int, match.groups())) for match in found if match]

    def serves(self):
        status = self.chain.ask(None, "status")
        self.chain.pids[status["instance"]] = int(status["pid"])
        return status["version"]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.chain.ask(None, "status"):
            self.serves()
        self.chain.__exit__()
        shutil.rmtree(self.folder, ignore_errors=True)


def read(path):
    with open(path, "rb") as file:
        return file.read()


def signed_test(report, service, good):
    """Who signed it; what is not signed is not run."""
    key, public, signature = (os.path.join(service.folder, name) for name in ("key.pem", "public.pem", "signature"))
    for words in (("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", key), ("pkey", "-in", key, "-pubout", "-out", public),
                  ("dgst", "-sha256", "-sign", key, "-out", signature, good)):
        subprocess.run(["openssl", *words], check=True, stderr=subprocess.DEVNULL)
    witness = os.path.join(service.folder, "was-run")
    other = program(service.folder, "unsigned", f"#!/bin/sh\ntouch {witness}\n")
    status = service.upgrade(other, "--with", f"signature={signature}", "--with", f"key={public}")
    report.equal((status, service.failed()), (REFUSED, ["signature"]), "refused: another program than was signed")
    report.check(not os.path.exists(witness), "and not run")
    status = service.upgrade(good, "--with", f"signature={signature}")
    report.equal((status, service.failed()), (REFUSED, ["signature"]), "refused: a signature without a key")
    status = service.upgrade(good, "--with", f"signature={signature}", "--with", f"key={public}", "--dry-run")
    passed = [event["name"] for event in service.events("check") if event["verdict"] == "pass"]
    report.check(status == UPGRADED and {"signature", "config", "formats"} <= set(passed), "a signed one passes", service.output[-2000:])


def good_test(report):
    """Forth by upgrade, back by rollback."""
    with Upgrades() as service:
        load = Load(service.chain.daemon.api, service.chain.daemon.admin)
        load.more()
        good, placed = service.program(), os.path.join(service.folder, "placed")
        for i in range(UPGRADES):
            status = service.upgrade(good, "--with", f"install={placed}")
            report.check(status == UPGRADED and service.serves() == NEXT, f"upgrade {i + 1}", service.output[-3000:])
            clients, random = (service.compared() or [(0, 0)])[0]
            report.check(clients == 8 and random == 6, "proven by what its clients ask and by random requests", service.compared())
            report.check(read(good) == read(placed), "it is put where a restart finds it")
            load.more()
            status = service.run("rollback", "--yes", *service.settings())
            report.check(status == UPGRADED and service.serves() == service.version, f"rollback {i + 1}",
                         service.output[-3000:])
            load.more()
        load.stop(report, "upgrades and rollbacks")
        refusals = ((service.program("exit"), "8.0.0", "binary_version", "another version than was asked for"),
                    (program(service.folder, "false", "#!/bin/sh\necho broken >&2; exit 3\n"), NEXT, "binary_version", "no kzgd"),
                    (os.path.join(service.folder, "none"), NEXT, "binary", "no program"),
                    (program(service.folder, "picky", f"#!/bin/sh\ncase \"$*\" in *check*) exit 2;; esac; echo 'kzgd {NEXT} (x'\n"),
                     NEXT, "config", "one that does not take the configuration"))
        for binary, to, check, name in refusals:
            status = service.upgrade(binary, to=to)
            report.equal((status, check in service.failed()), (REFUSED, True), f"refused: {name}")
        signed_test(report, service, good)
        status = service.upgrade(good, "--with", f"digest=sha256:{'0' * 64}")
        report.equal((status, service.failed()), (REFUSED, ["digest"]), "refused: another digest")
        service.chain.end(report, "upgrades")


def one_client_test(report):
    """A version that answers one client alone wrongly, as no random request would show."""
    blob = b"\0KZG" + h.constant_blob(3)[4:]
    with Upgrades() as service:
        asked = h.post_bytes("compute_cells", blob)
        right = h.ask(service.chain.daemon.api, asked).body
        load = Load(service.chain.daemon.api, service.chain.daemon.admin)
        one = Load(service.chain.daemon.api, None, [(service.chain.daemon.api, asked, right, 5)])
        one.more(3)
        first = service.chain.serving()
        status = service.upgrade(service.program("client"), live=200)
        report.equal((status, service.failed()), (ROLLED_BACK, ["live_differs"]), "wrong for one client: rolled back")
        report.equal((service.chain.serving(), service.chain.ask(None, "status")["role"]), (first, "serving"),
                     "the old instance serves as before")
        (folder,) = glob.glob(os.path.join(service.folder, "upgrades", "*", ""))
        kept = {name: read(os.path.join(folder, f"differs-0.{name}")) for name in ("request", "old", "new")}
        wrong = bytearray(right)
        wrong[70] ^= 1
        report.equal(kept, {"request": blob, "old": right, "new": bytes(wrong)}, "the request and both answers are kept")
        state = h.ask(service.chain.daemon.admin, h.request_bytes("GET", "/debug/tap")).body
        report.check(b"not copying: 0 of 0" in state, "nothing is copied afterwards", state)
        for clients in (one, load):
            clients.more()
            clients.stop(report, "wrong for one client")
        service.chain.end(report, "one client")


# Fault, codes of which one must come, settings that differ.
FAULTS = (
    ("exit", ("instance_broken",), {}),
    ("hang", ("instance_starting",), {"timeout": 8}),
    ("unready", ("not_ready",), {"timeout": 8}),
    ("crash", ("unreachable", "instance_broken"), {"shadow": 2000}),
    ("wrong", ("answer_wrong",), {}),
    ("version", ("version_wrong",), {}),
    ("slower", ("slower",), {"speed_ratio": 2, "shadow": 20}),  # each kind of request once: the heavy ones tell
    ("leak", ("memory_rose", "memory_grows"), {"settle": 6, "memory_floor": 16 << 20}),
)


# For a machine with nothing else to do, where half of the speed is not the neighbours' doing.
TWICE = (("slow", ("slower",), {"speed_ratio": 1.4, "shadow": 20}),)


def bad_test(report, faults=FAULTS):
    """Each is caught, gone back from, and not noticed by a client."""
    with Upgrades() as service:
        load = Load(service.chain.daemon.api, service.chain.daemon.admin)
        load.more()
        first = service.chain.serving()
        for fault, codes, changes in faults:
            status = service.upgrade(service.program(fault), **changes)
            code = (service.failed() or [""])[0]
            report.check(status == ROLLED_BACK and code in codes,
                         f"{fault}: rolled back because of {code}", f"status {status}: {service.output[-3000:]}")
            report.equal((service.chain.serving(), service.chain.ask(None, "status")["role"]), (first, "serving"),
                         f"{fault}: the old instance serves as before")
            load.more()
        load.stop(report, "new versions that are not worth it")
        service.chain.end(report, "bad")


def lost_test(report):
    """The old instance dies while the new one is watched: going back starts its program anew."""
    with Upgrades() as service:
        load = Load(service.chain.daemon.api, service.chain.daemon.admin)
        first = service.chain.serving()
        tool = service.run("upgrade", *service.options(service.program(), settle=3600), popen=True)
        for line in tool.stdout:
            if json.loads(line).get("state") == "settle":
                break
        tool.send_signal(signal.SIGINT)
        rest = tool.communicate()[0]
        report.equal(tool.returncode, 3, "interrupted while the new one is watched")
        report.check(b"resume" in rest, "and told what next", rest[-500:])
        until(lambda: service.chain.ask(first, "status")["connections"] == "0", "the old one has nothing left")
        load.kill(service.chain, first)
        load.more()
        status = service.run("upgrade", "abort")
        report.check(status == ROLLED_BACK and service.serves() == service.version, "the old version serves again",
                     service.output[-3000:])
        load.more()
        load.stop(report, "an old instance that dies")
        service.chain.end(report, "lost")


if __name__ == "__main__":
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    tests = {"good": good_test, "one_client": one_client_test, "bad": bad_test, "lost": lost_test}
    if "twice" in sys.argv:  # only by name
        tests["twice"] = lambda report: bad_test(report, TWICE)
    sys.exit(h.main(tests))
