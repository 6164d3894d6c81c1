#!/usr/bin/env python3
"""kzg doctor: a recorded healthy kzgd, the same with one thing changed for each finding (doctor_cases.py), dead and
misbehaving ones, the bundle, and a real kzgd."""
import gzip
import io
import json
import os
import re
import signal
import subprocess
import sys
import tarfile
import time

from doctor_cases import CASES, PATHS, answers, client_errors, no_state_dir, not_ready_by_metric
from doctor_cases import older, queue_full, recording, wrong_results
from kit import *
from stand_in import JSON, TEXT, Raw, StandIn, free_port

kit = Kit("doctor")
HERE = os.path.dirname(os.path.abspath(__file__))
TREE = os.path.dirname(os.path.dirname(HERE))
DAEMON = sys.argv[2] if len(sys.argv) > 2 else os.environ.get("KZGD")
ENDED = sys.argv[3] if len(sys.argv) > 3 else os.environ.get("KZG_ENDED")
WARNINGS, CRITICAL = NOT_VALID, BAD_INPUT


def machine():
    """Arguments for a machine on which nothing is to be found."""
    for path, text in {"proc/meminfo": "MemTotal: 8388608 kB\nMemFree: 4194304 kB\nMemAvailable: 6291456 kB\n",
                       "proc/1/stat": "1 (init) S 0 1", "proc/loadavg": "0.1 0.1 0.1 1/99 1234\n", "kernel.log": "",
                       "cgroup/cgroup.controllers": ""}.items():  # fmt: skip
        os.makedirs(os.path.dirname(kit.path(path)), exist_ok=True)
        kit.file(path, text)
    return ["--proc-root", kit.path("proc"), "--cgroup-root", kit.path("cgroup"), "--kernel-log", kit.path("kernel.log")]


MACHINE = machine()


def doctor(server, *arguments, places=MACHINE, **options):
    address = server.address if hasattr(server, "address") else server
    return kit.run("doctor", "--admin", address, *places, *arguments, **options)


def findings(result, rule):
    return [f for f in result.json()["findings"] if f["rule"] == rule]


def summary(result):
    """What is not well, for messages."""
    try:
        return [(f["severity"], f["rule"], f["subject"], f["title"]) for f in result.json()["findings"]
                if f["severity"] != "ok"]  # fmt: skip
    except ValueError:
        return str(result)


# ---- Healthy ------------------------------------------------------------------------------------------------------------

def rules_of_list():
    text = read(os.path.join(TREE, "src", "diagnose", "rules_list.h")).decode()
    return re.findall(r'^    X\((\w+), (\w+), *(?:\\\n *)?"([^"]+)"', text, re.M)


def healthy():
    with StandIn(answers(recording())) as server:
        result = kit.expect("healthy --json", doctor(server, "--json"), OK)
        kit.check("healthy: nothing but ok", summary(result) == [], summary(result))
        seen = {f["rule"] for f in result.json()["findings"]}
        quiet = {"machine_memory", "disk"}
        missing = {name for name, *_ in rules_of_list()} - seen - {"objective"}
        kit.check("healthy: every rule has looked", not missing - quiet, missing)
        report = result.json()
        kit.check("healthy: the head", report["worst"] == "ok" and report["answers"] and report["critical"] == 0
                  and report["ok"] == len(report["findings"]), report)  # fmt: skip
        result = kit.expect("healthy", doctor(server), OK)
        kit.check("healthy: a line each", all(line.startswith("ok ") for line in result.lines()[:-1]), result)
        kit.check("healthy: a summary", result.lines()[-1].startswith(f"{server.address}: 0 critical, 0 warning, 0 info, "),
                  result.lines()[-1])  # fmt: skip
        kit.expect("healthy --quiet", doctor(server, "--quiet"), OK, out="")
        asked = {path for _, path, _, _ in server.requests}
        kit.check("only asks", all(method == "GET" for method, *_ in server.requests), server.requests)
        kit.check("asks every page", len(asked) == len(PATHS), asked)


# ---- One thing changed ----------------------------------------------------------------------------------------------------

