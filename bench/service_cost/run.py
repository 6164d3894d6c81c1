#!/usr/bin/env python3
"""What kzgd's watching of itself costs: kzgd beside kzgd_bare, from which everything that only looks was compiled out
(KZG_OBSERVE, src/service/observe.h), under the same requests. docs/performance.md has the figures.

  run.py KZGD KZGD_BARE LOAD [--lives N] [--rounds N] [--operation NAME]... [--slice SECONDS] [--seed N] [--quick] [--csv FILE]

Both run side by side, each with one worker that takes one request at a time (how many share a pairing check is a matter of
the instant, and ten times what is measured here), on one core; the client is on another where there is one. A round is one
slice with each, in turn first and second: the same number of requests. After --rounds of them both are started anew,
--lives times: where a process's memory comes to lie is worth a per cent, for better or worse. Of each pair of neighbours
it takes

  CPU         time of the threads that requests pass through (worker, API listener), by request, from the scheduler's own
              accounts in nanoseconds: what other work on the machine disturbs least
  throughput  requests a second

and prints the median of the ratios with the quartiles, and how sure the median is (two standard errors). What the other threads take (monitor, health, self-test, log) is
printed beside it, as a share of one core while the daemons ran. Results that were checked before they were returned
(--verify-results) are rare and long, so they are in the means and not in the medians. --quick only proves that it runs."""

import argparse
import csv
import os
import random
import signal
import statistics
import subprocess
import sys
import tempfile
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "tests", "service"))
import harness as h

# Operation: about how long it takes, in seconds; only the length of a slice depends on it.
OPERATIONS = {"verify_kzg_proof": 0.001, "compute_challenge": 0.0002, "blob_to_kzg_commitment": 0.025}
ON_THE_WAY = ("kzgd-worker-", "kzgd-api")
CONNECTIONS = 2  # so that the worker never waits for the client


def cores():
    """The daemons' core and the client's: the last one has the fewest interrupts."""
    allowed = sorted(os.sched_getaffinity(0))
    return {allowed[-1]}, set(allowed[:-1]) or {allowed[-1]}


class Instance:
    """A kzgd under its load generator."""

    def __init__(self, name, program, folder):
        self.name, self.folder = name, os.path.join(folder, name)
        os.mkdir(self.folder)
        addresses = os.path.join(self.folder, "addresses")
        environment = {key: value for key, value in os.environ.items() if not key.startswith("KZGD_")}
        with open(os.path.join(self.folder, "log"), "wb") as log:
            self.process = subprocess.Popen(
                [program, "--workers", "1", "--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0",
                 "--address-file", addresses, "--state-dir", os.path.join(self.folder, "state"), "--log-format", "json",
                 "--coalesce", "1"],
                stdout=subprocess.DEVNULL, stderr=log, env=environment,
                preexec_fn=lambda: os.sched_setaffinity(0, cores()[0]))
        while not os.path.exists(addresses):
            if self.process.poll() is not None:
                sys.exit(f"{program} ended: {open(os.path.join(self.folder, 'log')).read()}")
            time.sleep(0.05)
        with open(addresses, encoding="ascii") as file:
            self.api = dict(line.split() for line in file)["api"]
        self.load = None
        self.ready_cpu, self.ready_at = self.cpu(), time.monotonic()

    def cpu(self):
        """Thread's name -> nanoseconds of CPU."""
        root, total = f"/proc/{self.process.pid}/task", {}
        for task in os.listdir(root):
            try:
                with open(f"{root}/{task}/schedstat", encoding="ascii") as file:
                    spent = int(file.read().split()[0])
                with open(f"{root}/{task}/comm", encoding="ascii") as file:
                    name = file.read().strip()
            except FileNotFoundError:
                continue
            total[name] = total.get(name, 0) + spent
        return total

    def aim(self, program, request):
        self.end_load()
        path = os.path.join(self.folder, "request")
        with open(path, "wb") as file:
            file.write(request)
        self.load = subprocess.Popen([program, self.api, path, str(CONNECTIONS)], stdin=subprocess.PIPE,
                                     stdout=subprocess.PIPE, text=True,
                                     preexec_fn=lambda: os.sched_setaffinity(0, cores()[1]))

    def slice(self, requests):
        """(CPU seconds a request, requests a second)."""
        before = way(self.cpu())
        self.load.stdin.write(f"{requests}\n")
        self.load.stdin.flush()
        seconds, bad = self.load.stdout.readline().split()
        spent = way(self.cpu()) - before
        if int(bad) != 0:
            sys.exit(f"{self.name}: {bad} of {requests} answers were not 200")
        return spent / 1e9 / requests, requests / float(seconds)

    def background(self):
        """Name -> share of a core, of the threads that no request waits for."""
        seconds, now = time.monotonic() - self.ready_at, self.cpu()
        return {name: (now[name] - self.ready_cpu.get(name, 0)) / 1e9 / seconds for name in now
                if not name.startswith(ON_THE_WAY)}

    def end_load(self):
        if self.load is None:
            return
        self.load.stdin.close()
        self.load.wait()
        self.load = None

    def end(self):
        self.end_load()
        self.process.terminate()
        self.process.wait()


def way(threads):
    return sum(spent for name, spent in threads.items() if name.startswith(ON_THE_WAY))


