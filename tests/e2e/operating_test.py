"""What docs/operating walks through, on a real kzgd with kzg and curl: each line of those pages that begins with `$` is run
here as it stands, in the page's order, and its output must say what EXPECTED has. Then faults of what is around the daemon.

  operating_test.py /path/to/kzgd /path/to/kzg [/path/to/kzgd_leaking] [part...]

Parts: memory cpu latency errors endings (the pages), state_full blind clock scrapes (the faults; those that
tests/service has are not repeated: a log on a full disk and one that nobody reads in log_test.py, a state folder that cannot be
made in recorder_test.py, health without /proc in health_test.py, strictly read pages under load in metrics_test.py)."""

import os
import re
import resource
import shlex
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.join(HERE, "..", "..")
sys.path.insert(0, os.path.join(HERE, "..", "service"))
import harness as h  # noqa: E402
import pressure_test  # noqa: E402

PAGES = os.path.join(ROOT, "docs", "operating")
PATIENCE = h.PATIENCE  # seconds for one line of a page; nothing is measured against it
TERMINAL = re.compile(r"&( echo \$! > (\S+))?$")

# Page -> line -> what its output must have, as patterns. () where only the exit status counts.
EXPECTED = {
    "memory": {
        "kzgd_leaking --workers 2 --heap-profile on --log-file log &": (),
        "head -c 100000 /dev/urandom | kzg make-blob --output blob": (),
        "(cat blob; kzg commit --format raw blob) > body": (),
        "until kzg memory | grep 'residual  0 B'; do sleep 1; done": (r"residual  0 B beyond the idle baseline",),
        "curl -s -o /dev/null --data-binary @body -H 'Content-Type: application/octet-stream'"
        " 'http://127.0.0.1:4844/kzg/v1/compute_challenge?[1-1000000]' & echo $! > load": (),
        "until grep memory_leak_suspected log; do sleep 1; done":
            (r'"tag":"queue","window_s":\d+,"growth_bytes":\d+,"bytes_per_operation":[\d.]+', r'"site":"planted_leak < '),
        "kzg memory": (r"(?m)^hot path +[1-9]\d* bytes allocated by workers in \d+ operations$", r"queue grew by \+?[\d.]+ MiB in",
                       r"more held by planted_leak < ", r"(?m)^queue +[\d.]+ [KM]iB"),
        "kzg metrics | grep '^kzg_memory_leak_suspected.* 1'": (r'(?m)^kzg_memory_leak_suspected\{tag="queue"\} 1$',),
        "kzg profile heap --pprof heap.pb.gz": (),
        "kill $(cat load)": (),
        "until grep memory_residual log; do sleep 1; done": (r'"event":"memory_residual","residual_bytes":[1-9]\d*',),
        "curl -s http://127.0.0.1:7594/debug/memory | grep residual": (r"residual +\+?[\d.]+ [KM]iB beyond the idle baseline",),
        "curl -s -H 'Accept: application/json' http://127.0.0.1:7594/debug/memory > memory.json": (),
    },
    "cpu": {
        "kzgd --log-file log &": (),
        "head -c 100000 /dev/urandom | kzg make-blob --output blob": (),
        "seq 100000 | xargs -P $(($(nproc) * 4)) -I{} curl -s -o /dev/null --data-binary @blob"
        " -H 'Content-Type: application/octet-stream' http://127.0.0.1:4844/kzg/v1/compute_cells_and_kzg_proofs & echo $! > load": (),
        "until grep cpu_high log; do sleep 1; done": (r'"event":"cpu_high","figure":"(system|process)","percent":[\d.]+',),
        "until kzg metrics | grep ^kzg_cpu_drift_ratio; do sleep 1; done": (r"kzg_cpu_drift_ratio [\d.]+",),
        "kzg cpu": (r"is ABOVE the threshold of 80.0 %", r"(?m)^  ready, but not running", r"(?m)^  periods throttled",
                    r"(?m)^\d+ .*kzgd-worker-0$"),
        "curl -s http://127.0.0.1:7594/debug/workers": (r"(?m)^worker  busy %", r"compute_cells_and_kzg_proofs for [\d.]+ m?s",
                                                        r"(?m)^drift: [\d.]+ times the measured CPU time"),
        "kzg profile cpu --seconds 3 | head -4": (r"\d+ samples in \d+ functions", r"(?m)^ *[\d.]+ % +\d+ +fp8?_(mul|sqr)"),
        "kzg profile cpu --seconds 3 --svg cpu.svg && grep -c '<title>' cpu.svg": (r"(?m)^[1-9]\d*$",),
        "kzg metrics | grep -E '^kzg_(operation_cpu_seconds|cpu_drift|cpu_run_wait|cpu_throttled_p)'":
            (r'(?m)^kzg_operation_cpu_seconds_total\{operation="compute_cells_and_kzg_proofs",backend="\w+"\} [\d.]+',
             r"(?m)^kzg_cpu_drift_ratio [\d.]+"),
        "kill $(cat load)": (),
    },
    "latency": {
        "kzgd --workers 1 --slow-request 0.001 --log-file log &": (),
        "head -c 100000 /dev/urandom | kzg make-blob --output blob": (),
        "seq 30 | xargs -P 10 -I{} curl -s -o /dev/null --data-binary @blob -H 'X-Request-Id: order-{}'"
        " -H 'Content-Type: application/octet-stream' http://127.0.0.1:4844/kzg/v1/compute_cells_and_kzg_proofs &": (),
        "until grep '\"slow_request\".*\"order-9\"' log; do sleep 1; done": (r'"queue_ms":[\d.]+,"read_ms":[\d.]+,"cpu_ms":[\d.]+',),
        "kzg watch --interval 1 --count 2": (r"busiest=compute_cells_and_kzg_proofs", r"queue=\d+", r"p99_ms=[\d.]+"),
        "kzg profile --window 1m | head -8": (r"(?m)^  queue +\d+", r"(?m)^  msm +\d+"),
        "kzg slow | head -3": (r"(?m)^ +[\d.]+ m?s  compute_cells_and_kzg_proofs", r"(?m)^ +read .*queue [\d.]+ .*msm [\d.]+"),
        "kzg explain order-9": (r"request order-9", r"queue [\d.]+ "),
        "kzg metrics | grep -E '^kzg_(workers|queue_depth|queue_capacity|queue_wait_seconds_(sum|count))'":
            (r"(?m)^kzg_workers 1$", r"(?m)^kzg_queue_wait_seconds_count [1-9]"),
    },
    "errors": {
        "kzgd --workers 1 --queue-length 2 --log-file log &": (),
        "head -c 131072 /dev/zero | tr '\\0' '\\377' > bad": (),
        "curl -s -o /dev/null --data-binary @bad -H 'Content-Type: application/octet-stream' -H 'X-Request-Id: nightly-export'"
        " 'http://127.0.0.1:4844/kzg/v1/blob_to_kzg_commitment?[1-40]'": (),
        "until grep error_spike log; do sleep 1; done":
            (r'"level":"warn","event":"error_spike","status":"field_element_not_canonical"', r'"request_id":"nightly-export"'),
        "kzg errors": (r"\d spiking, 1 spikes so far", r"field_element_not_canonical at blob_to_kzg_commitment: 40 \(",
                       r"blob 0, field element 0: a field element is not below"),
        "kzg explain nightly-export": (r"field_element_not_canonical",),
        "head -c 100000 /dev/urandom | kzg make-blob --output blob": (),
        "seq 60 | xargs -P 20 -I{} curl -s -o /dev/null --data-binary @blob -H 'Content-Type: application/octet-stream'"
        " http://127.0.0.1:4844/kzg/v1/compute_cells_and_kzg_proofs": (),
        "kzg errors --json | grep -o '\"code\":\"queue_full\",\"place\":\"[^\"]*\"'": (r"queue_full",),
        "kzg metrics | grep -E '^kzg_(errors_total|error_spikes|requests_shed|operation_outcomes.*error\"} [1-9])'":
            (r'(?m)^kzg_errors_total\{code="field_element_not_canonical"\} 40$', r"(?m)^kzg_error_spikes_total [2-9]$",
             r'(?m)^kzg_requests_shed_total\{reason="queue_full"\} [1-9]',
             r'outcome="client_error"\} 40', r'outcome="server_error"\} [1-9]'),
    },
    "endings": {
        "kzgd --workers 2 --memory-critical 100% --state-dir state --log-file log & echo $! > kzgd.pid": (),
        "head -c 100000 /dev/urandom | kzg make-blob --output blob": (),
        "curl -s -o /dev/null --fail-early -Z --parallel-max 16 --data-binary @blob"
        " -H 'Content-Type: application/octet-stream' 'http://127.0.0.1:4844/kzg/v1/compute_cells_and_kzg_proofs?[1-1000000]' &": (),
        "until [ ! -d /proc/$(cat kzgd.pid) ]; do sleep 1; done": (),
        "kzgd --workers 2 --memory-critical 100% --state-dir state --log-file log &": (),
        "grep previous_end log | tail -1": (r'"level":"warn","event":"previous_end","reason":"oom_killed"',),
        "curl -s http://127.0.0.1:7594/debug/ending": 
            (r"ending: +oom_killed \((certain|likely)\)", r"was killed by the kernel for memory", r"what to do: +\w+",
             r"Killed process \d+ \(kzgd\)", r"in flight: +[12] operations", r"compute_cells_and_kzg_proofs"),
        "kzg metrics | grep '^kzg_previous_end{'": (r'(?m)^kzg_previous_end\{reason="oom_killed"\} 1$',),
        "ls state": (r"recorder",),
    },
}