EXIT = {"ok": OK, "info": OK, "warning": WARNINGS, "critical": CRITICAL}


def one_thing_changed():
    sections = set(re.findall(r"^### (\w+)", read(os.path.join(TREE, "docs", "runbook.md")).decode(), re.M))
    for edit, rule, severity, subject, says, runbook, title, worst in CASES:
        pages = recording()
        edit(pages)
        with StandIn(answers(pages)) as server:
            result = doctor(server, "--json")
        found = [f for f in findings(result, rule) if f["severity"] == severity and f["subject"] == subject] if (
            result.out.startswith(b"{")) else []  # fmt: skip
        name = edit.__name__
        kit.check(f"{name}: a finding", len(found) == 1, summary(result))
        if not found:
            continue
        all_of_it = " | ".join([e["text"] + " " + e["path"] for e in found[0]["evidence"]] + [found[0]["means"], found[0]["next"]])
        kit.check(f"{name}: says why and what next", all(s in all_of_it for s in says), f"{says} {found[0]}")
        kit.check(f"{name}: its sentence", all(t in found[0]["title"] for t in title), found[0]["title"])
        kit.check(f"{name}: runbook", found[0]["runbook"] == (f"docs/runbook.md#{runbook}" if runbook else ""), found[0])
        kit.check(f"{name}: the section is there", not runbook or runbook in {s.lower() for s in sections}, runbook)
        kit.check(f"{name}: evidence has its place", all(e["source"] for e in found[0]["evidence"]), found[0])
        others = [s for s in summary(result) if s[0] in ("critical", "warning") and s[1] != rule]
        expected = EXIT["critical" if any(o[0] == "critical" for o in others) else worst]
        kit.check(f"{name}: exit status", result.status == max(expected, WARNINGS if others else OK), f"{result.status} {others}")
    covered = {rule for _, rule, severity, *_ in CASES if severity != "ok"}
    every = {name for name, *_ in rules_of_list()}
    kit.check("every rule has a case", every - covered <= {"reachable", "kernel_oom"}, every - covered)


def order_and_merging():
    pages = recording()
    for edit in (client_errors, queue_full, older, wrong_results):
        edit(pages)
    with StandIn(answers(pages)) as server:
        result = kit.expect("several things", doctor(server, "--json"), CRITICAL, empty_err=True)
        severities = [f["severity"] for f in result.json()["findings"]]
        ranks = [list(EXIT).index(s) for s in severities]
        kit.check("in order of severity", ranks == sorted(ranks, reverse=True), severities)
        kit.check("the check is the queue's evidence", not [f for f in findings(result, "checks") if f["subject"] == "queue"]
                  and "256 of 256 places" in json.dumps(findings(result, "queue")), summary(result))  # fmt: skip
        result = kit.expect("several things, text", doctor(server), CRITICAL, empty_err=True)
        text = result.text()
        kit.check("text: rank by rank", text.index("critical  results") < text.index("warning   version_skew")
                  < text.index("info      errors") < text.index("ok        "), text)  # fmt: skip
        kit.check("text: evidence with source", "evidence  wrong 3  [/metrics kzg_results_verified_total{result=\"failed\"}]" in text,
                  text)  # fmt: skip
        kit.check("text: next and runbook", f"next      kzg drain --admin {server.address}; kzg doctor --bundle" in text
                  and "runbook   docs/runbook.md#kzgresultverificationfailed" in text, text)  # fmt: skip
        kit.expect("several things, quiet", doctor(server, "--quiet"), CRITICAL, out="", empty_err=True)


# ---- What is missing ------------------------------------------------------------------------------------------------------

