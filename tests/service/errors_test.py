"""Every way to be refused, each with its own code, and a daemon that is unmoved by it."""

import json

import harness as h

BIG = (1 << 64) - 1


def refused(report, answer, status, code, name, **members):
    """A problem document with that code, consistent in itself, and these members."""
    good = answer.status == status and answer.code() == code
    if good:
        problem = answer.json()
        good = (problem["status"] == status and problem["type"].endswith(code) and problem["title"]
                and problem["detail"] and problem.get("request_id") == answer.headers.get("x-request-id")
                and all(problem.get(key) == value for key, value in members.items()))
        if status in (429, 503):
            good = good and int(answer.headers["retry-after"]) >= 1
    report.check(good, f"{name}: {status} {code}", answer)


# ---- JSON --------------------------------------------------------------------------------------------------------

def point(data=h.INFINITY):
    return "0x" + data.hex()


def json_bodies():
    """(name, operation, text, code, members)"""
    zero, y = "0x" + bytes(32).hex(), "0x" + h.scalar(2).hex()
    good = {"commitment": point(h.G2X), "z": zero, "y": y, "proof": point()}

    def without(key):
        return json.dumps({k: v for k, v in good.items() if k != key})

    def replaced(key, text):
        return json.dumps({**good, key: "@"}).replace('"@"', text)

    op = "verify_kzg_proof"
    for name, text in {
        "nothing": "", "blanks": " \n", "null": "null", "a list": "[]", "a string": '"x"', "a number": "1",
        "an open object": "{", "an open key": '{"z', "a key alone": '{"z"', "a key and a colon": '{"z":',
        "an open value": '{"z":"0x00', "no end": json.dumps(good)[:-1], "two objects": json.dumps(good) + "{}",
        "a letter behind": json.dumps(good) + "x", "a comma at the end": json.dumps(good)[:-1] + ",}",
        "no colon": '{"z" "0x"}', "no comma": '{"z":"' + zero + '" "y":"0x"}', "single quotes": "{'z':'0x'}",
        "a byte order mark": "\ufeff" + json.dumps(good), "a comment": "/**/" + json.dumps(good),
        "a bare word": '{"z":zero}', "a NUL": "\0" + json.dumps(good), "a NUL behind": json.dumps(good) + "\0",
        "4000 brackets": "[" * 4000, "a control character in a key": '{"z\n":"0x"}',
    }.items():
        yield name, op, text, "json_malformed", {}
    for key in good:
        yield f"no {key}", op, without(key), "field_missing", {"argument": key}
    yield "an empty object", op, "{}", "field_missing", {"argument": "commitment"}
    yield "the place of a bare word", op, '{"z":zero}', "json_malformed", {"argument": "z", "offset": 5}
    yield "the place of a bad digit", op, '{"z":"0x0g', "hex_malformed", {"argument": "z", "offset": 9}
    yield "the place of the end", op, '{"z" ', "json_malformed", {"offset": 5}
    yield "an unknown key", op, json.dumps({**good, "w": zero}), "field_unknown", {}
    yield "another operation's key", op, json.dumps({**good, "blob": zero}), "field_unknown", {}
    yield "a key in capitals", op, without("z")[:-1] + f',"Z":"{zero}"}}', "field_unknown", {}
    yield "an escaped key", op, without("z")[:-1] + f',"\\u007a":"{zero}"}}', "field_unknown", {}
    blob = "blob_to_kzg_commitment"
    yield "10^5 brackets", blob, "[" * 100000, "json_malformed", {}
    yield "10^5 brackets for a blob", blob, '{"blob":' + "[" * 100000, "field_type_invalid", {"argument": "blob"}
    yield "10^5 brackets for cells", "recover_cells_and_kzg_proofs", '{"cells":' + "[" * 100000, \
        "field_type_invalid", {"argument": "cells", "index": 0}
    yield "an endless key", blob, '{"' + "k" * 100000, "field_unknown", {}
    yield "10^4 keys", blob, "{" + ",".join(f'"k{i}":1' for i in range(10000)) + "}", "field_unknown", {}
    yield "an endless number", "recover_cells_and_kzg_proofs", '{"cell_indices":[' + "1" * 200000, \
        "field_type_invalid", {"argument": "cell_indices", "index": 0}
    yield "a key twice", op, json.dumps(good)[:-1] + f',"z":"{zero}"}}', "field_duplicate", {"argument": "z"}
    for name, text in {"null": "null", "true": "true", "a number": "7", "a list": '["0x"]', "an object": "{}",
                       "deep brackets": "[" * 3000}.items():
        yield f"{name} for a value", op, replaced("y", text), "field_type_invalid", {"argument": "y"}
    for name, text in {
        "no prefix": '"' + zero[2:] + '"', "0X": '"0X' + zero[2:] + '"', "an empty string": '""', "0": '"0"',
        "an odd digit": '"0x0"', "a bad first digit": '"0xg' + zero[3:] + '"',
        "a bad last digit": '"' + zero[:-1] + 'g"', "a space": '"0x ' + zero[3:] + '"',
        "an escape": '"0x\\u0030' + zero[3:] + '"', "an embedded NUL": '"0x\0' + zero[3:] + '"',
        "UTF-8": '"0x\u0663' + zero[3:] + '"',
    }.items():
        yield f"hex with {name}", op, replaced("z", text), "hex_malformed", {"argument": "z"}
    for name, text in {"nothing": '"0x"', "a byte less": '"' + zero[:-2] + '"', "a byte more": '"' + zero + '00"',
                       "a megabyte": None}.items():
        text = text if text is not None else '"0x' + "00" * 1900 + '"'
        yield f"hex of {name}", op, replaced("z", text), "bytes_length_invalid", {"argument": "z"}
    yield from json_lists()