# ---- Pages ---------------------------------------------------------------------------------------------------------

def lines_of(page):
    """The lines that begin with `$`, put together where they end in a backslash."""
    with open(os.path.join(PAGES, page + ".md"), encoding="utf-8") as file:
        text = re.sub(r" ?\\\n +", " ", file.read())
    return [re.sub(r"  +# .*", "", line).strip() for line in re.findall(r"(?m)^    \$ (.+)$", text)]


class Kzgd:
    """One kzgd of a page, on ports that the system picks."""

    def __init__(self, scene, line):
        words = shlex.split(TERMINAL.sub("", line))
        self.addresses = os.path.join(scene.folder, f"addresses.{len(scene.daemons)}")
        with open(os.path.join(scene.folder, "kzgd.out"), "ab") as out:
            self.process = subprocess.Popen(
                [scene.programs[words[0]], *words[1:], *scene.options, "--address-file", self.addresses, "--listen",
                 "127.0.0.1:0", "--admin-listen", "127.0.0.1:0"],
                cwd=scene.folder, env=scene.environment, stdout=out, stderr=out, preexec_fn=scene.before)
        end = time.monotonic() + PATIENCE
        while not os.path.exists(self.addresses):
            if self.process.poll() is not None or time.monotonic() > end:
                raise RuntimeError(f"{line}: not ready (status {self.process.poll()}): {scene.read('kzgd.out')[-1500:]}")
            time.sleep(0.02)
        words = dict(line.split() for line in scene.read(os.path.basename(self.addresses)).splitlines())
        self.api, self.admin = words["api"], words["admin"]


