#!/usr/bin/env python3
"""The commands for a running kzgd: against a stand-in that answers in the daemon's shapes, against servers that
misbehave, and against a real kzgd."""
import gzip
import json
import os
import pty
import re
import subprocess
import sys
import time

from kit import *
from stand_in import JSON, PPROF, PROBLEM, TEXT, Raw, StandIn, free_port, problem

kit = Kit("remote")
DAEMON = sys.argv[2] if len(sys.argv) > 2 else os.environ.get("KZGD")


def both(text, value):
    return {TEXT: (200, TEXT, text), JSON: (200, JSON, json.dumps(value))}


def check(name, state="ok", **members):
    return {"name": name, "state": state, "severity": "critical", "classes": ["readiness"], "excluded": False,
            "message": "", "value": None, "limit": None, "unit": "", "timed_out": False, "stale": False,
            "duration_ms": 0.1, "age_seconds": 1.0, "runs": 3, "failures": 0, "timeouts": 0, **members}  # fmt: skip


def report(state, *checks):
    passed = sum(c["state"] == "ok" for c in checks)
    return {"state": state, "passed": passed, "degraded": 0, "failed": 0, "judged": len(checks), "checks": list(checks)}


GOOD = report("ok", check("memory"), check("self_test"))
TIGHT = report("degraded", check("memory", "degraded", message="close to its limit", value=3.5, limit=4.0, unit="GiB"),
               check("self_test"))  # fmt: skip
BAD = report("failed", check("memory"), check("self_test", "failed", message="a wrong\nanswer\x1b[2J"))

PROFILE = {"window": "1m", "when_ns": 1, "covered_seconds": 60.0, "clock_steps": 0, "entry_total": 3, "entries": [
    {"operation": "compute_cells", "count": 60, "per_second": 1.0, "p50_ns": 2500000, "p99_ns": 4000000},
    {"operation": "verify_kzg_proof", "count": 600, "per_second": 10.0, "p50_ns": 1250000, "p99_ns": 1500000},
    {"operation": "verify_kzg_proof", "phase": "queue", "count": 600, "per_second": 10.0, "p50_ns": 1, "p99_ns": 2},
]}  # fmt: skip
FOLDED = "main;work;fp_mul 30\nmain;work;fp_mul 20\nmain;fp_mul;fp_add 40\nmain 10\n"
ZIPPED = gzip.compress(b"a profile")


class Counter:
    """Metrics whose counters grow by a second's worth with each look."""

    def __init__(self):
        self.looks = 0

    def __call__(self, query, accept, body):
        self.looks += 1
        n = self.looks
        return 200, "text/plain; version=0.0.4", f"""# HELP kzg_operations_total operations
# TYPE kzg_operations_total counter
kzg_operations_total{{operation="compute_cells",status="ok"}} {1000000 * n}
kzg_operations_total{{operation="verify_kzg_proof",status="ok"}} {1000000 * n}
kzg_requests_rejected_total{{reason="queue_full"}} 5
process_cpu_seconds_total {0.5 * n}
kzg_operations_in_flight 2
kzg_queue_depth 3
kzg_queue_capacity 64
kzg_connections{{listener="api"}} 4
kzg_connections{{listener="admin"}} 1
kzg_memory_working_set_bytes 104857600
kzg_memory_limit_bytes 1073741824
kzg_cpu_usage_ratio{{scope="process"}} 0.25
kzg_cpu_usage_ratio{{scope="system"}} 0.5
"""


