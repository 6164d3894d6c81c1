"""The log of a running daemon: its lines, its file and what becomes of it, repetitions, and an output that is stuck."""

import datetime
import glob
import json
import os
import re
import signal
import subprocess
import tempfile
import time

import harness as h
from limits_test import CHEAP, ZEROS

FIXED = ["ts", "level", "event", "operation", "duration_ms", "status", "error", "request_id", "trace_id"]
BAD = h.post_bytes("verify_kzg_proof", b"\xff" * len(ZEROS))  # decoded, and refused by the library


SHORT = h.post_bytes("verify_kzg_proof", b"x")  # refused: lines without work


def daemon_with(*flags, **options):
    """Small tables: these tests are about other things."""
    return h.Daemon("--precompute", "0", *flags, **options)


def until(condition):
    end = time.monotonic() + h.PATIENCE
    while not condition() and time.monotonic() < end:
        time.sleep(0.01)
    return condition()


def read(path):
    with open(path, encoding="ascii") as file:
        return file.read()


def lines_of(*paths):
    """All lines; each must be one whole JSON object."""
    return [json.loads(line) for path in paths for line in read(path).splitlines()]


def named(lines, name):
    return [line for line in lines if line["event"] == name]


# ---- Lines -------------------------------------------------------------------------------------------------------

def life_test(report):
    with daemon_with() as daemon:
        evil = 'x" injected="1\\n{}'
        h.ask(daemon.api, h.request_bytes("POST", "/" + "%0a", [("X-Request-Id", evil), ("Content-Length", 0)]))
        daemon.post("blob_to_kzg_commitment", b'{"\x1b[31m":1}', h.JSON)
        daemon.post("blob_to_kzg_commitment", h.constant_blob(2))
        h.ask(daemon.api, BAD)
        daemon.terminate()
        daemon.wait()
        lines = daemon.log().splitlines()
        events = [json.loads(line) for line in lines]
        report.check(all(len(line) < 4096 and line.isascii() for line in lines), "short, and plain ASCII")
        report.check("00" * 100 not in daemon.log(), "no blob data in it")
        keys = [[key for key in event if key in FIXED] == [key for key in FIXED if key in event] ==
                list(event)[:len([key for key in FIXED if key in event])] for event in events]
        report.check(all(keys) and all(list(event)[:3] == FIXED[:3] for event in events), "keys in their order", events)
        names = [event["event"] for event in events]
        order = [names.index(name) for name in ("starting", "self_test_passed", "ready", "draining", "stopped")]
        report.equal(order, sorted(order), "the events of a life are in order")
        failed = named(events, "operation_failed")
        report.equal([(line["level"], line["status"], line["operation"]) for line in failed],
                     [("info", "point_encoding_invalid", "verify_kzg_proof")], "a client's fault is told at info")
        report.check(failed[0]["error"] and failed[0]["duration_ms"] >= 0, "with words and a duration", failed)
        done = named(events, "operation_completed")
        report.equal([(line["level"], line["status"]) for line in done], [("debug", "ok")], "a completed one at debug")
    for form, pattern in (("logfmt", r'ts=\S+ level=info event=starting version=\S+'),
                          ("text", r'\S+ info starting version=\S+')):
        with daemon_with("--log-format", form) as daemon:
            report.check(re.search("^" + pattern, daemon.log(), re.M), f"the {form} format", daemon.log()[:200])
            daemon.stop()


def levels_test(report):
    order = ["debug", "info", "warn", "error"]  # warnings come when the machine is busy, and need not
    for at, level in enumerate(order):
        with daemon_with("--log-level", level) as daemon:
            h.ask(daemon.api, CHEAP)
            daemon.terminate()
            daemon.wait()
            levels = {json.loads(line)["level"] for line in daemon.log().splitlines()}
            report.check(levels <= set(order[at:]) and {"debug", "info"} & set(order[at:]) <= levels,
                         f"--log-level {level}", levels)


# ---- Files -------------------------------------------------------------------------------------------------------

def rotation_test(report):
    """Turned over and over under load: every request's line is there once."""
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "log")
        with daemon_with("--log-file", path) as daemon:
            sent = [[] for _ in range(3)]
            turning = True

            def client(number):
                with h.Connection(daemon.api) as connection:
                    while turning:
                        sent[number].append(f"id-{number}-{len(sent[number])}")
                        connection.send(h.post_bytes("verify_kzg_proof", ZEROS,
                                                     headers=[("X-Request-Id", sent[number][-1])]))
                        connection.answer()
                        time.sleep(0.005)  # no more lines than the log's thread writes on a machine that is busy

            def turn():
                nonlocal turning
                try:
                    for i in range(8):
                        enough = len(sent[0]) + 20
                        until(lambda: len(sent[0]) > enough)
                        os.rename(path, f"{path}.{i}")
                        daemon.process.send_signal(signal.SIGHUP)
                        report.check(until(lambda: os.path.exists(path)), f"turn {i}: a new file")
                finally:
                    turning = False

            h.in_threads([turn, *[lambda number=number: client(number) for number in range(3)]])
            report.equal(daemon.metric("kzg_log_lines_dropped_total"), 0, "no line was dropped")
            daemon.terminate()
            report.equal(daemon.wait(), 0, "the end is clean")
            lines = lines_of(*glob.glob(path + "*"))
            wanted = sorted(one for each in sent for one in each)
            report.equal(sorted(line["request_id"] for line in named(lines, "request")), wanted, "every request once")
            report.equal(len(named(lines, "operation_completed")), len(wanted), "every operation once")
            report.equal(len(named(lines, "log_reopened")), 8, "each turn is told")
            report.equal(lines_of(path)[-1]["event"], "stopped", "to the last line")
            report.equal(daemon.log(), "", "nothing on standard error")