class Scene:
    """A folder in which a page's lines are run, and what they started."""

    def __init__(self, report, page, programs, options=(), before=None):
        self.report, self.page, self.programs, self.options, self.before = report, page, programs, options, before
        self.folder = tempfile.mkdtemp(prefix="kzgd-operating-")
        self.daemons, self.background = [], []
        self.environment = {name: value for name, value in os.environ.items() if not name.startswith("KZG")}
        bin_folder = os.path.join(self.folder, "bin")
        os.mkdir(bin_folder)
        for name, path in programs.items():
            os.symlink(path, os.path.join(bin_folder, name))
        self.environment["PATH"] = bin_folder + ":" + self.environment["PATH"]

    def read(self, name):
        path = os.path.join(self.folder, name)
        if not os.path.exists(path):
            return ""
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read()

    def shell(self, line):
        """bash on the line, with this scene's addresses in it."""
        if self.daemons:
            line = line.replace("127.0.0.1:4844", self.daemons[-1].api).replace("127.0.0.1:7594", self.daemons[-1].admin)
            self.environment["KZGD_ADMIN"] = self.daemons[-1].admin
        return ["bash", "-c", line]

    def start(self, line):
        """A line that ends in &: a kzgd, or load in a group of processes of its own. `& echo $! > file` keeps its number."""
        keep = TERMINAL.search(line).group(2)
        if line.split()[0] in self.programs and line.startswith("kzgd"):
            self.daemons.append(Kzgd(self, line))
            process = self.daemons[-1].process
        else:
            command = self.shell("exec setsid bash -c " + shlex.quote(TERMINAL.sub("", line)))
            process = subprocess.Popen(command, cwd=self.folder, env=self.environment, stdin=subprocess.DEVNULL,
                                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            self.background.append(process)
        if keep:
            with open(os.path.join(self.folder, keep), "w", encoding="ascii") as file:
                file.write(f"{process.pid}\n")

    def once(self, line, end):
        """bash's exit status and output; it has until then."""
        try:
            done = subprocess.run(self.shell(line), cwd=self.folder, env=self.environment, check=False, stdin=subprocess.DEVNULL,
                                  timeout=max(end - time.monotonic(), 1), stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
            return done.returncode, done.stdout.decode("utf-8", "replace")
        except subprocess.TimeoutExpired as error:
            return "none in time", (error.stdout or b"").decode("utf-8", "replace")

    def run(self, line, patterns=()):
        """One line of the page. The output is shown, so that a page can be written from it. A line of which something is
        expected changes nothing: it is run again until that is there, since what it shows is a moment's and comes in its time."""
        print(f"$ {line}", flush=True)
        if TERMINAL.search(line):
            self.start(line)
            return ""
        end = time.monotonic() + PATIENCE
        while True:
            status, text = self.once(line, end)
            missing = [pattern for pattern in patterns if not re.search(pattern, text)]
            if not patterns or (status == 0 and not missing) or time.monotonic() > end:
                break
            time.sleep(0.2)
        print(re.sub(r"(?m)^", "  ", "\n".join(text.splitlines()[:60])), flush=True)
        self.report.check(status == 0 and not missing, f"{self.page}: {line[:80]}",
                          f"status {status}, not found: {missing}, in: {text[-3000:]}, log: {self.read('log')[-1500:]}")
        return text

    def walk(self):
        """All lines of the page, each of which EXPECTED must have, and the other way round."""
        expected, lines = EXPECTED[self.page], lines_of(self.page)
        self.report.equal([line for line in lines if line not in expected], [], f"{self.page}.md: every line is known here")
        self.report.equal([line for line in expected if line not in lines], [], f"{self.page}.md: and stands there")
        for line in lines:
            self.between(line)
            self.run(line, expected.get(line, ()))
        self.served()

    def between(self, line):
        """What the page leaves to the reader before a line; see Oom."""

    def served(self):
        """After all that, the last kzgd computes rightly and ends in order."""
        answer = h.ask(self.daemons[-1].api, h.post_bytes("blob_to_kzg_commitment", h.constant_blob(2)))
        self.report.check(answer.status == 200 and answer.body == h.G2X, f"{self.page}: kzgd serves on", answer)
        self.end_load()
        self.daemons[-1].process.terminate()
        self.report.equal(self.daemons[-1].process.wait(h.PATIENCE), 0, f"{self.page}: and ends in order")

    def end_load(self):
        for process in self.background:
            try:
                os.killpg(process.pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
            process.wait()
        self.background = []

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.end_load()
        for daemon in self.daemons:
            if daemon.process.poll() is None:
                daemon.process.kill()
            daemon.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)


def page_test(page):
    def test(report, programs):
        if page == "memory" and "kzgd_leaking" not in programs:
            print("!! SKIPPED memory: this build has no kzgd_leaking (KZG_PLANT_LEAK)")
            return
        with Scene(report, page, programs) as scene:
            scene.walk()
    return test


# ---- Killed for memory -----------------------------------------------------------------------------------------------

LIMIT = 320 << 20  # of endings.md, for two workers


class Oom(Scene):
    """What endings.md shows with `#`: a group with that limit, and a neighbour in it that grows. Where no group can be made, a
    kernel's log of it, recorded elsewhere, and SIGKILL."""

    VICTIM = "1000"  # oom_score_adj: the kernel takes kzgd, however little of its memory it has touched by then

    def __init__(self, report, programs, group):
        self.group = group if group.path else None
        super().__init__(report, "endings", programs, before=self.enter if group.path else None)
        self.kernel_log = os.path.join(self.folder, "kernel.log")
        if self.group is None:
            print("!! endings: no memory control group can be made here: a recorded kernel log stands for it", flush=True)
            self.options = ("--kernel-log", self.kernel_log)
            with open(self.kernel_log, "w", encoding="ascii"):
                pass
        else:
            self.group.limit(LIMIT)

    def enter(self):
        self.group.enter()
        with open("/proc/self/oom_score_adj", "w", encoding="ascii") as file:
            file.write(self.VICTIM)

    def between(self, line):
        if not line.startswith("until [ ! -d"):
            return
        daemon = self.daemons[-1]
        self.report.check(until(lambda: re.search(rb"in flight: +[12] op", self.recorder(daemon))), "endings: the recorder has the work",
                          self.recorder(daemon))
        if self.group is None:
            self.record(daemon.process.pid)
            daemon.process.kill()
        else:
            neighbour = subprocess.Popen(["tail", "/dev/zero"], preexec_fn=self.group.enter, stdout=subprocess.DEVNULL)
            self.report.equal(neighbour.wait(h.PATIENCE), -signal.SIGKILL, "endings: the neighbour is killed too, after it")
            self.report.check(self.group.kills() >= 2, "endings: the kernel counts both", self.group.kills())
        self.report.equal(daemon.process.wait(h.PATIENCE), -signal.SIGKILL, "endings: kzgd is killed")

    @staticmethod
    def recorder(daemon):
        return h.ask(daemon.admin, h.request_bytes("GET", "/debug/recorder")).body

    def record(self, pid):
        with open("/proc/uptime", encoding="ascii") as file:
            now = float(file.read().split()[0])
        with open(self.kernel_log, "w", encoding="ascii") as file:
            file.write(f"[{now:12.6f}] Memory cgroup out of memory: Killed process {pid} (kzgd) total-vm:331300kB, "
                       "anon-rss:118784kB, file-rss:9728kB, shmem-rss:0kB, UID:0 pgtables:512kB oom_score_adj:0\n")


def endings_test(report, programs):
    group = pressure_test.Group()
    try:
        with Oom(report, programs, group) as scene:
            scene.walk()
    finally:
        if group.path:
            group.remove()


# ---- Faults around the daemon ------------------------------------------------------------------------------------------

def served(report, daemon, what):
    answer = daemon.post("blob_to_kzg_commitment", h.constant_blob(2))
    report.check(answer.status == 200 and answer.body == h.G2X, f"{what}: kzgd serves", answer)


def tool(programs, daemon, *arguments):
    done = subprocess.run([programs["kzg"], *arguments, "--admin", daemon.admin], check=False, capture_output=True,
                          timeout=PATIENCE)
    return done.returncode, done.stdout.decode("utf-8", "replace")


def until(wanted):
    end = time.monotonic() + PATIENCE
    while not wanted() and time.monotonic() < end:
        time.sleep(0.05)
    return wanted()


def state_full_test(report, programs):
    """--state-dir on a disk without room: no flight recorder, no captures, and both said."""
    with tempfile.TemporaryDirectory() as folder:
        state, wrapper = os.path.join(folder, "state"), os.path.join(folder, "kzgd")
        os.mkdir(state)
        with open(wrapper, "w", encoding="ascii") as file:
            file.write("#!/bin/sh\nexec unshare -m --propagation private sh -c 'mount -t tmpfs -o size=16k none \"$0\" || exit 77\n"
                       f'head -c 1M /dev/zero > "$0/filled" 2>/dev/null; exec "$@"\' {state} "${{REAL:-{programs["kzgd"]}}}" "$@"\n')
        os.chmod(wrapper, 0o755)
        if subprocess.run([wrapper], check=False, capture_output=True, env={**os.environ, "REAL": "true"}).returncode != 0:
            print("!! SKIPPED state_full: no file system can be mounted here", flush=True)
            return
        with other_program(wrapper), h.Daemon("--state-dir", state) as daemon:
            served(report, daemon, "state_full")
            told = daemon.wait_event("recorder_off")
            report.check(told and "No space left" in told[0]["reason"], "state_full: the log says why there is no recorder", told)
            report.check(daemon.metric("kzg_recorder_write_failures_total") > 0, "state_full: what is lost is counted")
            until(lambda: "state_space" in tool(programs, daemon, "health")[1])
            status, text = tool(programs, daemon, "health")
            report.check(status == 1 and "state_space" in text, "state_full: health names the disk, degraded", (status, text))
            report.equal(daemon.get("/readyz").status, 200, "state_full: and it stays ready")
            report.check(b"none" in daemon.get("/debug/ending").body, "state_full: of its last end it knows nothing",
                         daemon.get("/debug/ending"))
            daemon.stop(report, "state_full")


class other_program:
    """The harness starts this one instead."""

    def __init__(self, path):
        self.path, self.usual = path, sys.argv[1]

    def __enter__(self):
        sys.argv[1] = self.path

    def __exit__(self, *_):
        sys.argv[1] = self.usual


def blind_test(report, programs):
    """Without /proc and control groups: pages and tools go on, and what cannot be read is not there, as no zero stands for it."""
    lost = ("process_resident_memory_bytes", "process_open_fds", "kzg_memory_limit_bytes", "kzg_memory_working_set_bytes",
            "kzg_cpu_throttled_periods_total", "kzg_pressure_ratio", "kzg_cgroup_memory_events_total")
    with tempfile.TemporaryDirectory() as empty:
        with h.Daemon("--proc-root", empty, "--cgroup-root", empty) as daemon:
            served(report, daemon, "blind")
            names = {name for name, _ in daemon.metrics()}
            report.equal(sorted(names.intersection(lost)), [], "blind: no figure that cannot be read")
            report.check({"kzg_memory_usage_bytes", "kzg_operations_total", "kzg_ready"} <= names, "blind: its own are there")
            for page, word in (("memory", "unknown"), ("cpu", "unknown"), ("errors", "0 errors"), ("slow", "")):
                status, text = tool(programs, daemon, page)
                report.check(status == 0 and word in text, f"blind: kzg {page} works", (status, text[:1500]))
            until(lambda: "descriptors" in tool(programs, daemon, "health")[1])
            status, text = tool(programs, daemon, "health")
            report.check(status == 1 and "cannot" in text, "blind: kzg health says what cannot be read", (status, text))
            daemon.stop(report, "blind")


def clock_test(report, programs):
    """The clock is set back an hour, then forward two, under load: durations stay what they are, and it is told."""
    shim = os.environ.get("CLOCK_SHIFT_SO", "")
    if not os.path.exists(shim):
        print("!! SKIPPED clock: CLOCK_SHIFT_SO does not name the built clock_shift", flush=True)
        return
    with tempfile.NamedTemporaryFile() as file:
        def shift(seconds):
            file.seek(0)
            file.write(struct.pack("<q", seconds * 10**9))
            file.flush()

        shift(0)
        with h.Daemon(environment={"LD_PRELOAD": shim, "CLOCK_SHIFT": file.name}) as daemon:
            served(report, daemon, "clock")
            report.check(until(lambda: daemon.get("/healthz/clock").body.startswith((b"ok", b"[+]clock ok"))),
                         "clock: at first well", daemon.get("/healthz/clock"))
            for seconds, told in ((-3600, b"the clock was set by -3600"), (3600, b"the clock was set by +7200")):
                shift(seconds)
                served(report, daemon, f"clock {seconds:+d} s")
                seen = until(lambda told=told: told in daemon.get("/healthz/clock?verbose").body)
                report.check(seen, f"clock {seconds:+d} s: health tells the step", daemon.get("/healthz/clock?verbose"))
            report.equal(daemon.get("/readyz").status, 200, "clock: it stays ready")
            sums = {labels: value for (name, labels), value in daemon.metrics().items()
                    if name in ("kzg_operation_duration_seconds_sum", "kzg_queue_wait_seconds_sum", "kzg_phase_duration_seconds_sum")}
            report.check(all(0 <= value < 600 for value in sums.values()), "clock: no duration has the hours in it", sums)
            status, text = tool(programs, daemon, "profile", "--window", "1m")
            report.check(status == 0 and "blob_to_kzg_commitment" in text, "clock: the profile's minute has what was done", text)
            report.check(daemon.metric("kzg_watchdog_fired_total") == 0 and not daemon.events("worker_stuck"),
                         "clock: no worker is taken for stuck")
            daemon.stop(report, "clock")


def scrapes_test(report, _programs):
    """curl takes a thousand pages one after another, while every answer to eight clients is right."""
    with h.Daemon() as daemon:
        done = []

        def client():
            with h.Connection(daemon.api) as connection:
                while not done:
                    connection.send(h.post_bytes("verify_blob_kzg_proof", h.constant_blob(2) + h.G2X + h.INFINITY))
                    if connection.answer().body != b"\x01":
                        raise ValueError("a wrong answer")

        def scrape():
            begin = time.monotonic()
            try:
                status = subprocess.run(["curl", "-sf", "-o", "/dev/null", f"http://{daemon.admin}/metrics?[1-1000]"],
                                        check=False, timeout=PATIENCE).returncode
                report.equal(status, 0, "scrapes: curl gets a thousand pages")
                report.check(daemon.wait_metric(lambda count: count > 8, "kzg_operations_total", operation="verify_blob_kzg_proof",
                                                status="ok"), "scrapes: and requests are answered in between")
                print(f"# 1000 pages of {len(daemon.get('/metrics').body)} bytes in {time.monotonic() - begin:.2f} s", flush=True)
            finally:
                done.append(True)

        h.in_threads([scrape] + [client] * 8)
        report.check(daemon.metric("kzg_scrapes_total") >= 1001, "scrapes: all are counted")
        print(f"# {daemon.metric('kzg_operations_total', operation='verify_blob_kzg_proof', status='ok'):.0f} verifications meanwhile",
              flush=True)
        report.equal(daemon.get("/readyz").status, 200, "scrapes: it stays ready")
        daemon.stop(report, "scrapes")


PARTS = {**{page: page_test(page) for page in ("memory", "cpu", "latency", "errors")}, "endings": endings_test,
         "state_full": state_full_test, "blind": blind_test, "clock": clock_test, "scrapes": scrapes_test}


def main():
    programs = {os.path.basename(path): os.path.abspath(path) for path in sys.argv[1:] if "/" in path}
    wanted = [name for name in sys.argv[1:] if "/" not in name] or list(PARTS)
    if "kzg" not in programs or "kzgd" not in programs or os.path.basename(sys.argv[1]) != "kzgd":
        sys.exit(__doc__)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    report = h.Report()
    for name in wanted:
        begin = time.monotonic()
        try:
            PARTS[name](report, programs)
        except Exception as error:  # pylint: disable=broad-except
            report.check(False, f"{name}: runs to its end", f"{type(error).__name__}: {error}")
        print(f"# {name} took {time.monotonic() - begin:.1f} s", flush=True)
    return report.end()


if __name__ == "__main__":
    sys.exit(main())
