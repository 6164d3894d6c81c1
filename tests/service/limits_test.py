"""What bounds the daemon: timeouts, queue, memory, caps by peer. Checked by what the daemon says of its state, never by
how long something took."""

import os
import socket
import time

import harness as h
from integrity_test import STUCK, UNSTUCK, plant

ZEROS = h.ssz("verify_kzg_proof", {"commitment": h.INFINITY, "z": bytes(32), "y": bytes(32), "proof": h.INFINITY})


def dear_body(n=4096):
    """Cells that take one worker some tenths of a second: the statement is false, but it must be checked."""
    rng = h.random.Random(h.SEED)
    cell = b"".join(h.scalar(rng.randrange(h.MODULUS)) for _ in range(64))
    return h.ssz("verify_cell_kzg_proof_batch", {
        "commitments": [h.G1] * n, "cell_indices": [i % 128 for i in range(n)], "cells": [cell] * n,
        "proofs": [h.G2X] * n})


DEAR = h.post_bytes("verify_cell_kzg_proof_batch", dear_body())
CHEAP = h.post_bytes("verify_kzg_proof", ZEROS)
HELD = h.post_bytes("compute_challenge", h.ssz("compute_challenge", {"blob": bytes(h.BLOB), "commitment": h.INFINITY}))


def held_daemon(*flags, **options):
    """kzgd_planted with one worker, for Busy to hold."""
    return h.Daemon("--workers", "1", *flags, binary=h.planted_program(), environment={"PLANT_PATIENT": "1"}, **options)


class Busy:
    """A held_daemon whose worker does not come to the end of a request before release(), and as many requests behind it as
    wanted, in the queue: for as long as the test needs, however slow the machine is."""

    def __init__(self, daemon, queued=0, request=CHEAP):
        self.daemon = daemon
        plant(daemon, STUCK)
        self.connections = [h.Connection(daemon.api)]
        self.connections[0].send(HELD)
        held = daemon.wait_metric(lambda n: n == 1, "kzg_operations_in_flight")
        for i in range(queued):
            self.connections.append(h.Connection(daemon.api))
            self.connections[-1].send(request)
            held = held and daemon.wait_metric(lambda n, i=i: n == i + 1, "kzg_queue_depth")
        if not held:
            raise RuntimeError("the worker is not held")

    def release(self):
        plant(self.daemon, UNSTUCK)

    def finish(self):
        """All answers, in the order of the requests."""
        self.release()
        answers = []
        for connection in self.connections:
            try:
                answers.append(connection.answer())
            except (h.Closed, OSError):
                answers.append(None)
            connection.close()
        self.connections = []
        return answers


def is_code(answer, status, code):
    return answer.status == status and answer.code() == code


def queue_test(report):
    with held_daemon("--queue-length", "2") as daemon:
        busy = Busy(daemon, 2)
        answer = h.ask(daemon.api, CHEAP)
        report.check(is_code(answer, 503, "queue_full") and int(answer.headers["retry-after"]) >= 1,
                     "a full queue refuses with 503 and Retry-After", answer)
        with h.Connection(daemon.api) as connection:
            connection.send(h.request_bytes("POST", "/kzg/v1/compute_cells", [
                ("Content-Type", h.BINARY), ("Content-Length", h.BLOB), ("Expect", "100-continue")]))
            answer = connection.answer()
            report.check(is_code(answer, 503, "queue_full"), "and before the body is sent", answer)
        for path in ("/livez", "/readyz", "/version", "/metrics"):
            report.equal(daemon.get(path).status, 200, f"{path} answers while the queue is full")
        answers = busy.finish()
        report.check(all(answer is not None and answer.status == 200 for answer in answers),
                     "what was queued is answered", answers)
        report.equal(h.ask(daemon.api, CHEAP).status, 200, "and the next request is taken")
        report.check(daemon.metric("kzg_requests_rejected_total", reason="queue_full") >= 1, "refusals are counted")
        daemon.stop(report, "queue")


