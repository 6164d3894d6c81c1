"""The daemon's life: addresses, options, start, drain and end."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

import harness as h
from limits_test import CHEAP, Busy, held_daemon


# ---- Addresses ---------------------------------------------------------------------------------------------------

def addresses_test(report):
    with tempfile.TemporaryDirectory() as folder:
        api, admin = os.path.join(folder, "api.sock"), os.path.join(folder, "admin.sock")
        flags = ("--listen", "unix:" + api, "--admin-listen", "unix:" + admin)
        with h.Daemon(*flags, listen=False) as daemon:
            report.equal((daemon.api, daemon.admin), ("unix:" + api, "unix:" + admin), "unix addresses in the file")
            report.equal(h.ask(daemon.api, CHEAP).body, b"\1", "an answer over a unix socket")
            report.equal(daemon.get("/readyz").status, 200, "administration over a unix socket")
            second = subprocess.run([h.program(), *flags], capture_output=True, text=True, check=False, timeout=h.PATIENCE)
            report.check(second.returncode == 1 and "in use" in second.stderr, "a second daemon on it is refused", second)
            report.equal(h.ask(daemon.api, CHEAP).body, b"\1", "and does not hurt the first")
            daemon.stop(report, "unix sockets")
        report.check(not os.path.exists(api) and not os.path.exists(admin), "the socket files are removed")
        for path in (api, admin):
            left = socket.socket(socket.AF_UNIX)
            left.bind(path)
            left.close()
        with h.Daemon(*flags, listen=False) as daemon:
            report.equal(h.ask(daemon.api, CHEAP).body, b"\1", "socket files that were left over are taken over")
            daemon.stop(report, "left-over sockets")
        with open(api, "w", encoding="ascii") as file:
            file.write("precious")
        refused = subprocess.run([h.program(), *flags], capture_output=True, text=True, check=False, timeout=h.PATIENCE)
        with open(api, encoding="ascii") as file:
            report.check(refused.returncode == 1 and file.read() == "precious", "a file that is no socket is kept", refused)
    with h.Daemon("--listen", "[::1]:0", "--admin-listen", "localhost:0", listen=False) as daemon:
        report.check(daemon.api.startswith("[::1]:"), "an IPv6 address", daemon.api)
        report.equal(h.ask(daemon.api, CHEAP).body, b"\1", "an answer over IPv6")
        busy = subprocess.run([h.program(), "--listen", daemon.api, "--admin-listen", "127.0.0.1:0"],
                              capture_output=True, text=True, check=False, timeout=h.PATIENCE)
        report.check(busy.returncode == 1 and "--listen" in busy.stderr and "in use" in busy.stderr,
                     "a port in use is named", busy)
        daemon.stop(report, "IPv6")


def inherit(report, names, order):
    """Sockets made here and passed on descriptors 3 and 4."""
    made = [socket.create_server(("127.0.0.1", 0)) for _ in order]
    numbers = [each.fileno() for each in made]

    def pass_on():
        high = [os.dup2(number, 100 + i) for i, number in enumerate(numbers)]
        for i, number in enumerate(high):
            os.dup2(number, 3 + i)

    environment = {"LISTEN_FDS": str(len(made)), **({"LISTEN_FDNAMES": names} if names else {})}
    # The shell sets LISTEN_PID to its own number and becomes the daemon, as a service manager does.
    wrapper = ["/bin/sh", "-c", "LISTEN_PID=$$ exec \"$0\" \"$@\"", h.program()]
    flags = ["--admin-listen", "127.0.0.1:0"]
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "addresses")
        process = subprocess.Popen([*wrapper, "--address-file", path, *flags], env={**os.environ, **environment},
                                   preexec_fn=pass_on, close_fds=False, stdout=subprocess.DEVNULL,
                                   stderr=subprocess.PIPE, text=True)
        end = time.monotonic() + h.PATIENCE
        while not os.path.exists(path) and process.poll() is None and time.monotonic() < end:
            time.sleep(0.02)
        if report.check(os.path.exists(path), f"inherited sockets ({names}): ready", process.poll()):
            with open(path, encoding="ascii") as file:
                got = dict(line.split() for line in file)
            for role, each in zip(order, made):
                report.equal(got[role], "127.0.0.1:%d" % each.getsockname()[1], f"inherited sockets ({names}): {role}")
            report.equal(h.ask(got["api"], CHEAP).body, b"\1", f"inherited sockets ({names}): an answer")
            report.equal(h.ask(got["admin"], h.request_bytes("GET", "/readyz")).status, 200,
                         f"inherited sockets ({names}): administration")
        process.send_signal(signal.SIGTERM)
        report.equal(process.wait(h.PATIENCE), 0, f"inherited sockets ({names}): exit status")
        process.stderr.close()
        for each in made:
            probe = socket.socket()
            report.equal(probe.connect_ex(each.getsockname()), 0, f"inherited sockets ({names}): still open for others")
            probe.close()
            each.close()


def inherited_test(report):
    inherit(report, None, ["api", "admin"])
    inherit(report, "admin:api", ["admin", "api"])
    inherit(report, "api", ["api"])
    shell = ["/bin/sh", "-c", "LISTEN_PID=$$ exec \"$0\"", h.program()]
    for name, environment, want in (("a descriptor that is no socket", {"LISTEN_FDS": "1"}, "listening"),
                                    ("a number of sockets that is none", {"LISTEN_FDS": "x"}, "LISTEN_FDS"),
                                    ("too many sockets", {"LISTEN_FDS": "1000"}, "LISTEN_FDS")):
        done = subprocess.run(shell, env={**os.environ, **environment}, capture_output=True, text=True, check=False, timeout=h.PATIENCE)
        report.check(done.returncode == 1 and want in done.stderr, f"inherited: {name} is refused", done)


# ---- Options -----------------------------------------------------------------------------------------------------

def options_test(report):
    def run(*arguments, **environment):
        return subprocess.run([h.program(), *arguments], capture_output=True, text=True, check=False, timeout=h.PATIENCE,
                              env={**os.environ, **environment})

    done = run("--help")
    flags = re.findall(r"^  --([a-z-]+)", done.stdout, re.M)
    report.check(done.returncode == 0 and len(flags) > 20 and "[127.0.0.1:4844]" in done.stdout
                 and "[127.0.0.1:7594]" in done.stdout, "--help", done)
    done = run("--version")
    report.check(done.returncode == 0 and re.match(r"kzgd \d+\.\d+\.\d+ \(commit ", done.stdout), "--version", done)
    for arguments, want in (
        (["--nonsense"], "--nonsense"), (["word"], "word"), (["-x"], "-x"), (["--workers"], "value"),
        (["--workers", "0"], "--workers"), (["--workers", "-1"], "--workers"), (["--workers", "1e3"], "--workers"),
        (["--workers", ""], "--workers"), (["--workers=99999999999999999999"], "--workers"),
        (["--precompute", "4"], "0 to 3"), (["--header-timeout", "soon"], "seconds"),
        (["--header-timeout", "-1"], "seconds"), (["--header-timeout", "1.2.3"], "seconds"),
        (["--header-timeout", "nan"], "seconds"), (["--log-format", "xml"], "json"),
        (["--log-level", "loud"], "debug"), (["--log-rate", "-1"], "1000000"),
        (["--log-file", "/dev/null", "--log-format", "journal"], "--log-file"), (["--backend="], "--backend"),
    ):
        done = run(*arguments)
        report.check(done.returncode == 2 and want in done.stderr and done.stdout == "",
                     f"{' '.join(arguments)} is refused with status 2", done)
    for arguments, want in (
        (["--listen", "nowhere"], "host:port"), (["--listen", "127.0.0.1:65536"], "host:port"),
        (["--listen", "127.0.0.1:"], "host:port"), (["--listen", "::1:80"], "host:port"),
        (["--listen", "[::1"], "host:port"), (["--listen", "unix:relative"], "absolute"),
        (["--listen", "unix:/" + "a" * 200], "longer"), (["--listen", "unix:/no/such/folder/x"], "No such file"),
        (["--listen", "192.0.2.1:0"], "assign"), (["--admin-listen", "nowhere"], "--admin-listen"),
        (["--backend", "abacus"], "backend"), (["--trusted-setup", "/no/such/file"], "No such file"),
        (["--trusted-setup", "/dev/zero"], "longer"), (["--trusted-setup", "/dev/null"], "setup"),
        (["--address-file", "/no/such/folder/x"], "--address-file"),
    ):
        free = [] if "--listen" in arguments else ["--listen", "127.0.0.1:0"]
        free += [] if "--admin-listen" in arguments else ["--admin-listen", "127.0.0.1:0"]
        done = run(*free, *arguments)
        report.check(done.returncode == 1 and want in done.stderr, f"{' '.join(arguments)[:60]} is refused with status 1",
                     done)
    done = run(KZGD_WORKERS="many")
    report.check(done.returncode == 2 and "KZGD_WORKERS" in done.stderr, "a bad variable is named", done)
    with h.Daemon("--workers=2", environment={"KZGD_WORKERS": "3", "KZGD_MAX_BLOBS": "2"}) as daemon:
        report.equal(daemon.metric("kzg_workers"), 2, "a flag wins over the environment")
        body = h.ssz("verify_blob_kzg_proof_batch", {"blobs": [bytes(h.BLOB)] * 3, "commitments": [h.INFINITY] * 3,
                                                     "proofs": [h.INFINITY] * 3})
        report.equal(daemon.post("verify_blob_kzg_proof_batch", body).code(), "body_too_large",
                     "a variable sets a limit")
        daemon.stop(report, "environment")


def start_test(report):
    """Alive at once, refusing until proven, then announced in every way."""
    with tempfile.TemporaryDirectory() as folder:
        api, admin, notify = (f"unix:{folder}/{name}" for name in ("api", "admin", "notify"))
        manager = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        manager.bind(notify[5:])
        manager.settimeout(h.PATIENCE)
        flags = ("--listen", api, "--admin-listen", admin)
        with h.Daemon(*flags, listen=False, wait=False, environment={"NOTIFY_SOCKET": notify[5:], "WATCHDOG_USEC": "20000"}) as daemon:
            early = []
            while not os.path.exists(daemon.address_file) and daemon.process.poll() is None:
                try:
                    early.append((h.ask(admin, h.request_bytes("GET", "/readyz")),
                                  h.ask(admin, h.request_bytes("GET", "/livez")),
                                  h.ask(admin, h.request_bytes("GET", "/metrics")),
                                  h.ask(admin, h.request_bytes("GET", "/version")), h.ask(api, CHEAP)))
                except (OSError, h.Closed):
                    pass  # the sockets are not there yet
            starting = [each for each in early if each[0].status == 503 and each[4].status == 503]
            report.check(starting and all(ready.body.endswith(b"readyz check failed\n") and live.status == 200
                                          and metrics.status == 200 and version.json()["setup"] is None
                                          and answer.code() == "not_ready" and "retry-after" in answer.headers
                                          for ready, live, metrics, version, answer in starting),
                         "while starting: alive, not ready, and requests get 503 not_ready", early[:1])
            daemon.wait_ready()
            report.equal(daemon.get("/readyz").status, 200, "then ready")
            report.equal(manager.recv(100), b"READY=1", "the service manager is told")
            report.equal([manager.recv(100) for _ in range(3)], [b"WATCHDOG=1"] * 3, "and its watchdog again and again")
            report.equal(h.ask(api, CHEAP).status, 200, "and requests are served")
            report.equal([event["passed"] == event["total"] > 0 for event in daemon.events("self_test_passed")], [True],
                         "after the self-test")
            daemon.terminate()
            last = manager.recv(100)
            while last == b"WATCHDOG=1":
                last = manager.recv(100)
            report.equal(last, b"STOPPING=1", "the service manager is told of the end")
            report.equal(daemon.wait(), 0, "exit status")
            report.check(daemon.api[5:] in daemon.output and "curl" in daemon.output, "the greeting", daemon.output)
        manager.close()
    for moment in (0, 0.02, 0.1, 0.3):
        with h.Daemon(wait=False) as daemon:
            time.sleep(moment)
            daemon.terminate()
            status = daemon.wait()
            unborn = status == -signal.SIGTERM and not daemon.log()  # it came before main did
            report.check(status == 0 or unborn,
                         f"SIGTERM {moment} s after the start ends it cleanly", status)


# The blob of 32768 lines "kzg"; the commitment is c-kzg 4.1.0's.
TEXT_COMMITMENT = "0x8744b734463aeefec610c95c7158127ada726a26f8b1bf3c2d52ae7a1cd6fdfac12576663af773487ab6b08d880de67d"


def greeting_test(report):
    """The printed line works as printed."""
    with h.Daemon() as daemon:
        line = ""
        while "curl" not in line:
            line = daemon.process.stdout.readline().decode()
        done = subprocess.run(["/bin/sh", "-c", line], capture_output=True, text=True, check=False, timeout=h.PATIENCE)
        report.check(done.returncode == 0 and json.loads(done.stdout) == {"output": TEXT_COMMITMENT},
                     "the printed curl line gives its blob's commitment", done)
        daemon.stop(report, "greeting")


def setup_test(report):
    """Another setup than the embedded one."""
    folder = h.vectors_folder()
    path = os.path.join(folder or "", "..", "trusted_setup.txt")
    if folder is None or not os.path.exists(path):
        print("SKIPPED: no trusted setup file beside the official vectors", file=sys.stderr)
        return
    with h.Daemon("--trusted-setup", path) as daemon:
        report.equal(daemon.post("blob_to_kzg_commitment", h.constant_blob(2)).body, h.G2X, "a setup from a file")
        report.equal(daemon.get("/version").json()["setup"]["name"], "custom", "is called custom")
        daemon.stop(report, "trusted setup")
    with open(path, encoding="ascii") as file:
        text = file.read()
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as file:
        file.write(text[:-5])
        file.flush()
        done = subprocess.run([h.program(), "--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0",
                               "--trusted-setup", file.name], capture_output=True, text=True, check=False, timeout=h.PATIENCE)
        report.check(done.returncode == 1 and file.name in done.stderr, "a damaged one is refused by name", done)


# ---- Drain -------------------------------------------------------------------------------------------------------

class Load:
    """Clients that keep asking until they are told to stop or the daemon is gone; they know what came back."""

    def __init__(self, daemon, clients):
        self.daemon = daemon
        self.stopped = threading.Event()
        self.lock = threading.Lock()
        self.answered = 0
        self.lost = []
        self.threads = [threading.Thread(target=self.client, args=(i,), daemon=True) for i in range(clients)]
        for thread in self.threads:
            thread.start()

    def client(self, number):
        body, wanted = (CHEAP, b"\1") if number % 2 else (h.post_bytes("blob_to_kzg_commitment",
                                                                       h.constant_blob(2)), h.G2X)
        while not self.stopped.is_set():
            try:
                connection = h.Connection(self.daemon.api)
            except ConnectionError:
                return  # the listener is closed
            with connection:
                if not self.converse(connection, body, wanted):
                    return

    def converse(self, connection, body, wanted):
        """Requests on one connection until the daemon says that it was the last; False on a loss or at the end."""
        while not self.stopped.is_set():
            try:
                connection.send(body)
                answer = connection.answer()
            except (h.Closed, OSError) as error:
                # Before the first answer this can be a connection that was refused in the backlog: never accepted.
                if self.first(connection):
                    return True
                with self.lock:
                    self.lost.append(repr(error))
                return False
            connection.answers = getattr(connection, "answers", 0) + 1
            with self.lock:
                self.answered += 1
                if answer.status != 200 or answer.body != wanted:
                    self.lost.append(repr(answer))
            if answer.headers.get("connection") == "close":
                return True
        return False

    @staticmethod
    def first(connection):
        return getattr(connection, "answers", 0) == 0

    def wait_answers(self, n):
        end = time.monotonic() + h.PATIENCE
        while self.answered < n and time.monotonic() < end:
            time.sleep(0.005)

    def join(self):
        for thread in self.threads:
            thread.join(h.PATIENCE)


def drain_test(report):
    """SIGTERM under load, again and again: every accepted request is answered, and the status is 0."""
    rounds, clients = int(os.environ.get("KZGD_DRAINS", "4")), 16
    rng = h.random.Random(h.SEED)
    for i in range(rounds):
        with h.Daemon("--drain-idle", "60") as daemon:  # a client that has got no CPU for a while still asks in time
            load = Load(daemon, clients)
            load.wait_answers(rng.randrange(clients, 6 * clients))
            daemon.terminate()
            status = daemon.wait()
            load.stopped.set()
            load.join()
            findings = daemon.findings()
            report.check(status == 0 and not load.lost and not findings,
                         f"drain {i + 1}: {load.answered} answers, none lost, status 0",
                         f"status {status}, lost {load.lost[:3]}, {findings[:2]}")


def drain_order_test(report):
    """Unready first, then no new connections, then the end of what was accepted, last the exit."""
    with held_daemon("--drain-delay", "10") as daemon:
        busy = Busy(daemon, 2)
        daemon.terminate()
        end = time.monotonic() + h.PATIENCE
        while daemon.get("/readyz").status != 503 and time.monotonic() < end:
            time.sleep(0.005)
        report.check(b"draining" in daemon.get("/readyz").body, "not ready, because draining")
        report.equal(daemon.get("/livez").status, 200, "but alive")
        report.equal(daemon.metric("kzg_ready"), 0, "and so say the metrics")
        busy.release()
        report.equal(h.ask(daemon.api, CHEAP).status, 200, "new connections are served during --drain-delay")
        answers = busy.finish()
        report.check(all(answer is not None and answer.status == 200 for answer in answers),
                     "what was accepted is answered", answers)
        report.equal(daemon.wait(), 0, "exit status")
    with held_daemon("--drain-idle", "60") as daemon:
        kept = h.Connection(daemon.api)
        kept.send(CHEAP)
        report.check("connection" not in kept.answer().headers, "a kept connection")
        busy = Busy(daemon, 1)
        daemon.terminate()
        refused = 0
        end = time.monotonic() + h.PATIENCE
        while refused == 0 and time.monotonic() < end:
            try:
                h.Connection(daemon.api).close()
            except ConnectionResetError:
                pass  # it was waiting to be accepted when the listener closed
            except ConnectionRefusedError:
                refused = 1
        report.equal(refused, 1, "the listener closes")
        kept.send(CHEAP)
        busy.release()
        answer = kept.answer()
        report.check(answer.status == 200 and answer.headers.get("connection") == "close",
                     "a kept connection gets one more answer, with Connection: close", answer)
        report.check(kept.ended(), "and is closed")
        report.check(all(answer is not None and answer.status == 200 for answer in busy.finish()),
                     "the rest is answered")
        report.equal(daemon.wait(), 0, "exit status")
    with h.Daemon("--body-rate", "0") as daemon:
        idle = [h.Connection(daemon.api) for _ in range(5)]
        for connection in idle:
            connection.send(CHEAP)
            connection.answer()
        half = h.Connection(daemon.api)
        half.send(CHEAP[:-5])
        daemon.wait_metric(lambda used: used > 0, "kzg_memory_reserved_bytes")
        daemon.terminate()
        report.check(all(connection.ended() for connection in idle), "idle connections are closed")
        half.send(CHEAP[-5:])
        report.equal(half.answer().body, b"\1", "a request that was half there is finished")
        report.equal(daemon.wait(), 0, "exit status")


def drain_end_test(report):
    with h.Daemon("--drain-timeout", "0.2") as daemon:
        half = h.Connection(daemon.api)
        half.send(CHEAP[:-5])
        daemon.wait_metric(lambda used: used > 0, "kzg_memory_reserved_bytes")
        daemon.terminate()
        report.equal(daemon.wait(), 1, "a drain that does not end in time: status 1")
        report.equal(len(daemon.events("drain_timed_out")), 1, "and a line in the log")
    for number in (signal.SIGTERM, signal.SIGINT):
        with h.Daemon("--body-rate", "0") as daemon:
            half = h.Connection(daemon.api)
            half.send(CHEAP[:-5])
            daemon.wait_metric(lambda used: used > 0, "kzg_memory_reserved_bytes")
            daemon.process.send_signal(number)
            end = time.monotonic() + h.PATIENCE
            while not daemon.events("draining") and time.monotonic() < end:
                time.sleep(0.01)
            daemon.process.send_signal(number)
            report.equal(daemon.wait(), 1, f"a second {number.name} ends it at once")
    with h.Daemon() as daemon:
        for number in (signal.SIGHUP, signal.SIGPIPE):
            daemon.process.send_signal(number)
        report.equal(h.ask(daemon.api, CHEAP).status, 200, "SIGHUP and SIGPIPE change nothing")
        daemon.stop(report, "signals")


if __name__ == "__main__":
    h.main({"addresses": addresses_test, "inherited": inherited_test, "options": options_test, "start": start_test,
            "greeting": greeting_test, "setup": setup_test, "drain": drain_test, "drain_order": drain_order_test,
            "drain_end": drain_end_test})
