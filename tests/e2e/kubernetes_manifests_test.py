"""deploy/kubernetes: built by the real kubectl, read by it into objects, which are checked against strict schemas and against
one another: names, ports, selectors and options must exist, rights must be the least."""

import copy
import glob
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from cluster.api import Cluster  # noqa: E402
from kubernetes_schema import object_faults  # noqa: E402
from report import REPORT, check  # noqa: E402

ROOT = os.path.abspath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", ".."))
DEPLOY = os.path.join(ROOT, "deploy", "kubernetes")
FOLDERS = ("base", "overlays/single", "overlays/production")


def kubectl(folder, *words, text=None, config=None):
    done = subprocess.run(["kubectl", *(["--kubeconfig", config] if config else []), *words], input=text, text=True,
                          capture_output=True, timeout=600, env={**os.environ, "HOME": folder})
    return done.returncode, done.stdout, done.stderr


def modern(folder):
    """Does it know resources in folders and patches in place? Clients before 1.22 do not."""
    client = json.loads(kubectl(folder, "version", "--client", "-o", "json")[1])["clientVersion"]
    return (int(client["major"]), int(re.match(r"\d+", client["minor"])[0])) >= (1, 22)


def read_objects(folder, text):
    """What kubectl makes of YAML: it sends each object to a cluster, which keeps them as they came."""
    came = []

    class Recorder(Cluster):
        def note_created(self, thing):
            came.append(copy.deepcopy(thing))

    with Recorder(folder, namespaces=()) as cluster:
        status, said, error = kubectl(folder, "create", "--validate=false", "-f", "-", text=text,
                                      config=cluster.kubeconfig("admin"))
    return came, status, said + error


def one(things, kind, name="kzgd"):
    return next((thing for thing in things if thing["kind"] == kind and thing["metadata"]["name"] == name), None)


def covers(labels, selector):
    return all(labels.get(key) == value for key, value in selector.items())


def megabytes(quantity):
    return int(quantity.removesuffix("Mi"))


# ---- One another -----------------------------------------------------------------------------------------------------

def links(name, things):
    deployment = one(things, "Deployment")
    template = deployment["spec"]["template"]
    labels, container = template["metadata"]["labels"], template["spec"]["containers"][0]
    ports = {port["name"]: port["containerPort"] for port in container["ports"]}
    check(covers(labels, deployment["spec"]["selector"]["matchLabels"]), f"{name}: the Deployment selects its own pods")
    for probe, path in (("startupProbe", "/startupz"), ("readinessProbe", "/readyz"), ("livenessProbe", "/livez")):
        get = container[probe]["httpGet"]
        check(get == {"path": path, "port": "admin"}, f"{name}: {probe} asks {path}", get)
    for thing in things:
        spec, where = thing.get("spec", {}), f"{name}: {thing['kind']}/{thing['metadata']['name']}"
        if thing["kind"] == "Service":
            check(covers(labels, spec["selector"]), f"{where} selects the pods")
            check(all(ports.get(port["targetPort"]) == port["port"] for port in spec["ports"]), f"{where} has the pods' ports")
        elif thing["kind"] in ("PodDisruptionBudget", "NetworkPolicy"):
            selector = spec["selector" if thing["kind"] == "PodDisruptionBudget" else "podSelector"]
            check(covers(labels, selector["matchLabels"]), f"{where} selects the pods")
        elif thing["kind"] == "HorizontalPodAutoscaler":
            check(one(things, spec["scaleTargetRef"]["kind"], spec["scaleTargetRef"]["name"]) is deployment,
                  f"{where} scales the Deployment")
            check(spec["minReplicas"] >= deployment["spec"]["replicas"] > 1, f"{where} keeps the replicas")
        elif thing["kind"] == "ServiceMonitor":
            service = one(things, "Service", "kzgd-admin")
            check(covers(service["metadata"]["labels"], spec["selector"]["matchLabels"])
                  and spec["endpoints"][0]["port"] in [port["name"] for port in service["spec"]["ports"]],
                  f"{where} finds its Service")
            check(service["metadata"]["labels"][spec["jobLabel"]] == "kzgd", f"{where} gives the job of the alerts")