def gone_test(report):
    """Clients that leave: their queued work is not done, their memory is given back."""
    with held_daemon() as daemon:
        done = daemon.metric("kzg_operations_total", operation="verify_kzg_proof", status="ok")
        busy = Busy(daemon, 3)
        for connection in busy.connections[1:]:
            connection.close()
        left = daemon.wait_metric(lambda n: n == 3, "kzg_requests_abandoned_total")
        report.check(left, "three queued clients that leave are noticed", daemon.log()[-500:])
        busy.release()
        report.equal(busy.connections[0].answer().status, 200, "the running request is answered")
        after = daemon.metric("kzg_operations_total", operation="verify_kzg_proof", status="ok")
        report.equal(after, done, "their operations were not run")
        busy.connections[0].close()
        busy = Busy(daemon)
        busy.connections[0].close()
        busy.release()
        report.check(daemon.wait_metric(lambda n: n == 0, "kzg_connections", listener="api"),
                     "a client that leaves a running request is let go")
        report.check(daemon.wait_metric(lambda n: n == 0, "kzg_memory_reserved_bytes"),
                     "all request memory is given back")
        report.equal(h.ask(daemon.api, CHEAP).body, b"\1", "and the next request is answered")
        daemon.stop(report, "clients that leave")


def deadline_test(report):
    with held_daemon("--request-timeout", "0.05") as daemon:
        busy = Busy(daemon, 1)
        time.sleep(0.1)
        answer = busy.finish()[1]
        report.check(is_code(answer, 503, "queue_full"), "a request that waited too long gets 503", answer)
        daemon.stop(report, "request deadline")
    with held_daemon() as daemon:
        for text in ("0", "x", "1.", ".5", "-1", "1e3", "1.2345", "86401", ""):
            answer = daemon.post("verify_kzg_proof", CHEAP[-160:], headers=[("X-Request-Timeout", text)])
            report.check(is_code(answer, 400, "request_malformed"), f"X-Request-Timeout: {text!r} is refused", answer)
        answer = daemon.post("verify_kzg_proof", CHEAP[-160:], headers=[("X-Request-Timeout", "60.5")])
        report.equal(answer.status, 200, "a client that waits long enough is served")
        busy = Busy(daemon, 1, DEAR)
        answer = daemon.post("verify_kzg_proof", CHEAP[-160:], headers=[("X-Request-Timeout", "0.001")])
        report.check(is_code(answer, 503, "deadline_unreachable"), "a deadline that cannot be met is refused early", answer)
        busy.finish()
        report.check(daemon.metric("kzg_requests_rejected_total", reason="deadline_unreachable") >= 1, "and counted")
        daemon.stop(report, "client's deadline")


def memory_test(report):
    """Bodies reserve memory before they are read; when it is used up, 503, and all comes back."""
    with h.Daemon("--request-memory", "2", "--body-rate", "0") as daemon:
        head = h.request_bytes("POST", "/kzg/v1/compute_cells_and_kzg_proofs",
                               [("Content-Type", h.BINARY), ("Content-Length", h.BLOB)])
        waiting = []
        for _ in range(5):
            waiting.append(h.Connection(daemon.api))
            waiting[-1].send(head)
        report.check(daemon.wait_metric(lambda used: used >= 2000000, "kzg_memory_reserved_bytes"),
                     "five announced bodies reserve their memory", daemon.metrics().get(
                         ("kzg_memory_reserved_bytes", ())))
        with h.Connection(daemon.api) as connection:
            connection.send(head + bytes(h.BLOB))
            answer = connection.answer()
            report.check(is_code(answer, 503, "out_of_memory") and "retry-after" in answer.headers,
                         "a sixth gets 503", answer)
            waiting.pop().close()
            daemon.wait_metric(lambda used: used < 2000000, "kzg_memory_reserved_bytes")
            connection.send(head + bytes(h.BLOB))
            report.equal(connection.answer().status, 200, "and 200 when one of them has left")
        answer = daemon.post("verify_cell_kzg_proof_batch", dear_body(2048))
        report.check(is_code(answer, 503, "out_of_memory"), "a body that never fits gets 503", answer)
        for connection in waiting:
            connection.send(bytes(h.BLOB))
            report.equal(connection.answer().status, 200, "a body with its memory is answered")
            connection.close()
        report.check(daemon.wait_metric(lambda used: used == 0, "kzg_memory_reserved_bytes"),
                     "all memory is given back")
        daemon.stop(report, "memory")


