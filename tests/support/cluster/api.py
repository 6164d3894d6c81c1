"""A stand-in for a Kubernetes API server, for a real kubectl: discovery, get, list, watch, create, patch, delete, scale, logs,
port-forward, access reviews, with rights from the Roles that it was given. Its pods are real processes (node.py).

    with Cluster(folder) as cluster:
        cluster.node.images["registry.example/kzgd:1.0.0"] = Image("/path/to/kzgd")
        subprocess.run(["kubectl", "--kubeconfig", cluster.kubeconfig("admin"), ...])

Faults: cluster.cut (connections are closed unanswered while it is set), cluster.refuse (a function of method, path, patch kind
and user that gives an error's text, or None), and those of the images."""

import json
import os
import re
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

from . import protobuf, spdy
from .controllers import Controllers, end_pod
from .node import Node
from .store import BY_PLURAL, KINDS, PATCHES, Refused, Store, dump

VERSION = {"major": "1", "minor": "32", "gitVersion": "v1.32.4", "gitCommit": "", "gitTreeState": "clean",
           "buildDate": "2025-01-01T00:00:00Z", "goVersion": "go1.24", "compiler": "gc", "platform": "linux/amd64"}
VERBS = ["create", "delete", "get", "list", "patch", "update", "watch"]
PATH = re.compile(r"/(?:api/v1|apis/(?P<group>[^/]+)/(?P<version>[^/]+))(?:/namespaces/(?P<space>[^/]+)(?=/[a-z]))?"
                  r"/(?P<plural>[a-z]+)(?:/(?P<name>[^/]+))?(?:/(?P<sub>[a-z]+))?$")


def group_list():
    groups = {}
    for kind in KINDS:
        if kind.group:
            groups[kind.group] = kind.version
    entries = [{"name": name, "versions": [{"groupVersion": f"{name}/{version}", "version": version}],
                "preferredVersion": {"groupVersion": f"{name}/{version}", "version": version}}
               for name, version in groups.items()]
    return {"kind": "APIGroupList", "apiVersion": "v1", "groups": entries}


def resource_list(group):
    resources = []
    for kind in KINDS:
        if kind.group == group:
            resources.append({"name": kind.plural, "singularName": kind.kind.lower(), "namespaced": kind.namespaced,
                              "kind": kind.kind, "verbs": VERBS, "shortNames": kind.short})
            resources += [{"name": f"{kind.plural}/{sub}", "singularName": "", "namespaced": kind.namespaced,
                           "kind": "Scale" if sub == "scale" else kind.kind, "verbs": ["get", "patch", "update"],
                           **({"group": "autoscaling", "version": "v1"} if sub == "scale" else {})}
                          for sub in kind.subresources]
    version = next(kind.version for kind in KINDS if kind.group == group)
    return {"kind": "APIResourceList", "apiVersion": "v1",
            "groupVersion": f"{group}/{version}" if group else version, "resources": resources}


def problem(error):
    return {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure", "message": error.message,
            "reason": error.reason, "code": error.code}