def signals_test(report):
    """SIGHUP is no end: not while starting, not without a file, and not while draining."""
    with daemon_with("--drain-delay", "0.5", wait=False) as daemon:
        until(lambda: "starting" in daemon.log())
        daemon.process.send_signal(signal.SIGHUP)
        daemon.wait_ready()
        daemon.process.send_signal(signal.SIGHUP)
        report.equal(h.ask(daemon.api, CHEAP).status, 200, "served after SIGHUP")
        daemon.terminate()
        until(lambda: "draining" in daemon.log())
        for _ in range(5):
            daemon.process.send_signal(signal.SIGHUP)
        report.equal(daemon.wait(), 0, "drained in spite of it")
        at = {event["event"]: datetime.datetime.fromisoformat(event["ts"][:-1]) for event in lines_of(daemon.log_path)}
        spent = (at["stopped"] - at["draining"]).total_seconds()
        report.check(spent >= 0.45, "and not faster than --drain-delay", spent)
        report.check("stopped_at_once" not in daemon.log(), "which is no second signal")


def full_disk_test(report):
    """A file that takes nothing costs lines, is told once, and is used again when it can be."""
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "log")
        os.symlink("/dev/full", path)
        with daemon_with("--log-file", path) as daemon:
            answers = [h.ask(daemon.api, CHEAP).status for _ in range(20)]
            report.equal(answers, [200] * 20, "requests are served")
            report.check(daemon.wait_metric(lambda lines: lines > 3, "kzg_log_lines_dropped_total"), "lost lines are counted")
            until(lambda: daemon.log().endswith("\n"))
            told = lines_of(daemon.log_path)
            report.equal([(line["event"], line["file"]) for line in told], [("log_failed", path)], "and told once")
            os.remove(path)
            report.check(until(lambda: os.path.exists(path) and "log_dropped" in read(path)), "the file is tried again")
            lost = named(lines_of(path), "log_dropped")[0]
            each = [lost[key] for key in ("debug", "info", "warn", "errors")]
            report.equal(lost["lines"], sum(each), "what was lost, by level")
            h.ask(daemon.api, CHEAP)
            daemon.terminate()
            report.equal(daemon.wait(), 0, "the end is clean")
            report.check(named(lines_of(path), "request"), "lines are written again")
    with tempfile.TemporaryDirectory() as folder:
        with daemon_with("--log-file", os.path.join(folder, "none", "log")) as daemon:
            report.equal(h.ask(daemon.api, CHEAP).status, 200, "served without a folder for the log")
            daemon.stop(report, "without a log")


# ---- Too much ----------------------------------------------------------------------------------------------------

def rate_test(report):
    """What a client can repeat at will does not fill the log, and is not lost either."""
    with daemon_with("--log-rate", "5", "--log-level", "info") as daemon:
        with h.Connection(daemon.api) as connection:
            for _ in range(200):
                connection.send(BAD)
                connection.answer()
        daemon.terminate()
        daemon.wait()
        events = [json.loads(line) for line in daemon.log().splitlines()]
        told = named(events, "log_repeated")
        report.check(told and all((line["of"], line["level"]) == ("operation_failed", "info") for line in told),
                     "repetitions are told", told)
        written = len(named(events, "operation_failed"))
        report.equal(written + sum(line["repeated"] for line in told), 200, "every one is accounted for")
        seconds = {line["ts"][:19] for line in named(events, "operation_failed")}
        # A second of the limit's begins in any moment: two of them have a part of one that the lines are stamped with.
        report.check(written <= 5 * 2 * len(seconds), "five a second", (written, seconds))
    with daemon_with("--log-rate", "0", "--log-level", "info") as daemon:
        for _ in range(20):
            h.ask(daemon.api, BAD)
        daemon.terminate()
        daemon.wait()
        report.equal(daemon.log().count('"operation_failed"'), 20, "--log-rate 0 writes all")


def blocked_test(report):
    """A log that nobody reads costs lines, not requests."""
    read_end, write_end = os.pipe()
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "addresses")
        process = subprocess.Popen([h.program(), "--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0",
                                    "--address-file", path, "--log-level", "debug", "--precompute", "0"],
                                   stderr=write_end, stdout=subprocess.DEVNULL)
        os.close(write_end)
        while not os.path.exists(path) and process.poll() is None:
            time.sleep(0.02)
        got = dict(line.split() for line in read(path).splitlines())
        with h.Connection(got["api"]) as connection:
            answers = []
            for _ in range(3000):
                connection.send(SHORT)
                answers.append(connection.answer().status)
        report.equal(answers, [400] * 3000, "3000 answers while the log is stuck")
        metrics = h.parse_metrics(h.ask(got["admin"], h.request_bytes("GET", "/metrics")).body.decode())
        report.check(metrics[("kzg_log_lines_dropped_total", ())] > 0, "lost lines are counted")
        process.send_signal(signal.SIGTERM)
        report.equal(process.wait(h.PATIENCE), 0, "and the end is clean")
        os.close(read_end)


if __name__ == "__main__":
    h.main({"life": life_test, "levels": levels_test, "rotation": rotation_test, "signals": signals_test,
            "full_disk": full_disk_test, "rate": rate_test, "blocked": blocked_test})
