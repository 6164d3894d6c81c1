"""What the tests of the container driver share: images made from the built kzgd without a network, podman and docker in a folder of
their own, a registry on loopback, HAProxy with deploy/haproxy/haproxy.cfg, and a load that checks every answer."""

import http.client
import os
import random
import re
import socket
import subprocess
import tarfile
import threading
import time

import kit
from other_version import other_version

ROOT = os.path.abspath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", ".."))
PATIENCE = 120


def run(*command, **options):
    return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=300, **options)


def must(*command, **options):
    done = run(*command, **options)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(command)}: {done.returncode}\n{done.stdout}")
    return done.stdout


def free_ports(count):
    """A row of ports that were free a moment ago, and that the system gives nobody else meanwhile: below those that it
    chooses from."""
    with open("/proc/sys/net/ipv4/ip_local_port_range", encoding="ascii") as file:
        lowest = int(file.read().split()[0])
    while True:
        base = random.SystemRandom().randrange(min(10000, lowest - 2000), lowest - count)
        held = []
        try:
            for port in range(base, base + count):
                held.append(socket.socket())
                held[-1].bind(("127.0.0.1", port))
            return base
        except OSError:
            pass
        finally:
            for each in held:
                each.close()


def wait_for(what, condition, process=None):
    until = time.monotonic() + PATIENCE
    while not condition():
        if process is not None and process.poll() is not None:
            raise RuntimeError(f"{what}: it ended with {process.returncode}")
        if time.monotonic() > until:
            raise RuntimeError(f"{what}: not within {PATIENCE} s")
        time.sleep(0.05)


def answers(port, path="/"):
    try:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        connection.request("GET", path)
        reply = connection.getresponse()
        return reply.status, reply.read().decode()
    except OSError:
        return 0, ""


# ---- Images ------------------------------------------------------------------------------------------------------------


def libraries(program):
    return sorted(set(re.findall(r"(?:=> )?(/\S+) \(0x", must("ldd", program))))


def make_tar(kzgd, version, out):
    """A root with a kzgd of that version, its libraries, and a pipe that nobody ever writes to."""
    program = out + ".kzgd"
    must("strip", "-o", program, kzgd)
    other_version(program, version, program)
    with tarfile.open(out, "w") as tar:
        for path in libraries(kzgd):
            tar.add(os.path.realpath(path), arcname=path.lstrip("/"))
        tar.add(program, arcname="usr/local/bin/kzgd")
        pipe = tarfile.TarInfo("never")
        pipe.type, pipe.mode = tarfile.FIFOTYPE, 0o666
        tar.addfile(pipe)
        for name in ("tmp", "proc", "sys", "dev", "etc"):
            folder = tarfile.TarInfo(name)
            folder.type, folder.mode = tarfile.DIRTYPE, 0o755
            tar.addfile(folder)
    os.unlink(program)


# ---- Runtimes ----------------------------------------------------------------------------------------------------------


class Podman:
    name = "podman"
    needs = ("podman", "runc", "conmon")
    pull = "--tls-verify=false"
    import_options = ("--quiet",)
    push_options = ("--quiet", "--tls-verify=false")

    def __init__(self, folder, registry):
        del registry
        conf, storage = os.path.join(folder, "containers.conf"), os.path.join(folder, "storage.conf")
        with open(conf, "w", encoding="utf-8") as file:
            file.write('[containers]\ndefault_ulimits=["nofile=1024:1024","nproc=1024:1024"]\nnetns="host"\n'
                       'log_driver="k8s-file"\n[engine]\nruntime="runc"\ncgroup_manager="cgroupfs"\n'
                       'events_logger="file"\n')
        with open(storage, "w", encoding="utf-8") as file:
            file.write(f'[storage]\ndriver="vfs"\nrunroot="{folder}/run"\ngraphroot="{folder}/root"\n')
        self.environment = {**os.environ, "CONTAINERS_CONF": conf, "CONTAINERS_STORAGE_CONF": storage}

    def stop(self):
        run("podman", "rm", "--all", "--force", "--time", "5", env=self.environment)
        run("podman", "rmi", "--all", "--force", env=self.environment)


class Docker:
    name = "docker"
    needs = ("docker", "dockerd", "containerd", "runc")
    pull = ""
    import_options = ()
    push_options = ()

    def __init__(self, folder, registry):
        self.exec_root = os.path.join(folder, "exec")
        self.log = open(os.path.join(folder, "dockerd.log"), "wb")
        host = f"unix://{folder}/docker.sock"
        self.process = subprocess.Popen(
            ["dockerd", "-H", host, "--data-root", f"{folder}/data", "--exec-root", self.exec_root, "-p", f"{folder}/pid",
             "--storage-driver=vfs", "--iptables=false", "--ip6tables=false", "--bridge=none", "--ip-forward=false",
             "--ip-masq=false", "--oom-score-adjust=0", "--default-ulimit", "nofile=1024:4096", "--default-ulimit",
             "nproc=4096:4096", "--insecure-registry", f"127.0.0.1:{registry}"],
            stdout=self.log, stderr=self.log, start_new_session=True)
        self.environment = {**os.environ, "DOCKER_HOST": host}
        try:
            wait_for("dockerd", lambda: run("docker", "version", env=self.environment).returncode == 0, self.process)
        except RuntimeError:
            self.end()
            raise

    def stop(self):
        ids = run("docker", "ps", "--all", "--quiet", env=self.environment).stdout.split()
        if ids:
            run("docker", "rm", "--force", *ids, env=self.environment)
        self.end()

    def end(self):
        self.process.terminate()
        self.process.wait(60)
        run("umount", os.path.join(self.exec_root, "netns", "default"))
        self.log.close()