class Rights:
    """What Roles and RoleBindings allow a service account; user "admin" may do everything."""

    def __init__(self, store):
        self.store = store

    def allowed(self, user, namespace, verb, group, resource, name):
        if user == "admin":
            return True
        for binding in self.store.find("rolebindings", namespace):
            subjects = [subject["name"] for subject in binding.get("subjects", []) if subject["kind"] == "ServiceAccount"]
            if user not in subjects:
                continue
            try:
                rules = self.store.get("roles", namespace, binding["roleRef"]["name"]).get("rules", [])
            except Refused:
                continue
            if any(self.rule_allows(rule, verb, group, resource, name) for rule in rules):
                return True
        return False

    @staticmethod
    def rule_allows(rule, verb, group, resource, name):
        return (verb in rule["verbs"] and group in rule["apiGroups"] and resource in rule["resources"]
                and (not rule.get("resourceNames") or name in rule["resourceNames"]))


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    @property
    def cluster(self):
        return self.server.cluster

    def user(self):
        """Who asks. kubectl sends no token over plain HTTP, so the name is the head of the path: /as/NAME/api/..."""
        return self.impersonated() or self.asking

    def impersonated(self):
        return self.headers.get("Impersonate-User", "").removeprefix("system:serviceaccount:").rpartition(":")[2]

    def split_user(self, path):
        match = re.match(r"/as/([^/]+)(?=/)", path)
        self.asking = match[1] if match else "anonymous"
        return path[match.end():] if match else path

    def body(self):
        data = self.data
        if data.startswith(protobuf.MAGIC):
            return protobuf.access_review(data)
        return json.loads(data) if data else None

    def answer(self, code, thing, media="application/json"):
        data = thing if isinstance(thing, bytes) else dump(thing)
        self.send_response(code)
        self.send_header("Content-Type", media)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def handle_one(self):
        url = urlsplit(self.path)
        path = self.split_user(url.path)
        self.data = self.rfile.read(int(self.headers.get("Content-Length", 0)))  # also of what is refused
        query = {key: values[-1] for key, values in parse_qs(url.query, keep_blank_values=True).items()}
        self.close_connection = self.cluster.cut.is_set()
        if self.close_connection:
            return
        try:
            self.cluster.check_fault(self.command, path, self.headers.get("Content-Type", ""), self.user())
            if not self.discovery(path):
                self.resource(path, query)
        except Refused as error:
            self.answer(error.code, problem(error))
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True

    do_GET = do_POST = do_PATCH = do_DELETE = do_PUT = handle_one

    def discovery(self, path):
        if path == "/version":
            minor = self.cluster.minor
            self.answer(200, {**VERSION, "minor": minor, "gitVersion": f"v1.{minor}.0"})
        elif path == "/api":
            self.answer(200, {"kind": "APIVersions", "versions": ["v1"]})
        elif path == "/apis":
            self.answer(200, group_list())
        elif path == "/api/v1":
            self.answer(200, resource_list(""))
        elif re.fullmatch(r"/apis/[^/]+/[^/]+", path) and any(kind.group == path.split("/")[2] for kind in KINDS):
            self.answer(200, resource_list(path.split("/")[2]))
        else:
            return False
        return True

    def resource(self, path, query):
        match = PATH.fullmatch(path)
        if match is None or match["plural"] not in BY_PLURAL:
            raise Refused(404, "NotFound", "the server could not find the requested resource")
        group, space, plural, name, sub = (match[key] for key in ("group", "space", "plural", "name", "sub"))
        if plural == "selfsubjectaccessreviews":
            return self.review()
        verb = {"POST": "create", "PATCH": "patch", "PUT": "update", "DELETE": "delete"}.get(self.command)
        if verb is None:
            verb = "watch" if query.get("watch") in ("true", "1") else "get" if name else "list"
        self.cluster.note(self.user(), verb, plural + (f"/{sub}" if sub else ""), name)
        full = plural + (f"/{sub}" if sub else "")
        named = name or query.get("fieldSelector", "").removeprefix("metadata.name=") or None
        if not self.cluster.rights.allowed(self.user(), space, verb, group or "", full, named):
            raise Refused(403, "Forbidden", f'{plural}{"." + group if group else ""} "{name or ""}" is forbidden: User '
                          f'"{self.user()}" cannot {verb} resource "{full}" in API group "{group or ""}" in the namespace "{space}"')
        space = space if BY_PLURAL[plural].namespaced else ""
        return getattr(self, "on_" + verb)(plural, space, name, sub, query)

    def review(self):
        wanted = self.body()
        what = wanted["spec"].get("resourceAttributes", {})
        resource = what.get("resource", "") + (f"/{what['subresource']}" if what.get("subresource") else "")
        good = self.cluster.rights.allowed(self.user(), what.get("namespace", ""), what.get("verb"), what.get("group", ""),
                                           resource, what.get("name"))
        self.answer(201, dict(wanted, status={"allowed": good}))

    def on_list(self, plural, space, _name, _sub, query):
        kind = BY_PLURAL[plural]
        with self.cluster.store.changed:
            items = self.cluster.store.find(plural, space, query.get("labelSelector", ""), query.get("fieldSelector", ""))
            version = self.cluster.store.version
        self.answer(200, {"kind": kind.kind + "List", "apiVersion": kind.api_version,
                          "metadata": {"resourceVersion": str(version)}, "items": items})

    def on_get(self, plural, space, name, sub, query):
        if sub == "log":
            data = self.cluster.node.logs(space, name)
            if "tailLines" in query:
                data = b"".join(data.splitlines(True)[-int(query["tailLines"]):])
            return self.answer(200, data, "text/plain")
        if sub == "portforward":
            return self.forward(space, name)
        thing = self.cluster.store.get(plural, space, name)
        return self.answer(200, self.scale_of(thing) if sub == "scale" else thing)

    def on_watch(self, plural, space, name, _sub, query):
        from .store import matches_fields, matches_labels
        since = int(query.get("resourceVersion") or 0) or self.cluster.store.version
        end = time.monotonic() + float(query.get("timeoutSeconds") or 3600)
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        while time.monotonic() < end and not self.cluster.cut.is_set() and not self.cluster.store.closed:
            for since, what, _, _, thing in self.cluster.store.events(since, plural, space, 0.5):
                if matches_fields(thing, query.get("fieldSelector", "")) and \
                        matches_labels(thing["metadata"].get("labels") or {}, query.get("labelSelector", "")):
                    line = dump({"type": what, "object": thing}) + b"\n"
                    self.wfile.write(b"%x\r\n%s\r\n" % (len(line), line))
                    self.wfile.flush()
        self.close_connection = True
        if not self.cluster.cut.is_set():
            self.wfile.write(b"0\r\n\r\n")

    def on_create(self, plural, space, name, sub, query):
        if sub == "portforward":
            return self.forward(space, name)
        thing = self.body()
        if sub == "eviction":
            end_pod(self.cluster.store, self.cluster.store.get("pods", space, name))
            return self.answer(201, {"kind": "Status", "apiVersion": "v1", "status": "Success"})
        self.cluster.note_created(thing)
        return self.answer(201, self.cluster.store.create(plural, space, thing, query.get("dryRun") == "All"))

    def on_patch(self, plural, space, name, sub, query):
        patch, how = self.body(), self.headers.get("Content-Type", "").split(";")[0]
        if how not in PATCHES:
            raise Refused(415, "UnsupportedMediaType", f"the body of the request was in an unknown format: {how}")

        def change(thing):
            if sub == "scale":
                thing["spec"]["replicas"] = PATCHES[how](self.scale_of(thing), patch)["spec"]["replicas"]
                return thing
            return PATCHES[how](thing, patch)
        thing = self.cluster.store.update(plural, space, name, change, query.get("dryRun") == "All")
        self.answer(200, self.scale_of(thing) if sub == "scale" else thing)

    def on_update(self, plural, space, name, sub, query):
        wanted = self.body()

        def change(thing):
            if sub == "scale":
                thing["spec"]["replicas"] = wanted["spec"]["replicas"]
                return thing
            return wanted
        thing = self.cluster.store.update(plural, space, name, change, query.get("dryRun") == "All")
        self.answer(200, self.scale_of(thing) if sub == "scale" else thing)

    def on_delete(self, plural, space, name, _sub, _query):
        thing = self.cluster.store.get(plural, space, name)
        if plural == "pods":
            end_pod(self.cluster.store, thing)
        else:
            self.cluster.store.delete(plural, space, name)
        self.answer(200, thing)

    @staticmethod
    def scale_of(thing):
        meta = {key: thing["metadata"][key] for key in ("name", "namespace", "uid", "resourceVersion")}
        return {"kind": "Scale", "apiVersion": "autoscaling/v1", "metadata": meta,
                "spec": {"replicas": thing["spec"]["replicas"]}, "status": {"replicas": thing["spec"]["replicas"]}}

    def forward(self, space, name):
        pod = self.cluster.store.get("pods", space, name)
        if "podIP" not in pod.get("status", {}):
            raise Refused(400, "BadRequest", "pod is not running")
        if self.headers.get("Upgrade", "").lower() != "spdy/3.1":
            raise Refused(400, "BadRequest", "unable to upgrade: only SPDY/3.1 is spoken here")
        self.send_response(101)
        self.send_header("Upgrade", "SPDY/3.1")
        self.send_header("Connection", "Upgrade")
        self.send_header("X-Stream-Protocol-Version", "portforward.k8s.io")
        self.end_headers()
        self.wfile.flush()
        self.close_connection = True
        spdy.serve(self.rfile, self.connection, pod["status"]["podIP"], self.cluster.cut.is_set)


