"""A recorded healthy kzgd, and one small edit of it for each finding of kzg doctor.

doctor/healthy has the recording: pages of a kzgd that served a few requests, made quiet where the machine was not."""
import gzip
import json
import os
import re
import time

from kit import read
from stand_in import JSON, PPROF, TEXT

HERE = os.path.dirname(os.path.abspath(__file__))
MIB, GIB = 1 << 20, 1 << 30
NOW = int(time.time())
PATHS = {"readyz": "/readyz", "startupz": "/startupz", "healthz": "/healthz", "version": "/version",
         "memory": "/debug/memory", "cpu": "/debug/cpu", "workers": "/debug/workers", "profile": "/debug/profile",
         "errors": "/debug/errors", "slow": "/debug/slow", "ending": "/debug/ending", "recorder": "/debug/recorder",
         "captures": "/debug/pprof/captures", "log-level": "/debug/log-level", "config": "/debug/config",
         "metrics": "/metrics"}  # fmt: skip


# ---- The recording ------------------------------------------------------------------------------------------------------

def stamp(ago):
    return time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime(NOW - ago))


def recording():
    """name -> (HTTP status, page), the pages in JSON and the metrics as text."""
    pages = {}
    for file in os.listdir(os.path.join(HERE, "doctor", "healthy")):
        name, ending = os.path.splitext(file)
        content = read(os.path.join(HERE, "doctor", "healthy", file)).decode()
        pages[name] = [200, json.loads(content) if ending == ".json" else content]
    pages["ending"] = [200, {"reason": "none", "certainty": "certain", "text": "there was no process before",
                             "advice": "", "when": "", "evidence": []}]  # fmt: skip
    set_metric(pages, "kzg_self_test_last_success_timestamp_seconds", NOW - 30)
    set_metric(pages, "process_start_time_seconds", NOW - 4000)
    return pages


def set_metric(pages, name, value):
    """A series' value; None takes it away."""
    pattern = re.compile("^" + re.escape(name) + " .*\n", re.M)
    rest = pattern.sub("", pages["metrics"][1])
    pages["metrics"][1] = rest + (f"{name} {value}\n" if value is not None else "")


def answers(pages):
    """For the stand-in: the page in JSON where it is asked for, else a text."""
    out = {}
    for name, (status, content) in pages.items():
        if content is None:
            continue
        if isinstance(content, bytes):
            page = (status, "text/html", content)
        elif isinstance(content, str):
            page = (status, TEXT, content)
        else:
            page = {JSON: (status, JSON, json.dumps(content)), TEXT: (status, TEXT, f"text of {name}\n")}
        out["GET", PATHS[name]] = page
    out["GET", "/debug/pprof/profile"] = (200, PPROF, gzip.compress(b"a profile"))
    return out


# ---- One thing changed ----------------------------------------------------------------------------------------------------

CASES = []


def case(rule, severity, subject="", says=(), runbook="", title=(), worst=None):
    """One edit of the healthy recording, and the finding that it must lead to. says: texts in evidence, meaning or next
    step; title: texts in its sentence."""

    def add(edit):
        CASES.append((edit, rule, severity, subject, says, runbook, title, worst or severity))
        return edit

    return add


def set_check(pages, name, **members):
    for page in ("healthz", "readyz"):
        for check in pages[page][1]["checks"]:
            if check["name"] == name:
                check.update(members)
        if members.get("state") == "failed" and page == "readyz":
            pages[page][0] = 503


@case("ready", "critical", "listeners", ["check listeners: an event loop is stuck"], "kzgnotready", worst="critical")
def not_ready(pages):
    set_check(pages, "listeners", state="failed", message="an event loop is stuck")


@case("ready", "warning", "accepting", ["kzg undrain --admin"], "kzgnotready")
def drained(pages):
    set_check(pages, "accepting", state="failed", message="taken out of rotation by hand at 2026-11-27T06:00:00Z")
    pages["healthz"][0] = 503


@case("ready", "warning", "accepting", ["has not started yet", "startupz"], "kzgnotready")
def starting(pages):
    set_check(pages, "accepting", state="failed", message="starting")


