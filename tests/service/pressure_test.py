"""Too little memory: what is shed, in which order, that all comes back, and that the daemon lives. First with a control
group that the test writes, then with real load against a limit of its own, then in a real, small control group."""

import os
import resource
import subprocess
import time

import harness as h
from memory_test import Machine, memory, wait

MIB = 1 << 20
LIMIT = 1 << 30
ZEROS = {"commitment": h.INFINITY, "z": bytes(32), "y": bytes(32), "proof": h.INFINITY}
BLOB = h.constant_blob(2)
CELL = h.scalar(2) * 64

CLIENTS = 96
ROUNDS = 2
SLACK = 3 * MIB  # of stacks, connections, allocator: what is not reserved


# ---- A control group that is not there -----------------------------------------------------------------------------

def level(daemon, machine, usage, name):
    """Lets the group use so much and waits until the daemon has seen it and sheds, or not, by it."""
    machine.use(usage)
    seen = wait(lambda: (lambda state: state["value_bytes"] == usage and (state["cost_bound_us"] is not None)
                         == (state["level"] == "critical") and state)(memory(daemon)["state"]))
    return bool(seen) and seen["level"] == name


def statuses(daemon):
    """What is answered to a dear, a middling, a cheap and the cheapest operation."""
    return [daemon.post(operation, body).status for operation, body in (
        ("compute_cells_and_kzg_proofs", BLOB),
        ("verify_blob_kzg_proof_batch", h.ssz("verify_blob_kzg_proof_batch", {
            "blobs": [BLOB] * 8, "commitments": [h.G2X] * 8, "proofs": [h.INFINITY] * 8})),
        ("verify_kzg_proof", h.ssz("verify_kzg_proof", ZEROS)))]