def missing_pages():
    for name in PATHS:
        pages = recording()
        pages[name] = [404, None]
        with StandIn(answers(pages)) as server:
            result = doctor(server, "--json")
        found = [f for f in findings(result, "not_known") if f["subject"] == name]
        good = len(found) == 1 and f"page {PATHS[name]}" in found[0]["title"] and "answered 404 (not_found)" in found[0]["title"]
        kit.check(f"without {name}: not known", good and not found[0]["known"], summary(result))
        kit.check(f"without {name}: no alarm", result.status == OK, summary(result))
    for content, why in ((b"<html>", "came as 'text/html'"), ("plain", "came as 'text/plain'")):
        pages = recording()
        pages["cpu"] = [200, content]
        with StandIn(answers(pages)) as server:
            result = kit.expect(f"a page that {why}", doctor(server, "--json"), WARNINGS)
        kit.check("it is named", why in findings(result, "not_known")[0]["title"], summary(result))
    pages = answers(recording())
    for body in ("{", "[1,2", '{"a":1} trailing', "nul\0l", "12", "", "[" * 5000):
        pages["GET", "/debug/memory"] = (200, JSON, body)
        with StandIn(pages) as server:
            result = kit.expect(f"JSON that is none: {body[:9]!r}", doctor(server, "--json"), WARNINGS)
        kit.check("it is named", "not JSON" in findings(result, "not_known")[0]["title"], summary(result))


def shuffled(value, random):
    """The same shape with members of other types, or without them."""
    if isinstance(value, dict):
        return {k: shuffled(v, random) for k, v in value.items() if random.random() > 0.1}
    if isinstance(value, list):
        return [shuffled(v, random) for v in value]
    if random.random() > 0.3:
        return value
    return random.choice([None, "text \x1b[2J\n", -1, 1e308, -1e308, 2**63, True, {}, [], [[]], 0, "unlimited", "\u00e9" * 900])


