"""The objects of the stand-in cluster: kinds, storage with resource versions, a log of events to watch, selectors, and the
three ways to patch. One lock over all of it; nothing here knows HTTP or processes."""

import copy
import json
import random
import threading
import time
import uuid

ALPHABET = "bcdfghjklmnpqrstvwxz2456789"  # of generated names, as Kubernetes has it: no words come out


class Kind:
    def __init__(self, group, version, plural, kind, short="", namespaced=True, subresources=()):
        self.group, self.version, self.plural, self.kind = group, version, plural, kind
        self.short, self.namespaced, self.subresources = short.split(), namespaced, subresources

    @property
    def api_version(self):
        return f"{self.group}/{self.version}" if self.group else self.version


KINDS = [
    Kind("", "v1", "namespaces", "Namespace", "ns", namespaced=False),
    Kind("", "v1", "nodes", "Node", "no", namespaced=False),
    Kind("", "v1", "pods", "Pod", "po", subresources=("status", "log", "portforward", "eviction")),
    Kind("", "v1", "services", "Service", "svc"),
    Kind("", "v1", "serviceaccounts", "ServiceAccount", "sa"),
    Kind("", "v1", "configmaps", "ConfigMap", "cm"),
    Kind("", "v1", "events", "Event", "ev"),
    Kind("apps", "v1", "deployments", "Deployment", "deploy", subresources=("status", "scale")),
    Kind("apps", "v1", "replicasets", "ReplicaSet", "rs", subresources=("status", "scale")),
    Kind("policy", "v1", "poddisruptionbudgets", "PodDisruptionBudget", "pdb", subresources=("status",)),
    Kind("autoscaling", "v2", "horizontalpodautoscalers", "HorizontalPodAutoscaler", "hpa", subresources=("status",)),
    Kind("networking.k8s.io", "v1", "networkpolicies", "NetworkPolicy", "netpol"),
    Kind("rbac.authorization.k8s.io", "v1", "roles", "Role"),
    Kind("rbac.authorization.k8s.io", "v1", "rolebindings", "RoleBinding"),
    Kind("authorization.k8s.io", "v1", "selfsubjectaccessreviews", "SelfSubjectAccessReview", namespaced=False),
    Kind("monitoring.coreos.com", "v1", "servicemonitors", "ServiceMonitor", "smon"),
    Kind("monitoring.coreos.com", "v1", "prometheusrules", "PrometheusRule", "promrule"),
]
BY_PLURAL = {kind.plural: kind for kind in KINDS}


class Refused(Exception):
    """An answer of the API that is an error."""

    def __init__(self, code, reason, message):
        super().__init__(message)
        self.code, self.reason, self.message = code, reason, message


def now():
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())


def suffix(count):
    return "".join(random.SystemRandom().choice(ALPHABET) for _ in range(count))


# ---- Selectors -------------------------------------------------------------------------------------------------------

def matches_labels(labels, selector):
    """selector: a query's text, with =, ==, !=, in, notin, presence and absence."""
    for part in split_outside(selector):
        part = part.strip()
        if not part:
            continue
        if " in " in part or " notin " in part:
            key, word, values = part.split(None, 2)
            inside = labels.get(key) in [value.strip() for value in values.strip("()").split(",")]
            good = inside == (word == "in")
        elif "!=" in part:
            key, value = part.split("!=")
            good = labels.get(key.strip()) != value.strip()
        elif "=" in part:
            key, value = part.replace("==", "=").split("=")
            good = labels.get(key.strip()) == value.strip()
        else:
            good = (part.lstrip("!") in labels) != part.startswith("!")
        if not good:
            return False
    return True


def split_outside(text):
    """Splits at commas outside parentheses."""
    parts, depth, part = [], 0, ""
    for char in text:
        depth += {"(": 1, ")": -1}.get(char, 0)
        if char == "," and not depth:
            parts.append(part)
            part = ""
        else:
            part += char
    return parts + [part]


