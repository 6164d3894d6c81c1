"""The fields of the Kubernetes objects in deploy/kubernetes, strictly: one that is not here is an error, and so is a value of
the wrong type or a required field that is missing. As far as the manifests use them, from the API reference (apps/v1, core/v1,
autoscaling/v2, policy/v1, networking.k8s.io/v1, rbac.authorization.k8s.io/v1) and the Prometheus operator's (monitoring/v1).

A schema is a type's name, [schema] for a list, or {field: schema}; a field that ends in '!' is required."""

import re

QUANTITY = re.compile(r"\d+(\.\d+)?(m|k|M|G|Ki|Mi|Gi)?")
TYPES = {
    "text": lambda value: isinstance(value, str),
    "number": lambda value: isinstance(value, int) and not isinstance(value, bool),
    "switch": lambda value: isinstance(value, bool),
    "quantity": lambda value: isinstance(value, int) or isinstance(value, str) and QUANTITY.fullmatch(value) is not None,
    "port": lambda value: isinstance(value, int) and 0 < value < 65536
    or isinstance(value, str) and re.fullmatch(r"[a-z]([-a-z0-9]{0,13}[a-z0-9])?", value) is not None,
    "share": lambda value: isinstance(value, int) and value >= 0
    or isinstance(value, str) and re.fullmatch(r"\d+%", value) is not None,
    "texts": lambda value: isinstance(value, dict) and all(isinstance(text, str) for text in value.values()),
    "quantities": lambda value: isinstance(value, dict) and set(value) <= {"cpu", "memory"}
    and all(TYPES["quantity"](one) for one in value.values()),
    "nothing": lambda value: value == {},
    "duration": lambda value: isinstance(value, str) and re.fullmatch(r"\d+[smh]", value) is not None,
}

META = {"name!": "text", "namespace": "text", "labels": "texts", "annotations": "texts"}
SELECTOR = {"matchLabels": "texts"}
PROBE = {"httpGet!": {"path!": "text", "port!": "port"}, "periodSeconds": "number", "failureThreshold": "number",
         "timeoutSeconds": "number"}
CONTAINER = {
    "name!": "text", "image!": "text", "args": ["text"],
    "env": [{"name!": "text", "value": "text"}],
    "ports": [{"name": "port", "containerPort!": "number", "protocol": "text"}],
    "startupProbe": PROBE, "readinessProbe": PROBE, "livenessProbe": PROBE,
    "resources": {"requests": "quantities", "limits": "quantities"},
    "securityContext": {"allowPrivilegeEscalation": "switch", "readOnlyRootFilesystem": "switch",
                        "capabilities": {"drop": ["text"]}},
    "volumeMounts": [{"name!": "text", "mountPath!": "text"}],
}
POD = {
    "serviceAccountName": "text", "automountServiceAccountToken": "switch", "enableServiceLinks": "switch",
    "terminationGracePeriodSeconds": "number",
    "securityContext": {"runAsNonRoot": "switch", "runAsUser": "number", "runAsGroup": "number", "fsGroup": "number",
                        "seccompProfile": {"type!": "text"}},
    "topologySpreadConstraints": [{"maxSkew!": "number", "topologyKey!": "text", "whenUnsatisfiable!": "text",
                                   "labelSelector": SELECTOR, "matchLabelKeys": ["text"]}],
    "containers!": [CONTAINER],
    "volumes": [{"name!": "text", "emptyDir": {"sizeLimit": "quantity"}}],
}
METRIC = {
    "type!": "text",
    "resource": {"name!": "text", "target!": {"type!": "text", "averageUtilization": "number"}},
    "pods": {"metric!": {"name!": "text"}, "target!": {"type!": "text", "averageValue": "quantity"}},
}
POLICIES = {"stabilizationWindowSeconds": "number",
            "policies": [{"type!": "text", "value!": "number", "periodSeconds!": "number"}]}