def pages(**more):
    return {
        ("GET", "/healthz"): both("all well\n", GOOD),
        ("GET", "/metrics"): Counter(),
        ("GET", "/debug/errors"): both("2 errors in 1 groups\n", {"count": 2, "groups": []}),
        ("GET", "/debug/memory"): both("tag live\n", {"tags": {}}),
        ("GET", "/debug/cpu"): both("per cent\n", {"threshold": 0.8}),
        ("GET", "/debug/workers"): both("worker busy\n", {"workers": [1, 2]}),
        ("GET", "/debug/slow"): both("0 requests\n", {"requests": []}),
        ("GET", "/debug/profile"): both("operation count\n", PROFILE),
        ("POST", "/debug/profile/reset"): both("begins anew\n", {"reset": True}),
        ("GET", "/debug/log-level"): both("info\n", {"level": "info"}),
        ("PUT", "/debug/log-level"): lambda query, accept, body: (
            (200, TEXT, f"{body}\n") if body == "debug" else problem(400, "log_level_invalid", f"'{body}' is no level")),
        ("POST", "/drain"): both("drained\n", {"drained": True}),
        ("POST", "/undrain"): both("back\n", {"drained": False}),
        ("GET", "/debug/requests/5c0b1dc3-2a"): both("queue 12 ms\n", {"request_id": "5c0b1dc3-2a"}),
        ("GET", "/debug/requests/a b/?&c"): both("found\n", {}),
        ("GET", "/debug/pprof/profile"): lambda query, accept, body: (
            (200, TEXT, FOLDED) if query.get("format") == ["folded"] else (200, PPROF, ZIPPED)),
        ("GET", "/debug/pprof/heap"): (200, PPROF, ZIPPED),
        ("GET", "/debug/pprof/captures"): both("cpu-1.pb.gz\n", {"captures": ["cpu-1.pb.gz"]}),
        ("GET", "/debug/pprof/captures/cpu-1.pb.gz"): (200, PPROF, ZIPPED),
        ("GET", "/debug/pprof/captures/cpu-1.json"): (200, JSON, '{"why":"slow"}'),
    }  # fmt: skip


def ask(server, *arguments, **options):
    return kit.run(*arguments, "--admin", server.address if hasattr(server, "address") else server, **options)


# ---- Every command --------------------------------------------------------------------------------------------------

def every_command():
    """command -> the request it makes, what it prints, what it prints with --json."""
    table = {
        ("errors",): ("GET", "/debug/errors", "", "2 errors in 1 groups\n", {"count": 2, "groups": []}),
        ("memory",): ("GET", "/debug/memory", "", "tag live\n", {"tags": {}}),
        ("slow",): ("GET", "/debug/slow", "", "0 requests\n", {"requests": []}),
        ("profile",): ("GET", "/debug/profile", "", "operation count\n", PROFILE),
        ("profile", "--window", "10m"): ("GET", "/debug/profile?window=10m", "", "operation count\n", PROFILE),
        ("profile", "reset"): ("POST", "/debug/profile/reset", "", "begins anew\n", {"reset": True}),
        ("profile", "captures"): ("GET", "/debug/pprof/captures", "", "cpu-1.pb.gz\n", {"captures": ["cpu-1.pb.gz"]}),
        ("log", "level"): ("GET", "/debug/log-level", "", "info\n", {"level": "info"}),
        ("log", "level", "debug"): ("PUT", "/debug/log-level", "debug", "debug\n", None),
        ("drain",): ("POST", "/drain", "", "drained\n", {"drained": True}),
        ("undrain",): ("POST", "/undrain", "", "back\n", {"drained": False}),
        ("explain", "5c0b1dc3-2a"): ("GET", "/debug/requests/5c0b1dc3-2a", "", "queue 12 ms\n",
                                     {"request_id": "5c0b1dc3-2a"}),
        ("explain", "a b/?&c"): ("GET", "/debug/requests/a%20b%2F%3F%26c", "", "found\n", {}),
    }  # fmt: skip
    with StandIn(pages()) as server:
        for command, (method, path, body, text, value) in table.items():
            server.requests.clear()
            name = " ".join(command)
            kit.expect(name, ask(server, *command), OK, out=text)
            kit.check(f"{name}: asks", server.requests == [(method, path, "text/plain", body)], server.requests)
            if value is not None:
                result = kit.expect(f"{name} --json", ask(server, *command, "--json"), OK)
                kit.check(f"{name} --json: the daemon's", result.json() == value, result)
                kit.check(f"{name} --json: asks for it", server.requests[-1][2] == JSON, server.requests)
        result = kit.expect("metrics", ask(server, "metrics"), OK)
        kit.check("metrics: all of it", result.text().startswith("# HELP kzg_operations_total"), result)
        server.requests.clear()
        kit.expect("cpu", ask(server, "cpu"), OK, out="per cent\n\nworker busy\n")
        kit.check("cpu: asks for two pages", [path for _, path, _, _ in server.requests] == ["/debug/cpu", "/debug/workers"],
                  server.requests)
        value = kit.expect("cpu --json", ask(server, "cpu", "--json"), OK).json()
        kit.check("cpu --json: one object", value == {"threshold": 0.8, "workers": {"workers": [1, 2]}}, value)
        kit.expect("log level: a wrong one", ask(server, "log", "level", "loud"), BAD_INPUT, out="",
                   err=[server.address, "'loud' is no level (log_level_invalid, HTTP 400)"])  # fmt: skip
        kit.expect("explain: not known", ask(server, "explain", "x"), BAD_INPUT, out="", err="(not_found, HTTP 404)")


