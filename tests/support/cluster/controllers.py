"""The controllers of the stand-in cluster: Deployments make ReplicaSets, ReplicaSets make Pods, budgets count them. The rules
are those of Kubernetes' rolling update: never more than replicas + maxSurge pods, never fewer than replicas - maxUnavailable
available ones, a pod is available when it is ready for minReadySeconds; a paused Deployment starts and ends nothing."""

import calendar
import hashlib
import json
import math
import time

from .store import Refused, now

REVISION = "deployment.kubernetes.io/revision"
HASH = "pod-template-hash"


def share(value, total, up):
    if isinstance(value, str):
        exact = int(value.rstrip("%")) * total / 100
        return math.ceil(exact) if up else math.floor(exact)
    return value


def owner(thing):
    for reference in thing["metadata"].get("ownerReferences", []):
        if reference.get("controller"):
            return reference["uid"]
    return None


def reference(thing):
    return [{"apiVersion": thing["apiVersion"], "kind": thing["kind"], "name": thing["metadata"]["name"],
             "uid": thing["metadata"]["uid"], "controller": True, "blockOwnerDeletion": True}]


def bare(value):
    """Without what says nothing: kubectl writes whole structures, with nulls and empty objects for what is not set."""
    if isinstance(value, dict):
        inner = {key: bare(entry) for key, entry in value.items()}
        return {key: entry for key, entry in inner.items() if entry not in (None, {}, [])}
    return [bare(entry) for entry in value] if isinstance(value, list) else value


def template_hash(template):
    text = json.dumps(bare(template), sort_keys=True).encode()
    return hashlib.sha256(text).hexdigest()[:10]


def condition(thing, kind):
    for entry in thing.get("status", {}).get("conditions", []):
        if entry["type"] == kind:
            return entry
    return {}


def is_ready(pod):
    return condition(pod, "Ready").get("status") == "True" and "deletionTimestamp" not in pod["metadata"]


def ready_for(pod):
    since = condition(pod, "Ready").get("lastTransitionTime")
    return time.time() - calendar.timegm(time.strptime(since, "%Y-%m-%dT%H:%M:%SZ")) if since else 0