PEER = {"namespaceSelector": SELECTOR, "podSelector": SELECTOR}
RULE = {"alert": "text", "record": "text", "expr!": "text", "for": "duration", "keep_firing_for": "duration",
        "labels": "texts", "annotations": "texts"}

KINDS = {
    "v1 Namespace": {},
    "v1 ServiceAccount": {"automountServiceAccountToken": "switch"},
    "v1 Service": {"spec!": {
        "type": "text", "clusterIP": "text", "publishNotReadyAddresses": "switch", "selector": "texts",
        "ports!": [{"name": "text", "port!": "number", "targetPort": "port", "protocol": "text"}]}},
    "apps/v1 Deployment": {"spec!": {
        "replicas": "number", "revisionHistoryLimit": "number", "progressDeadlineSeconds": "number",
        "minReadySeconds": "number",
        "strategy": {"type": "text", "rollingUpdate": {"maxSurge": "share", "maxUnavailable": "share"}},
        "selector!": SELECTOR,
        "template!": {"metadata!": {"labels!": "texts", "annotations": "texts"}, "spec!": POD}}},
    "policy/v1 PodDisruptionBudget": {"spec!": {"maxUnavailable": "share", "minAvailable": "share", "selector!": SELECTOR}},
    "autoscaling/v2 HorizontalPodAutoscaler": {"spec!": {
        "scaleTargetRef!": {"apiVersion!": "text", "kind!": "text", "name!": "text"}, "minReplicas": "number",
        "maxReplicas!": "number", "metrics": [METRIC], "behavior": {"scaleUp": POLICIES, "scaleDown": POLICIES}}},
    "networking.k8s.io/v1 NetworkPolicy": {"spec!": {
        "podSelector!": SELECTOR, "policyTypes": ["text"],
        "ingress": [{"from": [PEER], "ports": [{"port": "port", "protocol": "text"}]}], "egress": ["nothing"]}},
    "rbac.authorization.k8s.io/v1 Role": {
        "rules!": [{"apiGroups!": ["text"], "resources!": ["text"], "resourceNames": ["text"], "verbs!": ["text"]}]},
    "rbac.authorization.k8s.io/v1 RoleBinding": {
        "roleRef!": {"apiGroup!": "text", "kind!": "text", "name!": "text"},
        "subjects": [{"kind!": "text", "name!": "text", "namespace": "text"}]},
    "monitoring.coreos.com/v1 ServiceMonitor": {"spec!": {
        "jobLabel": "text", "selector!": SELECTOR,
        "endpoints!": [{"port": "text", "path": "text", "interval": "duration"}]}},
    "monitoring.coreos.com/v1 PrometheusRule": {"spec!": {
        "groups": [{"name!": "text", "interval": "duration", "rules": [RULE]}]}},
}


def faults(value, schema, path=""):
    if isinstance(schema, str):
        if not TYPES[schema](value):
            yield f"{path}: {value!r} is no {schema}"
    elif isinstance(schema, list):
        if not isinstance(value, list):
            yield f"{path}: {value!r} is no list"
            return
        for i, item in enumerate(value):
            yield from faults(item, schema[0], f"{path}[{i}]")
    elif not isinstance(value, dict):
        yield f"{path}: {value!r} is no object"
    else:
        known = {name.rstrip("!"): (inner, name.endswith("!")) for name, inner in schema.items()}
        for name in value:
            if name not in known:
                yield f"{path}.{name}: no such field"
            else:
                yield from faults(value[name], known[name][0], f"{path}.{name}")
        for name, (_, required) in known.items():
            if required and name not in value:
                yield f"{path}.{name}: missing"


def object_faults(thing):
    kind = f"{thing.get('apiVersion')} {thing.get('kind')}"
    if kind not in KINDS:
        return [f"{kind}: no such kind here"]
    whole = {"apiVersion!": "text", "kind!": "text", "metadata!": META, **KINDS[kind]}
    return list(faults(thing, whole, f"{thing['kind']}/{thing.get('metadata', {}).get('name')}"))
