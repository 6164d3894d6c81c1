"""Profiles of a daemon under load, as those get them who ask for one, and as it takes them of itself.

    profiles_test.py KZGD [test...]     "go" (go tool pprof) and "probes" (readelf) are tests by themselves
"""

import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import xml.etree.ElementTree

import harness as h
from memory_test import Machine, memory, wait

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "unit", "ops"))
import pprof  # noqa: E402

BLOB = h.constant_blob(2)
TRUE = {"commitment": h.G2X, "z": h.scalar(9), "y": h.scalar(2), "proof": h.INFINITY}
WORK = {"compute_cells": BLOB, "verify_kzg_proof": h.ssz("verify_kzg_proof", TRUE)}
LONG_WORK = {"compute_cells_and_kzg_proofs": h.random_blob(random.Random(5))}  # several milliseconds on any machine
# Functions of libkzg that this work goes through, whatever the arithmetic: one of them would be enough.
FUNCTIONS = {"fp_mul_adx", "fp_sqr_adx", "fp8_mul", "fp8_mul2", "fp6_8_mul", "fp12_8_mul_monic_line", "lanes_extend", "tree8_down", "kzg_compute_cells", "kzg_verify_kzg_proof", "fr_transform", "transform_part"}
PROFILE = "/debug/pprof/profile"
CAPTURES = "/debug/pprof/captures"
STAMP = re.compile(r"^\d{8}T\d{6}\.\d{3}Z-")
LONG = "?seconds=60"


class Load:
    """Two clients that send one operation of the work after another until the end of the block."""

    def __init__(self, daemon, work=WORK):
        self.daemon = daemon
        self.work = work
        self.end = threading.Event()
        self.count = 0
        self.threads = [threading.Thread(target=self.run, daemon=True) for _ in range(2)]

    def run(self):
        try:
            with h.Connection(self.daemon.api) as connection:
                while not self.end.is_set():
                    for operation, body in self.work.items():
                        connection.send(h.post_bytes(operation, body))
                        self.count += connection.answer().status == 200
        except (OSError, h.Closed):
            pass

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.end.set()
        for thread in self.threads:
            thread.join()


def get(daemon, path, **headers):
    return h.ask(daemon.admin, h.request_bytes("GET", path, [(name.title(), value) for name, value in headers.items()]))


def long_profile(daemon):
    """A connection on which a profile of a minute has begun."""
    connection = h.Connection(daemon.admin)
    connection.send(h.request_bytes("GET", PROFILE + LONG))
    wait(lambda: daemon.events("profile_started"))
    return connection


def decoded(report, answer, name):
    """The profile of an answer, checked for what all have."""
    report.check(answer.status == 200 and answer.headers["content-type"] == "application/octet-stream", name, answer)
    profile = pprof.Profile(answer.body)
    report.equal(profile.types, [("samples", "count"), ("cpu", "nanoseconds")], f"{name}: samples and CPU time")
    return profile


def labels_of(profile):
    return {tuple(labels.get(key) for key in ("operation", "backend", "worker")) for _, _, labels in profile.samples}


def until_in(daemon, query, wanted, rounds):
    """The first of at most 40 profiles that has what is wanted, or the last, and the number of all so far."""
    for n in range(1, 41):
        answer = get(daemon, PROFILE + query)
        if wanted in answer.body.decode():
            break
    return answer, rounds + n


# ---- Asked for -------------------------------------------------------------------------------------------------------

