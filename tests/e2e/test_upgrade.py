#!/usr/bin/env python3
"""kzg upgrade and rollback: exit statuses, what is asked and told, journals, the lock. Over a service that is a file
(fake_upgrade.c); what a driver does to real daemons is tested with the driver. And the proof of an instance, on a real one."""
import json
import os
import re
import signal
import subprocess
import sys

from kit import BAD_INPUT, FAILED, NOT_VALID, OK, Kit

kit = Kit("upgrade")
FAKE, PROVE, DAEMON = map(os.path.abspath, sys.argv[2:5])
FAST = ["--poll", "5ms", "--settle", "10ms", "--bake", "5ms", "--timeout", "20s"]
UPGRADED, ROLLED_BACK, REFUSED, PERSON = OK, NOT_VALID, BAD_INPUT, FAILED


class Service:
    """One service in a folder, with the upgrades that are done to it."""

    def __init__(self, name):
        self.folder = kit.path(name)
        os.mkdir(self.folder)
        self.env = {"FAKE_WORLD": self.folder, "KZG_UPGRADES": os.path.join(self.folder, "upgrades")}

    def run(self, *arguments, **options):
        return kit.run(*arguments, tool=FAKE, env=self.env, **options)

    def upgrade(self, *arguments, to="1.1.0", **options):
        return self.run("upgrade", "--to", to, "--yes", *FAST, *arguments, **options)

    def set(self, *pairs):
        assert self.run("set", *pairs).status == 0

    def shown(self):
        return self.run("show").text().split()

    def states(self):
        return [json.loads(line)["state"] for line in self.run("upgrade", "history", "--json").lines()]


ALL_OLD, ALL_NEW = ["1.0.0"] * 3 + ["kept"], ["1.1.0"] * 3 + ["kept"]


def ends():
    good = Service("good")
    done = good.upgrade()
    kit.expect("upgraded: 0", done, UPGRADED)
    kit.check("every state is told", all(f"\n{s}: " in "\n" + done.text() for s in
              "plan preflight prepare execute verify take-over settle bake commit done".split()), done.text())
    kit.check("target, versions and instances are told", "This will be touched: a file\n  1.0.0 -> 1.1.0, 3 instances: old:0 "
              "old:1 old:2" in done.text(), done.text())
    kit.check("steps have their time", re.search(r"^  ok +\d+\.\d\d s  start slot 0 \(1 of 3\)$", done.text(), re.M), done)
    kit.check("all new", good.shown() == ALL_NEW, good.shown())

    worse = Service("worse")
    worse.set("wrong", "1")
    back = worse.upgrade()
    kit.expect("rolled back: 1", back, ROLLED_BACK)
    kit.check("the reason is told", "answer is wrong" in back.text().replace("the answer (3 bytes, expected 3) is", "answer is")
              and "(answer_wrong)" in back.text() and "rolled back: the old version serves" in back.text(), back.text())
    kit.check("all old", worse.shown() == ALL_OLD, worse.shown())

    failing = Service("failing")
    failing.set("fails", "start")
    output = failing.upgrade()
    kit.expect("a step that fails: 1", output, ROLLED_BACK)
    kit.check("with its real output", "FAILED" in output.text() and "\n    | what it said\n" in output.text(), output.text())

    refused = Service("refused")
    refused.set("refuses", "1")
    kit.expect("refused: 2", refused.upgrade(), REFUSED, empty_err=True)
    kit.check("nothing was touched", refused.shown() == ALL_OLD, refused.shown())
    kit.expect("a downgrade: 2", refused.upgrade(to="0.9.0"), REFUSED, empty_err=True)

    stuck = Service("stuck")
    stuck.set("wrong", "1", "fails", "go_back")
    pager, paged = kit.path("pager"), kit.path("paged")
    kit.file("pager", f'#!/bin/sh\nprintf "%s\\n" "$@" > {paged}\n')
    os.chmod(pager, 0o755)
    person = stuck.upgrade("--page", pager)
    kit.expect("going back failed: 3", person, PERSON, empty_err=True)
    with open(paged) as file:
        told = file.read().splitlines()
    kit.check("a person is paged", len(told) == 3 and told[1:] == ["stuck", "GOING BACK FAILED: a person is needed"], told)
    kit.check("what to type is told", "GOING BACK FAILED" in person.text() and "restore version=1.0.0" in person.text()
              and "kzg upgrade abort" in person.text(), person.text())
    status = kit.expect("status says that a person is needed: 3", stuck.run("upgrade", "status"), PERSON, empty_err=True)
    kit.check("status says what to type, too", "restore version=1.0.0" in status.text(), status.text())
    kit.expect("nothing new until then", stuck.upgrade(), REFUSED, err="is in the state stuck: kzg upgrade abort first")
    kit.expect("abort, once it can", stuck.run("upgrade", "abort"), ROLLED_BACK)
    kit.expect("status: 0", stuck.run("upgrade", "status"), OK)

    unfinished = Service("unfinished")
    unfinished.set("fails", "retire")
    kit.expect("an old one does not end: 3; and the pager fails", unfinished.upgrade("--page", kit.path("none")), PERSON,
               err="failed: there is no such program")
    kit.expect("too late to abort: 2", unfinished.run("upgrade", "abort"), REFUSED, empty_err=True)
    kit.expect("resume ends it: 0", unfinished.run("upgrade", "resume"), UPGRADED)
    kit.check("all new at last", unfinished.shown() == ALL_NEW, unfinished.shown())


