"""kzgd_bare, from which everything that only looks was compiled out: it gives the same answers, refuses the same requests,
is ready and drains."""

import os

import harness as h


def get(daemon, path):
    return h.ask(daemon.admin, h.request_bytes("GET", path))


def answers(report):
    with h.Daemon() as daemon:
        for name, operation, values, output in h.known_answers():
            answer = daemon.post(operation, h.json_body(values), h.JSON)
            report.check(answer.status == 200 and answer.json() == {"output": output}, f"{operation} {name}", answer)
            report.check("x-request-id" in answer.headers and "traceparent" not in answer.headers,
                         f"{operation} {name}: a request id and no trace", answer)
        wrong = daemon.post("verify_kzg_proof", b"short")
        report.check(wrong.status == 400 and wrong.code() is not None, "a short body is refused", wrong)
        wrong = daemon.post("verify_kzg_proof", h.ssz("verify_kzg_proof", {
            "commitment": b"\xff" * 48, "z": bytes(32), "y": bytes(32), "proof": h.INFINITY}))
        report.check(wrong.status == 400 and wrong.code() is not None, "a point that is none is refused", wrong)
        daemon.stop(report, "answers")


def ready(report):
    with h.Daemon() as daemon:
        for probe in ("livez", "readyz", "startupz", "healthz"):
            answer = get(daemon, f"/{probe}?verbose")
            report.equal(answer.status, 200, f"{probe} passes")
        report.check(h.ask(daemon.admin, h.request_bytes("POST", "/drain", [("Content-Length", 0)])).status == 200
                     and get(daemon, "/readyz").status == 503, "out of rotation by hand")
        report.check(h.ask(daemon.admin, h.request_bytes("POST", "/undrain", [("Content-Length", 0)])).status == 200
                     and get(daemon, "/readyz").status == 200, "and back")
        daemon.stop(report, "ready")


def silent(report):
    """Nothing of a request is counted or logged, and no thread looks on."""
    with h.Daemon() as daemon:
        daemon.post("blob_to_kzg_commitment", h.constant_blob(1))
        threads = set()
        for task in os.listdir(f"/proc/{daemon.process.pid}/task"):
            with open(f"/proc/{daemon.process.pid}/task/{task}/comm", encoding="ascii") as file:
                threads.add(file.read().strip())
        others = {name for name in threads if not name.startswith("kzgd-worker-")}
        report.equal(others, {os.path.basename(h.program())[:15], "kzgd-api", "kzgd-admin", "log"}, "threads")
        count = daemon.metric("kzg_operations_total", operation="blob_to_kzg_commitment", status="ok")
        report.check(not count, "the operation is not counted", count)
        report.check("request_id" not in daemon.log(), "no line tells of the request", daemon.log())
        daemon.stop(report, "silent")


if __name__ == "__main__":
    h.main({"answers": answers, "ready": ready, "silent": silent})