def promises(name, things):
    """What a running pod relies on."""
    deployment = one(things, "Deployment")["spec"]
    pod = deployment["template"]["spec"]
    container = pod["containers"][0]
    options = dict(word.split("=", 1) for word in container["args"])
    with open(os.path.join(ROOT, "docs", "options.md"), encoding="utf-8") as file:
        known = set(re.findall(r"(?m)^\| `(--[a-z-]+)", file.read()))
    check(set(options) <= known, f"{name}: all options are kzgd's", sorted(set(options) - known))
    need = float(options["--drain-delay"]) + float(options["--drain-timeout"])
    check(pod["terminationGracePeriodSeconds"] >= need + 5, f"{name}: a pod has the time to drain", need)
    ready = container["readinessProbe"]
    check(float(options["--drain-delay"]) > ready["periodSeconds"] * ready["failureThreshold"],
          f"{name}: the listener closes after the probe has seen that the pod drains")
    check(int(options["--listen"].rpartition(":")[2]) == 4844 and int(options["--admin-listen"].rpartition(":")[2]) == 7594
          and {port["containerPort"] for port in container["ports"]} == {4844, 7594}, f"{name}: ports are those that it opens")
    workers = next(entry["value"] for entry in container["env"] if entry["name"] == "KZGD_WORKERS")
    cpus = container["resources"]["requests"]["cpu"]
    check(int(workers) == (int(cpus) if cpus.isdigit() else 1), f"{name}: a worker for each CPU asked for", (workers, cpus))
    check(options["--state-dir"] in [mount["mountPath"] for mount in container["volumeMounts"]],
          f"{name}: what must outlive the process is on a volume")
    check(megabytes(container["resources"]["requests"]["memory"]) <= megabytes(container["resources"]["limits"]["memory"]),
          f"{name}: memory")
    check(deployment["strategy"]["rollingUpdate"] == {"maxSurge": 1, "maxUnavailable": 0}
          and deployment["minReadySeconds"] >= 5, f"{name}: kzg upgrade can go pod by pod")
    check(pod["securityContext"]["runAsNonRoot"] and container["securityContext"]["readOnlyRootFilesystem"]
          and container["securityContext"]["capabilities"] == {"drop": ["ALL"]}
          and not container["securityContext"]["allowPrivilegeEscalation"], f"{name}: no rights in the pod")


def rights(name, things):
    role = one(things, "Role", "kzg-upgrader")
    may = {(verb, resource, *rule.get("resourceNames", [])) for rule in role["rules"] for verb in rule["verbs"]
           for resource in rule["resources"]}
    changes = {right for right in may if right[0] not in ("get", "list", "watch")}
    check(changes == {("patch", "deployments", "kzgd"), ("create", "pods/portforward")},
          f"{name}: the upgrader changes one Deployment, and no more", changes)
    check("*" not in json.dumps(role), f"{name}: the upgrader's rights are named")
    binding = one(things, "RoleBinding", "kzg-upgrader")
    check(binding["roleRef"]["name"] == "kzg-upgrader"
          and all(one(things, subject["kind"], subject["name"]) for subject in binding["subjects"]),
          f"{name}: the upgrader is bound to its rights")


# ---- The checks themselves ----------------------------------------------------------------------------------------------

def strict(things):
    """A typing error anywhere is found."""
    def broken(change):
        thing = copy.deepcopy(one(things, "Deployment"))
        change(thing["spec"]["template"]["spec"])
        return object_faults(thing)
    container = lambda pod: pod["containers"][0]  # noqa: E731
    check(broken(lambda pod: container(pod).update(redinessProbe={})), "an unknown field is a fault")
    check(broken(lambda pod: container(pod).pop("image")), "a missing field is a fault")
    check(broken(lambda pod: container(pod)["resources"]["limits"].update(memory="512 MB")), "a wrong quantity is a fault")
    check(broken(lambda pod: container(pod).update(args="--listen")), "a wrong type is a fault")
    check(not broken(lambda pod: None), "and the right one is none")


def check_all(name, text, folder):
    things, status, said = read_objects(folder, text)
    check(status == 0, f"{name}: kubectl reads it", said)
    for thing in things:
        found = object_faults(thing)
        check(not found, f"{name}: {thing['kind']}/{thing['metadata']['name']} has the fields of its kind", found)
    links(name, things)
    promises(name, things)
    rights(name, things)
    return things


def main():
    if shutil.which("kubectl") is None:
        print("!! SKIPPED: kubectl not installed (scripts/deps test)")
        return 77
    with tempfile.TemporaryDirectory() as folder:
        if modern(folder):
            for name in FOLDERS:
                status, text, error = kubectl(folder, "kustomize", os.path.join(DEPLOY, name))
                check(status == 0 and not error, f"{name}: kubectl kustomize", error)
                things = check_all(name, text, folder)
            check(one(things, "PrometheusRule") and one(things, "ServiceMonitor"), "production has rules and monitor")
            metrics = [metric["type"] for metric in one(things, "HorizontalPodAutoscaler")["spec"]["metrics"]]
            check(metrics == ["Resource", "Pods"], "production scales on CPU and on the wait in the queue", metrics)
        else:
            print("note: this kubectl's kustomize is too old for the overlays: the base's files are read as they stand")
            files = [path for path in sorted(glob.glob(os.path.join(DEPLOY, "base", "*.yaml")))
                     if not path.endswith("kustomization.yaml")]
            things = check_all("base", "\n---\n".join(open(path, encoding="utf-8").read() for path in files), folder)
        strict(things)
    return REPORT.end()


if __name__ == "__main__":
    sys.exit(main())