def asking():
    service = Service("asking")
    dry = service.run("upgrade", "--to", "1.1.0", "--dry-run")
    kit.expect("dry run: 0", dry, OK)
    kit.check("dry run: what would be touched", "This will be touched: a file" in dry.text() and "dry run" in dry.text(), dry)
    kit.check("dry run: no history", not os.path.exists(service.env["KZG_UPGRADES"]), os.listdir(service.folder))
    service.set("refuses", "1")
    kit.expect("dry run that would be refused: 2", service.run("upgrade", "--to", "1.1.0", "--dry-run"), REFUSED, empty_err=True)
    service.set("refuses", "0")
    nobody = service.run("upgrade", "--to", "1.1.0", *FAST)
    kit.expect("nobody to ask: 2", nobody, REFUSED, empty_err=True)
    kit.check("nobody to ask: told", "--yes" in nobody.text(), nobody.text())
    for answer, status in ((b"n\n", REFUSED), (b"\n", REFUSED), (b"y\n", UPGRADED)):
        main, other = os.openpty()
        os.write(main, answer)
        asked = service.run("upgrade", "--to", "1.1.0", *FAST, stdin=other)
        os.close(main)
        os.close(other)
        kit.check(f"asked on a terminal, answer {answer}", asked.status == status and b"Go on? [y/N]" in asked.err, asked)


def killed():
    """Killed by itself at various moments; the command that comes after finds a stale lock and goes on or back."""
    for moment in (1, 5, 9, 14, 19, 23):
        for verb, statuses in (("resume", {UPGRADED}), ("abort", {ROLLED_BACK, REFUSED})):
            service = Service(f"killed-{moment}-{verb}")
            service.set("kill-in", str(moment))
            died = service.upgrade()
            kit.check(f"killed at moment {moment}", died.status == -signal.SIGKILL, died)
            status = service.run("upgrade", "status")
            kit.check("status: 3, and what next", status.status == PERSON and "next: kzg upgrade resume" in status.text(), status)
            kit.expect("a new upgrade is refused", service.upgrade(), REFUSED, err="kzg upgrade resume")
            after = service.run("upgrade", verb)
            kit.check(f"{verb}", after.status in statuses, after)
            if verb == "abort" and "too late" in after.text():
                after = service.run("upgrade", "resume")
            kit.check("healthy", service.shown() in (ALL_OLD, ALL_NEW), service.shown())
            kit.check("once more: nothing to do", service.run("upgrade", "resume").status == after.status, after)


def interrupted():
    service = Service("interrupted")
    command = [FAKE, "upgrade", "--to", "1.1.0", "--yes", "--json", "--settle", "1h"]
    with subprocess.Popen(command, env=dict(kit.environment, **service.env), stdout=subprocess.PIPE) as process:
        for line in process.stdout:
            if json.loads(line).get("state") == "settle":
                break
        process.send_signal(signal.SIGHUP)
        running = service.run("upgrade", "status")
        kit.check("status of one that runs, whose terminal is gone: 0", running.status == OK and "runs: process" in running.text(), running)
        kit.expect("one at a time", service.upgrade(), REFUSED, err="another upgrade runs: process")
        process.send_signal(signal.SIGINT)
        last = json.loads(process.stdout.read().splitlines()[-1])
        process.wait()
    kit.check("SIGINT: stops, 3", process.returncode == PERSON and last["exit_status"] == PERSON, last)
    kit.check("SIGINT: what next", last["next"].startswith("kzg upgrade resume") and "interrupted" in last["why"], last)
    kit.expect("abort", service.run("upgrade", "abort"), ROLLED_BACK)
    kit.check("all old", service.shown() == ALL_OLD, service.shown())