def forms_test(report):
    with h.Daemon("--workers", "2") as daemon, Load(daemon) as load:
        backend = daemon.get("/version").json()["backend"]
        # Of a worker that gets no CPU there is no sample: profiles are taken until one has both operations and a name.
        rounds = 0
        while True:
            rounds += 1
            answer = get(daemon, PROFILE + "?seconds=3&hz=200")
            profile = decoded(report, answer, "a profile")
            names = {name for stack, _, _ in profile.samples for name in stack if name}
            if (set(WORK) <= {operation for operation, _, _ in labels_of(profile)} and FUNCTIONS & names) or rounds == 40:
                break
        report.check(re.fullmatch(r'attachment; filename="kzgd-cpu-\d{8}T\d{6}Z\.pb\.gz"', answer.headers["content-disposition"]),
                     "has a file name", answer.headers)
        report.equal(profile.period, 5000000, "its period is what was asked")
        found = labels_of(profile)
        report.check({operation for operation, _, _ in found} >= set(WORK), "samples have their operation", found)
        report.check(all(name == backend and re.fullmatch(r"worker-[01]", worker) for operation, name, worker in found if operation),
                     "with the arithmetic and the worker", found)
        report.check(FUNCTIONS & names, "functions have their names", sorted(names)[:60])
        inside = [labels["operation"] for stack, _, labels in profile.samples if "kzg_verify_kzg_proof" in stack]
        report.check(set(inside) <= {"verify_kzg_proof"}, "a function is under its operation's label", set(inside))

        mine = f"operation=compute_cells;backend={backend};"
        folded, rounds = until_in(daemon, "?seconds=2&format=folded", mine, rounds)
        lines = folded.body.decode().splitlines()
        report.check(folded.status == 200 and folded.headers["content-type"].startswith("text/plain")
                     and all(re.fullmatch(r".* \d+", line) for line in lines)
                     and any(line.startswith(mine) for line in lines), "folded stacks", lines[:5])
        svg, rounds = until_in(daemon, "?seconds=2&format=svg", "operation=compute_cells", rounds)
        text = "".join(xml.etree.ElementTree.fromstring(svg.body).itertext())
        report.check(svg.headers["content-type"] == "image/svg+xml" and "inline" in svg.headers["content-disposition"]
                     and "operation=compute_cells" in text and backend in text, "a flame graph", text[:300])
        wait(lambda: len(daemon.events("profile_taken")) == rounds)
        taken = daemon.events("profile_taken")
        report.check(len(taken) == rounds and all(event["client"].startswith("127.0.0.1:") and event["ended"] == "complete"
                                             for event in taken) and profile.total(0) in [event["samples"] for event in taken],
                     "are in the log: who, how long", taken)
        report.equal(daemon.metric("kzg_profiles_captured_total", trigger="request"), rounds, "and counted")
        load.end.set()
        daemon.stop(report, "forms")


def bounds_test(report):
    with h.Daemon() as daemon:
        wrong = ["seconds=0", "seconds=61", "seconds=1.5", "seconds=-1", "seconds=x", "seconds=", "seconds=1000000000000",
                 "hz=0", "hz=1001", "hz=1e2", "format=xml", "format=", "format=PPROF"]  # fmt: skip
        for query in wrong:
            answer = get(daemon, f"{PROFILE}?seconds=1&{query}" if "seconds" not in query else f"{PROFILE}?{query}")
            report.check(answer.status == 400 and answer.code() == "query_invalid" and query.split("=")[0] in answer.json()["detail"],
                         f"{query} is refused", answer)
        post = h.ask(daemon.admin, h.request_bytes("POST", PROFILE, [("Content-Length", 0)]))
        report.check(post.status == 405 and post.headers["allow"] == "GET, HEAD", "POST is not taken", post)
        report.equal(get(daemon, PROFILE + "/x").status, 404, "nothing is below it")
        report.equal(h.ask(daemon.api, h.request_bytes("GET", PROFILE)).status, 404, "the API's address has none")
        report.equal(daemon.events("profile_taken"), [], "and no profile was taken")
        idle = decoded(report, get(daemon, PROFILE + "?seconds=1&hz=1000"), "of an idle daemon")
        report.check(not any(operation for operation, _, _ in labels_of(idle)), "no sample has an operation", labels_of(idle))
        daemon.stop(report, "bounds")


def one_test(report):
    with tempfile.TemporaryDirectory() as folder:
        place = os.path.join(folder, "admin")
        with h.Daemon("--listen", "127.0.0.1:0", "--admin-listen", f"unix:{place}", listen=False) as daemon, Load(daemon) as load:
            connection = long_profile(daemon)
            answer = get(daemon, PROFILE)
            report.check(answer.status == 409 and answer.code() == "profile_running" and "one profile" in answer.json()["detail"],
                         "a second one is refused", answer)
            report.equal(get(daemon, "/readyz").status, 200, "other pages are answered meanwhile")
            connection.close()
            taken = wait(lambda: [event for event in daemon.events("profile_taken") if event["ended"] == "the client left"])
            report.check(len(taken) == 1 and taken[0]["duration_ms"] < 60000, "it ends when its client leaves", taken)
            report.check(re.fullmatch(rf"unix:uid {os.getuid()}, pid {os.getpid()}", taken[0]["client"]), "who that was is known", taken)
            report.equal(get(daemon, PROFILE + "?seconds=1").status, 200, "and another may begin")
            load.end.set()
            daemon.stop(report, "one at a time")