@case("ready", "critical", "", ["kzg_ready"], "kzgnotready")
def not_ready_by_metric(pages):
    pages["readyz"] = [404, None]
    set_metric(pages, "kzg_ready", 0)


@case("checks", "warning", "loopback", ["check loopback failed: no answer", "value 2000 ms"], "kzghealthcheckfailed")
def check_fails(pages):
    for check in pages["healthz"][1]["checks"]:
        if check["name"] == "loopback":
            check.update(state="failed", message="no answer", value=2000.0)


@case("checks", "warning", "loopback", ["degraded: slow"], "kzghealthcheckfailed")
def check_degraded(pages):
    set_check(pages, "loopback", state="degraded", message="slow")


@case("checks", "warning", "loopback", ["check loopback is 15 min old and ran past"], "kzghealthcheckfailed")
def check_hangs(pages):
    set_check(pages, "loopback", stale=True, timed_out=True, age_seconds=900.0)


@case("ending", "warning", "crash", ["SIGSEGV in compute_cells", "was running compute_cells, request 0badcafe-1",
                                     "keep the core", "memory at the last sample 768.0 MiB"], "kzgcrashed", ["crashed"])  # fmt: skip
def crashed(pages):
    pages["ending"][1] = ended("crash", "kzgd crashed with SIGSEGV", "keep the core", ["SIGSEGV in compute_cells"])


@case("ending", "warning", "killed", ["who did?", "That was the process before"], "kzgcrashed", ["was killed"])
def killed(pages):
    pages["ending"][1] = ended("killed", "kzgd was killed", "who did?", ["no signal was recorded"])


@case("ending", "warning", "oom_killed", ["Out of memory: Killed process 7 (kzgd)"], "kzgoomkilled", ["for memory"])
def oom_killed(pages):
    pages["ending"][1] = ended("oom_killed", "the kernel killed kzgd for memory", "raise the limit",
                               ["/dev/kmsg: Out of memory: Killed process 7 (kzgd)"])  # fmt: skip


@case("ending", "info", "killed", [], "kzgcrashed", worst="ok")
def killed_long_ago(pages):
    pages["ending"][1] = ended("killed", "kzgd was killed", "who did?", [], ago=30 * 86400)


def ended(reason, text, advice, evidence, ago=60):
    return {"reason": reason, "certainty": "certain", "text": text, "advice": advice, "when": stamp(ago),
            "evidence": evidence, "memory_at_end": {"figure": "rss", "used": 768 * MIB, "limit": GIB},
            "recording": {"in_flight": [{"operation": "compute_cells", "request_id": "0badcafe-1",
                                         "age_seconds": 0.25}]}}  # fmt: skip


@case("ending", "info", "", ["--state-dir is empty, by default"], title=["not recorded"], worst="ok")
def no_state_dir(pages):
    pages["config"][1]["state-dir"] = {"value": "", "origin": "default"}
    pages["ending"] = [501, None]


@case("self_test", "critical", says=["failed self-tests 1", "damaged memory", "kzg drain", "kzg selftest"],
      runbook="kzgselftestfailed")  # fmt: skip
def self_test_failed(pages):
    set_metric(pages, 'kzg_self_test_runs_total{result="failed"}', 1)


@case("self_test", "warning", says=["--self-test-interval, in seconds: 60"], runbook="kzgselfteststale",
      title=["has not passed for 2.0 h"])  # fmt: skip
def self_test_stale(pages):
    set_metric(pages, "kzg_self_test_last_success_timestamp_seconds", NOW - 7205)


@case("results", "critical", says=["wrong 3", "right 12"], runbook="kzgresultverificationfailed")
def wrong_results(pages):
    set_metric(pages, 'kzg_results_verified_total{result="failed"}', 3)


@case("backend", "critical", "adx", ["quarantined 1", "serves now: portable"], "kzgbackendquarantined")
def quarantined(pages):
    set_metric(pages, 'kzg_backend_quarantined{backend="adx"}', 1)
    pages["version"][1]["backend"] = "portable"
    set_check(pages, "arithmetic", state="degraded", message="adx computes wrongly and is quarantined")


@case("backend", "warning", "portable", ["this CPU has x86-64+adx+ifma", "It was not asked for", "--backend ifma"],
      "kzgcpudrift")  # fmt: skip