def rollback():
    service = Service("rollback")
    kit.expect("nothing to roll back", service.run("rollback"), BAD_INPUT, err="no upgrade was done from here")
    kit.expect("upgrade", service.upgrade(), UPGRADED)
    service.set("next", "1.0.0")
    kit.expect("rollback", service.run("rollback", "--yes", *FAST), UPGRADED)
    kit.check("all old again", service.shown() == ALL_OLD, service.shown())
    kit.expect("not twice", service.run("rollback", "--yes"), BAD_INPUT, err="a rollback to 1.0.0 already")
    kit.expect("from a version that was not there", service.run("rollback", "--to", "7.0.0"), BAD_INPUT, err="from 7.0.0")
    kit.check("history: newest first", service.states() == ["done", "done"], service.states())
    rows = service.run("upgrade", "history").lines()
    kit.check("history: rows", len(rows) == 2 and "1.1.0 -> 1.0.0" in rows[0] and "1.0.0 -> 1.1.0" in rows[1], rows)
    first = rows[1].split()[0]
    one = service.run("upgrade", "status", first, "--json").json()
    kit.check("status of one", one["id"] == first and one["to_version"] == "1.1.0" and one["next"] == "", one)


def output():
    service = Service("output")
    events = [json.loads(line) for line in service.upgrade("--json").lines()]
    kinds = {event["event"] for event in events}
    kit.check("JSON: events", kinds == {"state", "step", "check", "say", "plan", "end"}, kinds)
    kit.check("JSON: end", events[-1]["event"] == "end" and events[-1]["exit_status"] == 0, events[-1])
    kit.check("JSON: steps", all(e["ok"] and e["seconds"] >= 0 for e in events if e["event"] == "step"), events)
    quiet = Service("quiet").upgrade("--quiet")
    kit.check("quiet: no steps", quiet.status == OK and "start slot" not in quiet.text() and "upgraded" in quiet.text(), quiet)


def usage():
    service = Service("usage")
    os.mkdir(service.env["KZG_UPGRADES"])
    cases = {
        "no version": ([], "--to VERSION is missing"),
        "a version that is none": (["--to", "../1"], "--to is '../1'"),
        "a version like an option": (["--to=-x"], "--to is '-x'"),
        "no such driver": (["--to", "1.1.0", "--driver", "x"], "there is no driver 'x': there are fake"),
        "no such option of the driver": (["--to", "1.1.0", "--with", "x=1"], "'x=1' is no name=value of an option"),
        "a value of the wrong kind": (["--to", "1.1.0", "--with", "place=-1"], "place is '-1'"),
        "no such setting": (["--to", "1.1.0", "--set", "x=1"], "there is no setting 'x'"),
        "no setting": (["--to", "1.1.0", "--set", "x"], "'x' is no name=value"),
        "a time that is none": (["--to", "1.1.0", "--poll", "1y"], "--poll is '1y'"),
        "no canaries": (["--to", "1.1.0", "--canary", "1.5"], "--canary is '1.5'"),
        "a pager that is none": (["--to", "1.1.0", "--page", "mail"], "--page is 'mail'"),
        "a relative folder": (["--to", "1.1.0", "--journal", "x"], "expected an absolute path"),
        "no such operand": (["x"], "'x' is none of status"),
        "too many": (["history", "u1"], "'u1' is too many"),
        "an id that is none": (["status", "../x"], "'../x' is no upgrade's id"),
        "an option of another": (["resume", "--to", "1.1.0"], "upgrade resume does not take --to"),
        "none there": (["resume"], "there is no upgrade in"),
        "no such upgrade": (["status", "u1"], "cannot be read"),
    }
    for name, (arguments, err) in cases.items():
        status = FAILED if name == "no such upgrade" else BAD_INPUT
        kit.expect(f"usage: {name}", service.run("upgrade", *arguments), status, out="", err=err)
    with open(os.path.join(service.env["KZG_UPGRADES"], "settings"), "w") as file:
        file.write("# ours\n\nmemory-ratio=0.5\n")
    kit.expect("settings in a file", service.upgrade(), BAD_INPUT, out="", err=["settings: memory-ratio is '0.5'"])
    kit.expect("the real one has the same help", kit.run("upgrade", "--help"), OK)
    drivers = service.run("upgrade", "drivers").text()
    kit.check("drivers", drivers == "fake: a file\n  --with place=... (here): where it is\n", drivers)


def proof():
    """Known answers of every operation, cross-verification and random requests, by the real tool to the real daemon."""
    api, admin = f"unix:{kit.path('api')}", f"unix:{kit.path('admin')}"
    version = kit.run("--version").text().split()[1]
    with subprocess.Popen([DAEMON, "--listen", api, "--admin-listen", admin, "--log-format", "text"],
                          stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as process:  # fmt: skip
        for line in process.stderr:
            if b" ready " in line:
                break
        proven = kit.run(api, admin, version, "20", tool=PROVE)
        process.terminate()
        process.stderr.read()
    kit.expect("a real kzgd is proven", proven, OK)
    kit.check("known answers: at least one for each operation", int(proven.text().split()[0]) >= 12, proven)


ends()
asking()
killed()
interrupted()
rollback()
output()
usage()
proof()
kit.finish()
