"""A daemon that computes wrongly, or whose memory has changed: what it notices, how fast it stands aside, and that no
answer goes out that was computed after that. kzgd_planted has the faults; planted.c lists the signals."""

import os
import signal
import sys
import threading
import time

import harness as h

ARITHMETIC, MEMORY = signal.SIGUSR1, signal.SIGUSR2
FASTEST = None  # the variant that this machine chooses by itself: main() asks
SUMS, SUMS_OF_SEVEN, STUCK, UNSTUCK, HOLD, LET_GO = (signal.SIGRTMIN + i for i in (1, 2, 3, 4, 5, 6))


def get(daemon, path, accept=None):
    return h.ask(daemon.admin, h.request_bytes("GET", path, [] if accept is None else [("Accept", accept)]))


def check_of(daemon, probe, name):
    return get(daemon, f"/{probe}/{name}", h.JSON).json()


def until(good, what):
    end = time.monotonic() + h.PATIENCE
    while time.monotonic() < end:
        value = good()
        if value:
            return value
        time.sleep(0.01)
    raise RuntimeError(f"never: {what}")


def plant(daemon, number):
    """Sends the signal and waits until the fault is there."""
    before = daemon.log().count("planted\n")
    daemon.process.send_signal(number)
    until(lambda: daemon.log().count("planted\n") > before, "the fault")


def right_answers(daemon):
    return all(daemon.post(operation, h.ssz(operation, values)).body == h.raw_output(output)
               for _, operation, values, output in h.known_answers())


class Clients:
    """Ask for commitments of blobs whose answer is known, without end: every answer with its times."""

    def __init__(self, daemon, count=3):
        self.daemon, self.answers, self.stopped = daemon, [], threading.Event()
        self.threads = [threading.Thread(target=self.run, daemon=True) for _ in range(count)]
        for thread in self.threads:
            thread.start()

    def run(self):
        request = h.post_bytes("blob_to_kzg_commitment", h.constant_blob(2))
        while not self.stopped.is_set():
            try:
                with h.Connection(self.daemon.api) as connection:
                    while not self.stopped.is_set():
                        sent = time.time()
                        connection.send(request)
                        answer = connection.answer()
                        self.answers.append((sent, time.time(), answer.status, answer.body))
            except (h.Closed, OSError):
                pass  # tried again, until the test ends

    def end(self):
        self.stopped.set()
        for thread in self.threads:
            thread.join()
        return self.answers


def seconds(event):
    """An event's time, on the clock of time.time()."""
    text = event["ts"].rstrip("Z")
    whole, fraction = text.split(".")
    return time.mktime(time.strptime(whole, "%Y-%m-%dT%H:%M:%S")) - time.timezone + float("0." + fraction)


# ---- A variant that computes wrongly -----------------------------------------------------------------------------------

def quarantine_test(report):
    with h.Daemon("--self-test-interval", "0.3", "--workers", "2", "--verify-results", "off") as daemon:
        until(lambda: len(daemon.events("self_test_passed")) >= 2, "a round")
        clients = Clients(daemon)
        plant(daemon, SUMS)
        until(lambda: daemon.events("backend_quarantined"), "the quarantine")
        until(lambda: daemon.events("integrity_restored"), "the return")
        end = time.time()
        until(lambda: any(sent > end for sent, _, _, _ in clients.answers), "an answer since")
        answers = clients.end()
        found, restored = (seconds(daemon.events(name)[0]) for name in ("self_test_failed", "integrity_restored"))
        wrong = [a for a in answers if a[2] == 200 and a[3] != h.G2X]
        # A millisecond for the log's resolution, some for the answer's way out of the sockets.
        late = [received - found for sent, received, _, _ in wrong if sent > found + 0.001]
        report.check(wrong, "before it is found, wrong answers do go out: the fault is real")
        report.equal(late, [], "no wrong answer to a request that came after that")
        refused = [a for a in answers if a[2] != 200]
        report.check(len(refused) <= 3 and all(a[2] == 503 for a in refused),
                     "requests waited for the other arithmetic; but what was computed and not yet sent is refused", refused)
        report.check(restored >= found, "the order of events")
        report.check(daemon.metric("kzg_self_test_runs_total", result="failed") >= 1
                     and daemon.metric("kzg_self_test_last_success_timestamp_seconds") > found,
                     "runs of the self-test are counted, and when it last passed")
        unready = [e for e in daemon.events("health_changed") if e["check"] == "self_test" and e["to"] == "failed"]
        print(f"# {len(answers)} answers, {len(wrong)} wrong before detection, unready for "
              f"{restored - found:.2f} s, seen by the checker: {len(unready)}")
        after_quarantine(report, daemon)
        daemon.stop(report, "quarantine")


