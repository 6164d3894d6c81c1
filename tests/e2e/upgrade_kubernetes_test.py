"""kzg upgrade --driver kubernetes: the real kubectl against the stand-in cluster of tests/support, whose pods are real kzgd
processes. What goes wrong is planted in the new version's image, or in the cluster; each has its expected end.

  upgrade_kubernetes_test.py KZG KZGD [SCENARIO...]     without one: all of them
"""

import http.client
import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "support"))
from cluster.api import Cluster  # noqa: E402
from cluster.controllers import is_ready  # noqa: E402
from cluster.node import Image  # noqa: E402
from other_version import other_version  # noqa: E402
from report import REPORT, check  # noqa: E402

BASE = os.path.join(HERE, "..", "..", "deploy", "kubernetes", "base")
FILES = ("serviceaccounts", "deployment", "upgrader", "disruption", "service")
NEW = "0.2.0"
REPOSITORY = "registry.example:5000/kzg/kzgd"
LEAN = {"KZGD_PRECOMPUTE": "0", "KZGD_WORKERS": "1", "KZGD_SELF_TEST_INTERVAL": "0"}
# Few random requests, and nothing is judged by its time: that is tested elsewhere, and this machine may be busy.
UNTIMED = [word for setting in ("shadow=2", "live=4", "live-wait=1", "p99-ratio=1000", "cpu-ratio=1000", "speed-ratio=1000")
           for word in ("--set", setting)]


def digest(number):
    return "sha256:" + f"{number:064x}"


def crashing(folder):
    path = os.path.join(folder, "kzgd-crashing")
    with open(path, "w", encoding="utf-8") as file:
        file.write("#!/bin/sh\necho 'no such luck' >&2\nexit 7\n")
    os.chmod(path, 0o755)
    return path


class Bench:
    """One cluster with two old pods, which every scenario finds and leaves."""

    def __init__(self, cluster, folder, kzg, kzgd):
        self.cluster, self.folder, self.kzg = cluster, folder, kzg
        self.environment = {**os.environ, "HOME": folder}
        self.new, self.images = other_version(kzgd, NEW, os.path.join(folder, "kzgd-" + NEW)), 0
        cluster.node.images[REPOSITORY + "@" + digest(0)] = Image(kzgd, LEAN)
        self.old_program = kzgd

    def image(self, *words, **named):
        """A new image of the repository; its digest."""
        self.images += 1
        self.cluster.node.images[REPOSITORY + "@" + digest(self.images)] = Image(*words, LEAN, **named)
        return digest(self.images)

    def run(self, *command, user="kzg-upgrader"):
        environment = {**self.environment, "KUBECONFIG": self.cluster.kubeconfig(user)}
        return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=900)

    def kubectl(self, *words):
        done = self.run("kubectl", *words, user="admin")
        assert done.returncode == 0, done.stderr
        return done.stdout

    def deploy(self):
        """The cluster says that it is of this kubectl's version, whichever that is."""
        version = json.loads(self.kubectl("version", "--client", "--output=json"))["clientVersion"]
        self.cluster.minor = version["minor"].rstrip("+")
        for name in FILES:
            self.kubectl("create", "--validate=false", "-f", os.path.join(BASE, name + ".yaml"))
        # An old kubectl's undo forgets fields that it does not know: matchLabelKeys. Preflight has a check for that.
        self.patch({"replicas": 2, "minReadySeconds": 5, "template": {"spec": {"topologySpreadConstraints": None, "containers": [{
            "name": "kzgd", "image": f"{REPOSITORY}@{digest(0)}",
            "args": ["--listen=0.0.0.0:4844", "--admin-listen=0.0.0.0:7594", "--drain-delay=0.5"]}]}}})
        return self.cluster.wait(self.settled)

    def patch(self, spec):
        self.kubectl("patch", "deployment/kzgd", "--patch", json.dumps({"spec": spec}))

    def deployment(self):
        return self.cluster.store.get("deployments", "kzgd", "kzgd")

    def settled(self):
        status = self.deployment().get("status", {})
        pods = self.cluster.pods()
        return status.get("availableReplicas") == 2 == len(pods) and all(map(is_ready, pods))

    def running(self):
        """Which images serve."""
        return [pod["spec"]["containers"][0]["image"].partition("@")[2] for pod in self.cluster.pods() if is_ready(pod)]

    def old_that_stay(self):
        """How many pods of the old version are there, and are not being ended."""
        return sum(pod["spec"]["containers"][0]["image"].endswith(digest(0)) and "deletionTimestamp" not in pod["metadata"]
                   for pod in self.cluster.pods())

    def names(self):
        return sorted(pod["metadata"]["name"] for pod in self.cluster.pods())

    def upgrade(self, *words, user="kzg-upgrader", timeout="120"):
        """Exit status, the last object (what became of it), and all of them."""
        done = self.run(self.kzg, *words, "--json", "--yes", "--journal", os.path.join(self.folder, "upgrades"), "--poll", "0.2",
                        "--settle", "0.5", "--bake", "0", "--timeout", timeout, *UNTIMED, user=user)
        lines = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
        end = next((line for line in reversed(lines) if line.get("event") == "end"), {})
        return done.returncode, end, lines, done.stdout[-3000:] + done.stderr[-2000:]

    def forward(self, to_digest, **named):
        return self.upgrade("upgrade", "--to", NEW, "--driver", "kubernetes", "--with", f"digest={to_digest}", **named)

    def again(self, what):
        return self.run(self.kzg, "upgrade", what, "--json", "--yes", "--journal", os.path.join(self.folder, "upgrades"))

    def unharmed(self, name):
        """Back as it was: two old pods, ready, nothing else, and not paused."""
        good = self.cluster.wait(lambda: self.settled() and self.running() == [digest(0)] * 2, 60)
        check(good and not self.deployment()["spec"].get("paused"), f"{name}: the old version serves",
              (self.running(), self.deployment()["spec"].get("paused")))