def portable(pages):
    pages["version"][1]["backend"] = "portable"


@case("backend", "info", "portable", ["by flag", "It was asked for"], "kzgcpudrift", worst="ok")
def portable_wanted(pages):
    pages["version"][1]["backend"] = "portable"
    pages["config"][1]["backend"] = {"value": "portable", "origin": "flag"}


@case("version_skew", "warning", says=["daemon 0.0.9", "upgrade may have stopped"], runbook="kzgversionskew")
def older(pages):
    pages["version"][1]["version"] = "0.0.9"


def use(pages, level, value):
    pages["memory"][1]["state"].update(level=level, value_bytes=int(value))


@case("memory_level", "critical", "critical", ["cgroup working set 3.8 GiB (4080218931 bytes)", "limit 4.0 GiB",
                                               "the limit is by cgroup", "critical from 3.6 GiB", "refused with 503",
                                               "requests refused for it 17", "other processes of the control group"],
      "kzgmemorycritical", ["3.8 GiB of 4.0 GiB, 204.8 MiB left"])  # fmt: skip
def memory_critical(pages):
    use(pages, "critical", 3.8 * GIB)
    pages["memory"][1]["state"]["refused"] = 17


@case("memory_level", "warning", "warn", ["3.0 GiB of it is setup, tables, scratch and request memory", "is no leak",
                                          "lower --precompute"], "kzgmemorywarn")  # fmt: skip
def memory_setup_too_large(pages):
    use(pages, "warn", 3.3 * GIB)
    pages["memory"][1]["tags"]["tags"]["tables"]["live_bytes"] = int(2.95 * GIB)


@case("memory_setup", "warning", says=["for 'tables' 2.9 GiB", "not a leak", "--request-memory, in MiB: 64"],
      runbook="kzgmemorywarn", title=["alone take 3.0 GiB, of 3.2 GiB"])  # fmt: skip
def memory_setup_tight(pages):
    pages["memory"][1]["tags"]["tags"]["tables"]["live_bytes"] = int(2.95 * GIB)


@case("memory_level", "warning", "warn", ["2.0 GiB of it is held for connections", "lower --max-connections"],
      "kzgmemorywarn")  # fmt: skip
def memory_connections(pages):
    use(pages, "warn", 3.3 * GIB)
    pages["memory"][1]["tags"]["tags"]["http"]["live_bytes"] = 2 * GIB


def waste(pages, size):
    heap = pages["memory"][1]["machine"]["jemalloc"]
    heap["resident_bytes"] = heap["allocated_bytes"] + int(size)


@case("memory_level", "warning", "warn", ["1.5 GiB of it is held by the heap", "fragmentation", "is no leak"],
      "kzgmemorywarn")  # fmt: skip
def memory_heap(pages):
    use(pages, "warn", 3.3 * GIB)
    waste(pages, 1.5 * GIB)


@case("memory_fragmentation", "warning", says=["resident 1.5 GiB", "pressure is here"], runbook="kzgmemorywarn",
      title=["1.5 GiB that nobody uses"])  # fmt: skip
def fragmentation_under_pressure(pages):
    memory_heap(pages)


@case("memory_fragmentation", "info", says=["given back as soon as memory gets short"], runbook="kzgmemorywarn",
      title=["1.5 GiB that nobody uses: harmless"], worst="ok")  # fmt: skip
def fragmentation_harmless(pages):
    waste(pages, 1.5 * GIB)


@case("memory_fragmentation", "ok", title=["9.0 MiB that nobody uses: harmless"])
def fragmentation_small(pages):
    """Twice what is allocated, and 9 MiB: no reason to worry."""
    pages["memory"][1]["machine"]["jemalloc"]["allocated_bytes"] = 9 * MIB
    waste(pages, 9 * MIB)


@case("memory_peak", "info", says=["highest 3.9 GiB", "no leak"], runbook="kzgmemorycritical",
      title=["once was 3.9 GiB and is 156.2 MiB now: harmless"], worst="ok")  # fmt: skip
def peak_past(pages):
    pages["memory"][1]["machine"]["cgroup"]["peak_bytes"] = int(3.9 * GIB)


