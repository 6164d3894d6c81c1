"""Every operation in both encodings: known answers, and the official vectors where they are."""

import sys

import harness as h


def compare(report, daemon, name, operation, values, output):
    """Posts one case as JSON and, if it can be expressed, as SSZ. output None: an error is right."""
    forms = [(h.JSON, h.json_body(values))]
    try:
        forms.append((h.BINARY, h.ssz(operation, values)))
    except ValueError:
        pass  # a length that SSZ has no place for
    for media, body in forms:
        label = f"{operation} {name} {'json' if media == h.JSON else 'ssz'}"
        answer = daemon.post(operation, body, media)
        if output is None:
            report.check(answer.status == 400 and answer.code() is not None, label, answer)
        elif media == h.JSON:
            report.check(answer.status == 200 and answer.json() == {"output": output}, label, answer)
        else:
            report.check(answer.status == 200 and answer.body == h.raw_output(output), label, answer)


def known(report):
    with h.Daemon() as daemon:
        for name, operation, values, output in h.known_answers():
            compare(report, daemon, name, operation, values, output)
        for operation in h.ARGUMENTS:
            count = daemon.metric("kzg_operations_total", operation=operation, status="ok")
            report.check(count >= 2, f"{operation} is counted", count)
            seconds = daemon.metric("kzg_operation_duration_seconds_count", operation=operation, status="ok")
            report.equal(seconds, count, f"{operation} is timed as often as counted")
        daemon.stop(report, "known answers")


def accept(report):
    """The form of the answer follows Accept, and without a preference the request's."""
    with h.Daemon() as daemon:
        blob = h.constant_blob(2)
        raw, text = h.G2X, b'{"output":"0x' + h.G2X.hex().encode() + b'"}'
        body = {h.BINARY: blob, h.JSON: h.json_body({"blob": blob})}
        cases = [
            (h.BINARY, None, raw), (h.JSON, None, text), (h.BINARY, h.JSON, text), (h.JSON, h.BINARY, raw),
            (h.BINARY, "*/*", raw), (h.JSON, "*/*", text), (h.JSON, "application/*", text),
            (h.JSON, "text/html, application/octet-stream;q=0.5, */*;q=0.1", raw),
            (h.BINARY, "application/json;q=0.2, application/octet-stream;q=0.7", raw),
            (h.BINARY, "application/json;q=0.9, application/octet-stream;q=0.7", text),
            (h.JSON, "application/octet-stream;q=0", text), (h.BINARY, "APPLICATION/JSON", text),
            (h.BINARY, "text/html", raw), (h.JSON, ";;,q=,,", text),
        ]
        for media, wanted, output in cases:
            headers = [] if wanted is None else [("Accept", wanted)]
            answer = daemon.post("blob_to_kzg_commitment", body[media], media, headers)
            report.check(answer.status == 200 and answer.body == output, f"{media} asking for {wanted}", answer)
            report.equal(answer.headers.get("content-type"), h.BINARY if output == raw else h.JSON,
                         f"{media} asking for {wanted}: Content-Type")
        answer = daemon.post("blob_to_kzg_commitment", body[h.JSON], "Application/JSON; charset=utf-8")
        report.equal(answer.status, 200, "a media type's case and parameters do not matter")
        daemon.stop(report, "accept")


def official(report):
    folder = h.vectors_folder()
    if folder is None:
        print("SKIPPED: the official vectors are neither at KZG_VECTORS nor beside the project", file=sys.stderr)
        return
    cases = 0
    with h.Daemon() as daemon:
        for operation, case, values, output in h.official_vectors(folder):
            cases += 1
            compare(report, daemon, case, operation, values, output)
        daemon.stop(report, "official vectors")
    report.check(cases >= 100, "the official vectors were read", cases)


if __name__ == "__main__":
    h.main({"known": known, "accept": accept, "official": official})
