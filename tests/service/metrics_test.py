"""The metrics page over a socket: both formats, what is counted, against what was sent and what the kernel says."""

import os
import re
import shutil
import subprocess
import sys

import harness as h

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "support"))
import openmetrics  # noqa: E402

OPEN = "application/openmetrics-text"
TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
BYTES = {}  # what was sent to a daemon and came back, by address


def get(daemon, accept=None, method="GET"):
    headers = [] if accept is None else [("Accept", accept)]
    return h.ask(daemon.admin, h.request_bytes(method, "/metrics", headers), method == "HEAD")


def page(daemon, form="openmetrics"):
    return openmetrics.read(get(daemon, OPEN if form == "openmetrics" else None).body.decode(), form)


def post(daemon, operation, body, headers=()):
    answer = daemon.post(operation, body, headers=headers)
    sent, got = BYTES.get(daemon.api, (0, 0))
    BYTES[daemon.api] = (sent + len(body), got + len(answer.body))
    return answer


def answers(daemon):
    """Every known answer once, as SSZ."""
    for _, operation, values, _ in h.known_answers():
        yield operation, post(daemon, operation, h.ssz(operation, values))


# ---- Formats -----------------------------------------------------------------------------------------------------------

def negotiation(report, daemon):
    text, open_type = "text/plain; version=0.0.4; charset=utf-8", OPEN + "; version=1.0.0; charset=utf-8"
    for accept, wanted in ((None, text), ("*/*", text), ("text/plain", text), (OPEN, open_type),
                           (OPEN + ";version=1.0.0," + OPEN + ";version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5", open_type),
                           (OPEN + ";q=0.4,text/plain;q=0.5", text)):
        answer = get(daemon, accept)
        report.equal((answer.status, answer.headers.get("content-type"), answer.headers.get("vary")),
                     (200, wanted, "Accept"), f"Accept: {accept}")
        head = get(daemon, accept, "HEAD")
        report.check(head.status == 200 and head.headers.get("content-type") == wanted
                     and int(head.headers["content-length"]) > 1000, f"HEAD, Accept: {accept}", head)
    before = daemon.metric("kzg_scrapes_total")
    get(daemon, method="HEAD")
    report.equal(daemon.metric("kzg_scrapes_total"), before + 2, "every page is counted")
    report.check(0 < daemon.metric("kzg_scrape_duration_seconds") < 60, "and timed")


def both_forms(report, daemon):
    """The same series but for _created; the figures that cannot move are the same. Series come while it runs, none goes:
    what is there before must be there, what is there must be there behind."""
    def series(families):
        return {(s.name, tuple(sorted(s.labels.items()))): s.value for f in families.values() for s in f.samples}

    text, open_form, behind = page(daemon, "text"), page(daemon), series(page(daemon, "text"))
    values, more = series(text), series(open_form)
    extra = {name for name, _ in set(more) - set(behind)}
    report.check(not set(values) - set(more) and all(name.endswith("_created") for name in extra),
                 "OpenMetrics has what the text has, and _created", sorted(extra)[:3])
    same = [key for key in values if key[0].startswith(("kzg_operation", "kzg_http", "kzg_blobs", "beacon_"))]
    report.check(len(same) > 100 and all(values[key] == more[key] for key in same), "with the same figures")
    units = {name: family.unit for name, family in open_form.items()}
    report.equal((units["kzg_operation_duration_seconds"], units["kzg_memory_usage_bytes"], units["kzg_operations"]),
                 ("seconds", "bytes", ""), "units")
    report.check(open_form["kzg_build"].type == "info" and text["kzg_build_info"].type == "gauge", "info is an info")
    if not shutil.which("promtool"):
        print("!! SKIPPED promtool is not installed (package prometheus)")
        return
    check = subprocess.run(["promtool", "check", "metrics"], input=get(daemon).body, capture_output=True, check=False)
    report.check(check.returncode == 0 and not check.stderr and not check.stdout, "promtool has nothing to say",
                 check.stdout + check.stderr)