def grow(pages):
    pages["memory"][1]["suspects"] = 1
    pages["memory"][1]["growth"][0].update(tag="other", verdict="suspect", growth_bytes=50 * MIB, window_seconds=600,
                                           live_bytes=90 * MIB, bytes_per_operation=65.5)  # fmt: skip


@case("memory_leak", "warning", "other", ["65.5 bytes for each operation", "to 90.0 MiB", "--heap-profile on"],
      "kzgmemoryleaksuspected", ["for 'other' grew by 50.0 MiB in 10 min"])  # fmt: skip
def leak(pages):
    grow(pages)


@case("memory_leak", "warning", "other", ["48.0 MiB more held by make_copy;take", "kzg profile heap"],
      "kzgmemoryleaksuspected")  # fmt: skip
def leak_with_sites(pages):
    grow(pages)
    pages["memory"][1].update(heap_profile=True, sites=[{"growth_bytes": 48 * MIB, "stack": "make_copy;take"}])


@case("memory_level", "warning", "warn", ["grows without more load: a leak", "see the finding 'memory_leak'"],
      "kzgmemorywarn")  # fmt: skip
def leak_near_limit(pages):
    use(pages, "warn", 3.3 * GIB)
    grow(pages)


@case("memory_leak", "info", title=["too early to tell"], worst="ok")
def leak_too_early(pages):
    for growth in pages["memory"][1]["growth"]:
        growth["verdict"] = "too_early"


@case("memory_residual", "warning", says=["(3145728 bytes)", "keeps nothing"], runbook="kzgmemoryresidual",
      title=["3.0 MiB of finished requests"])  # fmt: skip
def residual(pages):
    pages["memory"][1]["residual_bytes"] = 3 * MIB


@case("memory_residual", "info", says=["harmless"], runbook="kzgmemoryresidual", worst="ok")
def residual_small(pages):
    pages["memory"][1]["residual_bytes"] = 512


@case("memory_residual", "info", title=["never idle yet"], runbook="kzgmemoryresidual", worst="ok")
def residual_unknown(pages):
    pages["memory"][1]["residual_bytes"] = None


@case("memory_stall", "warning", "group", ["some task waited 22.5 % of the last minute"], "kzgmemorycritical")
def memory_stalls(pages):
    pages["memory"][1]["machine"]["cgroup"]["pressure"]["some_avg60"] = 22.5


@case("memory_stall", "info", "kills", ["kills in the group since it was made 2"], "kzgoomkilled", worst="ok")
def kills(pages):
    pages["memory"][1]["machine"]["cgroup"]["oom_kills"] = 2


@case("machine_memory", "warning", says=["available 100.0 MiB"], runbook="kzgoomkilled", title=["only 100.0 MiB"])
def machine_low(pages):
    pages["memory"][1]["machine"]["system"]["available_bytes"] = 100 * MIB


@case("cpu_high", "warning", "process", ["10 minutes: 95 %", "high from 80 %"], "kzgcpuhigh", ["kzgd's CPU"])
def cpu_high(pages):
    pages["cpu"][1]["process"]["above_threshold"] = True
    pages["cpu"][1]["process"]["10m"]["average"] = 95.0
    set_check(pages, "cpu", state="degraded", message="CPU of the process is high")


@case("cpu_high", "warning", "machine", ["Something else works on this machine"], "kzgcpuhigh", ["but not kzgd's"])
def neighbour(pages):
    pages["cpu"][1]["system"]["above_threshold"] = True


@case("cpu_throttled", "warning", says=["throttled periods 600", "of periods 1000", "quota 1.5 CPUs", "workers 2"],
      runbook="kzgcputhrottled", title=["quota is used up"])  # fmt: skip
def throttled(pages):
    pages["cpu"][1]["limits"].update(quota=1.5, periods=1000, throttled_periods=600)


@case("cpu_throttled", "info", runbook="kzgcputhrottled", title=["now and then"], worst="ok")
def throttled_once(pages):
    pages["cpu"][1]["limits"].update(quota=1.5, periods=100000, throttled_periods=3)


@case("cpu_steal", "warning", says=["took 35 %", "no fault of its own"], runbook="kzgcpudrift")
def steal(pages):
    pages["cpu"][1]["last"]["steal"] = 35.0


