"""Administration pages: what they answer in both forms, to whom, and that they tell the truth about what was asked of
the daemon before."""

import harness as h

ZEROS = {"commitment": h.INFINITY, "z": bytes(32), "y": bytes(32), "proof": h.INFINITY}


def page(daemon, path, method="GET", body=None, accept=None):
    headers = [] if accept is None else [("Accept", accept)]
    if body is not None:
        headers.append(("Content-Length", len(body)))
    return h.ask(daemon.admin, h.request_bytes(method, path, headers, body or b""))


def both_forms(report, daemon, path, words):
    """The page as text, with these words in it, and as JSON, which is returned."""
    text = page(daemon, path)
    report.check(text.status == 200 and text.headers["content-type"].startswith("text/plain")
                 and all(word in text.body.decode() for word in words), f"{path} as text", text)
    answer = page(daemon, path, accept=h.JSON)
    report.check(answer.status == 200 and answer.headers["content-type"] == h.JSON, f"{path} as JSON", answer)
    return answer.json()


def routes_test(report):
    with h.Daemon() as daemon:
        nothing = page(daemon, "/debug")
        report.check(nothing.status == 404 and nothing.code() == "not_found" and "/debug/profile" in nothing.json()["detail"],
                     "an unknown path is told which there are", nothing)
        wrong = page(daemon, "/debug/profile/reset")
        report.check(wrong.status == 405 and wrong.headers["allow"] == "POST", "GET where POST is meant", wrong)
        wrong = page(daemon, "/debug/cpu", "POST", b"")
        report.check(wrong.status == 405 and wrong.headers["allow"] == "GET, HEAD", "POST where GET is meant", wrong)
        for path in ("/debug/cpu/x", "/metricsx", "/debug/slow/"):
            report.equal(page(daemon, path).status, 404, f"{path} is no page")
        report.equal(h.ask(daemon.api, h.request_bytes("GET", "/debug/config")).status, 404,
                     "the API's address has no such page")
        for path in ("/debug/cpu", "/debug/profile", "/debug/errors", "/debug/slow", "/debug/config"):
            head = h.ask(daemon.admin, h.request_bytes("HEAD", path), head=True)
            report.check(head.status == 200 and head.body == b"", f"HEAD {path}", head)
        daemon.stop(report, "routes")


def profile_test(report):
    with h.Daemon("--workers", "1") as daemon:
        for _ in range(5):
            daemon.post("verify_kzg_proof", h.ssz("verify_kzg_proof", ZEROS))
        daemon.post("blob_to_kzg_commitment", bytes(h.BLOB))
        all_time = both_forms(report, daemon, "/debug/profile?window=all", ["verify_kzg_proof", "pairing", "p99.9"])
        entries = {(entry["operation"], entry.get("phase")): entry for entry in all_time["entries"]}
        report.equal(entries[("verify_kzg_proof", None)]["count"], 5, "five verifications are counted")
        phases = {phase for operation, phase in entries if operation == "verify_kzg_proof"}
        report.check({None, "read", "decode", "queue", "pairing", "encode"} <= phases, "with their phases", phases)
        whole = entries[("blob_to_kzg_commitment", None)]
        report.check(entries[("blob_to_kzg_commitment", "msm")]["total_ns"] <= whole["total_ns"],
                     "a phase is not longer than the whole", whole)
        bad = page(daemon, "/debug/profile?window=year")
        report.check(bad.status == 400 and bad.code() == "query_invalid", "a window that there is not", bad)
        report.equal(page(daemon, "/debug/profile/reset", "POST", b"").status, 200, "the profile is reset")
        report.equal(page(daemon, "/debug/profile?window=all", accept=h.JSON).json()["entries"], [], "and empty")
        daemon.stop(report, "profile")


def errors_test(report):
    with h.Daemon() as daemon:
        for i in range(3):
            daemon.post("blob_to_kzg_commitment", b"x", headers=[("X-Request-Id", f"wrong-{i}")])
        daemon.post("blob_to_kzg_commitment", h.scalar(0) * 4095 + b"\xff" * 32, headers=[("X-Request-Id", "element")])
        errors = both_forms(report, daemon, "/debug/errors", ["body_length_invalid", "wrong-2", "element"])
        groups = {(group["code"], group["place"]): group for group in errors["groups"]}
        group = groups[("body_length_invalid", "blob_to_kzg_commitment")]
        report.check(group["count"] == 3 and group["sample"]["request_id"] == "wrong-2", "errors are grouped with a sample", group)
        report.equal(groups[("field_element_not_canonical", "blob_to_kzg_commitment")]["count"], 1,
                     "an error that the library finds is among them")
        known = page(daemon, "/debug/requests/element", accept=h.JSON).json()
        report.equal(known["error"]["code"], "field_element_not_canonical", "an error's request is found by its id")
        daemon.stop(report, "errors")


