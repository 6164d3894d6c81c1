"""kzg upgrade --driver container with the real podman or docker, a real registry, HAProxy as deploy/ has it, and a load that
checks every answer. Each case ends as it must, and no request is lost.

  upgrade_container_test.py KZG KZGD podman|docker [case...]

Exit status 77, with a loud line, where the runtime is not there or cannot run containers.
"""

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time

import containers as c
from report import REPORT, check

OLD, NEW = "0.1.0", "0.1.1"
MIGRATE, INSIDE = "/proc/sys/net/ipv4/tcp_migrate_req", "KZG_OWN_NETWORK"
# Short, and blind to how busy the machine is: what this is about is who gets the requests.
SETTINGS = ["--poll", "500ms", "--settle", "1s", "--bake", "1s", "--yes", "--json"]
for name, value in (("shadow", 4), ("live", 8), ("live-wait", 5), ("speed-ratio", 50), ("p99-ratio", 1000), ("cpu-ratio", 50), ("p99-floor", 60)):
    SETTINGS += ["--set", f"{name}={value}"]


class Upgrade:
    """One run of the tool: its exit status and its events."""

    def __init__(self, status, output):
        self.status, self.output = status, output
        self.events = [json.loads(line) for line in output.splitlines() if line.startswith("{")]

    def end(self):
        ends = [event for event in self.events if event["event"] == "end"]
        return ends[-1] if ends else {}

    def failure(self):
        """Of the first step that failed."""
        return next((event for event in self.events if event["event"] == "step" and not event["ok"]), {})

    def __str__(self):
        return f"status {self.status}\n{self.output[-3000:]}"


class Service:
    """Slots of kzgd in containers, behind HAProxy or (shared) at one port."""

    def __init__(self, kzg, runtime, slots, dice, shared=False):
        self.kzg, self.kind, self.slots, self.random = kzg, runtime, slots, dice
        self.folder = tempfile.mkdtemp(prefix="kzg-containers-", dir=os.environ.get("KZG_CONTAINERS"))
        self.parts = []
        self.digests = {}
        self.api, self.admin = c.free_ports(6), c.free_ports(6)
        self.words = "--network=host"
        self.shared = c.free_ports(1) if shared else None

    def keep(self, part):
        self.parts.append(part)
        return part

    def run(self, *words):
        return c.run(self.runtime.name, *words, env=self.runtime.environment)

    def make(self, tag, version, kzgd, *changes):
        """An image in the registry, and not here any more. changes: as in a Containerfile."""
        tar = os.path.join(self.folder, version + ".tar")
        if not os.path.exists(tar):
            c.make_tar(kzgd, version, tar)
        name = f"{self.repository}:{tag}"
        words = [word for change in ('ENTRYPOINT ["/usr/local/bin/kzgd"]', *changes) for word in ("--change", change)]
        for command in (["import", *self.runtime.import_options, *words, tar, name],
                        ["push", *self.runtime.push_options, name], ["rmi", name]):
            c.must(self.runtime.name, *command, env=self.runtime.environment)
        self.digests[tag] = self.registry.digest("kzgd", tag)

    def deploy(self, kzgd):
        """As docs/operating/deploy.md has it. False: the runtime runs no containers here."""
        self.registry = self.keep(c.Registry(self.folder))
        self.repository = f"127.0.0.1:{self.registry.port}/kzgd"
        try:
            self.runtime = self.keep(self.kind(self.folder, self.registry.port))
        except RuntimeError as error:
            print(f"!! SKIPPED: {self.kind.name} does not start here: {error}")
            return False
        for version in (OLD, NEW):
            self.make(version, version, kzgd)
        image = f"{self.repository}@{self.digests[OLD]}"
        c.must(self.runtime.name, "pull", *self.runtime.pull.split(), image, env=self.runtime.environment)
        for slot in range(self.slots):
            done = self.run("run", "--detach", "--name", f"kzgd-{slot}-a", "--label=kzgd.service=kzgd",
                            f"--label=kzgd.slot={slot}", "--label=kzgd.place=a", *self.words.split(), image,
                            f"--listen=127.0.0.1:{self.api + 2 * slot}", f"--admin-listen=127.0.0.1:{self.admin + 2 * slot}",
                            *([f"--shared-listen=127.0.0.1:{self.shared}"] if self.shared else []))
            if done.returncode != 0:
                print(f"!! SKIPPED: {self.runtime.name} runs no container here: {done.stdout}")
                return False
        for slot in range(self.slots):
            c.wait_for("kzgd", lambda port=self.admin + 2 * slot: c.answers(port, "/readyz")[0] == 200)
        self.proxy = None if self.shared else self.keep(c.HAProxy(self.folder, self.api, self.admin, self.slots))
        self.load = self.keep(c.Load(self.shared or self.proxy.port))
        return True

    def command(self, verb, *words):
        return [self.kzg, *verb.split(), "--journal", os.path.join(self.folder, "upgrades"), *words]

    def upgrade(self, tag, to=NEW, digest=None, front=True, run=None, timeout="60s", arguments=None):
        values = {"image": self.repository, "digest": digest or self.digests[tag], "runtime": self.runtime.name,
                  "api": f"127.0.0.1:{self.api}", "admin": f"127.0.0.1:{self.admin}", "run": run or self.words, "notice": 4}
        if self.runtime.pull:
            values["pull"] = self.runtime.pull
        if self.shared:
            values["shared"] = f"127.0.0.1:{self.shared}"
        elif front:
            values["proxy"] = f"unix:{self.proxy.socket}"
        if arguments:
            values["arguments"] = arguments
        words = [*SETTINGS, "--timeout", timeout]
        for name, value in values.items():
            words += ["--with", f"{name}={value}"]
        return self.tool("upgrade", "--to", to, "--driver", "container", *words)

    def tool(self, verb, *words):
        done = c.run(*self.command(verb, *words), env=self.runtime.environment)
        return Upgrade(done.returncode, done.stdout)

    def names(self):
        return sorted(self.run("ps", "--all", "--format", "{{.Names}}").stdout.split())

    def serves(self, places, version, name):
        """Exactly these containers are there, of that version, and get the requests; no request was lost so far."""
        expected = sorted(f"kzgd-{slot}-{place}" for slot, place in enumerate(places))
        check(self.names() == expected, f"{name}: the containers are {' '.join(expected)}", self.names())
        for slot, place in enumerate(places):
            _, text = c.answers(self.admin + 2 * slot + (place == "b"), "/version")
            check(text and json.loads(text)["version"] == version, f"{name}: version {version} in slot {slot}", text)
        if self.proxy:
            table = self.proxy.table()
            up = sorted(server for server, row in table.items() if server.startswith("kzgd-") and row["status"].startswith("UP"))
            check(up == expected, f"{name}: HAProxy gives them requests, and no others", up)
        lost, asked = list(self.load.lost), self.load.asked
        c.wait_for("the load", lambda: self.load.asked > asked + 3)
        check(not lost and asked > 0, f"{name}: no request lost", f"{len(lost)} of {asked}: {lost[:3]}")

    def stop(self):
        for part in reversed(self.parts):
            part.stop()
        shutil.rmtree(self.folder, ignore_errors=True)