@case("cpu_pressure", "warning", says=["61 %"], runbook="kzgcpuhigh")
def pressure(pages):
    pages["cpu"][1]["machine_pressure"]["some_avg60"] = 61.0


@case("cpu_run_wait", "warning", says=["all threads: 80 % of one CPU", "not in its CPU time"], runbook="kzgcpudrift",
      title=["for 50 % of their time"])  # fmt: skip
def run_wait(pages):
    pages["cpu"][1]["last"].update(run_wait=80.0, process=80.0)


@case("cpu_drift", "warning", says=["high from 1.5", "arithmetic adx"], runbook="kzgcpudrift", title=["2.40 times"])
def drift(pages):
    pages["workers"][1]["drift"] = 2.4


@case("cpu_drift", "info", title=["too little work"], worst="ok")
def drift_unknown(pages):
    pages["workers"][1]["drift"] = None


@case("workers_stuck", "critical", says=["worker 1 at compute_cells for 31 s, request 0badcafe-9"],
      runbook="kzgworkerstuck", title=["1 of 2"])  # fmt: skip
def stuck(pages):
    pages["workers"][1]["workers"][1].update(operation="compute_cells", request_id="0badcafe-9", spent_ms=31000.0, stuck=True)


@case("queue", "warning", says=["waiting 230", "workers 2"], runbook="kzgqueuesaturated", title=["230 of 256"])
def queue_high(pages):
    set_metric(pages, "kzg_queue_depth", 230)


@case("queue", "critical", runbook="kzgqueuesaturated", title=["the queue is full"])
def queue_full(pages):
    set_metric(pages, "kzg_queue_depth", 256)
    set_check(pages, "queue", state="degraded", message="256 of 256 places are taken")


def group(code, count=100, minute=0, hour=0, **more):
    windows = {"1m": minute, "10m": hour, "1h": hour}
    return {"code": code, "place": "admission", "count": count, "first_seen": stamp(9000), "last_seen": stamp(10),
            "windows": {k: {"count": v, "per_second": v / 60} for k, v in windows.items()}, "frequency": "frequent",
            "spiking": False, "spikes": 0, "sample": {"message": "the 5th cell", "request_id": "0badcafe-5"}} | more  # fmt: skip


def errors(pages, *groups):
    pages["errors"][1].update(count=sum(g["count"] for g in groups), group_total=len(groups), groups=list(groups))


@case("shedding", "warning", "queue_full", ["refused since the start 100", "90 of code queue_full in the last 10 minutes",
                                            "All workers are busy"], "kzgqueuesaturated")  # fmt: skip
def shed_queue(pages):
    set_metric(pages, 'kzg_requests_shed_total{reason="queue_full"}', 100)
    errors(pages, group("queue_full", hour=90))


@case("shedding", "warning", "memory_pressure", ["above its critical threshold"], "kzgmemorycritical")
def shed_memory(pages):
    set_metric(pages, 'kzg_requests_shed_total{reason="memory_pressure"}', 100)
    errors(pages, group("memory_pressure", hour=90))


@case("shedding", "info", "deadline", runbook="kzgqueuesaturated", title=["none lately"], worst="ok")
def shed_once(pages):
    set_metric(pages, 'kzg_requests_shed_total{reason="deadline"}', 100)


def slow_requests(pages, ago, **phases):
    one = {"request_id": "0badcafe-7", "operation": "compute_cells", "status": "ok", "when_ns": (NOW - ago) * 10**9,
           "duration_ms": sum(phases.values()), "cpu_ms": 1.0, "items": 1, "worker": 0, "phases_ms": phases}  # fmt: skip
    pages["slow"][1].update(seen=2, requests=[one, dict(one, duration_ms=1.0, phases_ms={})])


@case("slow", "warning", "queue", ["queue: 1500.0 ms of 1620.0 ms", "more load than CPUs", "request 0badcafe-7"],
      "kzglatencyburnfast", ["most of their time is 'queue'"])  # fmt: skip
def slow_queue(pages):
    slow_requests(pages, 30, queue=1500.0, msm=120.0)


@case("slow", "warning", "read", ["clients or the network, not kzgd"], "kzglatencyburnfast")
def slow_read(pages):
    slow_requests(pages, 30, read=1500.0, msm=120.0)


