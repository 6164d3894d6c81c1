#!/usr/bin/env python3
"""--shared-listen: two kzgd at one port (SO_REUSEPORT), of which one leaves and comes back again and again under a load that checks every
answer. In a network of its own, for net.ipv4.tcp_migrate_req is the network's; that needs root.

KZGD_SHARES: how many times each leaves (default 5)."""

import os
import shutil
import subprocess
import sys

import harness as h
from handover_test import CHEAP, Load, until

SHARES = int(os.environ.get("KZGD_SHARES", "5"))
MIGRATE = "/proc/sys/net/ipv4/tcp_migrate_req"
INSIDE = "KZGD_OWN_NETWORK"


def post(address, path):
    return h.ask(address, h.request_bytes("POST", path, [("Content-Length", 0)]))


def accepted(daemon):
    return daemon.metric("kzg_connections_accepted_total", listener="api")


def gets_all(load, leaves, stays):
    """The next hundred answers: whether none was the leaving one's. What it had accepted by then may still be among the first."""
    before, there = accepted(leaves), accepted(stays)
    load.more(100)
    return accepted(leaves) == before and accepted(stays) > there + 20


def refusals(report):
    for name, arguments in (("any port", ("--shared-listen", "127.0.0.1:0")), ("a Unix socket", ("--shared-listen", "unix:/x")),
                            ("no port", ("--shared-listen", "127.0.0.1")),
                            ("with --control", ("--shared-listen", "127.0.0.1:9", "--control", "/tmp/x"))):
        done = subprocess.run([h.program(), "--check-config", *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
        report.check(done.returncode == 2 and b"--shared-listen" in done.stderr, f"refused: {name}", done)


def shared_test(report):
    refusals(report)
    with open(MIGRATE, "w", encoding="ascii") as file:
        file.write("1")
    address = "127.0.0.1:4900"
    words = ("--shared-listen", address, "--workers", "1", "--drain-idle", "60")
    with h.Daemon(*words) as one, h.Daemon(*words) as other:
        load = Load(None, None, [(address, CHEAP, b"\1", 1)] * 4 + [(address, CHEAP, b"\1", 50)] * 2)
        load.more(200)
        report.check(until(lambda: accepted(one) > 20 and accepted(other) > 20, "connections for both"), "both get connections")
        for i in range(SHARES):
            for leaves, stays in ((one, other), (other, one)):
                report.equal(post(leaves.admin, "/drain").status, 200, f"one leaves ({i + 1})")
                load.more(100)
                until(lambda daemon=leaves: daemon.metric("kzg_connections", listener="api") == 0, "its connections are over")
                report.check(until(lambda pair=(leaves, stays): gets_all(load, *pair), "a hundred for the other one"), "the other one gets all")
                before = accepted(leaves)
                report.equal(h.ask(leaves.api, CHEAP).body, b"\1", "at its own address it goes on")
                report.equal(post(leaves.admin, "/undrain").status, 200, "it comes back")
                post(leaves.admin, "/undrain")
                report.check(leaves.wait_metric(lambda count, least=before + 2: count >= least, "kzg_connections_accepted_total",
                                                listener="api"), "and gets connections again")
        one.terminate()
        report.equal(one.wait(), 0, "one ends")
        load.more(100)
        load.stop(report, "shared")
        taken = h.Daemon("--listen", address, wait=False, listen=False)
        report.check(taken.process.wait(h.PATIENCE) == 1 and "in use" in taken.log(), "a port that is shared cannot be had alone", taken.log())
        taken.stop()
        other.stop(report, "shared")
        report.check(not one.findings(), "one: nothing from a sanitizer", one.findings()[:3])


def main():
    if os.environ.get(INSIDE) is None:
        missing = [name for name in ("unshare", "ip") if shutil.which(name) is None]
        if missing or os.geteuid() != 0 or not os.path.exists(MIGRATE):
            print(f"!! SKIPPED: {', '.join(missing) or 'not root' if os.geteuid() else 'no tcp_migrate_req (Linux 5.14)'}")
            return 77
        os.environ[INSIDE] = "1"
        os.execvp("unshare", ["unshare", "--net", sys.executable, *sys.argv])
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    return h.main({"shared": shared_test})


if __name__ == "__main__":
    sys.exit(main())