def matches_fields(thing, selector):
    for part in filter(None, selector.split(",")):
        path, value = part.replace("==", "=").split("=")
        at = thing
        for key in path.split("."):
            at = at.get(key, {}) if isinstance(at, dict) else {}
        if str(at or "") != value:
            return False
    return True


# ---- Patches ---------------------------------------------------------------------------------------------------------

MERGE_KEYS = {"containers": "name", "initContainers": "name", "env": "name", "volumes": "name", "volumeMounts": "mountPath",
              "ports": "containerPort", "conditions": "type", "ownerReferences": "uid", "imagePullSecrets": "name"}


def merge_patch(target, patch):
    """RFC 7396."""
    if not isinstance(patch, dict):
        return patch
    out = dict(target) if isinstance(target, dict) else {}
    for key, value in patch.items():
        if value is None:
            out.pop(key, None)
        else:
            out[key] = merge_patch(out.get(key), value)
    return out


def strategic_patch(target, patch):
    if not isinstance(patch, dict):
        return patch
    if patch.get("$patch") == "replace":
        return {key: value for key, value in patch.items() if key != "$patch"}
    out = dict(target) if isinstance(target, dict) else {}
    for key, value in patch.items():
        if key == "$retainKeys":
            out = {name: old for name, old in out.items() if name in value}
    for key, value in patch.items():
        if key.startswith("$"):
            continue
        if value is None:
            out.pop(key, None)
        elif isinstance(value, list) and key in MERGE_KEYS and all(isinstance(item, dict) for item in value):
            out[key] = strategic_list(out.get(key, []), value, MERGE_KEYS[key])
        else:
            out[key] = strategic_patch(out.get(key), value)
    return out


def strategic_list(target, patch, merge_key):
    out = list(target)
    for item in patch:
        at = next((i for i, old in enumerate(out) if old.get(merge_key) == item.get(merge_key)), None)
        if item.get("$patch") == "delete":
            if at is not None:
                del out[at]
        elif at is None:
            out.append(item)
        else:
            out[at] = strategic_patch(out[at], item)
    return out


def json_patch(target, steps):
    """RFC 6902: add, replace, remove, test."""
    out = copy.deepcopy(target)
    for step in steps:
        path = [part.replace("~1", "/").replace("~0", "~") for part in step["path"].split("/")[1:]]
        at = out
        for part in path[:-1]:
            at = at[int(part)] if isinstance(at, list) else at[part]
        key = path[-1]
        if step["op"] == "test":
            if at.get(key) != step.get("value"):
                raise Refused(422, "Invalid", f"the server rejected our request: test of {step['path']} failed")
        elif step["op"] == "remove":
            at.pop(int(key) if isinstance(at, list) else key)
        elif isinstance(at, list) and step["op"] == "add":
            at.insert(len(at) if key == "-" else int(key), step["value"])
        else:
            at[int(key) if isinstance(at, list) else key] = step["value"]
    return out


PATCHES = {"application/merge-patch+json": merge_patch, "application/strategic-merge-patch+json": strategic_patch,
           "application/json-patch+json": json_patch}


# ---- Storage ---------------------------------------------------------------------------------------------------------