def requests_of(rng, api):
    """Operation -> its request, of values that fit together."""
    blob, z = h.random_blob(rng), h.scalar(rng.randrange(h.MODULUS))

    def compute(operation, values):
        answer = h.ask(api, h.post_bytes(operation, h.ssz(operation, values)))
        if answer.status != 200:
            sys.exit(f"{operation}: {answer}")
        return answer.body

    commitment = compute("blob_to_kzg_commitment", {"blob": blob})
    opening = compute("compute_kzg_proof", {"blob": blob, "z": z})
    values = {"blob_to_kzg_commitment": {"blob": blob},
              "compute_challenge": {"blob": blob, "commitment": commitment},
              "verify_kzg_proof": {"commitment": commitment, "z": z, "y": opening[48:], "proof": opening[:48]}}
    return {name: h.post_bytes(name, h.ssz(name, arguments)) for name, arguments in values.items()}


def quartiles(values):
    if len(values) < 2:
        return values[0], values[0], values[0]
    low, middle, high = statistics.quantiles(values, n=4, method="inclusive")
    return low, middle, high


def percent(ratios):
    """'+0.31 % (-1.10 to +1.52), give or take 0.20': what is above 1, median and quartiles, and the median's own error, as of a
    normal distribution with these quartiles."""
    low, middle, high = (100 * (value - 1) for value in quartiles(ratios))
    error = 2 * 1.2533 * (high - low) / 1.349 / len(ratios) ** 0.5
    return f"{middle:+.2f} % ({low:+.2f} to {high:+.2f}), give or take {error:.2f}"


def measure(operation, watched, bare, options, load, request):
    """Rows: (cpu watched, rate watched, cpu bare, rate bare), a round each."""
    requests = max(2, round(options.slice / OPERATIONS[operation]))
    pair = [watched, bare]
    answers = [h.ask(instance.api, request) for instance in pair]
    if answers[0].status != 200 or answers[0].body != answers[1].body:
        sys.exit(f"{operation}: the two do not answer alike: {answers}")
    rows = []
    for instance in pair:
        instance.aim(load, request)
        instance.slice(requests)
    for _ in range(options.rounds):
        pair.reverse()
        got = {instance.name: instance.slice(requests) for instance in pair}
        rows.append(got["kzgd"] + got["bare"])
    return [(requests, *row) for row in rows]


def live(options, number, table):
    """One life of both; adds to the table: operation -> rows. Shares of a core that other threads took, by instance."""
    with tempfile.TemporaryDirectory(prefix="kzgd-cost-") as folder:
        watched, bare = Instance("kzgd", options.kzgd, folder), Instance("bare", options.bare, folder)
        try:
            requests = requests_of(random.Random(options.seed + number), bare.api)
            for operation in options.operation or OPERATIONS:
                table.setdefault(operation, []).extend(
                    measure(operation, watched, bare, options, options.load, requests[operation]))
            return {instance.name: instance.background() for instance in (watched, bare)}
        finally:
            watched.end()
            bare.end()


def tell(operation, lives, table):
    requests, rows = table[0][0], [row[1:] for row in table]
    on, off = ([row[i] for row in rows] for i in (0, 2))
    cpu, rate = [row[0] / row[2] for row in rows], [row[1] / row[3] for row in rows]
    extra = quartiles([1e6 * (row[0] - row[2]) for row in rows])
    print(f"{operation}, {lives} lives, {len(rows)} rounds in all, of {requests} requests with each")
    print(f"  CPU a request, us   bare {1e6 * statistics.median(off):.2f}, kzgd {1e6 * statistics.median(on):.2f}, "
          f"difference {extra[1]:+.2f} ({extra[0]:+.2f} to {extra[2]:+.2f})")
    print(f"  CPU                 {percent(cpu)}; of the means {100 * (sum(on) / sum(off) - 1):+.2f} %")
    print(f"  throughput          {percent(rate)}", flush=True)


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("kzgd")
    parser.add_argument("bare")
    parser.add_argument("load")
    parser.add_argument("--rounds", type=int, default=60)
    parser.add_argument("--lives", type=int, default=8)
    parser.add_argument("--operation", action="append", choices=list(OPERATIONS))
    parser.add_argument("--slice", type=float, default=0.05)
    parser.add_argument("--seed", type=int, default=h.SEED)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--csv")
    options = parser.parse_args()
    if options.quick:
        options.lives, options.rounds, options.slice = 1, 2, 0.01
    return options


def tell_background(lives):
    for name in ("kzgd", "bare"):
        threads = sorted({thread for life in lives for thread in life[name]})
        shares = {thread: statistics.mean(life[name].get(thread, 0) for life in lives) for thread in threads}
        print(f"{name}, other threads: {100 * sum(shares.values()):.3f} % of a core: " +
              ", ".join(f"{thread} {100 * share:.3f}" for thread, share in shares.items() if share > 1e-6))


def main():
    options, table = arguments(), {}
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # the daemons end with it
    print(f"seed {options.seed}; daemons on core {cores()[0]}, client on {cores()[1]}, "
          f"load {os.getloadavg()[0]:.1f}", flush=True)
    lives = [live(options, number, table) for number in range(options.lives)]
    for operation, rows in table.items():
        tell(operation, options.lives, rows)
    tell_background(lives)
    if options.csv:
        with open(options.csv, "w", newline="", encoding="ascii") as file:
            writer = csv.writer(file)
            writer.writerow(["operation", "requests", "cpu_kzgd", "rate_kzgd", "cpu_bare", "rate_bare"])
            writer.writerows((operation, *row) for operation, rows in table.items() for row in rows)


if __name__ == "__main__":
    main()