def documented(report, daemon):
    """What is served is in the document, with its type and its labels' values."""
    with open(os.path.join(HERE, "..", "..", "docs", "metrics.md"), encoding="utf-8") as file:
        document = file.read()
    rows = {m[0]: (m[1], set(re.findall(r"`(\w+)`", m[2]))) for m in
            re.findall(r"(?m)^\| `(\w+)` \| (counter|gauge|histogram|info) \| \w* ?\| ([^|]*)\| ", document)}
    values = {}
    for label, of, text in re.findall(r"(?m)^\| `(\w+)` \| ((?:`\w+`(?:, )?)+) \| (`.*`) \|$", document):
        for name in re.findall(r"`(\w+)`", of):
            values[name, label] = set(re.findall(r"`(\w+)`", text))
    report.check(len(rows) > 80, "the document has a list", len(rows))
    for name, family in page(daemon).items():
        name += {"counter": "_total", "info": "_info"}.get(family.type, "")
        labels = set().union(*[set(sample.labels) for sample in family.samples]) - {"le"}
        found = rows.get(name)
        good = found is not None and found[0] == family.type and found[1] == labels
        for sample in family.samples:
            for label, value in sample.labels.items():
                good = good and (label == "le" or value in values.get((name, label), {value}))
        report.check(good, f"{name} is as documented", (found, family.type, labels))


def forms(report):
    with h.Daemon() as daemon:
        for operation, answer in answers(daemon):
            if answer.status != 200:
                report.check(False, operation, answer)
        negotiation(report, daemon)
        both_forms(report, daemon)
        documented(report, daemon)
        daemon.stop(report, "forms")


# ---- Figures -----------------------------------------------------------------------------------------------------------

def outcomes(report, daemon):
    def count(operation, outcome):
        return daemon.metric("kzg_operation_outcomes_total", operation=operation, outcome=outcome)

    op, point = "verify_kzg_proof", h.INFINITY
    true = h.G2X + h.scalar(9) + h.scalar(2) + point
    post(daemon, op, true)
    post(daemon, op, h.G2X + h.scalar(9) + h.scalar(3) + point)
    post(daemon, op, bytes(48) + true[48:])  # no point: refused by the library
    post(daemon, op, true[:-1])  # no container: refused before it
    report.equal([count(op, o) for o in ("ok", "invalid_proof", "client_error", "server_error")], [1, 1, 2, 0],
                 "a proof, an invalid one, and two faults of the client are three things")
    report.equal(daemon.metric("kzg_operations_total", operation=op, status="ok"), 2, "an invalid proof is no error")
    report.equal(daemon.metric("kzg_operations_total", operation=op, status="point_encoding_invalid"), 1, "by status")
    report.equal([daemon.metric("kzg_errors_total", code=code) for code in
                  ("point_encoding_invalid", "body_length_invalid")], [1, 1], "errors by code")
    report.equal(daemon.metric("kzg_requests_rejected_total", reason="point_encoding_invalid"), 0,
                 "what the library refused was not rejected before it")
    batch = "verify_blob_kzg_proof_batch"
    many = h.ssz(batch, {"blobs": [bytes(h.BLOB)] * 20, "commitments": [point] * 20, "proofs": [point] * 20})
    with h.Connection(daemon.api) as connection:
        connection.send(h.post_bytes(batch, many)[:2000])
        answer = connection.answer()
    report.check(answer.status == 503 and answer.code() == "out_of_memory", "a body beyond --request-memory", answer)
    report.equal((count(batch, "server_error"), daemon.metric("kzg_requests_shed_total", reason="memory_reserved")), (1, 1),
                 "is our fault, and shed")
    post(daemon, "nothing", b"")
    report.equal(daemon.metric("kzg_errors_total", code="not_found"), 1, "an unknown operation is an error of no operation")
    return len(answer.body)