def json_lists():
    op, cell = "recover_cells_and_kzg_proofs", "0x" + bytes(h.CELL).hex()

    def with_indices(text):
        return '{"cell_indices":' + text + ',"cells":["' + cell + '"]}'

    for text in ("-1", "1.0", "1e2", "1.5", "-0", str(1 << 64), "9" * 4000, '"1"', "null", "[1]", "true", "1E+2"):
        yield f"index {text[:24]}", op, with_indices(f"[{text}]"), "field_type_invalid", {"argument": "cell_indices"}
    for text in ("01", "00", "+1", ".5", "1 2", "1,", ",1", "0x1", "NaN"):
        yield f"index {text}", op, with_indices(f"[{text}]"), "json_malformed", {}
    yield "an index, not a list", op, with_indices("0"), "field_type_invalid", {"argument": "cell_indices"}
    yield "an open list", op, '{"cell_indices":[1', "json_malformed", {}
    yield "lists of two lengths", op, with_indices("[0,1]"), "length_mismatch", {"argument": "cells"}
    yield "too many indices", op, with_indices("[" + "1," * 200 + "1]"), "count_too_large", \
        {"argument": "cell_indices", "index": 160}
    yield "a short cell", op, '{"cells":["' + cell + '","' + cell[:-2] + '"],"cell_indices":[0,1]}', \
        "bytes_length_invalid", {"argument": "cells", "index": 1}
    yield "a bad digit in the second cell", op, '{"cells":["' + cell + '","0xz"],"cell_indices":[0,1]}', \
        "hex_malformed", {"argument": "cells", "index": 1}
    yield "a number among cells", op, '{"cells":["' + cell + '",7],"cell_indices":[0,1]}', "field_type_invalid", \
        {"argument": "cells", "index": 1}
    op = "compute_verify_cell_kzg_proof_batch_challenge"
    rest = ',"commitments":[],"commitment_indices":[0],"cell_indices":[0],"proofs":["' + point() + '"]}'
    element = '"0x' + bytes(32).hex() + '"'
    for n in (0, 1, 63, 65):
        body = '{"cosets_evals":[[' + ",".join([element] * n) + "]]" + rest
        yield f"a coset of {n}", op, body, "bytes_length_invalid", {"argument": "cosets_evals", "index": 0}
    yield "a coset as one string", op, '{"cosets_evals":[' + element + "]" + rest, "field_type_invalid", \
        {"argument": "cosets_evals", "index": 0}
    yield "a coset too deep", op, '{"cosets_evals":[[[' + element + "]]]" + rest, "field_type_invalid", \
        {"argument": "cosets_evals", "index": 0, "element": 0}
    bad = ",".join([element] * 5 + ['"0x00"'])
    yield "a short field element", op, '{"cosets_evals":[[' + bad + "]]" + rest, "bytes_length_invalid", \
        {"argument": "cosets_evals", "index": 0, "element": 5}