def drain_test(report):
    with h.Daemon() as daemon, Load(daemon) as load:
        connection = long_profile(daemon)
        load.end.set()
        daemon.terminate()
        answer = connection.answer()
        profile = decoded(report, answer, "a profile that a drain ends")
        report.check(profile.duration_ns < 60e9, "is shorter", profile.duration_ns)
        connection.close()
        daemon.process.wait(h.PATIENCE)
        report.equal([event["ended"] for event in daemon.events("profile_taken")][-1], "draining", "and the log says why")
        daemon.stop(report, "drain")
    with h.Daemon("--drain-delay", "30") as daemon:
        daemon.terminate()
        wait(lambda: daemon.get("/readyz").status == 503)
        answer = get(daemon, PROFILE)
        report.check(answer.status == 503 and answer.code() == "draining", "none begins while draining", answer)
        daemon.kill()


# ---- Heap ------------------------------------------------------------------------------------------------------------

def heap_test(report):
    with h.Daemon() as daemon:
        answer = get(daemon, "/debug/pprof/heap")
        report.check(answer.status == 501 and answer.code() == "not_available" and "--heap-profile on" in answer.json()["detail"],
                     "without the option the answer says how", answer)
        jemalloc = memory(daemon)["machine"]["jemalloc"]["available"]
        daemon.stop(report, "heap off")
    if not jemalloc:
        print("this build has no jemalloc, which makes the heap profiles")
        return
    with h.Daemon("--heap-profile", "on", "--workers", "1") as daemon:
        answer = get(daemon, "/debug/pprof/heap")
        report.check(answer.status == 200 and 'filename="kzgd-heap-' in answer.headers["content-disposition"], "a heap profile", answer)
        profile = pprof.Profile(answer.body)
        names = {name for stack, _, _ in profile.samples for name in stack if name}
        report.check(("inuse_space", "bytes") in profile.types, "has the bytes in use", profile.types)
        space = profile.total(profile.types.index(("inuse_space", "bytes")))
        report.check(1 << 20 < space < 1 << 31, "which are those of what the daemon made at its start", space)
        report.check("main" in names and any("memory_" in name for name in names), "with functions", sorted(names)[:40])
        daemon.stop(report, "heap on")


# ---- Kept by itself --------------------------------------------------------------------------------------------------

def listing(daemon):
    return get(daemon, CAPTURES, accept=h.JSON).json()["captures"]


def plant(folder, name, content=b"x"):
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, name), "wb") as file:
        file.write(content)


def tricks(report, daemon, state):
    """No name leads anywhere but to what the list has."""
    folder = os.path.join(state, "captures")
    plant(state, "20261127T054610.123Z-objective.json", b"outside")
    plant(folder, "secret")
    os.symlink("/etc/passwd", os.path.join(folder, "20261127T054610.123Z-watchdog.json"))
    names = ["secret", "../20261127T054610.123Z-objective.json", "..%2f20261127T054610.123Z-objective.json", ".", "..", "%2e%2e", "",
             "/etc/passwd", "//etc/passwd", "20261127T054610.123Z-watchdog.json", "x" * 400, "20261127T054610.123Z-objective.json%00"]
    for name in names:
        answer = get(daemon, f"{CAPTURES}/{name}")
        report.check(answer.status == 404 and b"outside" not in answer.body and b"root:" not in answer.body, f"{name[:60]!r} is not there", answer)
    report.check(not {"secret", "20261127T054610.123Z-watchdog.json"} & {entry["name"] for entry in listing(daemon)},
                 "what is no capture is not listed")


