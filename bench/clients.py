#!/usr/bin/env python3
"""How kzgd's answers grow with the number of clients: one worker on one core, wrk on another, 1 to 256 connections with
one request at a time each; beside what libkzg does with the same input on that core, measured before and after each.

  clients.py KZGD KZG [--clients N,N,...] [--operation NAME]... [--seconds N] [--csv FILE]

share is answers a second over the library's calls a second. Where other work has the core for a part of the time, that says
little; cpu is what all of kzgd's threads take of it for an answer, and its share the library's least time over that. The client
needs a core of its own."""

import argparse
import csv
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "tests", "service"))
import harness as h

OPERATIONS = ["blob_to_kzg_commitment", "compute_blob_kzg_proof", "compute_cells_and_kzg_proofs", "compute_cells",
              "verify_kzg_proof", "verify_blob_kzg_proof", "verify_cell_kzg_proof_batch"]
CELLS = 64  # in a batch of cells
LIBRARY_SECONDS = 1.5
UNITS = {"us": 1e-3, "ms": 1.0, "s": 1e3, "m": 6e4}


def inputs(api):
    """An argument list for each operation, with what kzgd itself computes from one random blob."""
    blob = h.random_blob(h.random.Random(h.SEED))

    def ask(operation, **arguments):
        answer = h.ask(api, h.post_bytes(operation, h.ssz(operation, arguments)))
        assert answer.status == 200, answer
        return answer.body

    z = h.scalar(7)
    commitment = ask("blob_to_kzg_commitment", blob=blob)
    opening = ask("compute_kzg_proof", blob=blob, z=z)
    proof = ask("compute_blob_kzg_proof", blob=blob, commitment=commitment)
    both = ask("compute_cells_and_kzg_proofs", blob=blob)
    cells = [both[i * h.CELL:(i + 1) * h.CELL] for i in range(CELLS)]
    proofs = [both[128 * h.CELL + 48 * i:128 * h.CELL + 48 * (i + 1)] for i in range(CELLS)]
    return {
        "blob_to_kzg_commitment": {"blob": blob}, "compute_cells": {"blob": blob}, "compute_cells_and_kzg_proofs": {"blob": blob},
        "compute_blob_kzg_proof": {"blob": blob, "commitment": commitment},
        "verify_kzg_proof": {"commitment": commitment, "z": z, "y": opening[48:], "proof": opening[:48]},
        "verify_blob_kzg_proof": {"blob": blob, "commitment": commitment, "proof": proof},
        "verify_cell_kzg_proof_batch": {"commitments": [commitment] * CELLS, "cell_indices": list(range(CELLS)), "cells": cells,
                                        "proofs": proofs},
    }


def bench(kzg, core, operation, iterations):
    done = subprocess.run(["taskset", "-c", str(core), kzg, "bench", "--json", "-n", str(iterations), "--precompute", "3", "--batch", str(CELLS),
                           "--operation", operation], capture_output=True, text=True, check=True)
    return json.loads(done.stdout.splitlines()[-1])


def library(kzg, core, operation):
    """Calls a second over some time, as kzgd's answers are counted; the least time of one, ms; the arithmetic."""
    row = bench(kzg, core, operation, 9)
    row = bench(kzg, core, operation, max(9, int(1e3 * LIBRARY_SECONDS / row["median_ms"])))
    return row["ops_per_second"], row["min_ms"], row["backend"]


def cpu_ms(pid):
    """Of all threads so far, by the scheduler's clock."""
    total = 0
    for thread in os.listdir(f"/proc/{pid}/task"):
        try:
            with open(f"/proc/{pid}/task/{thread}/schedstat", encoding="ascii") as file:
                total += int(file.read().split()[0])
        except OSError:
            pass  # it has ended
    return total / 1e6


