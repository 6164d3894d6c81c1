"""Probes and rotation by hand over real sockets: the grammar of the Kubernetes API server, JSON, what a daemon says
that has lost its view of the machine, and that probes do not wait for work."""

import os
import signal
import socket
import tempfile
import threading
import time

import harness as h
from limits_test import Busy, held_daemon

ZEROS = {"commitment": h.INFINITY, "z": bytes(32), "y": bytes(32), "proof": h.INFINITY}
CHEAP = h.post_bytes("verify_kzg_proof", h.ssz("verify_kzg_proof", ZEROS))
PROBES = ("livez", "readyz", "startupz", "healthz")
LIVENESS = {"arithmetic", "setup", "workers", "listeners"}
READINESS = LIVENESS | {"accepting", "self_test", "results", "queue", "cpu", "calibration", "loopback", "memory",
                        "descriptors", "clock"}


def get(daemon, path, accept=None):
    return h.ask(daemon.admin, h.request_bytes("GET", path, [] if accept is None else [("Accept", accept)]))


def post(daemon, path, accept=None):
    headers = [("Content-Length", 0)] + ([] if accept is None else [("Accept", accept)])
    return h.ask(daemon.admin, h.request_bytes("POST", path, headers))


def lines(answer):
    return answer.body.decode().splitlines()


def until(good, what, patience=h.PATIENCE):
    """Waits for an event; its last value, or an exception when it never comes."""
    end = time.monotonic() + patience
    while time.monotonic() < end:
        value = good()
        if value:
            return value
        time.sleep(0.02)
    raise RuntimeError(f"never: {what}")


def named(answer):
    """Names of the checks in a verbose answer."""
    return {line[3:].split(" ")[0] for line in lines(answer) if line[:3] in ("[+]", "[-]")}


# ---- The grammar ---------------------------------------------------------------------------------------------------

def probes_test(report):
    with h.Daemon() as daemon:
        for probe in PROBES:
            answer = get(daemon, f"/{probe}?verbose")
            report.check(answer.status == 200 and answer.headers["content-type"].startswith("text/plain")
                         and answer.headers["cache-control"] == "no-store"
                         and lines(answer)[-1] == f"{probe} check passed"
                         and lines(answer)[-2].endswith(" passed"), f"{probe}?verbose", answer)
            head = h.ask(daemon.admin, h.request_bytes("HEAD", f"/{probe}"), head=True)
            report.check(head.status == 200 and head.body == b"", f"HEAD {probe}", head)
        report.check(get(daemon, "/startupz").body == b"ok", "startupz alone is ok")
        report.equal(named(get(daemon, "/livez?verbose")), LIVENESS, "liveness is what a restart cures")
        report.equal(named(get(daemon, "/readyz?verbose")), READINESS, "readiness")
        report.equal(named(get(daemon, "/startupz?verbose")), {"startup"}, "startup")
        report.equal(named(get(daemon, "/healthz?verbose")), READINESS | {"startup"}, "all of them")
        queries(report, daemon)
        one_check(report, daemon)
        as_json(report, daemon)
        daemon.stop(report, "probes")


def queries(report, daemon):
    for query in ("verbose", "verbose=", "verbose=1", "x=y&verbose"):
        report.check(b"[+]accepting ok\n" in get(daemon, f"/readyz?{query}").body, f"?{query}")
    answer = get(daemon, "/readyz?verbose&exclude=accepting&exclude=cpu")
    report.check("[+]accepting excluded: ok" in lines(answer) and "[+]cpu excluded: ok" in lines(answer)
                 and lines(answer)[-2].endswith(f"/{len(READINESS) - 2} passed"), "exclude, twice", answer)
    answer = get(daemon, "/readyz?verbose&exclude=nothing")
    report.check(b'cannot be excluded: no matches for "nothing"\n' in answer.body, "an exclude of nothing is told",
                 answer)
    answer = get(daemon, "/readyz?verbose&" + "&".join(["exclude=cpu"] * 200))
    report.check(answer.status == 200 and "[+]cpu excluded: ok" in lines(answer), "200 excludes", answer)


def one_check(report, daemon):
    answer = get(daemon, "/readyz/accepting")
    report.check(answer.status == 200 and answer.body == b"ok", "one check", answer)
    answer = get(daemon, "/readyz/accepting?verbose")
    report.equal(lines(answer), ["[+]accepting ok", "1/1 passed", "readyz check passed"], "one check, verbose")
    for path in ("/readyz/nothing", "/livez/accepting", "/startupz/workers", "/readyz/accepting/", "/livez/"):
        report.equal(get(daemon, path).code(), "not_found", f"{path} is not there")
    answer = get(daemon, "/healthz/memory", h.JSON)
    report.check(answer.status == 200 and answer.json()["name"] == "memory" and answer.json()["severity"] == "warning",
                 "one check as JSON", answer)


