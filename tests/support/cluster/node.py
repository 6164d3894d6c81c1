"""The one node of the stand-in cluster: runs a real process for each pod, probes it, restarts it, ends it.

A pod has an address of its own in 127.0.0.0/8, where its process listens on the ports that the manifest says: what the
manifest writes as 0.0.0.0 becomes the pod's address, for there is no network namespace here. An image is a line of a table
(Image below): which program it runs, and how pulling or running it goes wrong."""

import http.client
import os
import random
import signal
import socket
import subprocess
import threading
import time

from .controllers import condition
from .store import Refused, now

PROBE_EVERY = 0.1  # seconds; probes' own periods are for real nodes
BACK_OFF = 0.5


class Image:
    """program: what it runs; environment: on top. pull: False when the registry has no such thing. room: False when no node
    has room for it. lies: True when its API's answers come out changed, or "second": those of the second pod of it alone."""

    def __init__(self, program, environment=None, pull=True, room=True, lies=False, arguments=()):
        self.program, self.environment = program, environment or {}
        self.pull, self.room, self.lies, self.arguments = pull, room, lies, list(arguments)


def free_address(ports):
    """An address of 127.0.0.0/8 where all of these ports are free."""
    rng = random.SystemRandom()
    while True:
        address = f"127.{rng.randrange(16, 250)}.{rng.randrange(256)}.{rng.randrange(1, 255)}"
        try:
            for port in ports:
                with socket.socket() as attempt:
                    attempt.bind((address, port))
            return address
        except OSError:
            continue


class Liar:
    """Stands before a pod's API port and turns the last bit of every answer's body."""

    def __init__(self, address, port, behind):
        self.behind = behind
        self.listener = socket.create_server((address, port))
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.relay, args=(client,), daemon=True).start()

    def relay(self, client):
        with client, socket.create_connection(self.behind) as server:
            threading.Thread(target=self.copy, args=(client, server), daemon=True).start()
            buffer = b""
            while True:
                try:
                    data = server.recv(1 << 16)
                    buffer += data
                    buffer = self.flush(client, buffer, not data)
                except OSError:
                    return
                if not data:
                    return

    @staticmethod
    def copy(client, server):
        try:
            while data := client.recv(1 << 16):
                server.sendall(data)
            server.shutdown(socket.SHUT_WR)
        except OSError:
            pass

    @staticmethod
    def flush(client, buffer, ended):
        """Sends whole answers, changed; returns what is left."""
        while b"\r\n\r\n" in buffer:
            head, rest = buffer.split(b"\r\n\r\n", 1)
            fields = dict(line.lower().split(b": ", 1) for line in head.split(b"\r\n")[1:])
            length = int(fields.get(b"content-length", 0))
            if len(rest) < length:
                break
            body = bytearray(rest[:length])
            if length and fields.get(b"content-type") == b"application/octet-stream":
                body[-1] ^= 1
            elif body.endswith(b'"}'):
                body[-3] ^= 1  # the last hex digit
            elif body == b'{"output":true}':
                body, head = b'{"output":false}', head.replace(b"15", b"16")
            client.sendall(head + b"\r\n\r\n" + bytes(body))
            buffer = rest[length:]
        if ended and buffer:
            client.sendall(buffer)
        return buffer

    def close(self):
        try:
            self.listener.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self.listener.close()


