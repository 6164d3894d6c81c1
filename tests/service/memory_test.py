"""What the daemon says of its memory: by purpose, at idle, reserved for requests, on the hot path; and what it keeps of
its highest moments."""

import json
import os
import re
import subprocess
import tempfile
import time

import harness as h

FAKE_USAGE = 100 << 20


def memory(daemon):
    return h.ask(daemon.admin, h.request_bytes("GET", "/debug/memory", [("Accept", h.JSON)])).json()


def wait(wanted):
    end = time.monotonic() + h.PATIENCE
    while time.monotonic() < end:
        found = wanted()
        if found:
            return found
        time.sleep(0.05)
    return wanted()


class Machine:
    """The real /proc, but a control group (v2) of our own making, in which nothing waits for a CPU or for memory."""

    def __init__(self, limit, usage):
        self.folder = tempfile.TemporaryDirectory(prefix="kzgd-machine-")
        self.proc = os.path.join(self.folder.name, "proc")
        self.cgroup = os.path.join(self.folder.name, "cgroup")
        self.group = os.path.join(self.cgroup, "kzgd")
        os.makedirs(os.path.join(self.proc, "self"))
        os.makedirs(self.group)
        for name in ("stat", "meminfo", "loadavg", "pressure", "self/status", "self/stat", "self/limits", "self/task",
                     "self/maps"):
            os.symlink("/proc/" + name, os.path.join(self.proc, name))
        with open(os.path.join(self.proc, "self", "cgroup"), "w", encoding="ascii") as file:
            file.write("0::/kzgd\n")
        with open(os.path.join(self.cgroup, "cgroup.controllers"), "w", encoding="ascii") as file:
            file.write("memory\n")
        self.write("memory.stat", "anon 1\nfile 0\ninactive_file 0\n")
        self.write("memory.events", "low 0\nhigh 0\nmax 3\noom 0\noom_kill 0\n")
        self.write("memory.max", limit)
        for resource in ("cpu", "memory"):
            self.press(resource, 0)
        self.use(usage)

    def write(self, name, value):
        path = os.path.join(self.group, name)
        with open(path + ".part", "w", encoding="ascii") as file:
            file.write(f"{value}\n")
        os.rename(path + ".part", path)

    def use(self, usage):
        self.write("memory.current", usage)

    def press(self, resource, percent):
        self.write(f"{resource}.pressure", f"some avg10={percent:.2f} avg60=0.00 avg300=0.00 total=1\n"
                   "full avg10=0.00 avg60=0.00 avg300=0.00 total=0")  # fmt: skip

    def options(self):
        return ["--proc-root", self.proc, "--cgroup-root", self.cgroup]


def hot_path_test(report):
    """Every operation in both forms, right and wrong, and workers allocate nothing."""
    with h.Daemon("--workers", "2", "--slow-request", "0.001") as daemon:
        count = 0
        for name, operation, arguments, output in h.known_answers():
            for media, body in ((h.BINARY, h.ssz(operation, arguments)), (h.JSON, h.json_body(arguments))):
                answer = daemon.post(operation, body, media)
                right = h.raw_output(output) if media == h.BINARY else {"output": output}
                got = answer.body if media == h.BINARY else answer.json()
                report.check(answer.status == 200 and got == right, f"{operation}, {name}, {media}", answer)
                count += 1
        wrong = daemon.post("blob_to_kzg_commitment", b"\xff" * h.BLOB)
        report.equal(wrong.status, 400, "an operation that fails")
        page = memory(daemon)
        report.equal(page["operations_done"], count + 1, "all of them are counted")
        report.equal(page["hot_path_allocated_bytes"], 0, "and none has allocated")
        report.check(wait(lambda: memory(daemon)["residual_bytes"] == 0), "at idle nothing is left over", memory(daemon))
        report.equal(daemon.events("memory_residual"), [], "nothing is reported")
        daemon.stop(report, "hot path")


