"""Load for as long as wanted: clients with different truths, every answer checked, memory before and after, and SIGTERM
in the middle of it all.

  soak.py /path/to/kzgd [--seconds 60] [--clients 64] [--kzgd-flag=value ...]
"""

import argparse
import sys
import threading
import time

import harness as h


PATIENT = ("--drain-idle", "60")  # a client that has got no CPU for a while still sends its last request in time
WARM = 4  # answers to each request


def arguments():
    parser = argparse.ArgumentParser()
    parser.add_argument("program")
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--clients", type=int, default=64)
    known, flags = parser.parse_known_args()
    sys.argv[1:] = [known.program]
    return known, flags


def make_work(daemon):
    """(request, right answer) pairs over all operations; what is not known beforehand is asked for once, alone, and then
    checked to be the same ever after."""
    rng = h.random.Random(h.SEED)
    work = []
    for _, operation, values, output in h.known_answers():
        work.append((h.post_bytes(operation, h.ssz(operation, values)), h.raw_output(output)))
        if len(h.json_body(values)) < 600000:
            wanted = b'{"output":' + h.json.dumps(output, separators=(",", ":")).encode() + b"}"
            work.append((h.post_bytes(operation, h.json_body(values), h.JSON), wanted))
    for _ in range(8):
        blob = h.random_blob(rng)
        commitment = daemon.post("blob_to_kzg_commitment", blob).body
        proof = daemon.post("compute_blob_kzg_proof", h.ssz("compute_blob_kzg_proof", {
            "blob": blob, "commitment": commitment})).body
        work.append((h.post_bytes("blob_to_kzg_commitment", blob), commitment))
        work += [(h.post_bytes("verify_blob_kzg_proof", blob + commitment + proof), b"\1")] * 4
        work.append((h.post_bytes("verify_blob_kzg_proof", blob + commitment + h.INFINITY), b"\0"))
    work.append((h.post_bytes("verify_kzg_proof", b""), None))
    work.append((h.post_bytes("compute_cells", b'{"blob":"0xzz"}', h.JSON), None))
    return work


class Clients:
    def __init__(self, daemon, count, work):
        self.daemon = daemon
        self.work = work
        self.lock = threading.Lock()
        self.answered = 0
        self.times = [0] * len(work)  # that each was answered
        self.wrong = []
        self.lost = []
        self.ending = threading.Event()
        self.threads = [threading.Thread(target=self.run, args=(i,), daemon=True) for i in range(count)]
        for thread in self.threads:
            thread.start()

    def run(self, number):
        rng = h.random.Random(h.SEED * 1000 + number)
        while True:
            try:
                connection = h.Connection(self.daemon.api)
            except ConnectionError:
                if not self.ending.is_set():
                    self.lost.append("refused before the end")
                return
            with connection:
                if not self.converse(connection, rng):
                    return

    def converse(self, connection, rng):
        """Requests until the daemon closes; True: connect again."""
        answers = 0
        while True:
            which = rng.randrange(len(self.work))
            request, wanted = self.work[which]
            try:
                connection.send(request)
                answer = connection.answer()
            except (h.Closed, OSError) as error:
                if answers > 0 or not self.ending.is_set():
                    self.lost.append(f"after {answers} answers: {error!r}")
                return answers == 0 and self.ending.is_set()
            answers += 1
            with self.lock:
                self.answered += 1
                self.times[which] += 1
                right = answer.status == 400 if wanted is None else answer.status == 200 and answer.body == wanted
                if not right:
                    self.wrong.append(repr(answer))
            if answer.headers.get("connection") == "close":
                return True


def watch(daemon, clients, seconds):
    """Resident memory while the load runs: once everything was asked for several times, for memory is touched when it is first
    needed, and when the time is over from then."""
    start = time.monotonic()
    while min(clients.times) < WARM and not clients.lost and time.monotonic() - start < h.PATIENCE:
        time.sleep(0.2)
    first, warm = daemon.rss(), time.monotonic()
    while time.monotonic() - warm < seconds:
        time.sleep(0.2)
    last = daemon.rss()
    elapsed = time.monotonic() - start
    print(f"# {clients.answered} answers in {elapsed:.1f} s, resident {first >> 20} MiB, then {last >> 20} MiB", flush=True)
    return first, last


def main():
    options, flags = arguments()
    report = h.Report()
    print(f"seed {h.SEED} (KZG_SEED)")
    with h.Daemon("--log-level", "info", *PATIENT, *flags) as daemon:
        work = make_work(daemon)
        clients = Clients(daemon, options.clients, work)
        first, last = watch(daemon, clients, options.seconds)
        report.equal(daemon.get("/readyz").status, 200, "ready under load")
        five_hundreds = sum(daemon.metric("kzg_http_responses_total", code=code) for code in ("500", "503"))
        report.equal(five_hundreds, 0, "no 500, no 503")
        clients.ending.set()
        daemon.terminate()
        status = daemon.wait()
        for thread in clients.threads:
            thread.join(h.PATIENCE)
        report.check(clients.answered > options.clients, "answers came", clients.answered)
        report.check(not clients.wrong, "every answer is right", clients.wrong[:3])
        report.check(not clients.lost, "nothing accepted was lost", clients.lost[:3])
        # Heap caches settle early; a leak of one request's kilobytes would show in thousands of requests.
        report.check(last - first < (8 << 20), "memory does not grow", f"{first} to {last} bytes")
        report.check(status == 0 and not daemon.findings(), "exit status 0", (status, daemon.findings()[:3]))
    sys.exit(report.end())


if __name__ == "__main__":
    main()