def profiles():
    target = kit.path("profile")
    with StandIn(pages()) as server:
        result = kit.expect("profile cpu", ask(server, "profile", "cpu", "--seconds", "1"), OK)
        wanted = ["100 samples in 3 functions", " 50.00 %       50  fp_mul", " 40.00 %       40  fp_add",
                  " 10.00 %       10  main"]  # fmt: skip
        kit.check("profile cpu: the functions that took most", result.lines() == wanted, result)
        kit.check("profile cpu: asks", server.requests[-1][1] == "/debug/pprof/profile?seconds=1&format=folded",
                  server.requests)  # fmt: skip
        value = kit.expect("profile cpu --json", ask(server, "profile", "cpu", "--json"), OK).json()
        kit.check("profile cpu --json: the same", value["samples"] == 100
                  and value["functions"][0] == {"function": "fp_mul", "samples": 50, "share": 0.5}, value)  # fmt: skip
        kit.check("profile cpu: ten seconds unless told", "seconds=10&" in server.requests[-1][1], server.requests)
        kit.expect("profile cpu --folded", ask(server, "profile", "cpu", "--folded", target), OK, out="")
        kit.check("profile cpu --folded: the stacks", read(target).decode() == FOLDED)
        kit.expect("profile cpu --svg", ask(server, "profile", "cpu", "--svg", target), OK, out="")
        picture = read(target).decode()
        kit.check("profile cpu --svg: a flame graph", "<svg" in picture and "fp_mul" in picture and server.address in picture, picture[:300])
        kit.check("profile cpu --svg: asks for stacks", server.requests[-1][1].endswith("&format=folded"), server.requests[-1])
        kit.expect("profile captures: a report", ask(server, "profile", "captures", "cpu-1.json"), OK, out='{"why":"slow"}\n')
        kit.expect("profile captures: to a file", ask(server, "profile", "captures", "cpu-1.json", "--pprof", target), OK, out="")
        kit.check("profile captures: the report", read(target) == b'{"why":"slow"}')
        for command in (["cpu"], ["heap"], ["captures", "cpu-1.pb.gz"]):
            kit.expect(f"profile {command[0]} --pprof", ask(server, "profile", *command, "--pprof", target), OK, out="")
            kit.check(f"profile {command[0]} --pprof: the file", read(target) == ZIPPED)
            os.unlink(target)
        kit.expect("profile heap to a pipe", ask(server, "profile", "heap"), OK, out=ZIPPED)
        with open("/dev/full", "wb") as full:
            kit.expect("profile heap to a full disk", ask(server, "profile", "heap", stdout=full), FAILED, err="No space")
        server.pages["GET", "/debug/pprof/profile"] = problem(409, "profile_running", "another profile is being taken")
        kit.expect("profile cpu: one runs", ask(server, "profile", "cpu"), BAD_INPUT, out="", err="(profile_running, HTTP 409)")
        server.pages["GET", "/debug/pprof/heap"] = problem(501, "heap_profile_off", "start kzgd with --heap-profile on")
        kit.expect("profile heap: off", ask(server, "profile", "heap", "--pprof", target), FAILED, out="",
                   err="start kzgd with --heap-profile on (heap_profile_off, HTTP 501)")  # fmt: skip
        kit.check("profile heap: off leaves no file", not os.path.exists(target))
        server.pages["GET", "/debug/pprof/heap"] = (200, PPROF, "not zipped")
        kit.expect("profile heap: garbage", ask(server, "profile", "heap"), FAILED, out="", err="no gzipped profile")
        server.pages["GET", "/debug/pprof/profile"] = (200, TEXT, "no number\n;\nx;y -1\n# a comment 3\na;\x1bb 2")
        kit.expect("profile cpu: lines that are none", ask(server, "profile", "cpu"), OK,
                   out="2 samples in 1 functions\n100.00 %        2  ?b\n")  # fmt: skip