def wrk(core, address, script, clients, seconds):
    """Answers with 200 a second, median and 99th percentile in ms, answers that were no 200 and requests that failed."""
    done = subprocess.run(["taskset", "-c", str(core), "wrk", "-t1", f"-c{clients}", f"-d{seconds}s", "--timeout", "60s", "--latency",
                           "-s", script, f"http://{address}"], capture_output=True, text=True, check=True)
    times = {share: float(number) * UNITS[unit] for share, number, unit in re.findall(r"^\s+(50|99)%\s+([\d.]+)(us|ms|s|m)", done.stdout, re.M)}
    found = re.search(r"Non-2xx or 3xx responses: (\d+)", done.stdout)
    bad = int(found.group(1)) if found else 0
    requests, length, unit = re.search(r"(\d+) requests in ([\d.]+)(s|m),", done.stdout).groups()
    rate = (int(requests) - bad) / (float(length) * UNITS[unit] / 1e3)
    lost = re.search(r"Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)", done.stdout)
    return rate, times["50"], times["99"], bad, sum(map(int, lost.groups())) if lost else 0, int(requests)


def request_script(folder, operation, arguments):
    body = os.path.join(folder, operation)
    with open(body, "wb") as file:
        file.write(h.ssz(operation, arguments))
    script = body + ".lua"
    with open(script, "w", encoding="utf-8") as file:
        file.write(f'local file = io.open("{body}", "rb")\nwrk.body = file:read("*a")\nfile:close()\nwrk.method = "POST"\n'
                   f'wrk.path = "/kzg/v1/{operation}"\nwrk.headers["Content-Type"] = "{h.BINARY}"\n')
    return script


def measure(arguments, out):
    server, client = sorted(os.sched_getaffinity(0))[-2:]
    h.program = lambda: arguments.kzgd
    flags = ("--workers", "1", "--queue-length", "1024", "--max-connections", "512", "--max-connections-per-peer", "512", "--precompute", "3",
             "--log-level", "info")  # the default, which the tests' daemons do not have
    with tempfile.TemporaryDirectory() as folder, h.Daemon(*flags) as daemon:
        os.system(f"taskset -a -cp {server} {daemon.process.pid} >/dev/null")
        values = inputs(daemon.api)
        for operation in arguments.operation or OPERATIONS:
            script = request_script(folder, operation, values[operation])
            before, least_before, backend = library(arguments.kzg, server, operation)
            for n in arguments.clients:
                from_ms = cpu_ms(daemon.process.pid)
                rate, p50, p99, bad, lost, requests = wrk(client, daemon.api, script, n, arguments.seconds)
                cpu = (cpu_ms(daemon.process.pid) - from_ms) / requests
                after, least_after, _ = library(arguments.kzg, server, operation)
                alone, least = statistics.mean([before, after]), min(least_before, least_after)
                before, least_before = after, least_after
                print(f"{operation:30} {n:4} clients {rate:9.1f}/s  share {rate / alone:5.2f}  cpu {cpu:8.3f} ms  share {least / cpu:5.2f}"
                      f"  p50 {p50:9.2f} ms  p99 {p99:9.2f} ms{f'  {bad} not 200' if bad else ''}{f'  {lost} lost' if lost else ''}", flush=True)
                out.writerow([operation, n, f"{rate:.2f}", f"{alone:.2f}", f"{rate / alone:.4f}", f"{p50:.3f}", f"{p99:.3f}", bad, lost, backend,
                              f"{cpu:.4f}", f"{least / cpu:.4f}"])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("kzgd")
    parser.add_argument("kzg")
    parser.add_argument("--clients", default="1,2,4,8,16,32,64,128,256", type=lambda text: [int(n) for n in text.split(",")])
    parser.add_argument("--operation", action="append", choices=OPERATIONS)
    parser.add_argument("--seconds", type=int, default=3)
    parser.add_argument("--csv", default="clients.csv")
    arguments = parser.parse_args()
    if len(os.sched_getaffinity(0)) < 2:
        sys.exit("clients.py: two cores are needed: one for kzgd, one for wrk")
    with open(arguments.csv, "w", encoding="utf-8", newline="") as file:
        out = csv.writer(file)
        out.writerow(["operation", "clients", "rate", "library_rate", "share", "p50_ms", "p99_ms", "not_200", "lost", "backend", "cpu_ms", "cpu_share"])
        measure(arguments, out)


if __name__ == "__main__":
    main()