def peers_test(report):
    with held_daemon("--max-requests-per-peer", "2", "--max-connections-per-peer", "6") as daemon:
        busy = Busy(daemon, 1)
        answer = h.ask(daemon.api, CHEAP)
        report.check(is_code(answer, 429, "too_many_requests") and int(answer.headers["retry-after"]) >= 1,
                     "a peer's third request gets 429", answer)
        with h.Connection(daemon.api) as connection:
            bind = socket.create_connection(("127.0.0.1", int(daemon.api.rsplit(":", 1)[1])), h.PATIENCE,
                                            ("127.0.0.2", 0))
            connection.socket.close()
            connection.socket = bind
            connection.send(CHEAP)
            report.check(daemon.wait_metric(lambda n: n == 2, "kzg_queue_depth"), "another peer's is taken")
            answers = busy.finish()
            report.equal(connection.answer().status, 200, "and answered")
        report.check(all(answer.status == 200 for answer in answers), "the first two are answered")
        daemon.wait_metric(lambda n: n == 0, "kzg_connections", listener="api")
        kept = [h.Connection(daemon.api) for _ in range(6)]
        for connection in kept:
            connection.send(CHEAP)
            report.equal(connection.answer().status, 200, "six connections of one peer are served")
        with h.Connection(daemon.api) as connection:
            report.check(connection.ended(), "a seventh is closed")
        report.check(daemon.metric("kzg_connections_refused_total", listener="api") >= 1, "and counted")
        for connection in kept:
            connection.close()
        daemon.stop(report, "peers")


def connections_test(report):
    """More connections than allowed wait in the backlog; they are served when others leave."""
    with h.Daemon("--max-connections", "4") as daemon:
        held = [h.Connection(daemon.api) for _ in range(4)]
        report.check(daemon.wait_metric(lambda n: n == 4, "kzg_connections", listener="api"), "four are taken")
        late = h.Connection(daemon.api)
        late.send(CHEAP)
        late.socket.settimeout(0.3)
        try:
            early = late.answer()
        except socket.timeout:
            early = None
        report.check(early is None and daemon.metric("kzg_connections", listener="api") == 4, "a fifth waits", early)
        report.equal(daemon.get("/readyz").status, 200, "health answers meanwhile")
        held.pop().close()
        late.socket.settimeout(h.PATIENCE)
        report.equal(late.answer().status, 200, "and is served when one leaves")
        for connection in held + [late]:
            connection.close()
        daemon.stop(report, "connections")


def descriptors_test(report):
    """With hardly any descriptors the daemon lowers its limits and goes on."""
    import resource
    with h.Daemon(preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (160, 160))) as daemon:
        limit = daemon.metric("kzg_connections_limit", listener="api")
        report.check(0 < limit <= 96, "the connection limit fits the descriptors", limit)
        held = [h.Connection(daemon.api) for _ in range(200)]
        report.check(daemon.wait_metric(lambda n: n == limit, "kzg_connections", listener="api"), "all are in use")
        report.equal(daemon.get("/livez").status, 200, "health answers")
        for connection in held:
            connection.close()
        report.equal(h.ask(daemon.api, CHEAP).status, 200, "and the API after them")
        daemon.stop(report, "descriptors")


def slow_test(report):
    """Clients that drip are cut off, in every state, while an honest one is served."""
    flags = ("--header-timeout", "0.3", "--body-timeout", "0.6", "--idle-timeout", "0.3", "--write-timeout", "0.5")
    with h.Daemon(*flags) as daemon:
        report.check(is_cut_off(daemon, CHEAP[:1]), "one byte of a request, then nothing: 408")
        report.check(is_cut_off(daemon, CHEAP[:60]), "half of the headers, then nothing: 408")
        report.check(is_cut_off(daemon, b""), "nothing at all: 408")
        report.check(is_cut_off(daemon, b"", drip=CHEAP), "headers byte by byte: 408")
        report.check(is_cut_off(daemon, CHEAP[:-20]), "most of the body, then nothing: 408")
        report.check(is_cut_off(daemon, CHEAP[:-150], drip=CHEAP[-150:]), "a body byte by byte: 408")
        connection, answer = honest(daemon)
        report.equal(answer.status, 200, "an honest client is answered")
        report.check(connection.ended(), "and closed, without a word, when idle for too long")
        connection.close()
        connection, _ = honest(daemon)
        report.check(dripped(daemon, b"", drip=CHEAP, connection=connection) in ("408", "closed"),
                     "dripping on a kept connection is cut off")
        connection.close()
        reader(report, daemon)
        report.equal(daemon.metric("kzg_operations_in_flight"), 0, "nothing is left in flight")
        report.check(daemon.wait_metric(lambda n: n == 0, "kzg_connections", listener="api"), "nor connected")
        report.check(daemon.metric("kzg_connections_timed_out_total", listener="api") >= 8, "they are counted")
        report.check(daemon.wait_metric(lambda used: used == 0, "kzg_memory_reserved_bytes"),
                     "nor holds memory")
        daemon.stop(report, "slow clients")
    with h.Daemon("--body-rate", "1000000") as daemon:
        blob = h.post_bytes("compute_cells", bytes(h.BLOB))
        report.check(is_cut_off(daemon, blob[:2000], drip=blob[2000:6000]), "a body below the minimum rate: 408")
        daemon.stop(report, "minimum rate")