def as_json(report, daemon):
    answer = get(daemon, "/healthz", h.JSON)
    whole = answer.json()
    checks = {check["name"]: check for check in whole["checks"]}
    report.check(answer.headers["content-type"] == h.JSON and whole["state"] in ("ok", "degraded")
                 and whole["judged"] == len(checks) == len(READINESS) + 1, "healthz as JSON", answer)
    report.check(checks["workers"]["classes"] == ["liveness", "readiness"]
                 and checks["workers"]["severity"] == "critical" and checks["workers"]["limit"] > 0
                 and checks["workers"]["value"] == 0, "with classes, severity, value and limit", checks["workers"])
    answer = get(daemon, "/readyz?exclude=cpu", h.JSON)
    report.check([check["excluded"] for check in answer.json()["checks"] if check["name"] == "cpu"] == [True],
                 "exclude in JSON", answer)


def version_test(report):
    with h.Daemon() as daemon:
        version = daemon.get("/version").json()
        report.check(version["isa"].split("+")[0] in ("x86-64", "aarch64", "other"), "the isa", version)
        report.check(version["backend"] == "portable" or version["backend"] in version["isa"].split("+"), "fits the backend", version)
        daemon.stop(report, "version")


# ---- A life ----------------------------------------------------------------------------------------------------------

def startup_test(report):
    """Steps come in their order and never go back; alive throughout."""
    for last in (False,) * 9 + (True,):  # again where the steps were over before they were asked for
        if watch_start(report, last):
            return


def watch_start(report, last):
    """Whether enough of it was seen to say that progress is."""
    order = ["listeners", "setup", "tables", "checksums", "self_test", "workers"]
    with tempfile.TemporaryDirectory() as folder:
        admin = f"unix:{folder}/admin"
        with h.Daemon("--listen", f"unix:{folder}/api", "--admin-listen", admin, listen=False, wait=False) as daemon:
            seen, alive = [], set()
            while not os.path.exists(daemon.address_file) and daemon.process.poll() is None:
                try:
                    answer = h.ask(admin, h.request_bytes("GET", "/startupz", [("Accept", h.JSON)]))
                    check = answer.json()["checks"][0]
                    if check["message"] and check["message"].split(",")[0] not in seen[-1:]:
                        seen.append(check["message"].split(",")[0])
                    alive.add(h.ask(admin, h.request_bytes("GET", "/livez")).status)
                    alive.add(answer.status if check["state"] != "failed" else answer.status - 303)
                except (OSError, h.Closed):
                    pass  # the socket is not there yet
            daemon.wait_ready()
            report.equal(seen, [step for step in order if step in seen], "steps in their order, none twice")
            enough = len(seen) >= 3 and "self_test" in seen
            if enough or last:
                report.check(enough, "progress is seen", seen)
            report.equal(alive, {200}, "alive, and 503 from startupz, while it starts")
            report.equal(get(daemon, "/startupz").status, 200, "started")
            daemon.stop(report, "startup")
            return enough


def rotation_test(report):
    with h.Daemon() as daemon:
        answer = post(daemon, "/drain")
        report.check(answer.status == 200 and answer.body.startswith(b"out of rotation"), "drain", answer)
        ready = get(daemon, "/readyz")
        report.check(ready.status == 503 and "retry-after" in ready.headers
                     and lines(ready)[0].startswith("[-]accepting failed: taken out of rotation by hand at 20")
                     and lines(ready)[-1] == "readyz check failed", "not ready, and says why", ready)
        report.equal(daemon.metric("kzg_ready"), 0, "and so say the metrics")
        report.equal([get(daemon, path).status for path in ("/livez", "/startupz", "/readyz?exclude=accepting")],
                     [200] * 3, "alive, started, and all else is well")
        report.equal(h.ask(daemon.api, CHEAP).status, 200, "it serves who comes")
        report.equal(post(daemon, "/drain").body, b"out of rotation already\n", "drain twice is drain once")
        report.equal(post(daemon, "/undrain", h.JSON).json(), {"in_rotation": True}, "undrain, as JSON")
        report.equal((get(daemon, "/readyz").status, daemon.metric("kzg_ready")), (200, 1), "ready again")
        report.equal(post(daemon, "/undrain").body, b"in rotation already\n", "undrain twice")
        daemon.wait_event("in_rotation")
        report.equal([len(daemon.events(name)) for name in ("out_of_rotation", "in_rotation")], [1, 1],
                     "one line in the log for each change")
        report.equal(get(daemon, "/drain").status, 405, "GET does not drain")
        until(lambda: [e for e in daemon.events("health_changed") if (e["check"], e["to"]) == ("accepting", "ok")],
              "the checker has seen it accept")
        post(daemon, "/drain")
        until(lambda: [e for e in daemon.events("health_changed") if "by hand" in e["message"]],
              "the change of state in the log")
        report.check(daemon.process.poll() is None, "still there")
        daemon.stop(report, "rotation")