@case("slow", "info", "msm", ["kzg profile cpu"], "kzglatencyburnfast", ["none lately"], worst="ok")
def slow_once(pages):
    slow_requests(pages, 7200, read=15.0, msm=1200.0)


@case("objective", "warning", "blob_to_kzg_commitment", ["objective 0.01 s", "p99 0.0342 s in 10 minutes"],
      "kzglatencyoverobjective")  # fmt: skip
def over_objective(pages):
    set_metric(pages, 'kzg_objective_seconds{operation="blob_to_kzg_commitment"}', 0.01)


@case("errors", "critical", "internal_error", ["7 in the last hour", "kzg explain", "0badcafe-5"], "kzgservererrors",
      ["the service's own fault"])  # fmt: skip
def server_errors(pages):
    errors(pages, group("field_element_not_canonical", 9999, hour=9), group("internal_error", 7, hour=7))


@case("errors", "info", "field_element_not_canonical", ["The service is well", "the 5th cell"], "kzgclienterrorspike",
      ["the client's fault"], worst="ok")  # fmt: skip
def client_errors(pages):
    errors(pages, group("field_element_not_canonical", 9999, hour=9))


@case("errors", "warning", "queue_full", ["9 in the last hour"], "kzgshedding", ["refused for load"])
def load_errors(pages):
    errors(pages, group("queue_full", 99, hour=9))


@case("error_spikes", "warning", "point_not_on_curve", ["600 in the last minute"], "kzgclienterrorspike")
def spike(pages):
    errors(pages, group("point_not_on_curve", 700, minute=600, hour=700, spiking=True))


@case("connections", "warning", says=["limit 512"], runbook="kzgshedding", title=["500 of 512"])
def connections(pages):
    set_metric(pages, 'kzg_connections{listener="api"}', 500)


@case("connections", "info", says=["refused since the start 3"], runbook="kzgshedding", worst="ok")
def connections_refused(pages):
    set_metric(pages, 'kzg_connections_refused_total{listener="api"}', 3)


@case("log_lines", "warning", says=["lost 44"], runbook="kzgloglinesdropped", title=["44 log lines were lost"])
def log_lost(pages):
    set_metric(pages, "kzg_log_lines_dropped_total", 44)


@case("log_level", "info", says=["kzg log level info"], runbook="kzgdiskfilling", worst="ok")
def log_debug(pages):
    pages["log-level"][1]["level"] = "debug"


@case("recorder", "warning", says=["--state-dir is /var/lib/kzgd"], runbook="kzgrecorderfailing")
def recorder_fails(pages):
    set_metric(pages, "kzg_recorder_write_failures_total", 5)


@case("disk", "critical", "state", ["free 1.0 GiB"], "kzgdiskfull", ["only 1.0 GiB of 100.0 GiB"])
def disk_full(pages):
    set_metric(pages, 'kzg_disk_free_bytes{directory="state"}', GIB)


@case("disk", "warning", "state", runbook="kzgdiskfilling")
def disk_low(pages):
    set_metric(pages, 'kzg_disk_free_bytes{directory="state"}', 8 * GIB)
    set_check(pages, "state_space", state="degraded")


@case("descriptors", "critical", says=["most 20000"], runbook="kzghealthcheckfailed", title=["19500 of 20000"])
def descriptors(pages):
    set_metric(pages, "process_open_fds", 19500)


@case("clock", "info", says=["steps 2"], runbook="kzghealthcheckfailed", worst="ok")
def clock(pages):
    pages["cpu"][1]["clock_steps"] = 2


@case("captures", "info", says=["20261127T060000.000Z-memory_high.pb.gz", "kzg profile captures"],
      runbook="kzglatencyoverobjective", worst="ok")  # fmt: skip
def captures(pages):
    pages["captures"][1] = {"captures": ["20261127T060000.000Z-memory_high.pb.gz"]}


@case("captures", "info", says=["a.pb.gz, because of watchdog"], runbook="kzglatencyoverobjective", worst="ok")
def captures_with_reason(pages):
    pages["captures"][1] = {"captures": [{"name": "a.pb.gz", "trigger": "watchdog"}]}