def json_test(report):
    with h.Daemon() as daemon:
        for name, operation, text, code, members in json_bodies():
            answer = daemon.post(operation, text.encode("utf-8"), h.JSON)
            refused(report, answer, 400, code, f"json, {name}", **members)
        good = h.json_body({"commitment": h.G2X, "z": bytes(32), "y": h.scalar(2), "proof": h.INFINITY})
        spaced = good.replace(b",", b"\r\n\t ,  \n").replace(b":", b" : ").replace(b"{", b"\n{\n")
        upper = good.replace(h.G2X.hex().encode(), h.G2X.hex().upper().encode())
        for name, body in (("plain", good), ("with blanks", spaced), ("in capitals", upper)):
            answer = daemon.post("verify_kzg_proof", body, h.JSON)
            report.check(answer.status == 200 and answer.json() == {"output": True}, f"json {name} is taken", answer)
        pieces(report, daemon, good)
        daemon.stop(report, "json")


def pieces(report, daemon, body):
    """The same body cut at every byte: the scanner keeps its place."""
    answers = []
    data = h.post_bytes("verify_kzg_proof", body, h.JSON)
    start = len(data) - len(body)
    with h.Connection(daemon.api) as connection:
        for cut in range(start, len(data), 7):
            connection.send(data[:cut])
            connection.send(data[cut:])
            answers.append(connection.answer().json())
        for i in range(len(data)):
            connection.send(data[i:i + 1])
        answers.append(connection.answer().json())
    report.check(all(answer == {"output": True} for answer in answers), "json in pieces", answers)


# ---- SSZ ---------------------------------------------------------------------------------------------------------

def ssz_test(report):
    op = "verify_blob_kzg_proof"
    body = h.ssz(op, {"blob": bytes(h.BLOB), "commitment": h.INFINITY, "proof": h.INFINITY})
    lists = "recover_cells_and_kzg_proofs"
    full = h.ssz(lists, {"cell_indices": list(range(64)), "cells": [bytes(h.CELL)] * 64})
    with h.Daemon() as daemon:
        for name, data in (("nothing", b""), ("a byte less", body[:-1]), ("a byte", b"\0")):
            refused(report, daemon.post(op, data), 400, "body_length_invalid", f"ssz, {name}")
        refused(report, daemon.post(op, body + b"\0"), 413, "body_too_large", "ssz, a byte more")
        at = 8
        for name, data in {
            "less than the offsets": full[:7], "nothing": b"",
            "a first offset of 0": bytes(4) + full[4:], "a first offset of 7": b"\7" + full[1:],
            "a first offset of 12": b"\x0c" + full[1:], "a second offset before the first": full[:4] + bytes(4) + full[8:],
            "a second offset behind the end": full[:4] + (len(full) + 1).to_bytes(4, "little") + full[8:],
            "a second offset of 2^32 - 1": full[:4] + b"\xff" * 4 + full[8:],
            "a second offset in an index": full[:4] + (at + 12).to_bytes(4, "little") + full[8:],
            "a cut cell": full[:-1], "a byte behind": full + b"\0",
        }.items():
            refused(report, daemon.post(lists, data), 400, "body_length_invalid", f"ssz, {name}")
        mixed = h.ssz(lists, {"cell_indices": list(range(63)), "cells": [bytes(h.CELL)] * 64})
        refused(report, daemon.post(lists, mixed), 400, "length_mismatch", "ssz, lengths", argument="cells")
        many = h.ssz(lists, {"cell_indices": [0] * 161, "cells": []})
        refused(report, daemon.post(lists, many), 400, "count_too_large", "ssz, count", argument="cell_indices")
        answer = daemon.post("verify_cell_kzg_proof_batch", h.ssz("verify_cell_kzg_proof_batch", {
            "commitments": [], "cell_indices": [], "cells": [], "proofs": []}))
        report.check(answer.status == 200 and answer.body == b"\1", "ssz, empty lists", answer)
        rng = h.random.Random(h.SEED)
        for i in range(200):
            noise = bytearray(full[:rng.randrange(0, 4096)])
            for _ in range(rng.randrange(1, 12)):
                if noise:
                    noise[rng.randrange(min(16, len(noise)))] = rng.randrange(256)
            answer = daemon.post(lists, bytes(noise))
            if answer.status != 400:
                report.check(False, f"ssz, noise {i}", answer)
        report.equal(daemon.get("/livez").status, 200, "alive after 200 noisy bodies")
        daemon.stop(report, "ssz")


# ---- The library's statuses ----------------------------------------------------------------------------------------