# ---- Cases: from version OLD in place a back to that ----------------------------------------------------------------------


def refused(service, kzgd):
    """Before anything changed."""
    done = service.upgrade(NEW, digest="sha256:" + "5" * 64)
    check(done.status == 2 and done.failure().get("code") == "pull_failed", "a digest that the registry has not", done)
    check("5555" in done.failure().get("message", ""), "the failure has the command", done.failure())
    done = service.upgrade(OLD, to="0.1.2")
    check(done.status == 2 and done.failure().get("code") == "version_wrong", "an image of another version", done)
    done = service.upgrade(NEW, arguments="--workers=none")
    check(done.status == 2 and done.failure().get("code") == "config_refused" and "--workers" in done.failure().get("output", ""),
          "an image that does not take the configuration", done)
    service.serves("a", OLD, "refused")


def exits(service, kzgd):
    service.make("exits", NEW, kzgd, "ENV KZGD_TRUSTED_SETUP=/missing")
    done = service.upgrade("exits")
    failed = done.failure()
    check(done.status == 1 and failed.get("code") == "instance_broken", "an image that exits at once", done)
    check("exit status 1" in failed.get("message", "") and "/missing" in failed.get("output", ""),
          "its exit status and its last words are told", failed)
    service.serves("a", OLD, "it exits at once")


def killed(service, kzgd):
    """The limit is half of what it takes, and kzgd does not see it. The runtime's own flag is not asked: podman's is wrong."""
    done = service.upgrade(NEW, run=service.words + " --memory=64m --memory-swap=64m", arguments="--cgroup-root=/tmp")
    text = done.failure().get("message", "")
    check(done.status == 1 and done.failure().get("code") == "instance_broken", "an image without the memory it takes", done)
    readable = os.access("/dev/kmsg", os.R_OK)
    check("exit status 137: killed for memory" in text if readable else "exit status 137" in text,
          "that it was killed for memory is told" if readable else "exit status 137 is told", text)
    check("its limit was 64 MiB" in text, "and its limit", text)
    service.serves("a", OLD, "it is killed for memory")


def never(service, kzgd):
    service.make("never", NEW, kzgd, "ENV KZGD_TRUSTED_SETUP=/never")
    done = service.upgrade("never", timeout="20s")
    check(done.status == 1 and done.failure().get("code") in ("not_ready", "unreachable"), "one that is never ready", done)
    service.serves("a", OLD, "it is never ready")


def good(service, kzgd):
    done = service.upgrade(NEW)
    check(done.status == 0, "the upgrade ends well", done)
    passed = [event["name"] for event in done.events if event["event"] == "check" and event["verdict"] == "pass"]
    check("formats" in passed, "both images say the format of their flight recorder", passed)
    said = [event["text"] for event in done.events if event["event"] == "say" and "requests of clients" in event["text"]]
    check(len(said) == service.slots and all("compared 8 requests" in text for text in said), "compared by what clients ask", said)
    service.serves("b" * service.slots, NEW, "upgrade")
    done = service.tool("rollback", *SETTINGS)
    check(done.status == 0, "kzg rollback", done)
    service.serves("a" * service.slots, OLD, "kzg rollback")