def dripped(daemon, start, drip=b"", pause=0.02, connection=None):
    """What the daemon says to a client that sends start and then drip byte by byte, until it is cut off."""
    own = connection is None
    connection = connection or h.Connection(daemon.api)
    try:
        connection.send(start)
        connection.socket.settimeout(pause if drip else h.PATIENCE)
        for i in range(len(drip)):
            connection.send(drip[i:i + 1])
            try:
                connection.more()
                break
            except socket.timeout:
                continue
        connection.socket.settimeout(h.PATIENCE)
        return str(connection.answer().status)
    except (h.Closed, ConnectionError):
        return "closed"
    finally:
        if own:
            connection.close()


def is_cut_off(daemon, start, drip=b""):
    """With a 408; again where this client got no CPU before it had sent what it wanted to, and found itself cut off without."""
    return any(dripped(daemon, start, drip) == "408" for _ in range(30))


def honest(daemon):
    """A connection with a request that was whole in time, and its answer."""
    for _ in range(30):
        connection = h.Connection(daemon.api)
        try:
            connection.send(CHEAP)
            answer = connection.answer()
            if answer.status == 200:
                break
        except (h.Closed, ConnectionError):
            answer = None
    return connection, answer


def reader(report, daemon):
    """A client that never reads its answer does not keep it for ever."""
    raw = socket.socket()
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    host, port = daemon.api.rsplit(":", 1)
    raw.connect((host, int(port)))
    before = daemon.metric("kzg_connections_timed_out_total", listener="api")
    body = h.post_bytes("compute_cells_and_kzg_proofs", bytes(h.BLOB), headers=[("Accept", h.JSON)])
    count = 24  # answers of half a megabyte: more than socket buffers hold
    raw.settimeout(2)
    try:
        for _ in range(count):
            raw.sendall(body)
    except (socket.timeout, ConnectionError):
        pass
    report.check(daemon.wait_metric(lambda n: n > before, "kzg_connections_timed_out_total", listener="api"),
                 "a client that does not read is cut off")
    raw.close()


def many_slow_test(report):
    """Two hundred dripping connections, and honest clients between them get every answer."""
    with h.Daemon("--max-connections", "300", "--max-connections-per-peer", "300",
                  "--max-requests-per-peer", "300", "--header-timeout", "60", "--body-timeout", "60",
                  "--body-rate", "0") as daemon:
        slow = [h.Connection(daemon.api) for _ in range(200)]
        for i, connection in enumerate(slow):
            connection.send(CHEAP[:(i * 7) % (len(CHEAP) - 1) + 1])
        report.check(daemon.wait_metric(lambda n: n == 200, "kzg_connections", listener="api"), "200 slow clients")
        answers = []
        for connection in slow[:50]:
            answers.append(h.ask(daemon.api, CHEAP).body)
            connection.send(b"")
        report.equal(answers, [b"\1"] * 50, "50 honest requests among them")
        for i, connection in enumerate(slow):
            connection.send(CHEAP[(i * 7) % (len(CHEAP) - 1) + 1:])
        answers = [connection.answer() for connection in slow]
        wrong = [answer for answer in answers if answer.body != b"\1"]
        report.check(not wrong, "and they get their answers when they end in time", wrong[:2])
        for connection in slow:
            connection.close()
        daemon.stop(report, "many slow clients")