class Cluster:
    def __init__(self, folder, name="stand-in", namespaces=("kzgd",)):
        self.folder, self.name, self.minor = folder, name, VERSION["minor"]
        self.store = Store()
        self.rights = Rights(self.store)
        self.node = Node(self.store, folder)
        self.controllers = Controllers(self.store)
        self.cut = threading.Event()
        self.refuse = lambda method, path, media, user: None
        self.calls = []  # (user, verb, resource, name)
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.server.cluster = self
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        for space in ("default", *namespaces):
            self.store.create("namespaces", "", {"metadata": {"name": space}})
        self.threads = [threading.Thread(target=self.server.serve_forever, daemon=True),
                        threading.Thread(target=self.control, daemon=True)]
        for thread in self.threads:
            thread.start()

    def control(self):
        while not self.store.closed:
            seen = self.store.version
            patience = self.controllers.run_once()
            self.node.run_once()
            with self.store.changed:
                if self.store.version == seen:
                    self.store.changed.wait(patience)

    def check_fault(self, method, path, media, user):
        text = self.refuse(method, path, media, user)
        if text:
            raise Refused(500, "InternalError", text)

    def note(self, user, verb, resource, name):
        self.calls.append((user, verb, resource, name))

    def note_created(self, thing):
        """An object as a client sent it, for those who want to see that."""

    def kubeconfig(self, user, namespace="kzgd"):
        """A file that makes kubectl speak to this cluster as that user."""
        path = os.path.join(self.folder, f"kubeconfig-{user}")
        with open(path, "w", encoding="utf-8") as file:
            json.dump({"apiVersion": "v1", "kind": "Config", "current-context": "test",
                       "clusters": [{"name": self.name, "cluster": {"server": f"{self.url}/as/{user}"}}],
                       "users": [{"name": user, "user": {}}],
                       "contexts": [{"name": "test", "context": {"cluster": self.name, "user": user,
                                                                 "namespace": namespace}}]}, file)
        return path

    def pods(self, namespace="kzgd"):
        return self.store.find("pods", namespace)

    def wait(self, wanted, patience=120):
        """Until wanted() is true; False when that never came."""
        end = time.monotonic() + patience
        while time.monotonic() < end:
            if wanted():
                return True
            with self.store.changed:
                self.store.changed.wait(0.2)
        return bool(wanted())

    def close(self):
        with self.store.changed:
            self.store.closed = True
            self.store.changed.notify_all()
        self.threads[1].join(30)
        self.node.close()
        self.server.shutdown()
        self.server.server_close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
