#!/usr/bin/env python3
"""Replacing a kzgd by another over its control socket, under a load of clients that check every answer: forth, back, and
with either of the two dying at the worst moments. Nobody is refused, and nothing that was accepted is lost, but what a
killed process had in its hands.

KZGD_HANDOVERS: how many times in a row (default 2). KZGD_PAUSE: seconds between two requests of a client (default
0.02; 0 for a load as full as it gets)."""

import ctypes
import os
import shutil
import signal
import socket
import stat
import sys
import tempfile
import threading
import time

import harness as h

CHEAP = h.post_bytes("verify_kzg_proof", h.ssz("verify_kzg_proof", {
    "commitment": h.G2X, "z": h.scalar(9), "y": h.scalar(2), "proof": h.INFINITY}))
HANDOVERS = int(os.environ.get("KZGD_HANDOVERS", "2"))
PAUSE = float(os.environ.get("KZGD_PAUSE", "0.02"))
PR_SET_CHILD_SUBREAPER = 36


def until(wanted, what):
    end = time.monotonic() + h.PATIENCE
    while time.monotonic() < end:
        found = wanted()
        if found:
            return found
        time.sleep(0.01)
    raise RuntimeError(f"never came: {what}")


# ---- The control socket ---------------------------------------------------------------------------------------------

class Refused(Exception):
    pass