# ---- Health ---------------------------------------------------------------------------------------------------------

def health():
    cases = {
        "well": (200, GOOD, 0, "healthz: ok, 2/2 passed\n"),
        "degraded": (200, TIGHT, 1, "[+]memory degraded: close to its limit (3.5, limit 4 GiB)\nhealthz: degraded, 1/2 passed\n"),
        "failed": (503, BAD, 2, "[-]self_test failed: a wrong?answer?[2J\nhealthz: failed, 1/2 passed\n"),
        "pending": (503, report("failed", check("self_test", "pending", message="not run yet")), 2,
                    "[-]self_test pending: not run yet\nhealthz: failed, 0/1 passed\n"),
        "a state of another time": (200, report("splendid"), 2, "healthz: splendid, 0/0 passed\n"),
    }  # fmt: skip
    with StandIn(pages()) as server:
        for name, (status, value, wanted, text) in cases.items():
            server.pages["GET", "/healthz"] = (status, JSON, json.dumps(value))
            kit.expect(f"health: {name}", ask(server, "health"), wanted, out=text, empty_err=True)
            kit.expect(f"health: {name}, quiet", ask(server, "health", "--quiet"), wanted, out="", empty_err=True)
            result = kit.expect(f"health: {name}, JSON", ask(server, "health", "--json"), wanted, empty_err=True)
            kit.check(f"health: {name}, JSON as it came", result.json() == value, result)
        server.pages["GET", "/healthz"] = (200, JSON, json.dumps(GOOD))
        kit.expect("health --verbose", ask(server, "health", "-v"), OK,
                   out="[+]memory ok\n[+]self_test ok\nhealthz: ok, 2/2 passed\n")  # fmt: skip
        server.requests.clear()
        kit.expect("health --exclude", ask(server, "health", "--exclude", "disk", "--exclude", "a&b"), OK)
        kit.check("health --exclude: asks", server.requests[-1][1] == "/healthz?verbose&exclude=disk&exclude=a%26b",
                  server.requests)  # fmt: skip
        for probe in ("livez", "readyz", "startupz"):
            server.pages["GET", f"/{probe}"] = (200, JSON, json.dumps(GOOD))
            kit.expect(f"health --probe {probe}", ask(server, "health", "--probe", probe), OK, out=f"{probe}: ok, 2/2 passed\n")
        server.pages["GET", "/readyz"] = (503, TEXT, "[-]accepting draining\nnot ready\n")
        kit.expect("health: text alone, unwell", ask(server, "health", "--probe", "readyz"), 2,
                   out="[-]accepting draining\nnot ready\n", empty_err=True)  # fmt: skip
        server.pages["GET", "/readyz"] = (200, TEXT, "ready\n")
        kit.expect("health: text alone, well", ask(server, "health", "--probe", "readyz"), OK, out="ready\n")
        kit.expect("health: text alone, JSON wanted", ask(server, "health", "--probe", "readyz", "--json"), 2, out="",
                   err="came as")  # fmt: skip
        for name, page in {
            "a page of a web server": (200, "text/html", "<h1>It works</h1>"), "no report": (200, JSON, "[1]"),
            "half a report": (200, JSON, '{"state":"ok"'), "no path": problem(404, "not_found", "nothing"),
            "a server's fault": (500, TEXT, "oops"), "unavailable": problem(503, "not_ready", "starting"),
        }.items():  # fmt: skip
            server.pages["GET", "/healthz"] = page
            error = kit.expect(f"health: {name}", ask(server, "health", "--json"), 2, out="", err=server.address)
            kit.check(f"health: {name}: status in the error", json.loads(error.err)["exit_status"] == 2, error)
    kit.expect("health: nothing there", ask(f"127.0.0.1:{free_port()}", "health"), 2, out="", err="nothing listens there")
    kit.expect("health: another probe", kit.run("health", "--probe", "pulsez"), 2, out="", err="--probe is 'pulsez'")


