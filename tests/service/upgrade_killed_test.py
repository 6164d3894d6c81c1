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


def goes(report, service, verb, wanted, version, name):
    status = service.run("upgrade", verb)
    report.check(status == wanted and service.serves() == version, name, f"status {status}: {service.output[-3000:]}")


def killed_test(report):
    with Upgrades() as service:
        load = Load(service.chain.daemon.api, service.chain.daemon.admin)
        load.more()
        watched = ("upgrade", *service.options(service.program(), settle=3600))
        report.equal(kill_in(service, "settle", *watched), -9, "killed in settle")
        load.more()
        report.equal(kill_in(service, "roll-back", "upgrade", "abort"), -9, "the abort killed, too")
        goes(report, service, "abort", ROLLED_BACK, service.version, "killed in settle: aborted")
        load.more()
        report.equal(kill_in(service, "take-over", "upgrade", *service.options(service.program())), -9, "killed in take-over")
        goes(report, service, "resume", UPGRADED, NEXT, "killed in take-over: resumed")
        load.more()
        report.equal(kill_in(service, "commit", "rollback", "--yes", *service.settings()), -9, "a rollback, killed in commit")
        goes(report, service, "resume", UPGRADED, service.version, "a rollback, killed in commit: resumed")
        load.more()
        load.stop(report, "a tool that is killed")
        service.chain.end(report, "killed")


if __name__ == "__main__":
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    sys.exit(h.main({"killed": killed_test}))