# ---- What fails ------------------------------------------------------------------------------------------------------

def blind_test(report):
    """Without /proc and control groups: serves on, and says what it lost."""
    with tempfile.TemporaryDirectory() as empty:
        with h.Daemon("--proc-root", empty, "--cgroup-root", empty) as daemon:
            answer = until(lambda: next((a for a in [get(daemon, "/readyz")] if b"[-]memory" in a.body
                                         and b"[-]descriptors" in a.body), None), "the lost figures")
            report.check(answer.status == 200 and b"[-]memory failed: what is in use cannot be read" in answer.body
                         and f"[-]descriptors failed: cannot read {empty}/self/fd" in answer.body.decode(),
                         "ready, and degraded: it says what it cannot read", answer)
            whole = get(daemon, "/healthz", h.JSON).json()
            report.equal(whole["state"], "degraded", "the state of the whole")
            report.equal((get(daemon, "/livez").status, h.ask(daemon.api, CHEAP).status), (200, 200), "alive, serves")
            report.check(until(lambda: {"memory", "descriptors"} <= {e["check"] for e in daemon.events("health_changed")
                                                                     if e["to"] == "failed" and e["level"] == "warn"}, "both lines"),
                         "and lines in the log")
            daemon.stop(report, "blind")


def folder_test(report):
    with tempfile.TemporaryDirectory() as folder:
        state = os.path.join(folder, "state")
        os.mkdir(state)
        with h.Daemon("--state-dir", state, "--log-file", os.path.join(folder, "log")) as daemon:
            space = get(daemon, "/healthz/state_space", h.JSON).json()
            report.check(space["severity"] == "warning" and space["classes"] == ["readiness"],
                         "the state's folder is watched", space)
            for name in ("state_inodes", "log_space", "log_inodes"):
                check = until(lambda name=name: next((c for c in [get(daemon, f"/healthz/{name}", h.JSON).json()]
                                                      if c["state"] != "pending"), None), f"a run of {name}")
                report.check(check["state"] in ("ok", "degraded", "failed") and folder in check["message"],
                             f"{name} names its folder", check)
            report.check(daemon.metric("kzg_health_check_state", check="disk") in (0, 1, 2), "as one in the metrics")
            daemon.stop(report, "folder")


def peers_test(report):
    peer = socket.create_server(("127.0.0.1", 0))
    there = f"127.0.0.1:{peer.getsockname()[1]}"
    gone = socket.create_server(("127.0.0.1", 0))
    missing = f"127.0.0.1:{gone.getsockname()[1]}"
    gone.close()
    with h.Daemon("--health-peers", f"{there},{missing},unix:/nowhere/at/all") as daemon:
        answer = until(lambda: next((a for a in [get(daemon, "/readyz?verbose")] if b"not run yet" not in a.body), None),
                       "the peers are tried")
        report.check(answer.status == 200 and "[+]peer_1 ok" in lines(answer), "a peer that is there", answer)
        report.check(f"[-]peer_2 failed: cannot connect to {missing}: Connection refused" in answer.body.decode()
                     and "[-]peer_3 failed: cannot connect to unix:/nowhere/at/all" in answer.body.decode(),
                     "those that are not are named, and this one is ready all the same", answer)
        daemon.stop(report, "peers")
    peer.close()
    for bad in ("nonsense", "host:", ":1", ",".join(["h:1"] * 17)):
        with h.Daemon("--health-peers", bad, wait=False) as daemon:
            report.check(daemon.wait() != 0 and "health check" in daemon.log(), f"--health-peers {bad[:20]} is refused",
                         daemon.log())