def garbage():
    """Members that are missing or of another type are not known, never zero and never a crash."""
    every = recording()
    for edit, *_ in CASES:
        if edit not in (not_ready_by_metric, no_state_dir):  # which take pages away
            edit(every)
    for i in range(25):
        pages = {n: [s, shuffled(c, kit.random) if isinstance(c, (dict, list)) else c] for n, (s, c) in every.items()}
        lines = every["metrics"][1].splitlines()
        pages["metrics"] = [200, "\n".join(kit.random.choice([x, x, x, x[: len(x) // 2], x + "x", "{", x.replace(" ", " NaN ")])
                                           for x in lines)]  # fmt: skip
        with StandIn(answers(pages)) as server:
            result, text = doctor(server, "--json"), doctor(server)
        good = result.status in (OK, WARNINGS, CRITICAL) and result.err == b"" and result.json()["findings"]
        kit.check(f"garbage {i}", good, f"{result} {pages if result.status < 0 else ''}")
        kit.check(f"garbage {i}: nothing drives the terminal", not re.search(rb"[\x00-\x09\x0b-\x1f\x7f]", text.out), text)
    pages = recording()
    pages["memory"][1] = pages["cpu"][1] = pages["workers"][1] = {}
    pages["metrics"][1] = "kzg_build_info 1\n"
    with StandIn(answers(pages)) as server:
        result = kit.expect("empty pages", doctor(server, "--json"), OK)
    unknown = {f["rule"] for f in result.json()["findings"] if not f["known"]}
    wanted = {"memory_level", "memory_leak", "memory_residual", "memory_setup", "memory_fragmentation", "memory_peak", "cpu_high",
              "cpu_steal", "cpu_run_wait", "cpu_drift", "workers_stuck", "queue", "descriptors", "self_test", "log_lines"}  # fmt: skip
    kit.check("empty pages: not known, not zero", wanted <= unknown, wanted - unknown)


# ---- Not there ------------------------------------------------------------------------------------------------------------

def not_there():
    nobody = f"127.0.0.1:{free_port()}"
    result = kit.expect("nobody", doctor(nobody, "--json"), CRITICAL, empty_err=True)
    first = result.json()["findings"][0]
    kit.check("nobody: says so", first["rule"] == "reachable" and "nothing listens there" in first["evidence"][0]["text"]
              and "no process named kzgd" in first["evidence"][1]["text"] and first["runbook"].endswith("#kzgdown"), first)  # fmt: skip
    kit.check("nobody: asks for the state directory", "kzg doctor --state-dir FOLDER" in findings(result, "ending")[0]["next"],
              summary(result))  # fmt: skip
    kit.check("nobody: no page is complained of", not findings(result, "not_known"), summary(result))
    kit.check("nobody: the machine is looked at", findings(result, "machine_memory")[0]["title"]
              == "the machine has 6.0 GiB of 8.0 GiB left", summary(result))  # fmt: skip
    kit.file("proc/77/stat" if os.path.isdir(kit.path("proc/77")) else make("proc/77/stat"), "77 (kzgd) T 1 77 77 0")
    result = doctor(nobody, "--json")
    kit.check("a process that listens elsewhere", "process 77 is kzgd, stopped by a signal" in json.dumps(result.json())
              and "as kzgd's --admin-listen has it" in result.json()["findings"][0]["next"], summary(result))  # fmt: skip
    with Raw(None) as silent:
        result = kit.expect("it hangs", doctor(silent, "--json", "--timeout", "1"), CRITICAL, empty_err=True)
    kit.check("it hangs: abort it for a record", "kill -ABRT 77" in result.json()["findings"][0]["next"], summary(result))
    os.unlink(kit.path("proc/77/stat"))
    for data in (b"", b"\0\1\2\3", b"SSH-2.0-x\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort"):
        with Raw(data) as server:
            result = kit.expect(f"no kzgd: {data[:9]!r}", doctor(server, "--json"), CRITICAL, empty_err=True)
        kit.check("no kzgd: it is named", "is not kzgd's administration" in result.json()["findings"][0]["title"], summary(result))
    with StandIn({("GET", "/version"): (200, "text/html", "<html>"), ("GET", "/metrics"): (200, TEXT, "other_metric 1\n")}) as server:
        result = kit.expect("another program", doctor(server, "--json"), CRITICAL, empty_err=True)
        kit.check("another program: it is named", "is not kzgd's" in result.json()["findings"][0]["title"]
                  and not findings(result, "not_known"), summary(result))  # fmt: skip
    hangs_later()


def make(path):
    os.makedirs(os.path.dirname(kit.path(path)), exist_ok=True)
    return path


def hangs_later():
    """Pages that do not answer are not waited for one by one."""
    pages = answers(recording())
    silent = []

    def wait(query, accept, body):
        silent.append(1)
        time.sleep(4)
        return 200, JSON, "{}"

    for name in ("memory", "cpu", "workers", "profile", "errors", "slow"):
        pages["GET", PATHS[name]] = wait
    with StandIn(pages) as server:
        server.server.handle_error = lambda *_: None  # the client has gone
        result = kit.expect("pages hang", doctor(server, "--json", "--timeout", "3"), WARNINGS)
    kit.check("pages hang: two are waited for", len(silent) == 2, silent)
    kit.check("pages hang: the others say so", "was not asked" in json.dumps(findings(result, "not_known")), summary(result))


def usage():
    for arguments, why in ((["--profile"], "--bundle FILE is missing"), (["extra"], "takes no operands"),
                           (["--admin", "nowhere"], "expected host:port"), (["--state-dir", ""], "--state-dir is empty"),
                           (["--bundle", ""], "--bundle is empty"), (["--window", "1m"], "does not take --window"),
                           (["--timeout", "0"], "expected a number")):  # fmt: skip
        kit.expect(f"usage: {arguments}", kit.run("doctor", *arguments), BAD_INPUT, out="", err=why)


# ---- The kernel's log, the ending -------------------------------------------------------------------------------------------

OOM = """[ 1.0] Linux version 6.1
[ 99.5] kzgd invoked oom-killer: gfp_mask=0xcc0, order=0, oom_score_adj=0
[ 99.6] Out of memory: Killed process 4242 (postgres) total-vm:1kB, anon-rss:2kB
[ 99.7] eth0: link up
"""


def kernel_log():
    log = kit.file("oom.log", OOM * 200)
    with StandIn(answers(recording())) as server:
        places = MACHINE[:4] + ["--kernel-log", log]
        result = kit.expect("the kernel killed something", doctor(server, "--json", places=places), OK)
        found = findings(result, "kernel_oom")[0]
        kit.check("its last line", found["severity"] == "info" and found["evidence"][0]["value"] == 400
                  and found["evidence"][0]["text"].endswith("Killed process 4242 (postgres) total-vm:1kB, anon-rss:2kB"), found)  # fmt: skip
        places = MACHINE[:4] + ["--kernel-log", kit.path("none")]
        result = kit.expect("no kernel log", doctor(server, "--json", places=places), OK)
        found = findings(result, "kernel_oom")[0]
        kit.check("not known, and why", not found["known"] and "No such file" in found["title"], found)


def dead():
    """Real flight recorders of processes that ended."""
    if not ENDED:
        return
    nobody = f"127.0.0.1:{free_port()}"
    for how, reason, severity in (("killed", "killed", "critical"), ("crash", "crash", "critical"), ("clean", "clean", "ok")):
        folder = kit.path(f"state-{how}")
        os.makedirs(folder)
        subprocess.run([ENDED, folder, how], stderr=subprocess.PIPE)
        result = kit.expect(f"dead, {how}", doctor(nobody, "--json", "--state-dir", folder), CRITICAL, empty_err=True)
        found = findings(result, "ending")
        kit.check(f"dead, {how}: the reason", [(f["subject"], f["severity"]) for f in found] == [(reason, severity)], summary(result))
        if how == "clean":
            continue
        text = json.dumps(found)
        kit.check(f"dead, {how}: what ran", "was running compute_cells, request 0badcafe-00000002" in text, text)
        kit.check(f"dead, {how}: from the file", found[0]["evidence"][0]["source"].startswith(folder + "/recorder."), text)
        kit.check(f"dead, {how}: memory", "memory at the last sample 768.0 MiB" in text, text)
        kit.check(f"dead, {how}: by the environment", findings(doctor(nobody, "--json", env={"KZGD_STATE_DIR": folder}), "ending")
                  == found, found)  # fmt: skip
    empty = kit.path("state-empty")
    os.makedirs(empty)
    result = kit.expect("dead, an empty folder", doctor(nobody, "--json", "--state-dir", empty), CRITICAL, empty_err=True)
    kit.check("not known", not findings(result, "ending")[0]["known"], summary(result))
    result = doctor(nobody, "--json", "--state-dir", kit.path("state-none"))
    kit.check("dead, no folder: not known, and why", "No such file" in findings(result, "ending")[0]["title"], summary(result))
    kit.file("state-empty/recorder.previous", b"\0" * 262144)
    result = kit.expect("dead, a damaged file", doctor(nobody, "--json", "--state-dir", empty), CRITICAL, empty_err=True)
    kit.check("unknown", findings(result, "ending")[0]["subject"] == "unknown", summary(result))
    with StandIn(answers(recording() | {"ending": [404, None]})) as server:
        result = doctor(server, "--json", "--state-dir", kit.path("state-killed"))
    kit.check("alive without that page: from the folder", findings(result, "ending")[0]["severity"] == "warning"
              and not findings(result, "not_known"), summary(result))  # fmt: skip


# ---- Bundle -----------------------------------------------------------------------------------------------------------------

SECRET = "planted-secret-8c1f"


def contents(data):
    with tarfile.open(fileobj=io.BytesIO(data), mode="r:gz") as archive:
        members = archive.getmembers()
        assert all(m.isfile() and m.name.startswith("kzg-doctor/") and ".." not in m.name for m in members)
        return {m.name[len("kzg-doctor/"):]: archive.extractfile(m).read() for m in members}


def group_files():
    """A control group with figures, and a process named kzgd that has secrets."""
    for path, text in {"proc/88/stat": "88 (kzgd) S 1 88 88 0", "proc/88/status": "Name:\tkzgd\nVmRSS:\t1 kB\n",
                       "proc/88/environ": f"TOKEN={SECRET}\0", "proc/88/cmdline": f"kzgd\0--x={SECRET}\0",
                       "proc/88/limits": "Max open files 9\n", "cgroup/kzgd.service/memory.max": "4294967296\n",
                       "cgroup/kzgd.service/memory.events": "oom_kill 0\n", "cgroup/kzgd.service/notes": SECRET,
                       "outside/memory.max": SECRET, "state/recorder.previous": b"R" * 262144,
                       "state/recorder.previous.2": b"S" * 100, "state/notes": SECRET}.items():  # fmt: skip
        make(path)
        kit.file(path, text)
    os.symlink(kit.path("state/notes"), kit.path("state/recorder.link"))


def bundle():
    group_files()
    pages = recording()
    pages["memory"][1]["machine"]["cgroup"].update(path=kit.path("cgroup/kzgd.service"), limit_path=kit.path("cgroup") + "/../outside")
    pages["cpu"][1]["limits"].update(path=kit.path("outside"))
    pages["slow"] = [404, None]
    file = kit.path("bundle.tar.gz")
    places = MACHINE[:4] + ["--kernel-log", kit.file("oom2.log", OOM), "--state-dir", kit.path("state")]
    with StandIn(answers(pages)) as server:
        result = doctor(server, "--bundle", file, "--profile", places=places, env={"TOKEN": SECRET, "KZG_SECRET": SECRET})
        asked = [path for _, path, _, _ in server.requests]
        kit.check("bundle: findings are printed, and its size", result.lines()[-1].startswith(f"bundle: {file}, ")
                  and result.status == OK, result)  # fmt: skip
        kit.check("bundle: a profile of 5 s", "/debug/pprof/profile?seconds=5" in asked, asked)
        files = contents(read(file))
        wanted = {"README.txt", "findings.txt", "findings.json", "pages/version.json", "pages/metrics.txt", "pages/memory.json",
                  "pages/memory.txt", "pages/config.json", "pages/healthz.txt", "pages/slow.error", "pages/profile-1m.txt",
                  "pages/profile-all.txt", "pages/captures.json", "profile-cpu.pb.gz", "state/recorder.previous",
                  "state/recorder.previous.2", "state/ending.txt", "machine/kernel-oom.txt", "machine/proc/meminfo",
                  "machine/proc/loadavg", "machine/proc/88/status", "machine/proc/88/limits", "machine/cgroup-1/memory.max",
                  "machine/cgroup-1/memory.events", "machine/cgroup-1/path"}  # fmt: skip
        kit.check("bundle: everything", wanted <= set(files), wanted - set(files))
        kit.check("bundle: the pages as they are", json.loads(files["pages/memory.json"]) == pages["memory"][1]
                  and files["pages/metrics.txt"].decode() == pages["metrics"][1]
                  and files["pages/memory.txt"] == b"text of memory\n", sorted(files))  # fmt: skip
        kit.check("bundle: the findings", json.loads(files["findings.json"])["answers"] is True, files["findings.json"][:99])
        kit.check("bundle: the recorder", files["state/recorder.previous"] == b"R" * 262144, len(files["state/recorder.previous"]))
        kit.check("bundle: the kernel's lines about memory", files["machine/kernel-oom.txt"].decode().count("\n") == 2,
                  files["machine/kernel-oom.txt"])  # fmt: skip
        kit.check("bundle: the profile", gzip.decompress(files["profile-cpu.pb.gz"]) == b"a profile", "")
        found = [name for name, data in files.items() if SECRET.encode() in data or SECRET in name]
        kit.check("bundle: nothing secret", not found, found)
        kit.check("bundle: nothing beside what is meant", not {n for n in files if "environ" in n or "cmdline" in n or "notes" in n
                  or "link" in n or "outside" in n}, sorted(files))  # fmt: skip
        listed = subprocess.run(["tar", "tzf", file], capture_output=True)
        kit.check("bundle: tar reads it", listed.returncode == 0 and len(listed.stdout.splitlines()) == len(files), listed)
        without = doctor(server, "--bundle", "-", places=places)
        kit.check("bundle to standard output, alone", "profile-cpu.pb.gz" not in contents(without.out) and without.status == OK,
                  without)  # fmt: skip
        result = doctor(server, "--bundle", file, "--json", places=places)
        kit.check("bundle: JSON stays JSON", result.json()["answers"] is True, result)
        kit.check("bundle: no folder", (result := doctor(server, "--bundle", kit.path("no/where"))).status == FAILED
                  and b"cannot write" in result.err, result)  # fmt: skip
        kit.check("bundle: a full disk", (result := doctor(server, "--bundle", "/dev/full")).status == FAILED
                  and b"cannot write" in result.err, result)  # fmt: skip
    result = doctor(f"127.0.0.1:{free_port()}", "--bundle", file, places=places)
    files = contents(read(file))
    kit.check("bundle of a dead one", result.status == CRITICAL and "state/recorder.previous" in files
              and not [n for n in files if n.startswith("pages/") and "ending" not in n], sorted(files))  # fmt: skip
    for path in ("proc/88/stat", "proc/88/status"):
        os.unlink(kit.path(path))


# ---- A real kzgd --------------------------------------------------------------------------------------------------------------

def wait_for(what):
    for _ in range(2400):
        if what():
            return True
        time.sleep(0.1)
    return False


def real():
    if not DAEMON:
        return
    state, address = kit.path("state-real"), kit.path("address")
    os.makedirs(state)
    environment = {**os.environ, "TOKEN": SECRET, "KZGD_STATE_DIR": state}
    daemon = subprocess.Popen([DAEMON, "--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0", "--address-file", address,
                               "--workers", "1"], env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # fmt: skip
    try:
        kit.check("real: starts", wait_for(lambda: os.path.exists(address) and read(address).count(b"\n") >= 2), "")
        admin = read(address).decode().split()[-1].removeprefix("http://")
        places = ["--kernel-log", kit.path("kernel.log")]
        result = doctor(admin, "--json", places=places)
        critical = [f for f in result.json()["findings"] if f["severity"] == "critical"]
        kit.check("real: nothing critical", not critical and result.status in (OK, WARNINGS), summary(result))
        unreadable = [f for f in findings(result, "not_known") if f["severity"] == "warning" and f["subject"] != "readyz"]
        kit.check("real: every page is read, or not there", not unreadable, summary(result))
        for rule in ("memory_level", "memory_setup", "cpu_high", "queue", "descriptors", "version_skew", "backend"):
            kit.check(f"real: {rule} is known", all(f["known"] for f in findings(result, rule)) and findings(result, rule),
                      summary(result))  # fmt: skip
        file = kit.path("real.tar.gz")
        doctor(admin, "--bundle", file, places=places)
        files = contents(read(file))
        kit.check("real bundle: pages and the process", {"pages/cpu.txt", f"machine/proc/{daemon.pid}/status"} <= set(files),
                  sorted(files))  # fmt: skip
        kit.check("real bundle: nothing secret", not [n for n, data in files.items() if SECRET.encode() in data], "")
        recorded = any(name.startswith("recorder.") for name in os.listdir(state))
        daemon.send_signal(signal.SIGKILL)
        daemon.wait()
        result = kit.expect("real: killed", doctor(admin, "--json", "--state-dir", state, places=places), CRITICAL, empty_err=True)
        found = findings(result, "ending")[0]
        kit.check("real: killed, and it says so", found["subject"] == "killed" if recorded else not found["known"], found)
    finally:
        daemon.kill()
        daemon.wait()


# ---- Documents ------------------------------------------------------------------------------------------------------------------

def documents():
    text = read(os.path.join(TREE, "docs", "operating", "doctor.md")).decode()
    rows = dict(re.findall(r"^\| `(\w+)` \| (.*) \|$", text, re.M))
    listed = {name: what for name, _, what in rules_of_list()}
    kit.check("docs/operating/doctor.md has the rules", rows == listed, set(rows.items()) ^ set(listed.items()))


healthy()
one_thing_changed()
order_and_merging()
missing_pages()
garbage()
not_there()
usage()
kernel_log()
dead()
bundle()
real()
documents()
kit.finish()
