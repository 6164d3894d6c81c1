#!/usr/bin/env python3
"""The tap on live requests: what is copied is what the client sent and was told, byte for byte; nothing unless it was asked for, nothing
beyond its bounds, and no client notices."""

import json
import sys

import harness as h

BLOB = h.constant_blob(2)
CHEAP = {"commitment": h.G2X, "z": h.scalar(9), "y": h.scalar(2), "proof": h.INFINITY}
HEAD_FIELDS = ("magic", "form", "operation", "in", "out", "status", "code", "id", "body", "answer")


def post(daemon, path):
    return h.ask(daemon.admin, h.request_bytes("POST", path, [("Accept", h.JSON), ("Content-Length", 0)]))


def state(daemon):
    return json.loads(h.ask(daemon.admin, h.request_bytes("GET", "/debug/tap", [("Accept", h.JSON)])).body)


def copy(daemon, number):
    """Head, body and answer of a copy; None: there is none."""
    answer = daemon.get(f"/debug/tap/{number}")
    if answer.status == 404:
        return None
    line, _, rest = answer.body.partition(b"\n")
    head = dict(zip(HEAD_FIELDS, line.decode().split(" ")))
    length = int(head["body"])
    return head, rest[:length], rest[length:]


def sent(report, daemon, requests):
    """Sends each, and holds the copies against them."""
    for number, (operation, body, media, headers) in enumerate(requests):
        answer = daemon.post(operation, body, media, headers)
        report.check(until_state(daemon, lambda now: now["filling"] == 0), f"copy {number}: is whole")
        head, copied, told = copy(daemon, number)
        json_out = answer.headers["content-type"] == h.JSON
        wanted = {"magic": "kzgd-tap", "form": "1", "operation": operation, "in": "json" if media == h.JSON else "ssz",
                  "status": str(answer.status), "id": answer.headers["x-request-id"], "body": str(len(body))}
        report.equal({name: head[name] for name in wanted}, wanted, f"copy {number}: {operation} as it came")
        report.check(copied == body, f"copy {number}: the body is the client's")
        if answer.status == 200:
            report.check(told == answer.body and head["out"] == ("json" if json_out else "ssz") and head["code"] == "ok",
                         f"copy {number}: the answer is the one that was sent", head)
        else:
            report.equal((told, head["code"]), (b"", json.loads(answer.body)["code"]), f"copy {number}: the code is the one that was sent")


def bounds(report, daemon):
    """Of one mebibyte, of which a request takes a quarter at most."""
    report.equal(post(daemon, "/debug/tap?requests=50").status, 200, "begun anew")
    report.check(copy(daemon, 0) is None, "what there was is dropped")
    two = {"blobs": [BLOB] * 2, "commitments": [h.G2X] * 2, "proofs": [h.INFINITY] * 2}
    right = [daemon.post("verify_blob_kzg_proof_batch", h.ssz("verify_blob_kzg_proof_batch", two)).body == b"\1"]
    report.equal(state(daemon)["dropped"]["too_long"], 1, "a request that is too long is not copied, and counted")
    for _ in range(9):
        right.append(daemon.post("blob_to_kzg_commitment", BLOB).body == h.G2X)
    until_state(daemon, lambda now: now["filling"] == 0)
    found = state(daemon)
    report.check(found["dropped"]["no_room"] == 2 and found["whole"] == 7 and found["bytes"] <= found["bytes_max"] == 1 << 20,
                 "what finds no room is not copied, and counted", found)
    right.append(daemon.post("verify_kzg_proof", h.ssz("verify_kzg_proof", CHEAP)).body == b"\1")
    report.check(until_state(daemon, lambda now: now["whole"] == 8), "what does is copied")
    report.check(all(right), "no client notices", right)
    with h.Connection(daemon.api) as connection:
        whole = h.post_bytes("verify_kzg_proof", h.ssz("verify_kzg_proof", CHEAP))
        connection.send(whole[:-10])
        report.check(until_state(daemon, lambda now: now["filling"] == 1), "a request in progress is seen")
        report.check(copy(daemon, 8) is None, "and its copy not given out")
    report.check(until_state(daemon, lambda now: now["dropped"]["unfinished"] == 1 and now["filling"] == 0),
                 "what is not finished is counted", state(daemon))


def until_state(daemon, wanted):
    for _ in range(int(h.PATIENCE / 0.01)):
        if wanted(state(daemon)):
            return True
        h.time.sleep(0.01)
    return False


def copies_test(report):
    malformed = BLOB[:32] + b"\xff" * 32 + BLOB[64:]
    requests = (("blob_to_kzg_commitment", BLOB, h.BINARY, ()),
                ("verify_kzg_proof", h.json_body(CHEAP), h.JSON, ()),
                ("verify_kzg_proof", h.json_body(CHEAP), h.JSON, [("Accept", h.BINARY), ("X-Request-Id", "mine/1")]),
                ("compute_kzg_proof", BLOB + h.scalar(3), h.BINARY, [("Accept", h.JSON)]),
                ("blob_to_kzg_commitment", malformed, h.BINARY, ()),
                ("blob_to_kzg_commitment", BLOB[:-1], h.BINARY, ()),
                ("verify_kzg_proof", b'{"commitment":[' + b" " * 200, h.JSON, ()))
    with h.Daemon("--tap-memory", "1", "--workers", "1") as daemon:
        daemon.post("blob_to_kzg_commitment", BLOB)
        before = state(daemon)
        report.equal((before["copying"], before["begun"], copy(daemon, 0)), (False, 0, None), "nothing is copied unasked")
        for query in ("requests=0", "requests=1001", "requests=x", "seconds=0", "seconds=601"):
            report.equal(post(daemon, f"/debug/tap?{query}").status, 400, f"refused: {query}")
        report.equal(post(daemon, f"/debug/tap?requests={len(requests)}&seconds=600").status, 200, "begun")
        sent(report, daemon, requests)
        daemon.post("blob_to_kzg_commitment", BLOB)
        found = state(daemon)
        report.equal((found["copying"], found["begun"], found["whole"], sum(found["dropped"].values())),
                     (False, len(requests), len(requests), 0), "no more than were asked for")
        for path in (f"/debug/tap/{len(requests)}", "/debug/tap/999999", "/debug/tap/-1", "/debug/tap/0x0"):
            report.equal(daemon.get(path).status, 404, f"{path}: there is none")
        bounds(report, daemon)
        report.equal(post(daemon, "/debug/tap/end").status, 200, "ended")
        after = state(daemon)
        report.equal((after["copying"], after["begun"], after["bytes"], copy(daemon, 0)), (False, 0, 0, None), "all is dropped")
        report.equal(post(daemon, "/debug/tap/end").status, 200, "ended twice")
        begun, ended = daemon.wait_event("tap_begun"), daemon.wait_event("tap_ended")
        report.equal([event["requests"] for event in begun], [len(requests), 50], "the log says who began it")
        report.equal([(event["requests"], event["dropped"]) for event in ended], [(8, 4)], "and how it ended")
        daemon.stop(report, "tap")


if __name__ == "__main__":
    sys.exit(h.main({"copies": copies_test}))
