"""W3C Trace Context over the wire: taken over, begun anew, on every answer, and in every line of a request."""

import json
import re

import harness as h
from limits_test import ZEROS

ID, SPAN = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
PARENT = f"00-{ID}-{SPAN}-01"
FORM = re.compile(r"00-([0-9a-f]{32})-([0-9a-f]{16})-0[01]$")


def parent_of(answer):
    """(trace id, span id) of an answer."""
    match = FORM.match(answer.headers.get("traceparent", ""))
    return match.groups() if match else (None, None)


def post(daemon, *headers, body=ZEROS):
    return daemon.post("verify_kzg_proof", body, headers=headers)


def taken_test(report):
    with h.Daemon("--precompute", "0") as daemon:
        first, second = post(daemon, ("traceparent", PARENT)), post(daemon, ("TraceParent", PARENT))
        report.equal((parent_of(first)[0], parent_of(second)[0]), (ID, ID), "the trace goes on")
        spans = {parent_of(first)[1], parent_of(second)[1], SPAN}
        report.equal(len(spans), 3, "under a span of its own each time")
        report.check(first.headers["traceparent"].endswith("-01"), "the sampled flag stays")
        later = post(daemon, ("traceparent", f"cc-{ID}-{SPAN}-01-more"))
        report.equal(parent_of(later)[0], ID, "a later version goes on as version 00")
        made = set()
        for name, headers in (("none", []), ("twice", [("traceparent", PARENT)] * 2),
                              ("upper case", [("traceparent", PARENT.upper())]),
                              ("zero", [("traceparent", f"00-{'0' * 32}-{SPAN}-01")]),
                              ("version ff", [("traceparent", "ff" + PARENT[2:])]),
                              ("long", [("traceparent", PARENT + "-x")]), ("empty", [("traceparent", "")])):
            got = parent_of(post(daemon, *headers))[0]
            report.check(got is not None and got != ID and got not in made, f"{name}: a trace of our own", got)
            made.add(got)
        daemon.stop(report, "taken")


def state_test(report):
    with h.Daemon("--precompute", "0") as daemon:
        def state(*values, parent=PARENT):
            answer = post(daemon, ("traceparent", parent), *[("tracestate", value) for value in values])
            return answer.headers.get("tracestate")

        report.equal(state("rojo=1,congo=t61"), "rojo=1,congo=t61", "tracestate comes back")
        report.equal(state("a=1", "b=2"), "a=1,b=2", "two headers are one list")
        report.equal(state("a=1", parent="nonsense"), None, "not of a trace that is not gone on with")
        report.equal(state("A=1"), None, "not a malformed one")
        report.equal(state("a=" + "x" * 600), None, "not a long one")
        report.equal(state(), None, "none without one")
        daemon.stop(report, "state")


def answers_test(report):
    """Whatever the answer is: problems too, and those that are sent before the request is complete."""
    with h.Daemon("--precompute", "0", "--body-timeout", "0.3") as daemon:
        trace = ("traceparent", PARENT)
        cases = {
            "400": post(daemon, trace, body=b"x"),
            "400 of the library": post(daemon, trace, body=b"\xff" * len(ZEROS)),
            "404": h.ask(daemon.api, h.request_bytes("POST", "/none", [trace, ("Content-Length", 0)])),
            "411": h.ask(daemon.api, h.request_bytes("POST", "/kzg/v1/verify_kzg_proof", [trace])),
            "413": h.ask(daemon.api, h.request_bytes("POST", "/kzg/v1/verify_kzg_proof", [
                trace, ("Content-Type", h.BINARY), ("Content-Length", 1 << 40)])),
        }
        with h.Connection(daemon.api) as connection:
            connection.send(h.post_bytes("verify_kzg_proof", ZEROS, headers=[trace])[:-5])
            cases["408"] = connection.answer()
        for name, answer in cases.items():
            report.equal((str(answer.status), parent_of(answer)[0]), (name[:3], ID), f"{name} carries the trace")
        daemon.stop(report, "answers")


def lines_test(report):
    with h.Daemon("--precompute", "0") as daemon:
        post(daemon, ("traceparent", PARENT), ("X-Request-Id", "good"))
        post(daemon, ("traceparent", PARENT), ("X-Request-Id", "short"), body=b"x")
        post(daemon, ("traceparent", PARENT), ("X-Request-Id", "bad"), body=b"\xff" * len(ZEROS))
        own = parent_of(post(daemon, ("X-Request-Id", "own")))[0]
        daemon.terminate()
        daemon.wait()
        wanted = {"good": ["operation_started", "operation_completed", "request"], "short": ["refused", "request"],
                  "bad": ["operation_started", "operation_failed", "request"],
                  "own": ["operation_started", "operation_completed", "request"]}
        lines = [json.loads(line) for line in daemon.log().splitlines()]
        for request, events in wanted.items():
            mine = [line for line in lines if line.get("request_id") == request]
            report.equal([line["event"] for line in mine], events, f"the lines of {request}")
            report.equal({line.get("trace_id") for line in mine}, {own if request == "own" else ID},
                         f"the trace in the lines of {request}")


if __name__ == "__main__":
    h.main({"taken": taken_test, "state": state_test, "answers": answers_test, "lines": lines_test})
