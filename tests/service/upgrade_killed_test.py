#!/usr/bin/env python3
"""kzg upgrade --driver process, killed by SIGKILL on the way, over a real kzgd under load: what comes after goes on or back, no request
is lost, and no process is left over. Every single moment is gone through in unit/upgrade/test_machine; here it is real. Environment as
for upgrade_test.py."""

import ctypes
import json
import sys

import harness as h
from handover_test import PR_SET_CHILD_SUBREAPER, Load
from upgrade_test import NEXT, ROLLED_BACK, UPGRADED, Upgrades


def kill_in(service, state, *command):
    """Runs the tool until it says that it is in that state, and kills it there, or soon after."""
    with service.run(*command, popen=True) as tool:
        for line in tool.stdout:
            if json.loads(line).get("state") == state:
                break
        tool.kill()
        tool.stdout.read()
    return tool.returncode


def killed_in(report, service, name, state, undo, *command):
    """The same until it is killed there: where it came to its end before the signal did, undo() is done and it is tried again."""
    status = kill_in(service, state, *command)
    for _ in range(30):
        if status == -9:
            break
        undo()
        status = kill_in(service, state, *command)
    report.equal(status, -9, name)


def goes(report, service, verb, wanted, version, name):
    status = service.run("upgrade", verb)
    report.check(status == wanted and service.serves() == version, name, f"status {status}: {service.output[-3000:]}")


def killed_test(report):
    with Upgrades() as service:
        load = Load(service.chain.daemon.api, service.chain.daemon.admin)
        load.more()
        def watch():
            report.equal(kill_in(service, "settle", "upgrade", *service.options(service.program(), settle=3600)), -9, "killed in settle")

        watch()
        load.more()
        killed_in(report, service, "the abort killed, too", "roll-back", watch, "upgrade", "abort")
        goes(report, service, "abort", ROLLED_BACK, service.version, "killed in settle: aborted")
        load.more()
        back = ("rollback", "--yes", *service.settings())
        killed_in(report, service, "killed in take-over", "take-over", lambda: service.run(*back),
                  "upgrade", *service.options(service.program()))
        goes(report, service, "resume", UPGRADED, NEXT, "killed in take-over: resumed")
        load.more()
        killed_in(report, service, "a rollback, killed in commit", "commit", lambda: service.upgrade(service.program()), *back)
        goes(report, service, "resume", UPGRADED, service.version, "a rollback, killed in commit: resumed")
        load.more()
        load.stop(report, "a tool that is killed")
        service.chain.end(report, "killed")


if __name__ == "__main__":
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    sys.exit(h.main({"killed": killed_test}))