def library_test(report):
    r = h.MODULUS.to_bytes(32, "big")
    bad_blob = bytes(32 * 17) + r + bytes(h.BLOB - 32 * 18)
    half, cell = list(range(64)), bytes(h.CELL)
    off_curve, not_sub = b"\x80" + bytes(46) + b"\x01", b"\x80" + bytes(47)
    over_p = b"\x9a" + b"\xff" * 47
    recover, verify = "recover_cells_and_kzg_proofs", "verify_kzg_proof"
    zero = {"commitment": h.INFINITY, "z": bytes(32), "y": bytes(32), "proof": h.INFINITY}
    batch = {"blobs": [bytes(h.BLOB), bad_blob], "commitments": [h.INFINITY] * 2, "proofs": [h.INFINITY] * 2}
    rows = {"commitments": [h.INFINITY] * 2, "cell_indices": [1, 128], "cells": [cell] * 2,
            "proofs": [h.INFINITY] * 2}
    challenge = {"commitments": [h.G1], "commitment_indices": [0, 1], "cell_indices": [0, 0],
                 "cosets_evals": [[bytes(32)] * 64] * 2, "proofs": [h.INFINITY] * 2}
    noise = [bytes(h.CELL - 1) + bytes([i]) for i in range(65)]
    cases = [
        ("blob_to_kzg_commitment", {"blob": bad_blob}, "field_element_not_canonical",
         {"argument": "blob", "element": 17}),
        (verify, {**zero, "z": r}, "field_element_not_canonical", {"argument": "z"}),
        (verify, {**zero, "commitment": bytes(48)}, "point_encoding_invalid", {"argument": "commitment"}),
        (verify, {**zero, "proof": over_p}, "point_coordinate_not_canonical", {"argument": "proof"}),
        (verify, {**zero, "proof": off_curve}, "point_not_on_curve", {"argument": "proof"}),
        (verify, {**zero, "commitment": not_sub}, "point_not_in_subgroup", {"argument": "commitment"}),
        ("verify_blob_kzg_proof_batch", batch, "field_element_not_canonical",
         {"argument": "blobs", "index": 1, "element": 17}),
        ("verify_cell_kzg_proof_batch", rows, "cell_index_out_of_range", {"argument": "cell_indices", "index": 1}),
        (recover, {"cell_indices": half[:63], "cells": [cell] * 63}, "too_few_cells", {}),
        (recover, {"cell_indices": list(range(129)), "cells": [cell] * 129}, "too_many_cells", {}),
        (recover, {"cell_indices": half[:-1] + [BIG], "cells": [cell] * 64},
         "cell_index_out_of_range", {"argument": "cell_indices", "index": 63}),
        (recover, {"cell_indices": [0, 0] + half[2:], "cells": [cell] * 64}, "cell_index_duplicate",
         {"argument": "cell_indices", "index": 1}),
        (recover, {"cell_indices": [1, 0] + half[2:], "cells": [cell] * 64}, "cell_index_unsorted",
         {"argument": "cell_indices", "index": 1}),
        (recover, {"cell_indices": list(range(65)), "cells": noise}, "cells_inconsistent", {}),
        ("compute_verify_cell_kzg_proof_batch_challenge", challenge, "commitment_index_out_of_range",
         {"argument": "commitment_indices", "index": 1}),
    ]
    with h.Daemon() as daemon:
        for operation, values, code, members in cases:
            for media, body in ((h.JSON, h.json_body(values)), (h.BINARY, h.ssz(operation, values))):
                answer = daemon.post(operation, body, media)
                refused(report, answer, 400, code, f"{operation} {media}", **members)
            report.equal(daemon.metric("kzg_operations_total", operation=operation, status=code), 2,
                         f"{operation} counts {code}")
        daemon.stop(report, "library statuses")


# ---- HTTP --------------------------------------------------------------------------------------------------------

