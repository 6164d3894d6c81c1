#!/usr/bin/env python3
"""Latency and errors across an upgrade, a rollback, and an upgrade to a version that goes wrong and comes back by itself: kzg
upgrade --driver process over a real kzgd under load. Every answer is checked. Writes a CSV of half seconds, and draws it.

  upgrade.py KZGD KZG KZGD_UNWORTHY [--clients N] [--csv FILE] [--svg FILE]

KZGD_UNWORTHY is tests/service/planted_upgrade.c: the other version, honest or not."""

import argparse
import csv
import ctypes
import json
import os
import sys
import threading
import time

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, "..", "tests", "service"), HERE]
import handover_test
import harness as h
import plots
import upgrade_test

BIN = 0.5  # seconds
QUIET = 4  # seconds before, between and after


class Clients:
    """Each keeps a connection, asks for a verification again and again, and notes when the answer came and how long it took."""

    def __init__(self, address, count):
        self.address, self.count, self.ended = address, count, threading.Event()
        self.samples, self.begun = [], time.monotonic()
        arguments = {"commitment": h.G2X, "z": h.scalar(9), "y": h.scalar(2), "proof": h.INFINITY}
        self.request = h.post_bytes("verify_kzg_proof", h.ssz("verify_kzg_proof", arguments))
        self.threads = [threading.Thread(target=self.run, daemon=True) for _ in range(count)]
        for thread in self.threads:
            thread.start()

    def now(self):
        return time.monotonic() - self.begun

    def run(self):
        while not self.ended.is_set():
            try:
                with h.Connection(self.address) as connection:
                    self.converse(connection)
            except (h.Closed, OSError):
                self.samples.append((self.now(), None, False))

    def converse(self, connection):
        while not self.ended.is_set():
            from_s = self.now()
            connection.send(self.request)
            answer = connection.answer()
            self.samples.append((self.now(), 1e3 * (self.now() - from_s), answer.status == 200 and answer.body == b"\1"))
            if answer.headers.get("connection") == "close":
                return
            time.sleep(0.002)

    def end(self):
        self.ended.set()
        for thread in self.threads:
            thread.join(h.PATIENCE)


def act(service, clients, marks, name, wanted, *command):
    """Runs the tool, and notes when it entered which state."""
    began = clients.now()
    with service.run(*command, popen=True) as tool:
        for line in tool.stdout:
            event = json.loads(line)
            if event.get("event") == "state" and event["state"] in ("execute", "take-over", "roll-back"):
                marks.append((clients.now(), event["state"]))
    marks.append((clients.now(), "end"))
    assert tool.returncode == wanted, f"{name}: status {tool.returncode}, wanted {wanted}"
    print(f"{name}: {clients.now() - began:.1f} s, exit status {tool.returncode}", flush=True)
    time.sleep(QUIET)


def play(arguments, marks):
    with upgrade_test.Upgrades() as service:
        clients = Clients(service.chain.daemon.api, arguments.clients)
        time.sleep(QUIET)
        settings = {"settle": 3, "bake": 2, "poll": 0.5}
        act(service, clients, marks, "upgrade", upgrade_test.UPGRADED, "upgrade", *service.options(service.program(), **settings))
        act(service, clients, marks, "rollback", upgrade_test.UPGRADED, "rollback", "--yes", *service.settings(**settings))
        act(service, clients, marks, "upgrade to a version that answers wrongly", upgrade_test.ROLLED_BACK,
            "upgrade", *service.options(service.program("wrong"), **settings))
        clients.end()
        service.serves()
        return clients.samples


def halves(samples):
    """(middle of the half second, answers, failures, median, 99th percentile)"""
    bins = {}
    for when, took, good in samples:
        bins.setdefault(int(when / BIN), []).append((took, good))
    for place, found in sorted(bins.items()):
        times = sorted(took for took, good in found if good)
        bad = sum(not good for _, good in found)
        if times:
            yield (place + 0.5) * BIN, len(times), bad, times[len(times) // 2], times[min(len(times) - 1, len(times) * 99 // 100)]


def draw(path, rows, marks):
    top = 2 * max(row[4] for row in rows)
    more = f"unset logscale x\nset format x '%g'\nset yrange [*:{top:.3f}]\n"
    for i, (when, name) in enumerate(marks):
        more += (f"set arrow from {when:.2f},graph 0 to {when:.2f},graph 1 nohead lc rgb '#aaaaaa'\n"
                 f"set label '{name}' at {when:.2f},graph {0.70 + 0.06 * (i % 4):.2f} offset 0.3,0 font ',10' textcolor rgb '#555555'\n")
    bad = sum(row[2] for row in rows)
    answers = sum(row[1] for row in rows)
    plots.draw(path, f"An upgrade, its rollback, and an upgrade that goes back by itself: {answers} answers, {bad} failed", "s", "ms",
               [("median", "lines lw 2 lc rgb '#1b6ca8'", [(row[0], row[3]) for row in rows]),
                ("99th percentile", "lines lw 1.5 lc rgb '#c2571a'", [(row[0], row[4]) for row in rows])], "bottom right", more)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("kzgd", "kzg", "kzgd_unworthy"):
        parser.add_argument(name, type=os.path.abspath)
    parser.add_argument("--clients", type=int, default=4)
    parser.add_argument("--csv", default="upgrade.csv")
    parser.add_argument("--svg", default="upgrade.svg")
    arguments = parser.parse_args()
    os.environ.update(KZGD=arguments.kzgd, KZG_TOOL=arguments.kzg)
    sys.argv[1:] = [arguments.kzgd_unworthy]
    ctypes.CDLL(None, use_errno=True).prctl(handover_test.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    marks = []
    rows = list(halves(play(arguments, marks)))
    with open(arguments.csv, "w", encoding="utf-8", newline="") as file:
        out = csv.writer(file)
        out.writerow(["second", "answers", "failed", "p50_ms", "p99_ms"])
        out.writerows([f"{row[0]:.2f}", row[1], row[2], f"{row[3]:.3f}", f"{row[4]:.3f}"] for row in rows)
    draw(arguments.svg, rows, marks)
    return 1 if any(row[2] for row in rows) else 0


if __name__ == "__main__":
    sys.exit(main())