class Controllers:
    def __init__(self, store):
        self.store = store

    def run_once(self):
        """One look at everything. Returns the seconds after which another is due even when nothing changes."""
        for deployment in self.store.find("deployments"):
            try:
                self.deployment(deployment)
            except Refused:
                pass  # changed or deleted meanwhile: the next look sees that
        for replica_set in self.store.find("replicasets"):
            self.replica_set(replica_set)
        for budget in self.store.find("poddisruptionbudgets"):
            self.budget(budget)
        return 0.25

    # ---- Deployments ----

    def deployment(self, deployment):
        space, spec = deployment["metadata"]["namespace"], deployment["spec"]
        sets = [entry for entry in self.store.find("replicasets", space) if owner(entry) == deployment["metadata"]["uid"]]
        new = next((entry for entry in sets if self.same_template(entry, spec["template"])), None)
        if not spec.get("paused"):
            new = self.newest(deployment, sets, new)
            others = [entry for entry in sets if entry["metadata"]["name"] != new["metadata"]["name"]]
            self.roll(spec, new, others)
        self.report(deployment, new)

    @staticmethod
    def same_template(replica_set, template):
        own = replica_set["spec"]["template"]
        labels = {key: value for key, value in own["metadata"]["labels"].items() if key != HASH}
        return bare(dict(own, metadata=dict(own["metadata"], labels=labels))) == bare(template)

    def newest(self, deployment, sets, new):
        """The set of the present template, made if there is none, with the highest revision."""
        space, template = deployment["metadata"]["namespace"], deployment["spec"]["template"]
        highest = max([int(entry["metadata"]["annotations"][REVISION]) for entry in sets], default=0)
        if new is None:
            mark = template_hash(template)
            labels = dict(template["metadata"].get("labels", {}), **{HASH: mark})
            new = self.store.create("replicasets", space, {
                "metadata": {"name": f"{deployment['metadata']['name']}-{mark}", "labels": labels,
                             "annotations": {REVISION: str(highest + 1)}, "ownerReferences": reference(deployment)},
                "spec": {"replicas": 0, "minReadySeconds": deployment["spec"].get("minReadySeconds", 0),
                         "selector": {"matchLabels": dict(deployment["spec"]["selector"]["matchLabels"], **{HASH: mark})},
                         "template": dict(template, metadata=dict(template["metadata"], labels=labels))}})
        elif int(new["metadata"]["annotations"][REVISION]) < highest:
            new = self.annotate("replicasets", new, {REVISION: str(highest + 1)})
        self.annotate("deployments", deployment, {REVISION: new["metadata"]["annotations"][REVISION]})
        return new

    def annotate(self, plural, thing, values):
        def change(old):
            old["metadata"].setdefault("annotations", {}).update(values)
            return old
        return self.store.update(plural, thing["metadata"]["namespace"], thing["metadata"]["name"], change)

    def pods_of(self, replica_set):
        return [pod for pod in self.store.find("pods", replica_set["metadata"]["namespace"])
                if owner(pod) == replica_set["metadata"]["uid"] and "deletionTimestamp" not in pod["metadata"]]

    def available(self, spec, replica_set):
        return [pod for pod in self.pods_of(replica_set) if is_ready(pod)
                and ready_for(pod) >= spec.get("minReadySeconds", 0)]

    def roll(self, spec, new, others):
        """One step: the new set up as far as the surge lets it; else old ones down as far as availability lets them."""
        wanted = spec["replicas"]
        rolling = spec["strategy"].get("rollingUpdate", {})
        surge = share(rolling.get("maxSurge", "25%"), wanted, True)
        unavailable = share(rolling.get("maxUnavailable", "25%"), wanted, False)
        have = new["spec"]["replicas"] + sum(entry["spec"]["replicas"] for entry in others)
        if new["spec"]["replicas"] > wanted:
            return self.scale(new, wanted)
        room = min(wanted + surge - have, wanted - new["spec"]["replicas"])
        if room > 0:
            return self.scale(new, new["spec"]["replicas"] + room)
        can_go = have - (wanted - unavailable) - (new["spec"]["replicas"] - len(self.available(spec, new)))
        healthy = sum(len(self.available(spec, entry)) for entry in others)
        for entry in sorted(others, key=lambda entry: int(entry["metadata"]["annotations"][REVISION])):
            sick = entry["spec"]["replicas"] - len(self.available(spec, entry))
            drop = min(entry["spec"]["replicas"], max(can_go, 0), sick)
            self.scale(entry, entry["spec"]["replicas"] - drop)
            entry["spec"]["replicas"] -= drop
            can_go -= drop
        spare = healthy + len(self.available(spec, new)) - (wanted - unavailable)
        for entry in others:
            drop = min(entry["spec"]["replicas"], max(spare, 0), max(can_go, 0))
            self.scale(entry, entry["spec"]["replicas"] - drop)
            spare, can_go = spare - drop, can_go - drop
        return None

    def scale(self, replica_set, count):
        def change(old):
            old["spec"]["replicas"] = count
            return old
        self.store.update("replicasets", replica_set["metadata"]["namespace"], replica_set["metadata"]["name"], change)

    def report(self, deployment, new):
        space, spec = deployment["metadata"]["namespace"], deployment["spec"]
        sets = [entry for entry in self.store.find("replicasets", space) if owner(entry) == deployment["metadata"]["uid"]]
        available = sum(len(self.available(spec, entry)) for entry in sets)
        all_pods = [pod for entry in sets for pod in self.pods_of(entry)]
        fresh = self.pods_of(new) if new else []
        done = (len(fresh) == spec["replicas"] == len(all_pods) and
                new is not None and len(self.available(spec, new)) == spec["replicas"])
        status = {"observedGeneration": deployment["metadata"]["generation"], "replicas": len(all_pods),
                  "updatedReplicas": len(fresh), "readyReplicas": sum(map(is_ready, all_pods)),
                  "availableReplicas": available, "unavailableReplicas": max(len(all_pods) - available, 0)}
        old = deployment.get("status", {})
        same = all(old.get(key) == value for key, value in status.items())
        before = condition(deployment, "Progressing")
        since = before.get("lastUpdateTime", now()) if same and before else now()
        age = time.time() - calendar.timegm(time.strptime(since, "%Y-%m-%dT%H:%M:%SZ"))
        late = not done and not spec.get("paused") and age > spec["progressDeadlineSeconds"]
        reason = "NewReplicaSetAvailable" if done else "ProgressDeadlineExceeded" if late else "ReplicaSetUpdated"
        if spec.get("paused"):
            reason = "DeploymentPaused"
        status["conditions"] = [
            {"type": "Available", "status": str(available >= spec["replicas"]), "reason": "MinimumReplicas"},
            {"type": "Progressing", "status": "Unknown" if spec.get("paused") else str(not late), "reason": reason,
             "message": f"deployment {deployment['metadata']['name']}: {reason}", "lastUpdateTime": since}]

        def change(thing):
            status["observedGeneration"] = deployment["metadata"]["generation"]
            thing["status"] = status
            return thing
        self.store.update("deployments", space, deployment["metadata"]["name"], change)

    # ---- ReplicaSets ----

    def replica_set(self, replica_set):
        pods = self.pods_of(replica_set)
        for _ in range(replica_set["spec"]["replicas"] - len(pods)):
            template = replica_set["spec"]["template"]
            meta = dict(template["metadata"], generateName=replica_set["metadata"]["name"] + "-",
                        ownerReferences=reference(replica_set))
            self.store.create("pods", replica_set["metadata"]["namespace"],
                              {"metadata": meta, "spec": template["spec"], "status": {"phase": "Pending"}})
        spare = len(pods) - replica_set["spec"]["replicas"]
        for pod in sorted(pods, key=lambda pod: (is_ready(pod), -ready_for(pod)))[:max(spare, 0)]:
            end_pod(self.store, pod)

        def change(thing):
            ready = [pod for pod in pods if is_ready(pod)]
            thing["status"] = {"replicas": len(pods), "readyReplicas": len(ready),
                               "observedGeneration": thing["metadata"].get("generation", 1)}
            return thing
        try:
            self.store.update("replicasets", replica_set["metadata"]["namespace"], replica_set["metadata"]["name"], change)
        except Refused:
            pass

    # ---- Disruption budgets ----

    def budget(self, budget):
        wanted = ",".join(f"{key}={value}" for key, value in budget["spec"]["selector"]["matchLabels"].items())
        pods = self.store.find("pods", budget["metadata"]["namespace"], wanted)
        sets = [entry for entry in self.store.find("replicasets", budget["metadata"]["namespace"], wanted)]
        deployments = [thing for thing in self.store.find("deployments", budget["metadata"]["namespace"])
                       if any(owner(entry) == thing["metadata"]["uid"] for entry in sets)]
        expected = sum(thing["spec"]["replicas"] for thing in deployments)
        if "minAvailable" in budget["spec"]:
            desired = share(budget["spec"]["minAvailable"], expected, True)
        else:
            desired = expected - share(budget["spec"].get("maxUnavailable", 0), expected, True)
        healthy = sum(map(is_ready, pods))

        def change(thing):
            thing["status"] = {"currentHealthy": healthy, "desiredHealthy": max(desired, 0), "expectedPods": expected,
                               "disruptionsAllowed": max(healthy - max(desired, 0), 0),
                               "observedGeneration": thing["metadata"].get("generation", 1)}
            return thing
        self.store.update("poddisruptionbudgets", budget["metadata"]["namespace"], budget["metadata"]["name"], change)


def end_pod(store, pod):
    """Marks a pod for deletion; the node ends it and removes the object."""
    def change(thing):
        thing["metadata"].setdefault("deletionTimestamp", now())
        return thing
    try:
        store.update("pods", pod["metadata"]["namespace"], pod["metadata"]["name"], change)
    except Refused:
        pass