def readiness(service, kzgd):
    """Without a word to the proxy: it sees /readyz alone."""
    done = service.upgrade("exits", front=False) if "exits" in service.digests else None
    check(done is None or done.status == 1, "without proxy: one that exits at once is rolled back", done)
    done = service.upgrade(NEW, front=False)
    check(done.status == 0, "without proxy: the upgrade ends well", done)
    service.serves("b" * service.slots, NEW, "without proxy: upgrade")
    done = service.tool("rollback", *SETTINGS)
    check(done.status == 0, "without proxy: kzg rollback", done)
    service.serves("a" * service.slots, OLD, "without proxy: kzg rollback")


def kills(service, kzgd):
    """kzg is killed as it begins each state, and aborted; and once in the middle of a step."""
    for state in ("prepare", "execute", "verify", "take-over", "settle", "bake"):
        words = service.command("upgrade", "--to", NEW, "--driver", "container", *SETTINGS)
        words += ["--timeout", "60s"]
        for name, value in {"image": service.repository, "digest": service.digests[NEW], "runtime": service.runtime.name,
                            "api": f"127.0.0.1:{service.api}", "admin": f"127.0.0.1:{service.admin}",
                            "run": service.words, "pull": service.runtime.pull or "--quiet",
                            "proxy": f"unix:{service.proxy.socket}"}.items():
            words += ["--with", f"{name}={value}"]
        process = subprocess.Popen(words, stdout=subprocess.PIPE, env=service.runtime.environment, start_new_session=True)
        for line in process.stdout:
            event = json.loads(line) if line.startswith(b"{") else {}
            if event.get("event") == "state" and event["state"] == state:
                time.sleep(service.random.random() * 0.3)
                process.send_signal(signal.SIGKILL)
                break
        process.wait()
        process.stdout.close()
        done = service.tool("upgrade abort", "--json")
        check(done.status in (1, 2), f"killed at {state}, aborted", done)
        service.serves("a", OLD, f"killed at {state}, aborted")


def shared(service, kzgd):
    """No proxy: all listen at one port, in a network of this test's own."""
    done = service.upgrade(NEW)
    refusals = [event for event in done.events if event["event"] == "check" and event["verdict"] == "refuse"]
    check(done.status == 2 and ["shared" == event["name"] and "tcp_migrate_req=1" in event["text"] for event in refusals] == [True],
          "shared: refused where the kernel would reset connections", done)
    with open(MIGRATE, "w", encoding="ascii") as file:
        file.write("1")
    done = service.upgrade(NEW)
    check(done.status == 0, "shared: the upgrade ends well", done)
    service.serves("b" * service.slots, NEW, "shared: upgrade")
    done = service.tool("rollback", *SETTINGS)
    check(done.status == 0, "shared: kzg rollback", done)
    service.serves("a" * service.slots, OLD, "shared: kzg rollback")
    service.make("exits", NEW, kzgd, "ENV KZGD_TRUSTED_SETUP=/missing")
    done = service.upgrade("exits")
    check(done.status == 1 and done.failure().get("code") == "instance_broken", "shared: one that exits at once is rolled back", done)
    service.serves("a" * service.slots, OLD, "shared: it exits at once")


CASES = {case.__name__: case for case in (refused, exits, killed, never, good, readiness, kills, shared)}
USUAL = {"podman": ("refused", "exits", "killed", "never", "good"), "docker": ("readiness",)}


def main():
    kzg, kzgd = (os.path.abspath(path) for path in sys.argv[1:3])
    runtime = {"podman": c.Podman, "docker": c.Docker}[sys.argv[3]]
    cases = sys.argv[4:] or USUAL[sys.argv[3]]
    slots = 3 if cases == ["three"] else 2 if cases == ["shared"] else 1
    missing = [name for name in (*runtime.needs, "docker-registry", "haproxy", "strip") if shutil.which(name) is None]
    if missing or os.geteuid() != 0:
        print(f"!! SKIPPED: {', '.join(missing) or 'not root'} (scripts/deps test)")
        return 77
    if cases == ["shared"]:
        if os.environ.get(INSIDE) is None:
            os.environ[INSIDE] = "1"
            os.execvp("unshare", ["unshare", "--net", sys.executable, *sys.argv])
        c.must("ip", "link", "set", "lo", "up")
    seed = os.environ.get("KZG_SEED", "4844")
    print(f"seed {seed} (KZG_SEED)")
    service = Service(kzg, runtime, slots, random.Random(seed), cases == ["shared"])
    try:
        if not service.deploy(kzgd):
            return 77
        for case in cases:
            (good if case == "three" else CASES[case])(service, kzgd)
        print(f"{service.load.asked} requests, {len(service.load.lost)} lost")
    finally:
        service.stop()
    return REPORT.end()


if __name__ == "__main__":
    sys.exit(main())