def mixed_test(report):
    """Many clients with different truths at once: no answer goes to another."""
    wrong = []
    with h.Daemon() as daemon:
        blobs = {i: h.constant_blob(i) for i in range(1, 9)}
        truth = {i: daemon.post("blob_to_kzg_commitment", blob).body for i, blob in blobs.items()}
        report.check(truth[1] == h.G1 and truth[2] == h.G2X and len(set(truth.values())) == 8, "eight truths", truth)

        def client(number):
            rng = h.random.Random(h.SEED + number)
            with h.Connection(daemon.api) as connection:
                for i in range(40):
                    n, value, tag = rng.randrange(1, 9), rng.randrange(1, 9), f"c{number}-{i}"
                    kind = rng.randrange(4)
                    statement = {"commitment": truth[n], "z": h.scalar(number), "y": h.scalar(value),
                                 "proof": h.INFINITY}
                    if kind == 0:
                        data, wanted = h.post_bytes("blob_to_kzg_commitment", blobs[n], headers=[
                            ("X-Request-Id", tag)]), truth[n]
                    elif kind == 1:
                        data, wanted = h.post_bytes("verify_kzg_proof", h.ssz("verify_kzg_proof", statement), headers=[
                            ("X-Request-Id", tag)]), bytes([n == value])
                    elif kind == 2:
                        data = h.post_bytes("verify_kzg_proof", h.json_body(statement), h.JSON, [("X-Request-Id", tag)])
                        wanted = b'{"output":' + (b"true" if n == value else b"false") + b"}"
                    else:
                        data, wanted = h.post_bytes("verify_kzg_proof", b"x" * n, headers=[("X-Request-Id", tag)]), None
                    connection.send(data)
                    answer = connection.answer()
                    good = answer.headers.get("x-request-id") == tag and (
                        answer.code() == "body_length_invalid" if wanted is None else answer.body == wanted)
                    if not good:
                        wrong.append((tag, kind, answer))

        h.in_threads([lambda number=number: client(number) for number in range(32)])
        report.check(not wrong, "32 clients, 40 requests each: every answer is its own", wrong[:3])
        report.equal(daemon.metric("kzg_http_responses_total", code="500"), 0, "no 500")
        daemon.stop(report, "mixed clients")


def workers_test(report):
    """Workers are as many as the control group allows, in both versions of control groups."""
    path = {"v2": "", "v1": ""}
    with open("/proc/self/cgroup", encoding="ascii") as file:
        for line in file:
            _, controllers, group = line.strip().split(":", 2)
            if controllers == "":
                path["v2"] = group
            elif "cpu" in controllers.split(","):
                path["v1"] = (controllers, group)
    cpus = len(os.sched_getaffinity(0))
    with h.tempfile.TemporaryDirectory() as root:
        def write(name, text):
            full = os.path.join(root, name.strip("/"))
            os.makedirs(os.path.dirname(full), exist_ok=True)
            with open(full, "w", encoding="ascii") as file:
                file.write(text)

        def workers(*flags):
            with h.Daemon("--cgroup-root", root, *flags) as daemon:
                count = daemon.metric("kzg_workers")
                daemon.stop()
            return count

        report.equal(workers(), cpus, "without a limit: the CPUs")
        report.equal(workers("--workers", "3"), 3, "--workers wins")
        write("cpu.max", "50000 100000\n")
        report.equal(workers(), 1, "version 2 at the mount: half a CPU is one worker")
        write("cpu.max", "max 100000\n")
        report.equal(workers(), cpus, "version 2, no limit")
        if path["v2"]:
            write(path["v2"] + "/cpu.max", "100000 100000\n")
            report.equal(workers(), 1, "version 2 in the group's own folder")
            write(path["v2"] + "/cpu.max", "junk\n")
        if path["v1"]:
            controllers, group = path["v1"]
            write(f"{controllers}{group}/cpu.cfs_quota_us", "90000\n")
            write(f"{controllers}{group}/cpu.cfs_period_us", "100000\n")
            report.equal(workers(), 1, "version 1")
            write(f"{controllers}{group}/cpu.cfs_quota_us", "-1\n")
            report.equal(workers(), cpus, "version 1, no limit")


if __name__ == "__main__":
    h.main({"queue": queue_test, "gone": gone_test, "deadline": deadline_test, "memory": memory_test,
            "peers": peers_test, "connections": connections_test, "descriptors": descriptors_test,
            "slow": slow_test, "many_slow": many_slow_test, "mixed": mixed_test, "workers": workers_test})