def page_test(report):
    with h.Daemon("--workers", "2", "--request-memory", "8") as daemon:
        wait(lambda: memory(daemon)["residual_bytes"] == 0)
        page = memory(daemon)
        tags = page["tags"]["tags"]
        report.equal(sorted(tags), sorted(["setup", "tables", "scratch", "request", "queue", "http", "log", "profiler",
                                           "other"]), "the purposes")
        report.check(all(tags[name]["live_bytes"] > 0 for name in tags if name != "log"), "hold what they should", tags)
        report.equal(tags["request"]["live_bytes"], 8 << 20, "the request memory is what was asked for")
        report.equal(page["reserved"]["pool_bytes"], 8 << 20, "and free")
        report.equal(page["reserved"]["used_bytes"], 0, "and idle")
        real = page["machine"]["jemalloc"]["allocated_bytes"]  # null without it
        mapped = ("request", "scratch", "tables")  # these are not the allocator's
        heap = sum(tag["live_bytes"] for name, tag in tags.items() if name not in mapped)
        if real is not None:
            report.equal(page["outside_bytes"], real - heap, "what is outside the tags is the rest of the heap")
        resident = daemon.rss()
        report.check(abs(page["machine"]["process"]["rss_bytes"] - resident) < 32 << 20, "resident memory is the kernel's",
                     (page["machine"]["process"], resident))
        text = daemon.get("/debug/memory").body.decode()
        report.check(all(word in text for word in ("level     ok", "tables", "outside the tags", "suspects  none",
                                                   "compute_cells_and_kzg_proofs")), "the same for people", text[:600])
        exported = daemon.metrics()
        value = lambda name, **labels: exported.get((f"kzg_{name}", tuple(sorted(labels.items()))))
        report.equal([value("memory_usage_bytes", tag=tag) for tag in ("setup", "tables", "scratch", "request")],
                     [tags[tag]["live_bytes"] for tag in ("setup", "tables", "scratch", "request")], "the metrics agree")
        report.equal((value("memory_reservable_bytes"), value("memory_reserved_bytes"), value("memory_residual_bytes"),
                      value("memory_level")), (8 << 20, 0, 0, 0), "on what is reserved, left over, and the level")
        report.check((value("jemalloc_bytes", kind="resident") is None) == (not page["machine"]["jemalloc"]["available"]),
                     "on jemalloc")
        report.equal(value("memory_leak_suspected", tag="other"), None, "what is not judged yet is not exported")
        with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "docs", "api.md"),
                  encoding="utf-8") as file:
            rows = dict(re.findall(r"^\| `(\w+)` \| [\d,]+ \| ([\d,]+) \| [\d,]+ \|$", file.read(), re.M))
        told = {name: row["request_bytes"] for name, row in page["operations"].items()}
        report.equal({name: int(row.replace(",", "")) for name, row in rows.items()}, told,
                     "docs/api.md has each operation's reservation")
        daemon.stop(report, "page")


def refusal_test(report):
    with h.Daemon("--request-memory", "1", "--body-rate", "0") as daemon:
        head = h.request_bytes("POST", "/kzg/v1/compute_cells", [("Content-Type", h.BINARY), ("Accept", h.JSON),
                                                                 ("Content-Length", h.BLOB)])
        with h.Connection(daemon.api) as waiting:
            waiting.send(head)
            report.check(wait(lambda: memory(daemon)["reserved"]["used_bytes"] > 0), "a body's memory is reserved before it comes")
            used = memory(daemon)["reserved"]["used_bytes"]
            report.check(memory(daemon)["operations"]["compute_cells"]["in_progress"] == 1, "the request is seen")
            with h.Connection(daemon.api) as connection:
                connection.send(head + bytes(h.BLOB))
                answer = connection.answer()
            detail = answer.json()["detail"]
            numbers = [int(n) for n in re.findall(r"\d+", detail)]
            report.check(answer.status == 503 and answer.code() == "out_of_memory" and "retry-after" in answer.headers,
                         "the next is refused", answer)
            report.equal(numbers, [used, (1 << 20) - used, 1 << 20, (1 << 20) - used], f"with the numbers: {detail}")
            waiting.send(bytes(h.BLOB))
            report.equal(waiting.answer().status, 200, "the first is answered")
        report.check(wait(lambda: memory(daemon)["reserved"]["used_bytes"] == 0), "and its memory is free again")
        report.equal(memory(daemon)["reserved"]["peak_bytes"], used, "what was reserved at most is known")
        daemon.stop(report, "refusal")