# ---- Watch ----------------------------------------------------------------------------------------------------------

def watch():
    with StandIn(pages()) as server:
        result = kit.expect("watch", ask(server, "watch", "--count", "2", "--interval", "1"), OK)
        first, second = result.lines()
        for piece in ("health=ok", "ops_per_second=- busiest=verify_kzg_proof p50_ms=1.250 p99_ms=1.500",
                      "queue=3 queue_capacity=64 in_flight=2 connections=5", "memory_mib=100 memory_limit_mib=1024",
                      "machine_cpu=0.500"):  # fmt: skip
            kit.check(f"watch: {piece}", piece in first, first)
        rates = dict(pair.split("=") for pair in second.split()[1:])
        kit.check("watch: rates from the second look on", float(rates["ops_per_second"]) > 1000
                  and float(rates["cpu_cores"]) > 0 and float(rates["rejected_per_second"]) == 0, second)  # fmt: skip
        row = kit.expect("watch --json", ask(server, "watch", "--json", "--count", "1"), OK).json()
        kit.check("watch --json: figures", row["queue"] == 3 and row["p99_ms"] == 1.5 and row["ops_per_second"] is None, row)
        server.pages["GET", "/healthz"] = (503, JSON, json.dumps(BAD))
        line = ask(server, "watch", "--count", "1").text()
        kit.check("watch: unwell", 'health=failed' in line and 'unwell="self_test"' in line, line)
        screen = on_terminal([kit.tool, "watch", "--count", "1", "--admin", server.address])
        for piece in ("\x1b[H\x1b[J", f"kzgd at {server.address}", "failed, 1 of 2 passed; not well: self_test",
                      "queue 3 of 64", "100 MiB, limit 1024 MiB", "machine 50 %", "verify_kzg_proof"):  # fmt: skip
            kit.check(f"watch on a terminal: {piece!r}", piece in screen, screen)
        for page in ("/healthz", "/debug/profile"):
            del server.pages["GET", page]
        line = kit.expect("watch: an older kzgd", ask(server, "watch", "--count", "1"), OK).text()
        kit.check("watch: what is not there", "health=unknown" in line and "p50_ms=- p99_ms=-" in line, line)
        server.pages["GET", "/healthz"] = (200, JSON, '{"state":"\\u001b[2J","checks":[{"name":"a\\"b","state":3}]}')
        server.pages["GET", "/debug/profile"] = (200, JSON, '{"entries":[1,null,{"operation":"x\\ny"}]}')
        row = kit.expect("watch: garbage in its places", ask(server, "watch", "--count", "1", "--json"), OK).json()
        kit.check("watch: garbage is not passed on", row["health"] == "?[2J" and row["unwell"] == "a?b", row)
        server.pages["GET", "/metrics"] = problem(503, "not_ready", "starting")
        kit.expect("watch: refused at first", ask(server, "watch"), FAILED, out="", err="(not_ready, HTTP 503)")
    kit.expect("watch: nothing there", ask(f"127.0.0.1:{free_port()}", "watch"), FAILED, out="", err="nothing listens there")
    gone()