def routes_test(report):
    with h.Daemon() as daemon:
        for path in ("/", "/kzg/v1", "/kzg/v1/", "/kzg/v1/nothing", "/kzg/v2/compute_cells", "/metrics",
                     "/kzg/v1/compute_cells/", "//kzg/v1/compute_cells", "/kzg/v1/%63ompute_cells",
                     "/kzg/v1/compute_cells%00", "/KZG/v1/compute_cells", "/kzg/v1/../v1/compute_cells",
                     "/kzg/v1/" + "a" * 5000, "*"):
            data = h.request_bytes("POST", path, [("Content-Length", 0)])
            refused(report, h.ask(daemon.api, data), 404, "not_found", f"path {path[:40]}")
        for method in ("GET", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "post", "BREW"):
            answer = h.ask(daemon.api, h.request_bytes(method, "/kzg/v1/compute_cells"))
            refused(report, answer, 405, "method_not_allowed", f"method {method}")
            report.equal(answer.headers.get("allow"), "POST", f"method {method}: Allow")
        answer = h.ask(daemon.api, h.request_bytes("HEAD", "/kzg/v1/compute_cells"), head=True)
        report.check(answer.status == 405 and answer.headers.get("allow") == "POST", "method HEAD", answer)
        for media in ("text/plain", "application/jsonx", "application/", "json", "", "application/json2;charset=utf-8",
                      "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"):
            answer = daemon.post("compute_cells", b"{}", media)
            refused(report, answer, 415, "unsupported_media_type", f"media type '{media}'")
        answer = h.ask(daemon.api, h.request_bytes("POST", "/kzg/v1/compute_cells", [("Content-Length", 2)], b"{}"))
        refused(report, answer, 415, "unsupported_media_type", "no media type")
        answer = daemon.post("compute_cells", b"{}", h.JSON, [("Content-Encoding", "gzip")])
        refused(report, answer, 415, "unsupported_media_type", "a Content-Encoding")
        admin(report, daemon)
        daemon.stop(report, "routes")


def admin(report, daemon):
    for path in ("/", "/livez/", "/kzg/v1/compute_cells", "/debug"):
        refused(report, daemon.get(path), 404, "not_found", f"administration, {path}")
    for path in ("/livez", "/readyz", "/version", "/metrics"):
        answer = h.ask(daemon.admin, h.request_bytes("POST", path, [("Content-Length", 2)], b"{}"))
        refused(report, answer, 405, "method_not_allowed", f"administration, POST {path}")
        report.equal(answer.headers.get("allow"), "GET, HEAD", f"administration, POST {path}: Allow")
        report.equal(h.ask(daemon.admin, h.request_bytes("HEAD", path), head=True).status, 200, f"HEAD {path}")
        answer = h.ask(daemon.admin, h.request_bytes("GET", path, [("Content-Length", 1 << 30)]))
        refused(report, answer, 413, "body_too_large", f"administration, a body to {path}")
    version = daemon.get("/version").json()
    report.check(version["setup"]["name"] == "mainnet" and len(version["setup"]["sha256"]) == 64
                 and version["backend"] and version["version"] and version["commit"], "version", version)
    names = {name for name, _ in daemon.metrics()}
    for name in ("kzg_operations_total", "kzg_memory_usage_bytes", "kzg_operation_duration_seconds_bucket",
                 "kzg_build_info", "kzg_queue_depth", "kzg_operations_in_flight", "kzg_requests_rejected_total",
                 "kzg_connections", "process_cpu_seconds_total", "process_resident_memory_bytes", "process_open_fds",
                 "process_max_fds", "process_start_time_seconds", "process_virtual_memory_bytes"):
        report.check(name in names, f"metric {name}", sorted(names))