def options_test(report):
    cases = [(["--memory-warn", "120%"], 2, "--memory-warn"), (["--memory-critical", "5 apples"], 2, "MiB"),
             (["--memory-limit", "-1"], 2, "--memory-limit"), (["--heap-profile", "maybe"], 2, "on nor off"),
             (["--memory-warn", "50%", "--memory-critical", "40%"], 1, "--memory-warn"),
             (["--memory-limit", "100MiB", "--request-memory", "200"], 1, "do not fit")]
    for options, status, words in cases:
        run = subprocess.run([h.program(), "--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0", *options],
                             capture_output=True, timeout=h.PATIENCE, check=False)
        report.check(run.returncode == status and words in run.stderr.decode(), f"{' '.join(options)} is refused",
                     (run.returncode, run.stderr))
    with h.Daemon("--memory-warn", "70.5%", "--memory-critical", "1GiB", "--memory-limit", "1GiB") as daemon:
        state = memory(daemon)["state"]
        report.equal((state["warn_bytes"], state["critical_bytes"], state["limit_bytes"], state["limit_source"]),
                     (int((1 << 30) * 0.705), 1 << 30, 1 << 30, "option"), "shares and bytes")
        config = daemon.get("/debug/config").body.decode()
        report.check("70.5%" in config and "1GiB" in config, "are spelled as they were given", config)
        daemon.stop(report, "options")


def captures(folder):
    path = os.path.join(folder, "captures")
    return sorted(name for name in os.listdir(path) if not name.endswith(".part"))


def capture_test(report):
    """A higher value, and a higher level, leave a profile behind, which a kill does not take along."""
    machine = Machine(1 << 30, FAKE_USAGE)
    with tempfile.TemporaryDirectory(prefix="kzgd-state-") as state, \
            h.Daemon("--state-dir", state, *machine.options()) as plain:
        wait(lambda: memory(plain)["state"]["value_bytes"] == FAKE_USAGE)
        jemalloc = memory(plain)["machine"]["jemalloc"]["available"]
        report.equal(captures(state), [], "nothing is kept of an ordinary moment")
        plain.stop(report, "plain")
        options = ["--heap-profile", "on"] if jemalloc else []
        with h.Daemon("--state-dir", state, *options, *machine.options()) as daemon:
            wait(lambda: memory(daemon)["residual_bytes"] == 0)
            machine.use(FAKE_USAGE * 105 // 100)
            wait(lambda: memory(daemon)["state"]["value_bytes"] == FAKE_USAGE * 105 // 100)
            report.equal(captures(state), [], "nor of one that is 5 % higher")
            daemon.post("blob_to_kzg_commitment", bytes(h.BLOB))
            machine.use(FAKE_USAGE * 12 // 10)
            report.check(bool(wait(lambda: daemon.events("profile_captured"))), "20 % higher is kept", daemon.log()[-800:])
            machine.use(850 << 20)
            report.check(bool(wait(lambda: len(daemon.events("profile_captured")) == 2)), "and so is a warning",
                         daemon.log()[-800:])
            daemon.kill()
        names = captures(state)
        report.equal([re.sub(r"^\d{8}T\d{6}\.\d{3}Z-", "", name) for name in names],
                     ["memory_high.heap", "memory_high.json", "memory_pressure.heap", "memory_pressure.json"]
                     if jemalloc else ["memory_high.json", "memory_pressure.json"], "they are there after the kill")
        kept = os.path.join(state, "captures")
        with open(os.path.join(kept, [name for name in names if name.endswith("high.json")][0]), encoding="utf-8") as file:
            told = json.load(file)
        report.check(told["trigger"] == "memory_high" and told["last_minute"].get("blob_to_kzg_commitment") == 1
                     and told["memory"]["state"]["value_bytes"] == FAKE_USAGE * 12 // 10,
                     "with what was done and how much was in use", told.get("last_minute"))
        if jemalloc:
            with open(os.path.join(kept, told["heap"]), encoding="utf-8") as file:
                heap = file.read()
            report.check(heap.startswith("heap_v2/") and "MAPPED_LIBRARIES" in heap, "and a heap profile", heap[:100])
    with h.Daemon("--state-dir", "/dev/null/no") as daemon:
        report.check(len(daemon.events("captures_off")) == 1 and daemon.get("/readyz").status == 200,
                     "a state folder that cannot be is said, and served without", daemon.log()[-500:])
        daemon.stop(report, "no state folder")


if __name__ == "__main__":
    h.main({"hot_path": hot_path_test, "page": page_test, "refusal": refusal_test, "options": options_test,
            "capture": capture_test})