def gone():
    """A kzgd that goes away is waited for, and watched again when it is back."""
    path = kit.path("admin.sock")
    server = StandIn(pages(), unix=path)
    command = [kit.tool, "watch", "--interval", "1", "--admin", server.address]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=kit.environment) as process:
        kit.check("watch: sees it", b"health=ok" in process.stdout.readline())
        server.pages["GET", "/metrics"] = problem(503, "draining", "shutting down")
        kit.check("watch: is refused", b"(draining, HTTP 503)" in process.stderr.readline())
        server.close()
        while b"nothing listens there" not in process.stderr.readline():
            kit.check("watch: still the old connection", process.poll() is None)
        with StandIn(pages(), unix=path):
            line = process.stdout.readline()
            while b"health=ok" not in line and line:
                line = process.stdout.readline()
            kit.check("watch: sees it again", b"ops_per_second=-" not in line and b"health=ok" in line, line)
            process.terminate()


def on_terminal(command):
    leader, follower = pty.openpty()
    with subprocess.Popen(command, stdin=follower, stdout=follower, stderr=follower, env=kit.environment) as process:
        os.close(follower)
        out = b""
        try:
            while data := os.read(leader, 65536):
                out += data
        except OSError:
            pass  # the follower's end is closed
        process.wait()
    os.close(leader)
    return out.decode()


# ---- Addresses and servers that misbehave ---------------------------------------------------------------------------

def addresses():
    with StandIn(pages(), unix=kit.path("admin.sock")) as server:
        kit.expect("a Unix socket", ask(server, "errors"), OK, out="2 errors in 1 groups\n")
    kit.expect("no Unix socket", ask(f"unix:{kit.path('none.sock')}", "errors"), FAILED, out="", err="nothing listens there")
    with StandIn(pages()) as server:
        environment = {"KZGD_ADMIN": server.address}
        kit.expect("the environment's address", kit.run("errors", env=environment), OK)
        nowhere = {"KZGD_ADMIN": f"127.0.0.1:{free_port()}"}
        kit.expect("--admin goes before the environment", ask(server, "errors", env=nowhere), OK)
        proxy = {"http_proxy": nowhere["KZGD_ADMIN"], "ALL_PROXY": nowhere["KZGD_ADMIN"]}
        kit.expect("no proxy is asked", ask(server, "errors", env=proxy), OK)
        kit.expect("a name", ask(server.address.replace("127.0.0.1", "localhost"), "errors"), OK)
    for address in ("", "127.0.0.1", "127.0.0.1:", "127.0.0.1:0", "127.0.0.1:65536", ":7594", "127.0.0.1:x", "unix:",
                    "unix:sock", "unix:/" + "x" * 107, "http://127.0.0.1:7594", "user@127.0.0.1:1", "[::1:7594",
                    "[]:7594", "127.0.0.1:7594/x", "a b:1", "127.0.0.1:1\n"):  # fmt: skip
        kit.expect(f"address {address[:30]!r}", kit.run("errors", "--admin", address), BAD_INPUT, out="",
                   err="--admin is '")  # fmt: skip
    kit.expect("a wrong address in the environment", kit.run("errors", env={"KZGD_ADMIN": "here"}), BAD_INPUT, out="",
               err="KZGD_ADMIN is 'here'")  # fmt: skip
    kit.expect("an empty environment is none", kit.run("errors", "--admin", "x", env={"KZGD_ADMIN": ""}), BAD_INPUT)
    error = kit.run("errors", "--json", "--admin", f"127.0.0.1:{free_port()}")
    value = json.loads(error.err)
    kit.check("nothing there, as JSON", error.status == 3 and value["error"]["code"] == "unreachable"
              and value["exit_status"] == 3 and "is kzgd running?" in value["error"]["message"], error)  # fmt: skip