def order_test(report):
    machine = Machine(LIMIT, LIMIT // 2)
    with h.Daemon(*machine.options(), "--workers", "2") as daemon:
        report.check(level(daemon, machine, LIMIT // 2, "ok"), "half of the limit", memory(daemon)["state"])
        report.equal(statuses(daemon), [200, 200, 200], "everything is taken")
        report.check(level(daemon, machine, LIMIT * 85 // 100, "warn"), "85 % is a warning", memory(daemon)["state"])
        report.equal(statuses(daemon), [200, 200, 200], "and everything is taken")
        report.check(level(daemon, machine, LIMIT * 905 // 1000, "critical"), "90.5 % is critical")
        report.equal(statuses(daemon), [503, 200, 200], "the dearest goes first")
        answer = daemon.post("compute_cells_and_kzg_proofs", BLOB)
        detail = answer.json()["detail"]
        report.check(answer.code() == "memory_pressure" and int(answer.headers["retry-after"]) >= 5, "with a status of its own",
                     answer)
        report.check("926.7 MiB of 1.0 GiB are in use, critical from 921.6 MiB" in detail and "ms of work" in detail,
                     "and the numbers", detail)
        report.check(level(daemon, machine, LIMIT * 99 // 100, "critical"), "99 % is")
        report.equal(statuses(daemon), [503, 503, 200], "then what is cheaper")
        report.check(level(daemon, machine, LIMIT, "critical"), "all of it is")
        report.equal(statuses(daemon), [503, 503, 200], "a single proof's verification goes on")
        figures = [daemon.metric(name, **labels) for name, labels in (
            ("kzg_memory_level", {}), ("kzg_memory_working_set_bytes", {}), ("kzg_memory_limit_bytes", {}),
            ("kzg_memory_threshold_bytes", {"level": "critical"}), ("kzg_cgroup_memory_events_total", {"event": "max"}))]
        report.equal(figures, [2, LIMIT, LIMIT, LIMIT * 9 // 10, 3], "the metrics say so")
        report.check(daemon.metric("kzg_requests_shed_total", reason="memory_pressure") >= 5, "and what was shed")
        page = memory(daemon)
        report.check(page["reserved"]["given_back_bytes"] >= page["reserved"]["pool_bytes"] * 3 // 4,
                     "idle request memory is given back", page["reserved"])
        report.check(page["state"]["refused"] >= 5, "refusals are counted", page["state"])
        report.check(level(daemon, machine, LIMIT * 89 // 100, "critical"), "a little below the threshold it still is")
        report.check(level(daemon, machine, LIMIT // 2, "ok"), "half of the limit again")
        report.equal(statuses(daemon), [200, 200, 200], "everything is taken again")
        page = memory(daemon)
        report.check(page["reserved"]["allowed_bytes"] == page["reserved"]["pool_bytes"], "all request memory may be used",
                     page["reserved"])
        daemon.wait_event("memory_ok")
        changes = {level: [event["from"] for event in daemon.events(f"memory_{level}")] for level in ("ok", "warn", "critical")}
        report.equal(changes, {"ok": ["critical"], "warn": ["ok"], "critical": ["warn"]}, "one line for each change of level")
        daemon.stop(report, "order")


# ---- Real load -----------------------------------------------------------------------------------------------------

DEAR = [
    h.post_bytes("compute_cells_and_kzg_proofs", BLOB, headers=[("Accept", h.JSON)]),
    h.post_bytes("compute_cells", BLOB, headers=[("Accept", h.JSON)]),
    h.post_bytes("verify_blob_kzg_proof_batch", h.ssz("verify_blob_kzg_proof_batch", {
        "blobs": [BLOB] * 7, "commitments": [h.G2X] * 7, "proofs": [h.INFINITY] * 7}), headers=[("Accept", h.JSON)])]
CELLS = h.json_value([CELL] * 128)
RIGHT = [[CELLS, h.json_value([h.INFINITY] * 128)], CELLS, True]
SHED = {"out_of_memory", "memory_pressure", "queue_full", "too_many_requests", "deadline_unreachable"}


class Load:
    """Far more clients at once than the request memory holds; every answer is looked at."""

    def __init__(self, daemon):
        self.daemon, self.right, self.shed, self.wrong = daemon, 0, {}, []
        h.in_threads([lambda i=i: self.client(i) for i in range(CLIENTS)])

    def client(self, i):
        for turn in range(ROUNDS):
            kind = (i + turn) % len(DEAR)
            try:
                answer = h.ask(self.daemon.api, DEAR[kind])
            except (h.Closed, OSError) as error:
                self.wrong.append(repr(error))
                continue
            if answer.status == 200 and answer.json()["output"] == RIGHT[kind]:
                self.right += 1
            elif answer.status in (429, 503) and answer.code() in SHED and "retry-after" in answer.headers:
                self.shed[answer.code()] = self.shed.get(answer.code(), 0) + 1
            else:
                self.wrong.append(answer)


def under_load(report, daemon, name):
    load = Load(daemon)
    report.check(daemon.process.poll() is None, f"{name}: kzgd is alive after {CLIENTS * ROUNDS} requests", daemon.log()[-800:])
    report.check(load.right > 0, f"{name}: what it accepts ({load.right}) is answered rightly")
    report.check(bool(load.shed), f"{name}: the rest is shed: {load.shed}")
    report.equal(load.wrong[:3], [], f"{name}: and nothing else happens")
    back = wait(lambda: h.ask(daemon.api, DEAR[0]).status == 200)
    report.check(back, f"{name}: afterwards the dearest operation is taken again", memory(daemon)["state"])
    report.check(wait(lambda: memory(daemon)["residual_bytes"] == 0), f"{name}: and nothing is left over", memory(daemon))


def idle_figures():
    """(resident bytes, address space, has jemalloc) of a kzgd that is ready and idle."""
    with h.Daemon("--workers", "2") as daemon:
        wait(lambda: memory(daemon)["residual_bytes"] == 0)
        machine = memory(daemon)["machine"]
        daemon.kill()
    return machine["process"]["rss_bytes"], machine["process"]["virtual_bytes"], machine["jemalloc"]["available"]


def thresholds(idle):
    """Critical well below what it holds at idle, so that it has to give back before it begins, and a limit above."""
    return ["--workers", "2", "--memory-warn", str(idle - 20 * MIB), "--memory-critical", str(idle - 16 * MIB)]


def limit_test(report):
    """--memory-limit, and the kernel's limit on address space above it, which nothing may ever meet. A sanitizer's allocator
    has an address space of its own, and keeps what it is given back: under it the load alone is tried."""
    idle, space, jemalloc = idle_figures()
    if not jemalloc:
        with h.Daemon("--workers", "2", "--memory-limit", str(8 * idle)) as daemon:
            under_load(report, daemon, "limit")
            daemon.stop(report, "limit")
        return
    limit = idle + SLACK
    roof = space + 64 * MIB

    def lower():
        resource.setrlimit(resource.RLIMIT_AS, (roof, roof))

    with h.Daemon(*thresholds(idle), "--memory-limit", str(limit), preexec_fn=lower) as daemon:
        report.check(wait(lambda: memory(daemon)["reserved"]["given_back_bytes"] > 0), "limit: it gives back what is idle")
        under_load(report, daemon, "limit")
        peak = memory(daemon)["machine"]["process"]["rss_peak_bytes"]
        report.check(peak <= limit, f"limit: the most that it ever held, {peak}, is below the limit, {limit}")
        report.equal(memory(daemon)["state"]["limit_source"], "option", "limit: is the one that was given")
        daemon.stop(report, "limit")


# ---- A real control group ------------------------------------------------------------------------------------------

class Group:
    """A memory control group (v1, or v2 where its controller is there) below the one that this process is in."""

    def __init__(self):
        self.path = None
        for line in open("/proc/self/cgroup", encoding="ascii"):
            _, controllers, group = line.strip().split(":", 2)
            if controllers == "memory":
                self.take(f"/sys/fs/cgroup/memory{group.rstrip('/')}", "memory.limit_in_bytes")
            elif controllers == "" and self.path is None:
                self.take(f"/sys/fs/cgroup{group.rstrip('/')}", "memory.max")

    def take(self, parent, limit):
        path = f"{parent}/kzgd-test-{os.getpid()}"
        try:
            os.mkdir(path)
        except OSError:
            return
        if os.access(f"{path}/{limit}", os.W_OK):
            self.path, self.limit_file = path, f"{path}/{limit}"
        else:
            os.rmdir(path)

    def enter(self):
        with open(f"{self.path}/cgroup.procs", "w", encoding="ascii") as file:
            file.write(str(os.getpid()))

    def limit(self, size):
        with open(self.limit_file, "w", encoding="ascii") as file:
            file.write(str(size))

    def kills(self):
        for name in ("memory.oom_control", "memory.events"):
            if os.path.exists(f"{self.path}/{name}"):
                with open(f"{self.path}/{name}", encoding="ascii") as file:
                    return int(dict(line.split() for line in file)["oom_kill"])
        return None

    def remove(self):
        wait(lambda: subprocess.run(["rmdir", self.path], check=False, stderr=subprocess.DEVNULL).returncode == 0)


def cgroup_test(report):
    idle, _, jemalloc = idle_figures()
    group = Group()
    if group.path is None or not jemalloc:
        print("!! SKIPPED cgroup: no memory control group can be made here" if jemalloc
              else "!! SKIPPED cgroup: a sanitizer's allocator keeps what it is given back", flush=True)
        return
    try:
        group.limit(idle + SLACK)
        with h.Daemon(*thresholds(idle), preexec_fn=group.enter) as daemon:
            state = memory(daemon)["state"]
            report.equal((state["limit_source"], state["limit_bytes"]), ("cgroup", (idle + SLACK) // 4096 * 4096),
                         "cgroup: the limit is the group's")
            under_load(report, daemon, "cgroup")
            report.equal(group.kills(), 0, "cgroup: nothing was killed")
            daemon.stop(report, "cgroup")
        with h.Daemon("--request-memory", str(idle // MIB), wait=False, preexec_fn=group.enter) as daemon:
            report.equal(daemon.wait(), 1, "cgroup: request memory that cannot fit is refused at once")
            report.check("do not fit" in daemon.log(), "cgroup: in words", daemon.log())
    finally:
        group.remove()


if __name__ == "__main__":
    h.main({"order": order_test, "limit": limit_test, "cgroup": cgroup_test})