def expect(name, result, status, code):
    got, end, _, said = result
    check(got == status and code in (end.get("code"), None), f"{name}: exit status {status}, {code}", (got, end, said))


# ---- Scenarios -------------------------------------------------------------------------------------------------------

def refused(bench):
    """Everything that stands against it is told, and nothing is changed."""
    role = bench.cluster.store.get("roles", "kzgd", "kzg-upgrader")
    rule = next(rule for rule in role["rules"] if rule["resources"] == ["pods/log"])
    less = {**role, "rules": [other for other in role["rules"] if other is not rule]}
    bench.cluster.store.update("roles", "kzgd", "kzg-upgrader", lambda _: less)
    bench.patch({"strategy": {"rollingUpdate": {"maxSurge": "50%", "maxUnavailable": 1}}, "minReadySeconds": 0})
    bench.kubectl("rollout", "pause", "deployment/kzgd")
    here, bench.cluster.minor = bench.cluster.minor, "99"
    before = bench.names()
    status, _, lines, said = bench.forward(digest(0))
    checks = {line["name"]: line for line in lines if line.get("event") == "check" and line["verdict"] == "refuse"}
    check(status == 2, "refused: exit status 2", (status, said))
    check(set(checks) == {"kubectl", "rights", "image", "strategy", "rollout"}, "refused: each reason is told", checks)
    check("get pods/log" in checks.get("rights", {}).get("text", ""), "refused: the missing right is named", checks)
    check("kubectl" in checks.get("strategy", {}).get("text", ""), "refused: what to type is told", checks)
    check(bench.names() == before, "refused: nothing was changed")
    bench.cluster.minor = here
    bench.kubectl("rollout", "resume", "deployment/kzgd")
    bench.patch({"strategy": {"rollingUpdate": {"maxSurge": 1, "maxUnavailable": 0}}, "minReadySeconds": 5})
    bench.cluster.store.update("roles", "kzgd", "kzg-upgrader", lambda _: role)
    status, end, _, said = bench.forward(digest(1), user="nobody")
    check(status == 2 and "orbidden" in said, "refused: who has no rights at all is told by the cluster", (status, end, said))
    check(bench.cluster.wait(bench.settled), "refused: the cluster is as it was")


def image_missing(bench):
    before = bench.names()
    result = bench.forward(bench.image(bench.new, pull=False))
    expect("image_missing", result, 1, "instance_broken")
    check("ImagePullBackOff" in result[3], "image_missing: the reason is told", result[3])
    check(bench.names() == before, "image_missing: no old pod was ended", (before, bench.names()))
    bench.unharmed("image_missing")