def misbehaving():
    ok = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n"
    cases = {
        "closed at once": (b"", "connection ended before"),
        "closed in the head": (b"HTTP/1.1 200 OK\r\nContent-", "came as ''"),
        "closed in the body": (ok + b"Content-Length: 100\r\n\r\nhalf", "connection ended before"),
        "no HTTP": (b"SSH-2.0-OpenSSH_9.2\r\n", "no HTTP"),
        "bytes": (bytes(range(256)) * 40, "no HTTP"),
        "another type": (b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 2\r\n\r\nhi", "came as 'text/html'"),
        "no type": (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi", "came as ''"),
        "elsewhere": (b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n", "HTTP 302"),
        "503 alone": (b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n", "HTTP 503"),
        "a wrong problem": (b"HTTP/1.1 400 No\r\nContent-Type: application/problem+json\r\nContent-Length: 9\r\n\r\n"
                            b'{"code":1', "HTTP 400"),
        "a problem with a strange code": (b"HTTP/1.1 500 No\r\nContent-Type: application/problem+json\r\n"
                                          b'Content-Length: 35\r\n\r\n{"code":"a\\"b\\u001b","detail":"xyz"}', "HTTP 500"),
        "too long": (ok + b"Content-Length: 99999999999\r\n\r\n" + bytes(1 << 20), ""),
        "a long head": (b"HTTP/1.1 200 OK\r\n" + b"X: " + b"y" * (1 << 20) + b"\r\n\r\n", ""),
    }  # fmt: skip
    for name, (data, message) in cases.items():
        with Raw(data) as server:
            result = ask(server, "errors")
            wanted = BAD_INPUT if "HTTP 400" in message else FAILED
            kit.expect(f"answer: {name}", result, wanted, out="", err=[server.address, message])
    with Raw([ok + b"\r\n"] + [bytes(1 << 20)] * 17) as server:
        kit.expect("answer: without end", ask(server, "errors"), FAILED, out="", err="longer than the 16777216 bytes")
    with Raw(None) as server:
        kit.expect("answer: none", ask(server, "errors", "--timeout", "1"), FAILED, out="", err="within 1 s (--timeout)")
        error = ask(server, "health", "--timeout", "1", "--json")
        kit.check("answer: none, health", error.status == 2 and json.loads(error.err)["error"]["code"] == "timed_out", error)
    with StandIn({("GET", "/debug/errors"): both("a\x1b[2Jb\rc\td\x7f", "x")}) as server:
        kit.expect("control characters stay here", ask(server, "errors"), OK, out="a?[2Jb?c\td?\n")
        for text in ("", "{", "{}x", '{"a":1}\0', "nul", "[" * 100):
            server.pages["GET", "/debug/errors"] = {JSON: (200, JSON, text)}
            kit.expect(f"no JSON: {text[:9]!r}", ask(server, "errors", "--json"), FAILED, out="", err="is not JSON")
        server.pages["GET", "/debug/errors"] = problem(503, "draining", "this instance is shutting down")
        kit.expect("a problem of the daemon", ask(server, "errors"), FAILED, out="",
                   err="this instance is shutting down (draining, HTTP 503)")  # fmt: skip


def usage():
    cases = {
        "log": (["log"], "expected 'log level'"),
        "log lines": (["log", "lines"], "expected 'log level'"),
        "log level twice": (["log", "level", "a", "b"], "'b' is too many"),
        "explain nothing": (["explain"], "the request id is missing"),
        "profile of what": (["profile", "gpu"], "'gpu' is none of cpu, heap, captures, reset"),
        "profile heap of what": (["profile", "heap", "x"], "'x' is too many"),
        "a wrong window": (["profile", "--window", "1h"], "--window is '1h'"),
        "a window for cpu": (["profile", "cpu", "--window", "1m"], "profile cpu does not take --window"),
        "seconds for the table": (["profile", "--seconds", "1"], "does not take --seconds"),
        "no seconds": (["profile", "cpu", "--seconds", "0"], "from 1 to 60"),
        "too many seconds": (["profile", "cpu", "--seconds", "61"], "from 1 to 60"),
        "two forms": (["profile", "cpu", "--pprof", "a", "--folded", "b"], "forms of a profile: ask for one"),
        "two other forms": (["profile", "cpu", "--svg", "a", "--folded", "b"], "forms of a profile: ask for one"),
        "svg of the heap": (["profile", "heap", "--svg", "a"], "profile heap does not take --svg"),
        "no time": (["errors", "--timeout", "0"], "from 1 to 3600"),
        "no interval": (["watch", "--interval", "0"], "from 1 to 3600"),
        "no look": (["watch", "--count", "0"], "from 1 to"),
    }
    for name, (arguments, message) in cases.items():
        kit.expect(f"usage: {name}", kit.run(*arguments), BAD_INPUT, out="", err=message)


# ---- The real one ---------------------------------------------------------------------------------------------------

def profile(address, *command):
    """Again while kzgd takes a profile of itself, as it does when the machine is busy: each trigger has one in five minutes."""
    while True:
        result = ask(address, "profile", *command)
        if b"profile_running" not in result.err:
            return result


def real_profiles(address):
    target = kit.path("real")
    for command in (["cpu", "--seconds", "1"], ["heap"]):
        kit.expect(f"kzgd: profile {command[0]}", profile(address, *command, "--pprof", target), OK, out="")
        kit.check(f"kzgd: profile {command[0]}: gzipped", len(gzip.decompress(read(target))) > 100)
    kit.expect("kzgd: profile cpu, as a table", profile(address, "cpu", "--seconds", "1"), OK)
    kit.expect("kzgd: profile cpu --svg", profile(address, "cpu", "--seconds", "1", "--svg", target), OK, out="")
    kit.check("kzgd: profile cpu --svg: a picture", b"<svg" in read(target))
    with open(os.path.join(kit.path("state"), "captures", "20261127T054610.123Z-objective.json"), "w", encoding="ascii") as file:
        file.write('{"trigger":"objective","reason":"it was slow"}')
    kit.check("kzgd: profile captures", "it was slow" in kit.expect("kzgd: captures", ask(address, "profile", "captures"), OK).text())
    listed = ask(address, "profile", "captures", "--json").json()["captures"]  # a busy machine may have caused others
    name = "20261127T054610.123Z-objective.json"
    kit.check("kzgd: profile captures --json", [entry["why"] for entry in listed if entry["name"] == name] == ["it was slow"], listed)
    kit.expect("kzgd: profile captures NAME", ask(address, "profile", "captures", name), OK,
               out='{"trigger":"objective","reason":"it was slow"}\n')  # fmt: skip
    kit.expect("kzgd: profile captures, another", ask(address, "profile", "captures", "../kzgd.sock"), BAD_INPUT, out="", err="not_found")
    kit.check("kzgd: cpu has the workers", "drift" in ask(address, "cpu").text())


def daemon():
    command = [DAEMON, "--listen", "127.0.0.1:0", "--admin-listen", f"unix:{kit.path('kzgd.sock')}", "--state-dir", kit.path("state"),
               "--heap-profile", "on"]  # fmt: skip
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as process:
        for line in process.stderr:
            if b"event=ready" in line or b'"event":"ready"' in line:
                break
        address = f"unix:{kit.path('kzgd.sock')}"
        kit.expect("kzgd: live", ask(address, "health", "--probe", "livez"), OK)
        busy = ("--exclude", "cpu", "--exclude", "calibration")  # of the machine that the tests run on
        end = time.monotonic() + 240  # a check that one second of a busy machine has failed is well at the next one
        while ask(address, "health", "--probe", "readyz", *busy).status != OK and time.monotonic() < end:
            time.sleep(0.2)
        kit.expect("kzgd: ready", ask(address, "health", "--probe", "readyz", *busy), OK)
        kit.check("kzgd: metrics", "kzg_operations_total" in ask(address, "metrics").text())
        kit.check("kzgd: watch", " queue=0 " in ask(address, "watch", "--count", "1").text())
        for name in ("errors", "slow", "cpu", "profile"):
            kit.expect(f"kzgd: {name}", ask(address, name), OK)
            kit.check(f"kzgd: {name} --json", isinstance(ask(address, name, "--json").json(), dict))
        try:
            real_profiles(address)
        finally:
            process.terminate()
        for _ in process.stderr:
            pass
        process.wait()
    kit.expect("kzgd: gone", ask(address, "health"), 2, out="", err="nothing listens there; is kzgd running?")


every_command()
profiles()
health()
watch()
addresses()
misbehaving()
usage()
if DAEMON:
    daemon()
kit.finish()
