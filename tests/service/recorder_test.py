"""The flight recorder of a real daemon: how it ended is what the next one says, on its page, in its log, as a metric."""

import os
import signal
import tempfile

import harness as h
from limits_test import Busy, held_daemon


def ending(daemon):
    return h.ask(daemon.admin, h.request_bytes("GET", "/debug/ending", [("Accept", h.JSON)]))


def told(report, daemon, reason, what):
    """The page, the log and the metric all have the reason; the page's JSON is returned."""
    answer = ending(daemon)
    page = answer.json() if answer.status == 200 else {}
    report.equal(page.get("reason"), reason, f"{what}: the page says {reason}")
    report.equal(daemon.metric("kzg_previous_end", reason=reason), 1, f"{what}: the metric")
    events = [] if reason == "none" else [reason]
    report.equal([event["reason"] for event in daemon.events("previous_end")], events, f"{what}: the log")
    return page


def endings_test(report):
    with tempfile.TemporaryDirectory() as state:
        flags = ("--state-dir", state, "--kernel-log", "", "--workers", "1")
        with h.Daemon(*flags) as daemon:
            told(report, daemon, "none", "first start")
            recorder = h.ask(daemon.admin, h.request_bytes("GET", "/debug/recorder", [("Accept", h.JSON)])).json()
            report.check(recorder["state"] == "ready", "the recorder knows that the daemon is ready", recorder)
            daemon.stop(report, "first")
        with h.Daemon(*flags) as daemon:
            told(report, daemon, "clean", "after SIGTERM")
            daemon.stop(report, "second")
        with h.Daemon(*flags, wait=False) as daemon:
            report.check(daemon.wait_event("starting"), "a third start")
            daemon.terminate()
            report.equal(daemon.wait(), 0, "SIGTERM while it starts: exit status")
            report.equal([event["reason"] for event in daemon.events("stopped")], ["a signal before it was ready"], "and why")
        with held_daemon(*flags) as daemon:
            told(report, daemon, "clean", "after SIGTERM while it started")
            busy = Busy(daemon)
            daemon.process.kill()
            daemon.process.wait()
            del busy
        with h.Daemon(*flags) as daemon:
            page = told(report, daemon, "killed", "after SIGKILL")
            flight = page.get("recording", {}).get("in_flight", [])
            report.check(any(one["operation"] == "compute_challenge" for one in flight), "with what was in flight", page)
            daemon.process.send_signal(signal.SIGSEGV)
            report.equal(daemon.process.wait(), -signal.SIGSEGV, "a crash keeps its exit status")
        with h.Daemon(*flags) as daemon:
            page = told(report, daemon, "crash", "after SIGSEGV")
            report.check("SIGSEGV" in page["text"], "which names the signal", page.get("text"))
            text = h.ask(daemon.admin, h.request_bytes("GET", "/debug/ending"))
            report.check(text.status == 200 and b"SIGSEGV" in text.body, "also as text", text)
            daemon.stop(report, "last")


def failed_start_test(report):
    with tempfile.TemporaryDirectory() as state:
        flags = ("--state-dir", state, "--kernel-log", "")
        with h.Daemon(*flags, "--trusted-setup", "/dev/null", wait=False) as daemon:
            report.equal(daemon.process.wait(h.PATIENCE), 1, "a start that fails ends with 1")
        with h.Daemon(*flags) as daemon:
            page = told(report, daemon, "unknown", "after a start that failed")
            report.check("error" in page["text"], "it ended by itself with an error", page.get("text"))
            daemon.stop(report, "next")


def nowhere_test(report):
    with h.Daemon() as daemon:
        answer = ending(daemon)
        report.check(answer.status == 501 and answer.code() == "not_available", "without a state folder: 501", answer)
        report.equal(daemon.metric("kzg_recorder_write_failures_total"), 0, "and nothing fails")
        daemon.stop(report, "no folder")
    with tempfile.NamedTemporaryFile() as file, h.Daemon("--state-dir", os.path.join(file.name, "x")) as daemon:
        report.check(len(daemon.events("recorder_off")) == 1, "a folder that cannot be made is told", daemon.log()[:500])
        report.check(daemon.metric("kzg_recorder_write_failures_total") > 0, "failures are counted")
        report.equal(daemon.post("blob_to_kzg_commitment", bytes(h.BLOB)).body, h.INFINITY, "and the daemon serves")
        daemon.stop(report, "unwritable folder")


def level_test(report):
    def put(daemon, body):
        return h.ask(daemon.admin, h.request_bytes("PUT", "/debug/log-level", [("Content-Length", len(body))], body))

    with h.Daemon("--log-level", "warn") as daemon:
        report.equal(daemon.get("/debug/log-level").body, b"warn\n", "the level")
        for body in (b"", b"loud", b"debug" * 20, b"\xff"):
            answer = put(daemon, body)
            report.check(answer.status == 400 and answer.code() == "query_invalid", f"{body!r} is no level", answer)
        report.equal(put(daemon, b"debug\n").body, b"debug\n", "it can be changed")
        daemon.post("blob_to_kzg_commitment", bytes(h.BLOB))
        report.check(daemon.wait_event("operation_completed"), "and holds at once")
        report.equal(daemon.wait_event("log_level")[0]["to"], "debug", "the change is a line itself")
        daemon.stop(report, "log level")


if __name__ == "__main__":
    h.main({"endings": endings_test, "failed_start": failed_start_test, "nowhere": nowhere_test, "level": level_test})