def stuck(bench):
    """No node has room: it is waited for, and then gone back."""
    before = bench.names()
    result = bench.forward(bench.image(bench.new, room=False), timeout="15")
    expect("stuck", result, 1, "instance_starting")
    check("Insufficient cpu" in result[3], "stuck: the reason is told", result[3])
    check(bench.names() == before, "stuck: no old pod was ended")
    bench.unharmed("stuck")


def crashes(bench):
    result = bench.forward(bench.image(crashing(bench.folder)))
    expect("crashes", result, 1, "instance_broken")
    check("no such luck" in result[3], "crashes: the pod's own words are told", result[3])
    bench.unharmed("crashes")


def wrong_version(bench):
    result = bench.forward(bench.image(bench.old_program))
    expect("wrong_version", result, 1, "version_wrong")
    bench.unharmed("wrong_version")


def one_lies(bench):
    """The first new pod is right and has its clients; the second one computes wrongly."""
    wrong = bench.image(bench.new, lies="second")
    seen = []
    bench.cluster.refuse = lambda *_: seen.append(bench.old_that_stay()) and None
    result = bench.forward(wrong)
    bench.cluster.refuse = lambda *_: None
    expect("one_lies", result, 1, "answer_wrong")
    check(min(seen, default=2) == 1, "one_lies: the first pod had been replaced by then, and the second one never was", set(seen))
    bench.unharmed("one_lies")


def api_gone(bench):
    """The API answers nothing more once the image is set. What to type is told, and abort does it when it is back."""
    def refuse(method, path, *_):
        if method == "PATCH" and path.endswith("/deployments/kzgd"):
            bench.cluster.cut.set()  # this one is still answered
    bench.cluster.refuse = refuse
    result = bench.forward(bench.image(bench.new), timeout="60")
    check(result[0] == 3 and result[1].get("code") in ("kubectl_failed", "timed_out"), "api_gone: exit status 3", result)
    check("set image deployment/kzgd kzgd=" in result[1].get("by_hand", ""), "api_gone: what to type is told", result[1])
    bench.cluster.refuse = lambda *_: None
    bench.cluster.cut.clear()
    done = bench.again("abort")
    check(done.returncode == 1, "api_gone: abort ends rolled back", (done.returncode, done.stdout[-2000:]))
    bench.unharmed("api_gone")


def undo_fails(bench):
    """What goes back is refused: every change but setting the image and pausing behind it."""
    before, changes = bench.names(), []

    def refuse(method, path, *_):
        changes.extend([path] if method == "PATCH" else [])
        return "no, not now" if method == "PATCH" and len(changes) > 2 else None
    bench.cluster.refuse = refuse
    result = bench.forward(bench.image(crashing(bench.folder)))
    bench.cluster.refuse = lambda *_: None
    status, end, _, said = result
    check(status == 3 and end.get("state") == "stuck", "undo_fails: exit status 3, stuck", (status, end, said))
    check("no, not now" in said, "undo_fails: the cluster's own words are told", said)
    hand = [line for line in end.get("by_hand", "").splitlines() if line]
    check(len(hand) == 3 and all("--context=test" in line for line in hand), "undo_fails: what to type is told", hand)
    check(set(before) <= set(bench.names()), "undo_fails: the old pods serve all the same", bench.names())
    done = bench.run("sh", "-ec", "\n".join(hand) or "false")
    check(done.returncode == 0, "undo_fails: what was told to type works", done.stderr)
    done = bench.again("abort")
    check(done.returncode == 1, "undo_fails: abort finds it done, and proves it", (done.returncode, done.stdout[-2000:]))
    bench.unharmed("undo_fails")