def amounts(report, daemon):
    """Items of the known answers, counted by hand: see harness.known_answers."""
    before = {name: daemon.metric(name) for name in ("kzg_blobs_processed_total", "kzg_cells_processed_total")}
    runs = {}
    for operation, answer in answers(daemon):
        if answer.status == 200:
            runs[operation] = runs.get(operation, 0) + 1
    blobs = 3 + 1 + 1 + 2 + 4 + 1 + 1 + 1  # commitments, 2 proofs, verified, in batches, cells, with proofs, challenge
    cells = 128 + 128 + 128 + 3 + 3 + 3  # computed, with proofs, recovered, verified twice, challenge
    report.equal(daemon.metric("kzg_blobs_processed_total") - before["kzg_blobs_processed_total"], blobs, "blobs")
    report.equal(daemon.metric("kzg_cells_processed_total") - before["kzg_cells_processed_total"], cells, "cells")
    for beacon, operation in (("beacon_kzg_verification_data_column_batch_seconds", "verify_cell_kzg_proof_batch"),
                              ("beacon_data_column_sidecar_computation_seconds", "compute_cells_and_kzg_proofs")):
        report.equal(daemon.metric(beacon + "_count"), runs[operation], beacon)
        own = daemon.metric("kzg_operation_duration_seconds_sum", operation=operation, status="ok")
        report.equal(daemon.metric(beacon + "_sum"), own, f"{beacon} is the same quantity")


def body_bytes(report, daemon, refused):
    sent, got = BYTES[daemon.api]
    out = daemon.metric("kzg_http_body_bytes_total", direction="out")
    into = daemon.metric("kzg_http_body_bytes_total", direction="in")
    report.equal(out, got + refused, "bytes of answers")
    report.check(sent <= into <= sent + 2000, "bytes of bodies", (sent, into))


def process(report, daemon):
    folder = f"/proc/{daemon.process.pid}"
    got = {name: daemon.metric(f"process_{name}") for name in
           ("threads", "open_fds", "max_fds", "start_time_seconds", "cpu_seconds_total", "resident_memory_bytes",
            "virtual_memory_bytes")}
    with open(folder + "/stat", encoding="ascii") as file:
        stat = file.read().rsplit(")", 1)[1].split()
    with open("/proc/stat", encoding="ascii") as file:
        boot = float(re.search(r"btime (\d+)", file.read()).group(1))
    start = boot + float(stat[19]) / os.sysconf("SC_CLK_TCK")
    report.equal(got["threads"], float(stat[17]), "threads")
    report.check(abs(len(os.listdir(folder + "/fd")) - got["open_fds"]) <= 2, "open descriptors", got)
    with open(folder + "/limits", encoding="ascii") as file:
        report.equal(got["max_fds"], float(re.search(r"Max open files +(\d+)", file.read()).group(1)), "most descriptors")
    report.check(abs(got["start_time_seconds"] - start) <= 1.5, "start", (got, start))
    report.check(0 < got["cpu_seconds_total"] <= (float(stat[11]) + float(stat[12])) / os.sysconf("SC_CLK_TCK"), "CPU", got)
    report.check(0 < got["resident_memory_bytes"] < got["virtual_memory_bytes"], "memory", got)
    info = [labels for name, labels in daemon.metrics() if name == "kzg_build_info"]
    version = daemon.get("/version").json()
    report.check(len(info) == 1 and dict(info[0])["version"] == version["version"]
                 and dict(info[0])["setup_sha256"] == version["setup"]["sha256"]
                 and dict(info[0])["isa"].startswith(("x86-64", "aarch64")), "build", info)