def control(path, line):
    """The answer's keys and values; None when nobody listens there."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as link:
        link.settimeout(h.PATIENCE)
        try:
            link.connect(path)
            link.send(line.encode() if isinstance(line, str) else line)
            text = link.recv(1 << 16).decode()
        except (FileNotFoundError, ConnectionRefusedError, ConnectionResetError, BrokenPipeError):
            return None
    first, *rest = text.splitlines() or ["error closed"]
    if first != "ok":
        raise Refused(first)
    return dict(row.split(" ", 1) for row in rest)


class Chain:
    """A kzgd, and those that come after it. They become our children when their parent ends."""

    def __init__(self, *arguments, environment=None):
        self.folder = tempfile.mkdtemp(prefix="kzgd-hand-")
        self.path = os.path.join(self.folder, "control")
        # A client that has got no CPU for a while still asks in time.
        self.daemon = h.Daemon("--control", self.path, "--drain-idle", "60", *arguments, environment=environment)
        self.first = control(self.path, "status")
        self.pids = {self.first["instance"]: int(self.first["pid"])}
        self.count = 0

    def of(self, instance):
        return f"{self.path}.{instance}"

    def ask(self, instance, line):
        return control(self.of(instance) if instance else self.path, line)

    def serving(self):
        return control(self.path, "status")["instance"]

    def start(self, binary=None, ready=True):
        self.count += 1
        name = f"n{self.count}"
        answer = self.ask(None, f"start {name} {binary or os.path.abspath(h.program())}")
        self.pids[name] = int(answer["successor-pid"])
        if ready:
            until(lambda: (self.ask(name, "status") or {}).get("phase") == "ready", f"{name} ready")
        return name

    def take_over(self, old, new):
        self.ask(new, "take-over")
        until(lambda: self.ask(old, "status")["role"] == "warm", f"{old} warm")

    def kill(self, instance):
        os.kill(self.pids[instance], signal.SIGKILL)

    def ended(self, instance):
        """Exit status once it has ended: of our children; of a child of another kzgd only that it is gone."""
        pid = self.pids[instance]
        if pid == self.daemon.process.pid:
            return self.daemon.process.wait(h.PATIENCE)

        def gone():
            try:
                found, status = os.waitpid(pid, os.WNOHANG)
                return (os.waitstatus_to_exitcode(status),) if found else None
            except ChildProcessError:
                return None if os.path.exists(f"/proc/{pid}") else ("gone",)
        return until(gone, f"{instance} gone")[0]

    def end(self, report, name):
        """SIGTERM to the one that serves."""
        last = self.serving()
        os.kill(self.pids[last], signal.SIGTERM)
        report.equal(self.ended(last), 0, f"{name}: the last one ends with 0")
        report.check(not self.daemon.findings(), f"{name}: nothing from a sanitizer", self.daemon.findings()[:2])
        report.equal(sorted(os.listdir(self.folder)), [], f"{name}: no file is left beside the control socket")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for pid in self.pids.values():
            if pid != self.daemon.process.pid:
                try:
                    os.kill(pid, signal.SIGKILL)
                    os.waitpid(pid, 0)
                except (ProcessLookupError, ChildProcessError):
                    pass
        self.daemon.kill()


# ---- Load -----------------------------------------------------------------------------------------------------------

class Load:
    """Clients that never stop asking. What goes wrong is in lost; what a killed process took with it in cut."""

    def __init__(self, api, admin, kinds=None):
        """kinds: of clients, each (address, request, wanted body or None, requests on a connection)."""
        self.kinds = kinds or self.usual(api, admin)
        self.stopped = threading.Event()
        self.lock = threading.Lock()
        self.answered = 0
        self.lost = []
        self.killing = 0  # connections that were open when a process was killed may break
        self.cut = 0
        self.serial = 0
        self.threads = [threading.Thread(target=self.client, args=kind, daemon=True) for kind in self.kinds]
        for thread in self.threads:
            thread.start()

    @staticmethod
    def usual(api, admin):
        """Some keep their connections, some ask once, one asks the administration."""
        return ((api, CHEAP, b"\1", 1000), (api, CHEAP, b"\1", 1),
                (api, h.post_bytes("blob_to_kzg_commitment", h.constant_blob(2)), h.G2X, 7),
                (admin, h.request_bytes("GET", "/livez"), None, 1))

    def client(self, address, body, wanted, times):
        while not self.stopped.is_set():
            serial = self.serial
            try:
                with h.Connection(address) as connection:
                    self.converse(connection, body, wanted, times)
            except (h.Closed, OSError) as error:
                with self.lock:
                    if serial < self.killing and not isinstance(error, ConnectionRefusedError):
                        self.cut += 1
                    else:
                        self.lost.append(repr(error))

    def converse(self, connection, body, wanted, times):
        for _ in range(times):
            connection.send(body)
            answer = connection.answer()
            with self.lock:
                self.answered += 1
                if answer.status != 200 or (wanted is not None and answer.body != wanted):
                    self.lost.append(repr(answer))
            if answer.headers.get("connection") == "close" or self.stopped.is_set():
                return
            time.sleep(PAUSE)

    def more(self, n=20):
        """Until so many more have been answered."""
        goal = self.answered + n
        until(lambda: self.answered >= goal or self.lost, f"{n} answers")

    def kill(self, chain, instance):
        """Connections that are open now, or made while it still accepts, may break: those made after its end not."""
        with self.lock:
            self.serial += 1
            self.killing = self.serial
        chain.kill(instance)
        chain.ended(instance)
        with self.lock:
            self.killing = self.serial = self.serial + 1

    def stop(self, report, name, cuts=0):
        self.stopped.set()
        for thread in self.threads:
            thread.join(h.PATIENCE)
        report.check(not self.lost and self.cut <= cuts,
                     f"{name}: {self.answered} answers, none lost, none refused, {self.cut} cut off by kills",
                     f"{len(self.lost)} lost {self.lost[:3]}, {self.cut} cut off")


# ---- Tests ----------------------------------------------------------------------------------------------------------

def upgrades_test(report):
    """Again and again under load: the new one takes over, the old one is warm, then it is retired."""
    with Chain() as chain:
        load = Load(chain.daemon.api, chain.daemon.admin)
        old = chain.serving()
        for i in range(HANDOVERS):
            load.more()
            new = chain.start()
            status = chain.ask(new, "status")
            report.equal((status["role"], chain.serving()), ("waiting", old), f"{new} waits while {old} serves")
            report.equal(h.ask(status["api"], CHEAP).body, b"\1", "and answers at its own address")
            report.equal(h.ask(status["admin"], h.request_bytes("GET", "/readyz")).status, 200, "where it is ready")
            load.more()
            chain.take_over(old, new)
            report.equal(chain.serving(), new, "it takes over")
            chain.ask(new, "take-over")
            warm = chain.ask(old, "status")
            load.more()
            answer = h.ask(warm["api"], CHEAP)
            report.equal((answer.body, "connection" in answer.headers), (b"\1", False), "the old one is warm")
            chain.ask(old, "retire")
            report.equal(chain.ended(old), 0, f"retired: it ends with 0 ({i + 1} of {HANDOVERS})")
            old = new
        load.more()
        load.stop(report, "upgrades")
        report.equal(len(chain.daemon.events("calibration_taken_over")), HANDOVERS, "the calibration is measured once")
        report.equal(len(chain.daemon.events("calibrated")), 1, "by the first")
        report.check(chain.daemon.wait_event("serves_now")[0]["instance"] == "n1", "the log says who serves")
        chain.end(report, "upgrades")


def back_test(report):
    """Going back before and after the take-over; a Unix socket's file stays as long as somebody listens on it; what a
    service manager is told."""
    folder = tempfile.mkdtemp(prefix="kzgd-back-")
    api = os.path.join(folder, "api")
    manager = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    manager.bind(os.path.join(folder, "manager"))
    manager.setblocking(False)
    told = {"NOTIFY_SOCKET": manager.getsockname()}
    with Chain("--listen", f"unix:{api}", environment=told) as chain:
        load = Load(f"unix:{api}", chain.daemon.admin)
        old = chain.serving()
        new = chain.start(ready=False)
        chain.ask(old, "go-back")
        chain.ended(new)
        load.more()
        new = chain.start()
        chain.take_over(old, new)
        load.more()
        chain.ask(old, "go-back")
        report.equal(chain.serving(), old, "the old one serves at once")
        chain.ask(old, "go-back")
        chain.ended(new)
        status = until(lambda: (lambda s: s if s.get("successor-end") else None)(chain.ask(old, "status")), "its end")
        report.equal(status["successor-end"], "exit status 0", "the new one finishes what it has and ends")
        load.more()
        load.stop(report, "back")
        report.check(os.path.exists(api), "the API's socket file is there")
        new = chain.start()
        chain.take_over(old, new)
        chain.ask(old, "retire")
        chain.ended(old)
        report.equal(h.ask(f"unix:{api}", CHEAP).body, b"\1", "also after the one that made it has ended")
        chain.end(report, "back")
        report.check(not os.path.exists(api), "and goes with the last")
    words = []
    while True:
        try:
            words.append(manager.recv(256).decode())
        except BlockingIOError:
            break
    report.equal(words, ["READY=1", f"MAINPID={chain.pids[new]}", "STOPPING=1"],
                 "the manager hears of the first one's readiness, of the one that goes on, and of the end")
    shutil.rmtree(folder)


def death_test(report):
    """SIGKILL for each of the two in each phase."""
    with Chain() as chain:
        load = Load(chain.daemon.api, chain.daemon.admin)
        old = chain.serving()
        loading = chain.start(ready=False)
        load.kill(chain, loading)
        report.equal(chain.ask(old, "status")["successor-end"], "signal 9 (SIGKILL)", "killed while it loads")
        load.more()
        waiting = chain.start()
        load.kill(chain, waiting)
        report.equal(chain.serving(), old, "killed while it waits: nothing has changed")
        load.more()
        serving = chain.start()
        chain.take_over(old, serving)
        load.more()
        load.kill(chain, serving)
        report.equal((chain.serving(), chain.ask(old, "status")["role"]), (old, "serving"),
                     "killed after it took over: the old one serves again")
        load.more()
        new = chain.start()
        chain.take_over(old, new)
        load.more()
        until(lambda: chain.ask(old, "status")["connections"] == "0", "the old one has nothing left")
        load.kill(chain, old)
        load.more()
        report.equal((chain.serving(), chain.ask(new, "status").get("predecessor")), (new, None),
                     "the warm one is killed: the new one has no use for it")
        last = chain.start(ready=False)
        load.kill(chain, new)
        load.more()
        report.equal(until(chain.serving, "somebody that serves"), last,
                     "the serving one is killed while its successor loads: that one serves as soon as it can")
        load.stop(report, "death", cuts=2 * 8)
        chain.end(report, "death")


def signals_test(report):
    """SIGTERM for each of the two in each phase."""
    with Chain() as chain:
        load = Load(chain.daemon.api, chain.daemon.admin)
        first = chain.serving()
        second = chain.start()
        chain.take_over(first, second)
        load.more()
        os.kill(chain.pids[first], signal.SIGTERM)
        report.equal(chain.ended(first), 0, "SIGTERM for the warm one: it is retired")
        load.more()
        third = chain.start()
        os.kill(chain.pids[third], signal.SIGTERM)
        report.equal(chain.ended(third), "gone", "SIGTERM for one that waits ends that one")
        load.more()
        load.stop(report, "signals")
        fourth = chain.start()
        chain.take_over(second, fourth)
        os.kill(chain.pids[fourth], signal.SIGTERM)
        report.equal(chain.ended(second), 0, "SIGTERM for the one that serves ends the warm one, too")
        report.check(chain.ended(fourth) in (0, "gone"), "and itself")
        report.equal(os.listdir(chain.folder), [], "no file is left")
        report.check(not chain.daemon.findings(), "nothing from a sanitizer", chain.daemon.findings()[:2])
    with Chain() as chain:
        first, loading = chain.serving(), chain.start(ready=False)
        os.kill(chain.pids[first], signal.SIGTERM)
        report.equal(chain.ended(first), 0, "SIGTERM for the one that serves")
        chain.ended(loading)
        report.equal(os.listdir(chain.folder), [], "ends the one that loads")


def refused(report, chain, line, code, name):
    try:
        answer = chain.ask(None, line)
        report.check(False, name, answer)
    except Refused as error:
        report.check(str(error).startswith(f"error {code} "), name, error)


def program(folder, name, text):
    path = os.path.join(folder, name)
    with open(path, "w", encoding="ascii") as file:
        file.write(text)
    os.chmod(path, 0o700)
    return path


def bad_test(report):
    """Programs that are no kzgd, words that are no commands, paths that are no control socket's."""
    with Chain() as chain, tempfile.TemporaryDirectory() as folder:
        old = chain.serving()
        mode = os.stat(chain.of(old)).st_mode
        report.equal(stat.S_IMODE(mode), 0o600, "only the owner may connect")
        refused(report, chain, "go", "bad_command", "an unknown word")
        refused(report, chain, b"status\n", "bad_command", "a line's end")
        refused(report, chain, "start", "bad_command", "start without a name")
        refused(report, chain, "start n1", "bad_command", "start without a path")
        refused(report, chain, "start n/1 /bin/true", "bad_instance", "a name that is a path")
        refused(report, chain, f"start {'n' * 40} /bin/true", "bad_instance", "a name that is too long")
        refused(report, chain, "start n1 true", "bad_binary", "a path that is not absolute")
        refused(report, chain, f"start n1 {folder}", "bad_binary", "a folder")
        refused(report, chain, f"start n1 {folder}/none", "bad_binary", "no file")
        refused(report, chain, "retire", "not_warm", "the one that serves cannot be retired")
        report.equal(chain.ask(None, "take-over")["role"], "serving", "and has nothing to take over")
        gone = chain.start(program(folder, "exits", "#!/bin/sh\nexit 3\n"), ready=False)
        end = until(lambda: chain.ask(None, "status").get("successor-end"), "its end")
        report.equal(end, "exit status 3", "a program that exits at once")
        report.equal(chain.ask(gone, "status"), None, "has no control socket")
        deaf = os.path.join(folder, "deaf")
        text = f"#!/bin/sh\ntrap '' TERM\n: > '{deaf}'\nwhile :; do sleep 1; done\n"
        hangs = chain.start(program(folder, "hangs", text), ready=False)
        until(lambda: os.path.exists(deaf), "a program that does not hear SIGTERM")
        refused(report, chain, "start other /bin/true", "busy", "one successor at a time")
        again = chain.ask(None, f"start {hangs} {folder}/hangs")
        report.equal(int(again["successor-pid"]), chain.pids[hangs], "the same one again is started once")
        chain.ask(None, "go-back")
        until(lambda: chain.ask(None, "status").get("successor-end"), "its end")
        report.equal(chain.ask(None, "status")["successor-end"], "signal 9 (SIGKILL)", "a program that hangs is killed")
        report.equal(h.ask(chain.daemon.api, CHEAP).body, b"\1", "all the while there are answers")
        for path, why in ((chain.path, "another kzgd"), (f"{folder}/hangs", "no control socket")):
            other = h.Daemon("--control", path, wait=False)
            report.check(other.process.wait(h.PATIENCE) == 1 and why in other.log(), f"--control: {why}", other.log())
            other.kill()
        for path in ("control", "/" + "x" * 58):
            other = h.Daemon("--control", path, "--check-config", wait=False)
            report.check(other.process.wait(h.PATIENCE) == 2 and "--control" in other.log(),
                         f"--control {path}", other.log())
            other.kill()
        chain.end(report, "bad")


if __name__ == "__main__":
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    sys.exit(h.main({"upgrades": upgrades_test, "back": back_test, "death": death_test, "signals": signals_test,
                     "bad": bad_test}))