def killed(bench):
    """The tool is killed when the rollout has been paused behind the first new pod; another one goes on. (Between image and pause
    it would go on by itself, as docs/operating/kubernetes.md says, and how far depends on the machine.)"""
    to_digest = bench.image(bench.new)
    journal = os.path.join(bench.folder, "upgrades")
    tool = subprocess.Popen([bench.kzg, "upgrade", "--to", NEW, "--driver", "kubernetes", "--with", f"digest={to_digest}", "--yes",
                             "--journal", journal, "--poll", "0.2", "--settle", "0.5", "--bake", "0", *UNTIMED],
                            env={**bench.environment, "KUBECONFIG": bench.cluster.kubeconfig("kzg-upgrader")},
                            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    check(bench.cluster.wait(lambda: bench.deployment()["spec"].get("paused")), "killed: the image was set, and the rollout paused")
    tool.kill()
    tool.wait()
    done = bench.again("resume")
    check(done.returncode == 0 and bench.running() == [to_digest] * 2, "killed: resume goes on to the end",
          (done.returncode, bench.running(), done.stdout[-2000:]))
    rollback(bench, "killed")


def rollback(bench, name):
    status, end, _, said = bench.upgrade("rollback")
    check(status == 0 and end.get("state") == "done", f"{name}: kzg rollback", (status, end, said))
    bench.unharmed(f"{name}: after kzg rollback")


class Clients:
    """Asks a ready pod at a time, as a Service would choose it, until it is stopped."""

    def __init__(self, bench):
        self.bench, self.asked, self.lost, self.ended = bench, 0, [], threading.Event()
        self.thread = threading.Thread(target=self.ask, daemon=True)
        self.thread.start()

    def ask(self):
        while not self.ended.is_set():
            for pod in self.bench.cluster.pods():
                if not is_ready(pod):
                    continue
                connection = http.client.HTTPConnection(pod["status"]["podIP"], 4844, timeout=60)
                try:
                    connection.request("POST", "/kzg/v1/verify_kzg_proof", bytes(48 + 32 + 32 + 48),
                                       {"Content-Type": "application/octet-stream"})
                    answer = connection.getresponse()
                    body = answer.read()
                    self.asked += 1
                    if answer.status != 400 or b"point_encoding_invalid" not in body:  # what zeros are
                        self.lost.append((pod["metadata"]["name"], answer.status, body[:200]))
                except OSError as error:
                    if is_ready(self.bench.cluster.store.get("pods", "kzgd", pod["metadata"]["name"])):
                        self.lost.append((pod["metadata"]["name"], repr(error)))
                finally:
                    connection.close()
            self.ended.wait(0.05)

    def stop(self):
        self.ended.set()
        self.thread.join(60)


def forward(bench):
    to_digest = bench.image(bench.new)
    bench.cluster.calls.clear()
    clients = Clients(bench)
    status, end, lines, said = bench.forward(to_digest)
    clients.stop()
    check(status == 0 and end.get("state") == "done", "forward: exit status 0, done", (status, end, said))
    check(bench.running() == [to_digest] * 2 and bench.settled(), "forward: the new version serves", bench.running())
    check(clients.asked > 50 and not clients.lost, "forward: no request was lost", (clients.asked, clients.lost[:5]))
    plan = next((line for line in lines if line.get("event") == "plan"), {})
    check("cluster stand-in" in plan.get("target", ""), "forward: the cluster's name was shown", plan)
    changes = {(verb, what) for _, verb, what, _ in bench.cluster.calls if verb not in ("get", "list", "watch")}
    check(changes == {("patch", "deployments"), ("create", "pods/portforward")}, "forward: nothing else was changed", changes)


SCENARIOS = {each.__name__: each for each in (refused, image_missing, stuck, crashes, wrong_version, one_lies, undo_fails,
                                              api_gone, killed, forward)}


def main():
    kzg, kzgd, *wanted = sys.argv[1:]
    if shutil.which("kubectl") is None:
        print("!! SKIPPED: kubectl not installed (scripts/deps test)")
        return 77
    with tempfile.TemporaryDirectory() as folder, Cluster(folder) as cluster:
        bench = Bench(cluster, folder, kzg, kzgd)
        check(bench.deploy(), "two old pods serve", bench.cluster.pods())
        for name in wanted or SCENARIOS:
            began, cpu = time.monotonic(), sum(os.times()[:4])
            SCENARIOS[name](bench)
            print(f"# {name}: {time.monotonic() - began:.0f} s, CPU of what has ended {sum(os.times()[:4]) - cpu:.0f} s", flush=True)
    print(f"# CPU of all {sum(os.times()[:4]):.0f} s")
    return REPORT.end()


if __name__ == "__main__":
    sys.exit(main())