class Store:
    def __init__(self):
        self.changed = threading.Condition(threading.RLock())
        self.things = {}  # (plural, namespace, name) -> object
        self.log = []  # (resource version, type, plural, namespace, object)
        self.version = 1000
        self.closed = False

    def _note(self, what, plural, namespace, thing):
        self.version += 1
        thing["metadata"]["resourceVersion"] = str(self.version)
        self.log.append((self.version, what, plural, namespace, copy.deepcopy(thing)))
        self.changed.notify_all()

    def get(self, plural, namespace, name):
        with self.changed:
            thing = self.things.get((plural, namespace, name))
            if thing is None:
                kind = BY_PLURAL[plural]
                where = f"{plural}.{kind.group}" if kind.group else plural
                raise Refused(404, "NotFound", f'{where} "{name}" not found')
            return copy.deepcopy(thing)

    def find(self, plural, namespace=None, labels="", fields=""):
        """In order of creation."""
        with self.changed:
            return [copy.deepcopy(thing) for (kind, space, _), thing in self.things.items()
                    if kind == plural and namespace in (None, space)
                    and matches_labels(thing["metadata"].get("labels") or {}, labels)
                    and matches_fields(thing, fields)]

    def create(self, plural, namespace, thing, dry=False):
        kind = BY_PLURAL[plural]
        thing = copy.deepcopy(thing)
        meta = thing.setdefault("metadata", {})
        if "name" not in meta:
            meta["name"] = meta.get("generateName", "") + suffix(5)
        thing.setdefault("apiVersion", kind.api_version)
        thing.setdefault("kind", kind.kind)
        if kind.namespaced:
            meta["namespace"] = namespace
        meta.update(uid=str(uuid.uuid4()), creationTimestamp=now())
        if plural == "deployments":
            default_deployment(thing)
        if "spec" in thing:
            meta["generation"] = 1
        with self.changed:
            key = (plural, namespace if kind.namespaced else "", meta["name"])
            if key in self.things:
                raise Refused(409, "AlreadyExists", f'{plural} "{meta["name"]}" already exists')
            if not dry:
                self.things[key] = thing
                self._note("ADDED", plural, key[1], thing)
            return copy.deepcopy(thing)

    def update(self, plural, namespace, name, change, dry=False):
        """change(object) -> new object; nothing is noted when that is the same."""
        with self.changed:
            old = self.get(plural, namespace, name)
            new = change(copy.deepcopy(old))
            new["metadata"].update({key: old["metadata"][key] for key in ("uid", "creationTimestamp", "name")})
            new["metadata"]["resourceVersion"] = old["metadata"]["resourceVersion"]
            if new == old:
                return old
            if new.get("spec") != old.get("spec"):
                new["metadata"]["generation"] = old["metadata"].get("generation", 1) + 1
            if not dry:
                self.things[plural, namespace, name] = new
                self._note("MODIFIED", plural, namespace, new)
            return copy.deepcopy(new)

    def delete(self, plural, namespace, name):
        with self.changed:
            thing = self.get(plural, namespace, name)
            del self.things[plural, namespace, name]
            self._note("DELETED", plural, namespace, thing)
            return thing

    def events(self, since, plural, namespace, patience):
        """The events after that version, at least one unless patience (seconds) ends before; the log grows only."""
        end = time.monotonic() + patience
        with self.changed:
            while True:
                found = [entry for entry in self.log[-4000:] if entry[0] > since and entry[2] == plural
                         and namespace in (None, entry[3])]
                left = end - time.monotonic()
                if found or left <= 0 or self.closed:
                    return found
                self.changed.wait(left)


def default_deployment(thing):
    """What the API server fills in, as far as something here looks at it."""
    spec = thing["spec"]
    spec.setdefault("replicas", 1)
    spec.setdefault("revisionHistoryLimit", 10)
    spec.setdefault("progressDeadlineSeconds", 600)
    strategy = spec.setdefault("strategy", {})
    strategy.setdefault("type", "RollingUpdate")
    if strategy["type"] == "RollingUpdate":
        rolling = strategy.setdefault("rollingUpdate", {})
        rolling.setdefault("maxSurge", "25%")
        rolling.setdefault("maxUnavailable", "25%")
    wanted = spec.get("selector", {}).get("matchLabels")
    if not wanted or not matches_labels(spec["template"]["metadata"].get("labels", {}),
                                        ",".join(f"{key}={value}" for key, value in wanted.items())):
        raise Refused(422, "Invalid", "spec.template.metadata.labels: `selector` does not match template `labels`")


def dump(thing):
    return json.dumps(thing, separators=(",", ":")).encode()