def framing_test(report):
    op = "compute_cells"
    path, binary = f"/kzg/v1/{op}", ("Content-Type", h.BINARY)

    def raw(headers, body=b""):
        return h.request_bytes("POST", path, [binary, *headers], body)

    with h.Daemon() as daemon:
        chunks = b"1\r\nx\r\n0\r\n\r\n"
        for name, data, status, code in (
            ("no Content-Length", raw([]), 411, "length_required"),
            ("chunked", raw([("Transfer-Encoding", "chunked")], chunks), 411, "length_required"),
            ("gzip, chunked", raw([("Transfer-Encoding", "gzip, chunked")], chunks), 411, "length_required"),
            ("Content-Length and chunked", raw([("Content-Length", 5), ("Transfer-Encoding", "chunked")], chunks), 400,
             "request_malformed"),
            ("chunked and Content-Length", raw([("Transfer-Encoding", "chunked"), ("Content-Length", 5)], chunks), 400,
             "request_malformed"),
            ("chunked twice", raw([("Transfer-Encoding", "chunked")] * 2, chunks), 411, "length_required"),
            ("two lengths", raw([("Content-Length", 5), ("Content-Length", 6)], b"123456"), 400, "request_malformed"),
            ("one length twice", raw([("Content-Length", 5)] * 2, b"12345"), 400, "request_malformed"),
            ("two media types", raw([("Content-Type", h.JSON), ("Content-Length", 0)]), 400, "request_malformed"),
            ("a length of 2^31", raw([("Content-Length", 1 << 31)]), 413, "body_too_large"),
            ("a length of 2^63", raw([("Content-Length", 1 << 63)]), 413, "body_too_large"),
            ("a length of 2^64 - 1", raw([("Content-Length", BIG)]), 413, "body_too_large"),
            ("a length one above the limit", raw([("Content-Length", h.BLOB + 1)]), 413, "body_too_large"),
            ("2^63 and Expect", raw([("Content-Length", 1 << 63), ("Expect", "100-continue")]), 413, "body_too_large"),
        ):
            with h.Connection(daemon.api) as connection:
                connection.send(data)
                refused(report, connection.answer(), status, code, f"framing, {name}")
                report.check(connection.ended(), f"framing, {name}: the connection ends", "it is open")
        # What the protocol library refuses by itself: no problem document, but a refusal and a closed connection.
        for name, data, wanted in (
            ("a length of -1", raw([("Content-Length", -1)]), {400}),
            ("a length of 1e9", raw([("Content-Length", "1e9")]), {400}),
            ("a length of +5", raw([("Content-Length", "+5")], b"12345"), {400}),
            ("a length of 0x10", raw([("Content-Length", "0x10")]), {400}),
            ("a length of '5, 5'", raw([("Content-Length", "5, 5")], b"12345"), {400}),
            ("an empty length", raw([("Content-Length", "")]), {400, 411}),
            ("a length of 2^64", raw([("Content-Length", 1 << 64)]), {413}),
            ("a length of 10^40", raw([("Content-Length", 10 ** 40)]), {413}),
            ("a blank before a colon", raw([("Transfer-Encoding ", "chunked"), ("Content-Length", 5)], chunks), {400}),
            ("a folded header", raw([("X-A", "b\r\n Transfer-Encoding: chunked"), ("Content-Length", 0)]), {400}),
            ("a header without a name", raw([("", "x"), ("Content-Length", 0)]), {400, 411}),
            ("a NUL in a header", raw([("X-A", "b\0c"), ("Content-Length", 0)]), {400}),
            ("a header of 70 kB", raw([("X-A", "b" * 70000), ("Content-Length", 0)]), {431, 400, 413}),
            ("5000 headers", raw([(f"X-{i}", "b") for i in range(5000)]), {431, 400, 413}),
            ("no Host", b"POST " + path.encode() + b" HTTP/1.1\r\nContent-Length: 0\r\n\r\n", {400}),
            ("a path of 70 kB", h.request_bytes("POST", "/" + "a" * 70000), {414, 400, 431}),
            ("garbage", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(100) + b"\r\n\r\n", {400, None}),
            ("no version", b"POST " + path.encode() + b"\r\n\r\n", {400, None}),
            ("HTTP/9.9", b"POST " + path.encode() + b" HTTP/9.9\r\nHost: a\r\nContent-Length: 0\r\n\r\n",
             {505, 400, None}),
        ):
            with h.Connection(daemon.api) as connection:
                try:
                    connection.send(data)
                    got = connection.answer().status
                except h.Closed as error:
                    got = None if "end of stream" in str(error) else error
                report.check(got in wanted, f"framing, {name}", f"got {got}, wanted one of {wanted}")
                report.equal(connection.still_read(), True, f"framing, {name}: what comes after the answer is no error")
        report.equal(daemon.post(op, bytes(h.BLOB)).status, 200, "framing: the daemon still works")
        daemon.stop(report, "framing")