def after_quarantine(report, daemon):
    ready, arithmetic = get(daemon, "/readyz"), check_of(daemon, "healthz", "arithmetic")
    report.check(ready.status == 200 and f"[+]arithmetic degraded: {FASTEST} computes wrongly" in ready.body.decode(),
                 "ready, and degraded", ready)
    report.check(arithmetic["state"] == "degraded" and "portable serves" in arithmetic["message"], "by name", arithmetic)
    report.equal(daemon.get("/version").json()["backend"], "portable", "/version names what computes now")
    report.check(all(e["level"] == "error" for e in daemon.events("backend_quarantined")), "a line at error")
    metrics = [daemon.metric("kzg_ready"), daemon.metric("kzg_health_check_state", check="arithmetic"),
               daemon.metric("kzg_backend_quarantined", backend=FASTEST),
               daemon.metric("kzg_backend_quarantined", backend="portable")]
    report.equal(metrics, [1, 1, 1, 0], "and so say the metrics")
    build = [dict(labels)["backend"] for name, labels in daemon.metrics() if name == "kzg_build_info"]
    report.equal(build, ["portable"], "the build's info names what computes now")
    report.check(right_answers(daemon), "known answers of every operation")
    report.equal(get(daemon, "/livez").status, 200, "alive")


def unready_test(report):
    """Readiness fails at once: from the moment that the gate closes, which is held closed here, until it opens."""
    with h.Daemon("--self-test-interval", "0.3", "--verify-results", "off") as daemon:
        report.equal(get(daemon, "/readyz").status, 200, "ready")
        plant(daemon, HOLD)
        plant(daemon, ARITHMETIC)
        until(lambda: daemon.events("self_test_failed"), "a self-test that fails")
        answer = get(daemon, "/readyz")
        report.check(answer.status == 503 and f"[-]self_test failed: wrong with {FASTEST}".encode() in answer.body,
                     "unready from that moment, with the reason", answer)
        plant(daemon, LET_GO)
        until(lambda: daemon.events("integrity_restored"), "the return")
        report.equal(get(daemon, "/readyz").status, 200, "ready again")
        after_quarantine(report, daemon)
        daemon.stop(report, "unready")


def start_test(report):
    with h.Daemon(environment={"PLANT_AT_START": "1"}) as daemon:
        report.equal(len(daemon.events("self_test_failed")), 1, "a variant that is wrong from the start is found")
        after_quarantine(report, daemon)
        daemon.stop(report, "start")


def nothing_left_test(report):
    """The portable arithmetic is wrong: no answers at all, and a restart is asked for."""
    with h.Daemon("--self-test-interval", "0.3", "--verify-results", "off", "--backend", "portable",
                  environment={"PLANT_ANY": "1"}) as daemon:
        clients = Clients(daemon, 2)
        plant(daemon, SUMS)
        until(lambda: daemon.events("integrity_lost"), "the end of trust")
        answer = until(lambda: next((a for a in [daemon.post("compute_cells", bytes(h.BLOB))] if a.status != 200), None),
                       "a refusal")
        lost = time.time()
        report.equal((answer.status, answer.code()), (503, "not_ready"), "requests are refused")
        time.sleep(0.2)
        late = [a for a in clients.end() if a[0] > lost and a[2] == 200]
        report.equal(late, [], "no answer any more")
        report.equal([get(daemon, path).status for path in ("/livez", "/readyz", "/healthz", "/startupz")],
                     [503, 503, 503, 200], "not alive: a restart is what is left")
        report.check("restart" in daemon.events("integrity_lost")[0]["advice"], "and said")
        daemon.stop(report, "nothing left")


# ---- Memory ------------------------------------------------------------------------------------------------------------

def memory_test(report):
    with h.Daemon("--self-test-interval", "0.3", "--verify-results", "off") as daemon:
        plant(daemon, MEMORY)
        until(lambda: daemon.events("integrity_lost"), "a flipped bit")
        event = daemon.events("integrity_lost")[0]
        report.check(event["wrong"] == "tables" and "memory" in event["reason"], "a flipped bit is found", event)
        setup = check_of(daemon, "livez", "setup")
        report.check(setup["state"] == "failed" and setup["message"] == "memory of the tables has changed: restart",
                     "and told", setup)
        report.equal([get(daemon, path).status for path in ("/livez", "/readyz")], [503, 503], "a restart cures it")
        report.equal(daemon.post("blob_to_kzg_commitment", h.constant_blob(2)).code(), "not_ready", "no answers")
        report.equal(daemon.events("backend_quarantined"), [], "the arithmetic is not blamed")
        daemon.stop(report, "memory")