def objective_test(report):
    with tempfile.TemporaryDirectory(prefix="kzgd-state-") as state:
        folder = os.path.join(state, "captures")
        for minute in range(10, 22):
            for ending in ("cpu.pb.gz", "json"):
                plant(folder, f"20251127T05{minute}00.000Z-objective.{ending}")
        plant(folder, "20251127T050000.000Z-watchdog.json", b'{"reason":"long ago"}')
        with h.Daemon("--workers", "2", "--objective", "0.001", "--state-dir", state) as daemon:
            with Load(daemon, LONG_WORK) as load:
                event = wait(lambda: [event for event in daemon.events("profile_captured") if event["trigger"] == "objective"])
                report.check(event and "over its objective of 1.000 ms" in event[0]["reason"], "a p99 over its objective is kept",
                             daemon.log()[-500:])
                load.end.set()
            captures = [entry for entry in listing(daemon) if entry["trigger"] == "objective"]
            report.equal(len({STAMP.match(entry["name"]).group() for entry in captures}), 8, "the ring has eight of a trigger")
            report.check(not any("T0510" in entry["name"] or "T0514" in entry["name"] for entry in captures), "the oldest went")
            profile, told = (next(entry for entry in captures if entry["kind"] == kind) for kind in ("cpu", "report"))
            report.check(captures.index(profile) < 2 and captures.index(told) < 2, "the newest is first", captures[:2])
            report.check(all(entry["bytes"] == os.path.getsize(os.path.join(folder, entry["name"])) and entry["why"] == event[0]["reason"]
                             and re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", entry["time"]) for entry in (profile, told)),
                         "with size, time and reason", (profile, told))
            watchdog = [entry for entry in listing(daemon) if entry["trigger"] == "watchdog"]
            report.equal([entry["why"] for entry in watchdog], ["long ago"], "other triggers' are left alone")
            text = get(daemon, CAPTURES)
            report.check(text.headers["content-type"].startswith("text/plain") and profile["name"] in text.body.decode()
                         and event[0]["reason"] in text.body.decode(), "the list as text", text)
            answer = get(daemon, f"{CAPTURES}/{profile['name']}")
            taken = decoded(report, answer, "the profile")
            report.check({operation for operation, _, _ in labels_of(taken)} >= set(LONG_WORK), "has the operations", labels_of(taken))
            answer = get(daemon, f"{CAPTURES}/{told['name']}")
            document = answer.json()
            mix = document["last_minute"]
            report.check(answer.headers["content-type"] == h.JSON and document["trigger"] == "objective" and document["cpu"] == profile["name"]
                         and document["samples"] == taken.total(0), "the report beside it", document)
            report.check(set(mix) == set(LONG_WORK) and all(entry["count"] > 0 and entry["objective_ms"] == 1 for entry in mix.values())
                         and max(entry["p99_ms"] for entry in mix.values()) > 1, "has what was done", mix)
            report.check(document["figures"]["workers"] == 2 and 0 <= document["figures"]["in_flight"] <= 2, "and the figures",
                         document["figures"])
            report.equal(daemon.metric("kzg_profiles_captured_total", trigger="objective"), 1, "it is counted")
            report.equal({daemon.metric("kzg_objective_seconds", operation=name) for name in h.ARGUMENTS}, {0.001}, "the objective is exported")
            shown = get(daemon, "/debug/profile?window=all", accept=h.JSON).json()
            report.equal(set(shown["objective_seconds"].values()), {0.001}, "and beside the p99, as JSON")
            report.check("  OVER" in get(daemon, "/debug/profile?window=all").body.decode(), "and as text")
            tricks(report, daemon, state)
            daemon.stop(report, "objective")


def quiet_test(report):
    with h.Daemon() as daemon:
        answer = get(daemon, CAPTURES)
        report.check(answer.status == 501 and answer.code() == "not_available" and "--state-dir" in answer.json()["detail"],
                     "without a folder the answer says how", answer)
        workers = get(daemon, "/debug/workers", accept=h.JSON).json()
        cost = {entry["operation"]: entry for entry in workers["operations"]}
        wait(lambda: daemon.metric("kzg_objective_seconds", operation="compute_cells"))
        for operation, items in (("compute_cells_and_kzg_proofs", 1), ("verify_blob_kzg_proof_batch", 6), ("verify_cell_kzg_proof_batch", 128)):
            wanted = max(0.01, 4 * (cost[operation]["base_ms"] + items * cost[operation]["item_ms"]) / 1000)
            got = daemon.metric("kzg_objective_seconds", operation=operation)
            report.check(abs(got - wanted) < 1e-6, f"the objective of {operation} follows from its cost", (got, wanted))
        daemon.stop(report, "nothing kept")


def pressure_test(report):
    """Pressure as a control group of our own making says it is: the thresholds, and one after the other."""
    machine = Machine(1 << 30, 100 << 20)

    def seen(daemon, resource, percent):
        return daemon.wait_metric(lambda value: abs(value - percent / 100) < 1e-9, "kzg_pressure_ratio", resource=resource, kind="some")

    def captured(daemon):
        return [event["trigger"] for event in daemon.events("profile_captured")]

    machine.press("cpu", 59.99)
    machine.press("memory", 9.99)
    with tempfile.TemporaryDirectory(prefix="kzgd-state-") as state, h.Daemon("--state-dir", state, *machine.options()) as daemon:
        report.check(seen(daemon, "cpu", 59.99) and seen(daemon, "memory", 9.99), "pressure below the thresholds is seen", daemon.log()[-500:])
        machine.press("cpu", 60)
        report.equal(wait(lambda: captured(daemon)), ["cpu_pressure"], "60 % of waiting for a CPU is kept, and 59.99 % was not")
        machine.press("memory", 10)
        wait(lambda: len(captured(daemon)) == 2)
        report.equal(captured(daemon), ["cpu_pressure", "memory_pressure"], "10 % of waiting for memory is kept, and 9.99 % was not")
        why = {entry["trigger"]: entry["why"] for entry in listing(daemon)}
        report.check("waited for a CPU in 60.0 %" in why["cpu_pressure"] and "waited for memory in 10.0 %" in why["memory_pressure"], "and said", why)
        daemon.stop(report, "pressure")


# ---- What others make of it ------------------------------------------------------------------------------------------

def go_test(report):
    """go tool pprof fetches a profile from the daemon itself, and shows functions and labels."""
    folder = tempfile.mkdtemp(prefix="kzgd-go-")
    with h.Daemon("--workers", "2") as daemon, Load(daemon) as load:
        url = f"http://{daemon.admin}{PROFILE}?seconds=2"
        top = pprof.go_pprof(folder, "-top", "-nodecount=200", url)
        report.check("Type: cpu" in top and any(name in top for name in FUNCTIONS), "go tool pprof reads it from the daemon", top[:1500])
        path = os.path.join(folder, "profile.pb.gz")
        with open(path, "wb") as file:
            file.write(get(daemon, PROFILE + "?seconds=2").body)
        tags = pprof.go_pprof(folder, "-tags", path)
        report.check("operation: " in tags and "compute_cells" in tags and "worker-0" in tags, "and its labels", tags)
        load.end.set()
        daemon.stop(report, "go")
    shutil.rmtree(folder)


def probes_test(report):
    """The notes section says where the probes are and what they carry; or there are none."""
    notes = subprocess.run(["readelf", "-n", h.program()], capture_output=True, text=True, check=False).stdout
    found = {name: len(arguments.split()) for name, arguments in
             re.findall(r"Provider: kzgd\s+Name: (\w+)\s+Location: \S+ .*\s+Arguments: (.*)", notes)}  # fmt: skip
    wanted = {"operation_start": 4, "operation_end": 5} if os.environ.get("KZGD_PROBES") == "1" else {}
    report.equal(found, wanted, "probes and their arguments")


def main():
    alone = {"go": go_test, "probes": probes_test}
    if "go" in sys.argv[2:] and shutil.which("go") is None:
        print("!! SKIPPED: there is no go: `go tool pprof` was NOT shown a profile of kzgd (scripts/deps profile)")
        sys.exit(77)
    if any(name in sys.argv[2:] for name in alone):
        h.main({name: test for name, test in alone.items() if name in sys.argv[2:]})
    h.main({"forms": forms_test, "bounds": bounds_test, "one": one_test, "drain": drain_test, "heap": heap_test,
            "objective": objective_test, "quiet": quiet_test, "pressure": pressure_test})  # fmt: skip


if __name__ == "__main__":
    main()