class Container:
    """The one container of a pod, and what watches over it."""

    def __init__(self, node, pod, number):
        """number: how many pods of this image were made before it."""
        self.number = number
        self.node, self.namespace, self.name = node, pod["metadata"]["namespace"], pod["metadata"]["name"]
        self.spec = pod["spec"]["containers"][0]
        self.grace = pod["spec"].get("terminationGracePeriodSeconds", 30)
        self.ports = {port["name"]: port["containerPort"] for port in self.spec.get("ports", [])}
        self.address = free_address(self.ports.values())
        self.process = self.liar = None
        self.restarts, self.last, self.started = 0, {}, None
        self.ending = threading.Event()
        self.log = os.path.join(node.folder, self.name + ".log")
        self.thread = threading.Thread(target=self.live, daemon=True)
        self.thread.start()

    # ---- What the API shows ----

    def status(self, state, ready=False, phase="Running"):
        changed = now()

        def change(pod):
            was = condition(pod, "Ready")
            since = was["lastTransitionTime"] if was.get("status") == str(ready) else changed
            pod["status"] = {
                "phase": phase, "podIP": self.address, "hostIP": "127.0.0.1", "podIPs": [{"ip": self.address}],
                "conditions": [{"type": "PodScheduled", "status": "True", "lastTransitionTime": changed},
                               {"type": "Ready", "status": str(ready), "lastTransitionTime": since}],
                "containerStatuses": [{
                    "name": self.spec["name"], "image": self.spec["image"], "ready": ready, "started": ready,
                    "imageID": self.node.digest(self.spec["image"]), "restartCount": self.restarts, "state": state,
                    "lastState": self.last}]}
            return pod
        try:
            self.node.store.update("pods", self.namespace, self.name, change)
        except Refused:
            self.ending.set()

    def waiting(self, reason, message=""):
        self.status({"waiting": {"reason": reason, "message": message}}, phase="Running" if self.restarts else "Pending")

    def unschedulable(self):
        def change(pod):
            pod["status"] = {"phase": "Pending", "conditions": [
                {"type": "PodScheduled", "status": "False", "reason": "Unschedulable", "lastTransitionTime": now(),
                 "message": "0/1 nodes are available: 1 Insufficient cpu."}]}
            return pod
        self.node.store.update("pods", self.namespace, self.name, change)

    # ---- Life ----

    def live(self):
        image = self.node.images.get(self.spec["image"])
        try:
            if image is not None and not image.room:
                self.unschedulable()
            elif image is None or not image.pull:
                text = f'failed to resolve reference "{self.spec["image"]}": not found'
                self.waiting("ErrImagePull", text)
                self.ending.wait(BACK_OFF)
                self.waiting("ImagePullBackOff", "Back-off pulling image: " + text)
            else:
                while not self.ending.is_set():
                    self.run(image)
            self.ending.wait()
        finally:
            self.stop()
            try:
                self.node.store.delete("pods", self.namespace, self.name)
            except Refused:
                pass

    def command(self, image, api_port):
        words = [image.program, *self.spec.get("args", []), *image.arguments]
        out = []
        for word in words:
            word = word.replace("0.0.0.0:", self.address + ":")
            if api_port and word.startswith("--listen="):
                word = f"--listen=127.0.0.1:{api_port}"
            out.append(word)
        return out

    def environment(self, image):
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("KZG")}
        own = {entry["name"]: entry["value"] for entry in self.spec.get("env", []) if "value" in entry}
        return {**inherited, **own, **image.environment}

    def run(self, image):
        """One life of the process, to its end or to the pod's."""
        hidden = 0
        if image.lies is True or (image.lies == "second" and self.number == 1):
            with socket.create_server(("127.0.0.1", 0)) as probe:
                hidden = probe.getsockname()[1]
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(self.command(image, hidden), stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                            env=self.environment(image))
        if hidden:
            self.liar = Liar(self.address, self.ports["api"], ("127.0.0.1", hidden))
        self.started = now()
        while not self.ending.is_set() and self.process.poll() is None:
            self.status({"running": {"startedAt": self.started}}, self.probe("readinessProbe"))
            self.ending.wait(PROBE_EVERY)
        if self.ending.is_set():
            return
        self.drop_liar()
        status = self.process.returncode
        self.last = {"terminated": {"exitCode": status if status >= 0 else 128 - status, "finishedAt": now(),
                                    "reason": "Error" if status else "Completed", "startedAt": self.started}}
        self.restarts += 1
        self.waiting("CrashLoopBackOff", f"back-off restarting failed container={self.spec['name']}")
        self.ending.wait(BACK_OFF * self.restarts)

    def probe(self, name):
        want = self.spec.get(name, {}).get("httpGet")
        if not want:
            return True
        port = self.ports.get(want["port"], want["port"])
        connection = http.client.HTTPConnection(self.address, port, timeout=2)
        try:
            connection.request("GET", want["path"])
            return connection.getresponse().status < 400
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    def drop_liar(self):
        if self.liar:
            self.liar.close()
            self.liar = None

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(self.grace)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.drop_liar()


class Node:
    def __init__(self, store, folder):
        self.store, self.folder = store, folder
        self.images = {}  # reference -> Image
        self.containers = {}
        self.lock = threading.Lock()

    @staticmethod
    def digest(image):
        return image if "@" in image else ""

    def run_once(self):
        with self.lock:
            for pod in self.store.find("pods"):
                key = pod["metadata"]["uid"]
                if key not in self.containers and "deletionTimestamp" not in pod["metadata"]:
                    image = pod["spec"]["containers"][0]["image"]
                    number = sum(entry.spec["image"] == image for entry in self.containers.values())
                    self.containers[key] = Container(self, pod, number)
                elif key in self.containers and "deletionTimestamp" in pod["metadata"]:
                    self.containers[key].ending.set()

    def logs(self, namespace, name):
        for container in self.containers.values():
            if (container.namespace, container.name) == (namespace, name):
                try:
                    with open(container.log, "rb") as file:
                        return file.read()
                except FileNotFoundError:
                    return b""
        return b""

    def close(self):
        with self.lock:
            for container in self.containers.values():
                container.ending.set()
            for container in self.containers.values():
                container.thread.join(60)
                if container.process and container.process.poll() is None:
                    container.process.kill()
