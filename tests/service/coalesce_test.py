#!/usr/bin/env python3
"""--coalesce: verifications that wait together share a pairing check, and each has the answer that it would have had alone."""
import contextlib

import harness as h

HEAVY = 6  # requests that keep the one worker at work while others come to wait
FLAGS = ("--workers", "1", "--precompute", "0")


def mixture(daemon):
    """Requests as bytes: true, false, malformed, in both encodings, with ids so that answers are the same byte for byte."""
    blob = h.random_blob(h.random.Random(h.SEED))
    commitment = daemon.post("blob_to_kzg_commitment", h.ssz("blob_to_kzg_commitment", {"blob": blob})).body
    opening = daemon.post("compute_kzg_proof", h.ssz("compute_kzg_proof", {"blob": blob, "z": h.scalar(7)})).body
    proof = daemon.post("compute_blob_kzg_proof", h.ssz("compute_blob_kzg_proof", {"blob": blob, "commitment": commitment})).body
    at_point = {"commitment": commitment, "z": h.scalar(7), "y": opening[48:], "proof": opening[:48]}
    of_blob = {"blob": blob, "commitment": commitment, "proof": proof}
    malformed = bytes(48)
    wrong = [{**at_point, "y": h.scalar(1)}, {**at_point, "proof": malformed}, {**at_point, "z": b"\xff" * 32},
             {**of_blob, "proof": opening[:48]}, {**of_blob, "commitment": malformed}, {**of_blob, "blob": b"\xff" * 32 + blob[32:]}]
    requests = []
    for i in range(24):
        values = wrong[i // 2 % len(wrong)] if i % 2 else (at_point if i % 4 else of_blob)
        operation = "verify_blob_kzg_proof" if "blob" in values else "verify_kzg_proof"
        media = h.JSON if i % 5 in (2, 3) else h.BINARY
        body = h.json_body(values) if media == h.JSON else h.ssz(operation, values)
        requests.append(h.post_bytes(operation, body, media, [("X-Request-Id", f"mixed-{i}")]))
    return blob, requests


def plain(answer):
    headers = {name: value for name, value in answer.headers.items() if name not in ("date", "traceparent")}
    return answer.status, headers, answer.body


def crowd(daemon, blob, requests, leave=()):
    """Sends all while the worker is busy; their answers. Those in leave close instead of waiting."""
    busy = h.post_bytes("compute_cells_and_kzg_proofs", h.ssz("compute_cells_and_kzg_proofs", {"blob": blob}))
    with contextlib.ExitStack() as stack:
        heavy = [stack.enter_context(h.Connection(daemon.api)) for _ in range(HEAVY)]
        for connection in heavy:
            connection.send(busy)
        crowded = [stack.enter_context(h.Connection(daemon.api)) for _ in requests]
        for connection, request in zip(crowded, requests):
            connection.send(request)
        for i in leave:
            crowded[i].close()
        answers = [None if i in leave else connection.answer() for i, connection in enumerate(crowded)]
        for connection in heavy:
            connection.answer()
        return answers


def same_test(report):
    """Byte for byte what they are one after the other, also when some clients leave; and all counted, each by itself."""
    with h.Daemon(*FLAGS) as daemon:
        blob, requests = mixture(daemon)
        alone = [plain(h.ask(daemon.api, request)) for request in requests]
        report.equal(sorted({status for status, _, _ in alone}), [200, 400], "true, false and malformed ones")
        report.equal({body for status, _, body in alone if status == 200}, {b"\1", b"\0", b'{"output":true}', b'{"output":false}'}, "in both forms")
        counted = daemon.metric("kzg_coalesced_requests_count")
        report.equal(daemon.metric("kzg_coalesced_requests_sum"), counted, "one after the other none is with another")
        before = totals(daemon)
        together = 0
        for _ in range(8):  # until they have waited together: the machine decides who comes first
            answers = crowd(daemon, blob, requests)
            report.check([plain(answer) for answer in answers] == alone, "together: the same answers", answers)
            together += 1
            groups, taken = daemon.metric("kzg_coalesced_requests_count") - counted, daemon.metric("kzg_coalesced_requests_sum") - counted
            report.equal(taken, together * len(requests), "each is in one group")
            if groups < taken:
                break
        report.check(groups < taken, "and they were worked on together", (groups, taken))
        after = totals(daemon)
        report.equal({key: after[key] - before[key] for key in after}, {key: value * together for key, value in expected(alone, requests).items()},
                     "operations are counted by status as ever")
        leave = (0, 5, 13, 23)
        answers = crowd(daemon, blob, requests, leave)
        report.check(all(plain(answer) == alone[i] for i, answer in enumerate(answers) if i not in leave),
                     "some clients leave: the others have their answers", answers)
        daemon.stop(report, "together")


def totals(daemon):
    return {(operation, status): daemon.metric("kzg_operations_total", operation=operation, status=status)
            for operation in ("verify_kzg_proof", "verify_blob_kzg_proof")
            for status in ("ok", "point_encoding", "field_element_not_canonical")}


def expected(alone, requests):
    count = {}
    for (status, _, body), request in zip(alone, requests):
        operation = request.split(b" ", 2)[1].rsplit(b"/", 1)[1].decode()
        key = (operation, "ok" if status == 200 else h.json.loads(body)["code"])
        count[key] = count.get(key, 0) + 1
    return {(operation, status): count.get((operation, status), 0) for operation in ("verify_kzg_proof", "verify_blob_kzg_proof")
            for status in ("ok", "point_encoding", "field_element_not_canonical")}


def off_test(report):
    with h.Daemon(*FLAGS, "--coalesce", "1") as daemon:
        blob, requests = mixture(daemon)
        alone = [plain(h.ask(daemon.api, request)) for request in requests]
        report.check([plain(answer) for answer in crowd(daemon, blob, requests)] == alone, "off: the same answers")
        report.equal(daemon.metric("kzg_coalesced_requests_count"), 0, "off: none is taken together")
        daemon.stop(report, "off")


if __name__ == "__main__":
    h.main({"same": same_test, "off": off_test})