def bodies_test(report):
    """Bodies that end early or overtake; answers that come before the body; one connection for all that."""
    op, blob = "blob_to_kzg_commitment", h.constant_blob(2)
    whole = h.post_bytes(op, blob)
    with h.Daemon() as daemon:
        for cut in (len(whole) - 1, len(whole) - h.BLOB, len(whole) - h.BLOB + 1, len(whole) // 2):
            with h.Connection(daemon.api) as connection:
                connection.send(whole[:cut])
                connection.socket.shutdown(h.socket.SHUT_WR)
                refused(report, connection.answer(), 400, "body_truncated", f"body cut at {cut}")
        report.equal(daemon.metric("kzg_requests_rejected_total", reason="body_truncated"), 4, "cut bodies counted")
        report.check(daemon.wait_metric(lambda used: used == 0, "kzg_memory_reserved_bytes"),
                     "cut bodies give their memory back", daemon.metric("kzg_memory_reserved_bytes"))
        with h.Connection(daemon.api) as connection:
            connection.send(h.request_bytes("POST", f"/kzg/v1/{op}", [
                ("Content-Type", h.BINARY), ("Content-Length", h.BLOB), ("Expect", "100-continue")]))
            while b"100 Continue\r\n\r\n" not in connection.buffer:
                connection.more()
            report.check(True, "100-continue is sent")
            connection.send(blob)
            report.equal(connection.answer().body, h.G2X, "and the body taken")
        too_long = h.post_bytes(op, bytes(3 << 20))
        with h.Connection(daemon.api) as connection:
            connection.send(too_long)  # the client reads only when all is sent
            refused(report, connection.answer(), 413, "body_too_large", "a client that sends all of its body first")
        with h.Connection(daemon.api) as connection:
            for name, data, status in (
                ("not found", h.request_bytes("POST", "/x", [("Content-Length", 7)], b"1234567"), 404),
                ("a wrong method", h.request_bytes("GET", f"/kzg/v1/{op}"), 405),
                ("a wrong media type", h.post_bytes(op, blob, "text/plain"), 415),
                ("a short body", h.post_bytes(op, blob[1:]), 400),
                ("malformed JSON", h.post_bytes(op, b"{" * 1000, h.JSON), 400),
                ("an empty body", h.post_bytes(op, b"", h.JSON), 400),
                ("a good one", whole, 200),
            ):
                connection.send(data)
                report.equal(connection.answer().status, status, f"one connection, {name}")
        pipelining(report, daemon)
        daemon.stop(report, "bodies")


def pipelining(report, daemon):
    """Requests sent in one go are answered in order, each with its own answer."""
    blobs = {1: h.G1, 2: h.G2X}
    order = [1, 2, 2, 1, 0, 1, 2, 0, 1] * 3
    data = b"".join(h.post_bytes("blob_to_kzg_commitment", h.constant_blob(n) if n else b"", h.BINARY,
                                 [("X-Request-Id", f"p{i}")]) for i, n in enumerate(order))
    with h.Connection(daemon.api) as connection:
        h.in_threads([lambda: connection.send(data)])
        for i, n in enumerate(order):
            answer = connection.answer()
            good = answer.headers.get("x-request-id") == f"p{i}" and (
                answer.body == blobs[n] if n else answer.code() == "body_length_invalid")
            report.check(good, f"pipelined request {i}", answer)


def request_ids_test(report):
    body = h.ssz("verify_kzg_proof", {"commitment": h.INFINITY, "z": bytes(32), "y": bytes(32), "proof": h.INFINITY})
    with h.Daemon() as daemon:
        made = set()
        for wanted in ("a", "A-b_c.d:e/f+g=h@i", "x" * 64):
            answer = daemon.post("verify_kzg_proof", body, headers=[("X-Request-Id", wanted)])
            report.equal(answer.headers.get("x-request-id"), wanted, f"request id {wanted[:20]} comes back")
        for given in (None, "", "x" * 65, "a b", "a\"b", "<script>", "\u00e9", "a\tb"):
            headers = [] if given is None else [("X-Request-Id", given)]
            answer = daemon.post("verify_kzg_proof", body, headers=headers)
            got = answer.headers.get("x-request-id", "")
            report.check(len(got) >= 16 and got != given and got not in made, f"request id {given!r}: made", got)
            made.add(got)
        answer = daemon.post("verify_kzg_proof", b"", headers=[("X-Request-Id", "mine")])
        report.equal(answer.json()["request_id"], "mine", "request id in a problem document")
        logged, end = set(), h.time.monotonic() + h.PATIENCE
        while not {"mine", "a"} <= logged and h.time.monotonic() < end:  # the line is written when the answer has been
            logged = {event.get("request_id") for event in daemon.events("request")}
            h.time.sleep(0.01)
        report.check({"mine", "a"} <= logged, "request ids in the log", logged)
        daemon.stop(report, "request ids")


if __name__ == "__main__":
    h.main({"json": json_test, "ssz": ssz_test, "library": library_test, "routes": routes_test,
            "framing": framing_test, "bodies": bodies_test, "request_ids": request_ids_test})