def slow_test(report):
    with h.Daemon("--slow-request", "0.001") as daemon:
        daemon.post("compute_cells_and_kzg_proofs", bytes(h.BLOB - 32) + h.scalar(1), headers=[("X-Request-Id", "dear-1")])
        slow = both_forms(report, daemon, "/debug/slow", ["compute_cells_and_kzg_proofs", "dear-1", "transform"])
        entry = next(entry for entry in slow["requests"] if entry["request_id"] == "dear-1")
        spans = sum(entry["phases_ms"].values())
        report.check(entry["status"] == "ok" and 0 < spans <= entry["duration_ms"] + 0.001,
                     "its phases are no longer than it", entry)
        known = both_forms(report, daemon, "/debug/requests/dear-1", ["dear-1", "compute_cells_and_kzg_proofs"])
        report.equal(known["slow"], entry, "a request is found by its id")
        report.equal(page(daemon, "/debug/requests/none").status, 404, "and another is not")
        report.check(daemon.wait_event("slow_request"), "a slow request is a line of the log")
        daemon.stop(report, "slow log")
    with h.Daemon("--slow-request", "3600") as daemon:
        daemon.post("blob_to_kzg_commitment", bytes(h.BLOB))
        report.equal(page(daemon, "/debug/slow", accept=h.JSON).json()["requests"], [], "what is not slow is not kept")
        daemon.stop(report, "no slow requests")


def config_test(report):
    with h.Daemon("--queue-length", "17", environment={"KZGD_MAX_BLOBS": "9"}) as daemon:
        config = both_forms(report, daemon, "/debug/config", ["--queue-length", "17", "(flag)", "(environment)"])
        report.equal(config["queue-length"], {"value": "17", "origin": "flag"}, "a flag")
        report.equal(config["max-blobs"], {"value": "9", "origin": "environment"}, "the environment")
        report.equal(config["max-cells"], {"value": "8192", "origin": "default"}, "a default")
        report.equal(config["precompute"]["value"], "default", "a default that is a word")
        daemon.stop(report, "configuration")


def cpu_test(report):
    with h.Daemon() as daemon:
        report.check(len(daemon.events("calibrated")) == 1, "the arithmetic is measured at start", daemon.log()[-500:])
        end = h.time.monotonic() + h.PATIENCE
        while True:
            cpu = page(daemon, "/debug/cpu", accept=h.JSON).json()
            names = {thread["name"] for thread in cpu["threads"]}
            if "kzgd-worker-0" in names or h.time.monotonic() > end:
                break
            h.time.sleep(0.05)
        report.check(cpu["samples"] >= 1, "the monitor takes samples", cpu)
        report.check({"kzgd-api", "kzgd-admin", "kzgd-worker-0", "kzgd-monitor"} <= names, "threads have names", names)
        workers = both_forms(report, daemon, "/debug/workers", ["idle", "blob_to_kzg_commitment", "drift"])
        costs = {cost["operation"]: cost for cost in workers["operations"]}
        report.check(workers["calibrated"] and len(costs) == 12 and all(cost["base_ms"] >= 0 for cost in costs.values())
                     and costs["verify_cell_kzg_proof_batch"]["item_ms"] > 0, "every operation's cost is measured", costs)
        daemon.stop(report, "cpu")
    with h.tempfile.TemporaryDirectory() as empty, h.Daemon("--proc-root", empty, "--cgroup-root", empty) as daemon:
        text = page(daemon, "/debug/cpu")
        report.check(text.status == 200 and "unknown" in text.body.decode(), "without /proc figures are unknown", text)
        report.equal(daemon.post("verify_kzg_proof", h.ssz("verify_kzg_proof", ZEROS)).body, b"\1", "and it serves")
        daemon.stop(report, "without /proc")


if __name__ == "__main__":
    h.main({"routes": routes_test, "profile": profile_test, "errors": errors_test, "slow": slow_test,
            "config": config_test, "cpu": cpu_test})