class Registry:
    def __init__(self, folder):
        self.port = free_ports(1)
        path = os.path.join(folder, "registry.yml")
        with open(path, "w", encoding="utf-8") as file:
            file.write("version: 0.1\nlog: {level: error}\n"
                       f"storage: {{filesystem: {{rootdirectory: {folder}/registry}}, delete: {{enabled: true}}}}\n"
                       f"http: {{addr: '127.0.0.1:{self.port}'}}\n")
        self.log = open(os.path.join(folder, "registry.log"), "wb")
        self.process = subprocess.Popen(["docker-registry", "serve", path], stdout=self.log, stderr=self.log)
        wait_for("registry", lambda: answers(self.port, "/v2/")[0] == 200, self.process)

    def digest(self, name, tag):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        kinds = "application/vnd.oci.image.manifest.v1+json, application/vnd.docker.distribution.manifest.v2+json"
        connection.request("HEAD", f"/v2/{name}/manifests/{tag}", headers={"Accept": kinds})
        return connection.getresponse().getheader("Docker-Content-Digest")

    def stop(self):
        self.process.terminate()
        self.process.wait(30)
        self.log.close()


class HAProxy:
    """deploy/haproxy/haproxy.cfg with other ports and another socket."""

    def __init__(self, folder, api, admin, slots):
        with open(os.path.join(ROOT, "deploy", "haproxy", "haproxy.cfg"), encoding="utf-8") as file:
            text = file.read()
        self.port, metrics = free_ports(1), free_ports(1)
        self.socket = os.path.join(folder, "haproxy.sock")
        text = text.replace("/run/haproxy/kzgd.sock", self.socket).replace("127.0.0.1:4840", f"127.0.0.1:{self.port}")
        text = text.replace("127.0.0.1:8405", f"127.0.0.1:{metrics}").replace("log stdout", f"log {folder}/no-log")
        text = re.sub(r"127\.0\.0\.1:48(5\d) check port 76(0\d)", lambda match:
                      f"127.0.0.1:{api + int(match.group(1)) - 50} check port {admin + int(match.group(2))}", text)
        text = "".join(line for line in text.splitlines(True)
                       if not re.match(r" +server kzgd-(\d)", line) or int(re.search(r"kzgd-(\d)", line).group(1)) < slots)
        path = os.path.join(folder, "haproxy.cfg")
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        self.log = open(os.path.join(folder, "haproxy.log"), "wb")
        self.process = subprocess.Popen(["haproxy", "-db", "-f", path], stdout=self.log, stderr=self.log)
        wait_for("haproxy", lambda: os.path.exists(self.socket) and "UP" in self.state("kzgd-0-a"), self.process)

    def table(self):
        with socket.socket(socket.AF_UNIX) as connection:
            connection.connect(self.socket)
            connection.sendall(b"show stat kzgd 4 -1\n")
            text = b""
            while piece := connection.recv(65536):
                text += piece
        rows = [line.split(",") for line in text.decode().lstrip("# ").splitlines() if line]
        return {row[1]: dict(zip(rows[0], row)) for row in rows[1:]}

    def state(self, server):
        return self.table()[server]["status"]

    def stop(self):
        self.process.terminate()
        self.process.wait(30)
        self.log.close()


# ---- Load --------------------------------------------------------------------------------------------------------------


class Load:
    """Threads that verify a right and a wrong statement in turn, over connections that stay and ones that do not. Nothing is
    tried again: an answer that is not the right one, or none, is a request lost."""

    PAUSE = 0.05

    def __init__(self, port, threads=3):
        right = b"".join(bytes.fromhex(kit.KNOWN[name]) for name in ("commitment", "z", "y", "proof"))
        wrong = b"".join(bytes.fromhex(kit.KNOWN[name]) for name in ("commitment", "y", "z", "proof"))
        self.cases = [(right, b"\1"), (wrong, b"\0")]
        self.port, self.asked, self.lost, self.servers = port, 0, [], set()
        self.over, self.lock = threading.Event(), threading.Lock()
        self.threads = [threading.Thread(target=self.go, args=(number,)) for number in range(threads)]
        for thread in self.threads:
            thread.start()

    def go(self, number):
        stays, connection, turn = number % 2 == 0, None, 0
        while not self.over.wait(self.PAUSE):
            body, expected = self.cases[turn % 2]
            turn += 1
            try:
                if connection is None:
                    connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
                connection.request("POST", "/kzg/v1/verify_kzg_proof", body, {"Content-Type": "application/octet-stream"})
                reply = connection.getresponse()
                status, answer = reply.status, reply.read()
                if reply.will_close or not stays:
                    connection.close()
                    connection = None
                self.count(None if status == 200 and answer == expected else f"{status} {answer[:200]}")
            except (OSError, http.client.HTTPException) as error:
                self.count(repr(error))
                connection = None

    def count(self, lost):
        with self.lock:
            self.asked += 1
            if lost is not None:
                self.lost.append(f"{time.time():.3f} {lost}")

    def stop(self):
        self.over.set()
        for thread in self.threads:
            thread.join()