def figures(report):
    with h.Daemon("--request-memory", "2") as daemon:
        refused = outcomes(report, daemon)
        amounts(report, daemon)
        body_bytes(report, daemon, refused)
        process(report, daemon)
        report.equal(daemon.metric("kzg_memory_reservable_bytes"), 2 << 20, "reservable memory")
        report.check(daemon.wait_metric(lambda bytes_: bytes_ == 0, "kzg_memory_reserved_bytes"), "nothing reserved at the end")
        daemon.stop(report, "figures")


def exemplars(report):
    """The trace of a request is on its bucket; one that is not valid is not taken."""
    with h.Daemon() as daemon:
        blob = h.constant_blob(1)
        for bad in ("", "x", f"00-{TRACE}-00f067aa0ba902b7", f"ff-{TRACE}-00f067aa0ba902b7-01",
                    f"00-{TRACE.upper()}-00f067aa0ba902b7-01", f"00-{'0' * 32}-00f067aa0ba902b7-01",
                    f"00-{TRACE}-{'0' * 16}-01", f"00-{TRACE}-00f067aa0ba902b7-01-x", f"00-{TRACE}\"-0f067aa0ba902b7-01"):
            post(daemon, "blob_to_kzg_commitment", blob, [("traceparent", bad)])
        report.check("trace_id" not in get(daemon, OPEN).body.decode(), "no trace without a valid traceparent")
        for good in (f"00-{TRACE}-00f067aa0ba902b7-01", f"01-{TRACE}-00f067aa0ba902b7-01-more"):
            post(daemon, "compute_cells", blob, [("traceparent", good)])
        found = [s.exemplar for s in page(daemon)["kzg_operation_duration_seconds"].samples if s.exemplar is not None]
        report.check(1 <= len(found) <= 2 and all(e[0] == {"trace_id": TRACE} for e in found), "the trace is kept", found)
        report.check("trace_id" not in get(daemon).body.decode(), "and not in the text format")
        daemon.stop(report, "exemplars")


def bounded(report):
    """kzg_series is the page's length; nothing that a client sends makes a series that the list does not have."""
    with h.Daemon() as daemon:
        for i in range(200):
            h.ask(daemon.api, h.request_bytes("POST", f"/kzg/v1/x{i}", [("Content-Length", 0), ("X-Request-Id", f"r{i}")]))
            h.ask(daemon.api, h.request_bytes(f"M{i}", "/kzg/v1/compute_cells", [("Content-Length", 0)]))
        families = page(daemon)
        total = sum(len(family.samples) for family in families.values())
        report.equal(families["kzg_series"].samples[0].value, total, "kzg_series")
        labels = {s.labels.get("reason") for s in families["kzg_requests_rejected"].samples}
        report.equal(labels, {"not_found", "method_not_allowed", "queue_full"}, "400 odd requests, two reasons")
        daemon.stop(report, "bounded")


def scrapes(report):
    """A thousand pages over eight connections while the API works."""
    with h.Daemon() as daemon:
        def scrape(form):
            with h.Connection(daemon.admin) as connection:
                for i in range(125):
                    connection.send(h.request_bytes("GET", "/metrics", [("Accept", OPEN)] if form == "openmetrics" else []))
                    text = connection.answer().body.decode()
                    if i % 25 == 0:  # a strict reading takes longer than a hundred pages
                        openmetrics.read(text, form)
                    elif "process_threads " not in text:
                        raise ValueError("half a page")

        def work():
            for _ in range(20):
                if post(daemon, "compute_cells", h.constant_blob(3)).status != 200:
                    raise ValueError("not answered")

        h.in_threads([lambda form=form: scrape(form) for form in ("openmetrics", "text") * 4] + [work])
        report.equal(daemon.metric("kzg_scrapes_total"), 1001, "a thousand pages and this one")
        report.equal(daemon.metric("kzg_operations_total", operation="compute_cells", status="ok"), 20, "and all the work")
        daemon.stop(report, "scrapes")


if __name__ == "__main__":
    h.main({"forms": forms, "figures": figures, "exemplars": exemplars, "bounded": bounded, "scrapes": scrapes})