# ---- Results that fail their check ---------------------------------------------------------------------------------------

def results_test(report):
    """A fault that the self-test cannot see: only results for some inputs are wrong."""
    with h.Daemon("--self-test-interval", "0", "--verify-results", "always") as daemon:
        seven = h.constant_blob(7)
        right = daemon.post("blob_to_kzg_commitment", seven)
        plant(daemon, SUMS_OF_SEVEN)
        first = daemon.post("blob_to_kzg_commitment", seven)
        report.equal((right.status, first.status, first.code()), (200, 500, "internal_error"), "a wrong result stays in")
        until(lambda: len(daemon.events("integrity_restored")) == 1, "the self-test that follows")
        until(lambda: get(daemon, "/readyz").status == 200, "ready again")
        report.check(check_of(daemon, "readyz", "results")["state"] == "failed"
                     and get(daemon, "/healthz", h.JSON).json()["state"] == "degraded", "degraded, and says why")
        report.equal(daemon.get("/version").json()["backend"], FASTEST, "once is not proof enough")
        second = daemon.post("blob_to_kzg_commitment", seven)
        report.equal(second.code(), "internal_error", "the second one stays in too")
        until(lambda: daemon.events("backend_quarantined"), "the quarantine")
        third = daemon.post("blob_to_kzg_commitment", seven)
        report.equal((third.status, third.body), (200, right.body), "the portable arithmetic has the answer")
        report.equal(len(daemon.events("result_wrong")), 2, "a line for each")
        report.equal(daemon.metric("kzg_results_verified_total", result="failed"), 2, "and counted")
        after_quarantine(report, daemon)
        daemon.stop(report, "results")


def checked_test(report):
    """With every result checked, a fault that is everywhere lets no wrong answer out at all."""
    with h.Daemon("--self-test-interval", "0", "--verify-results", "always", "--workers", "2") as daemon:
        clients = Clients(daemon)
        until(lambda: len(clients.answers) > 5, "some answers")
        plant(daemon, SUMS)
        until(lambda: daemon.events("backend_quarantined") and daemon.events("integrity_restored"), "the quarantine")
        count = len(clients.answers)
        until(lambda: len(clients.answers) > count + 5, "answers since")
        answers = clients.end()
        report.equal([a for a in answers if a[2] == 200 and a[3] != h.G2X], [], "no wrong answer")
        report.check({a[2] for a in answers} <= {200, 500, 503}, "some refused", {a[2] for a in answers})  # 503 while it is closed
        after_quarantine(report, daemon)
        daemon.stop(report, "checked")


# ---- Workers -------------------------------------------------------------------------------------------------------------

def stuck_test(report):
    with h.Daemon("--workers", "2", "--self-test-interval", "0") as daemon:
        request = h.post_bytes("compute_challenge", h.ssz("compute_challenge",
                                                          {"blob": bytes(h.BLOB), "commitment": h.INFINITY}))
        plant(daemon, STUCK)
        with h.Connection(daemon.api) as one, h.Connection(daemon.api) as two:
            one.send(request)
            check = until(lambda: next((c for c in [check_of(daemon, "livez", "workers")] if c["state"] == "degraded"),
                                       None), "one stuck worker")
            report.check(check["value"] == 1 and check["limit"] == 2 and "at compute_challenge for" in check["message"],
                         "one of two: degraded, and named", check)
            report.equal(get(daemon, "/livez").status, 200, "alive")
            two.send(request)
            until(lambda: get(daemon, "/livez").status == 503, "both stuck")
            report.check(b"[-]workers failed: 2 of 2 workers stuck: worker 0 at" in get(daemon, "/readyz").body,
                         "all: not alive, not ready")
            plant(daemon, UNSTUCK)
            report.equal([one.answer().status, two.answer().status], [200, 200], "freed, they answer")
        until(lambda: get(daemon, "/livez").status == 200, "alive again")
        daemon.stop(report, "stuck")


def main():
    everywhere = {"nothing_left": nothing_left_test, "memory": memory_test, "stuck": stuck_test}
    global FASTEST
    fast = {"quarantine": quarantine_test, "unready": unready_test, "start": start_test, "results": results_test,
            "checked": checked_test}
    os.environ["TZ"] = "UTC"
    time.tzset()
    with h.Daemon() as daemon:
        FASTEST = daemon.get("/version").json()["backend"]
    if FASTEST == "portable":
        print(f"!! SKIPPED {', '.join(fast)}: this machine has no arithmetic but the portable one")
        fast = {}
    h.main({**fast, **everywhere})


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(f"usage: {sys.argv[0]} /path/to/kzgd_planted [tests]")
    main()