def options_test(report):
    for bad in ("Always", "", "yes"):
        with h.Daemon("--verify-results", bad, wait=False) as daemon:
            report.check(daemon.wait() == 2 and "always, sample, off" in daemon.log(), f"--verify-results '{bad}'",
                         daemon.log())
    for mode in ("off", "sample", "always"):
        with h.Daemon("--verify-results", mode, "--self-test-interval", "0") as daemon:
            wrong = [name for name, operation, values, output in h.known_answers()
                     if daemon.post(operation, h.ssz(operation, values)).body != h.raw_output(output)]
            report.equal(wrong, [], f"known answers with --verify-results {mode}")
            # The client's commitment is not the blob's: its proof verifies for nobody, and nothing is wrong with us.
            foreign = h.ssz("compute_blob_kzg_proof", {"blob": h.constant_blob(2), "commitment": h.G1})
            report.equal(daemon.post("compute_blob_kzg_proof", foreign).status, 200, f"a foreign commitment, {mode}")
            report.equal(get(daemon, "/readyz").status, 200, f"ready with {mode}")
            daemon.stop(report, mode)


def rounds_test(report):
    """Self-tests go on while the daemon serves, also under full load, and requests do not notice. One round is waited for: at
    low priority it may take minutes on a machine whose other processes take all that there is."""
    with h.Daemon("--self-test-interval", "0.2", "--workers", "1") as daemon:
        until(lambda: len(daemon.events("self_test_passed")) >= 3, "rounds of an idle daemon")
        stop, wrong = threading.Event(), []

        def load():
            with h.Connection(daemon.api) as connection:
                while not stop.is_set():
                    connection.send(h.post_bytes("blob_to_kzg_commitment", h.constant_blob(1)))
                    answer = connection.answer()
                    if answer.status != 200 or answer.body != h.G1:
                        wrong.append(answer)

        threads = [threading.Thread(target=load) for _ in range(4)]
        for thread in threads:
            thread.start()
        before = len(daemon.events("self_test_passed"))
        try:
            until(lambda: len(daemon.events("self_test_passed")) >= before + 1, "a round under load", 10 * h.PATIENCE)
            probes = {get(daemon, "/readyz").status for _ in range(50)}
        finally:
            stop.set()
            for thread in threads:
                thread.join()
        report.equal((wrong[:1], probes), ([], {200}), "right answers and readiness meanwhile")
        report.equal(daemon.events("self_test_failed"), [], "no test failed")
        daemon.stop(report, "rounds")


def busy_test(report):
    """Ten times more work than the queue holds: a probe asks nothing of the workers, so it is answered while they, and
    everything that waits for them, stand still."""
    with held_daemon("--queue-length", "4") as daemon:
        busy = Busy(daemon)
        request = h.post_bytes("compute_cells_and_kzg_proofs", h.constant_blob(2))
        flood = [h.Connection(daemon.api) for _ in range(40)]
        for connection in flood:
            connection.send(request)
        report.check(daemon.wait_metric(lambda depth: depth == 4, "kzg_queue_depth"), "the queue is full")
        times, states = [], set()
        for _ in range(20):
            begin = time.monotonic()
            states.add(get(daemon, "/readyz").status)
            times.append(time.monotonic() - begin)
        depth = get(daemon, "/readyz/queue", h.JSON).json()
        report.equal(states, {200}, "ready while the queue is full")
        report.equal((depth["value"], depth["limit"]), (4, 4), "the queue's depth and length are in the report")
        print(f"# readyz under tenfold load: median {sorted(times)[10] * 1e3:.1f} ms, longest {max(times) * 1e3:.1f} ms")
        busy.finish()
        statuses = [connection.answer().status for connection in flood]
        report.equal((statuses.count(200), statuses.count(503)), (4, 36), "requests are answered or shed")
        daemon.stop(report, "busy")


def ending_test(report):
    """SIGTERM is another thing than /drain, and undrain does not undo it."""
    with h.Daemon("--drain-delay", "10") as daemon:
        post(daemon, "/drain")
        daemon.process.send_signal(signal.SIGTERM)
        until(lambda: b"draining" in get(daemon, "/readyz").body, "draining")
        post(daemon, "/undrain")
        answer = get(daemon, "/readyz")
        report.check(answer.status == 503 and b"[-]accepting failed: draining" in answer.body, "it ends all the same",
                     answer)
        report.equal(daemon.wait(), 0, "exit status")


if __name__ == "__main__":
    h.main({"probes": probes_test, "version": version_test, "startup": startup_test, "rotation": rotation_test,
            "blind": blind_test, "folder": folder_test, "peers": peers_test, "options": options_test, "rounds": rounds_test,
            "busy": busy_test, "ending": ending_test})
