"""The base's Deployment run by `podman kube play`: kzgd starts as the manifest has it, unprivileged, on a read-only root, within its
memory. On the host's network, so addresses and ports are changed to free ones of loopback, and there is one replica."""

import json
import os
import re
import shutil
import sys
import tempfile

import containers
from other_version import BUILT
from report import REPORT, check

MANIFEST = os.path.join(containers.ROOT, "deploy", "kubernetes", "base", "deployment.yaml")
IMAGE = f"localhost/kzgd:{BUILT}"


def changed(text, pattern, replacement):
    out, count = re.subn(pattern, replacement, text)
    assert count, f"the manifest has no {pattern}"
    return out


def manifest(port):
    with open(MANIFEST, encoding="utf-8") as file:
        text = file.read()
    text = changed(text, r"image: kzgd\n", f"image: {IMAGE}\n")
    text = changed(text, r"replicas: \d+", "replicas: 1")
    text = changed(text, r"( +)enableServiceLinks:", r"\1hostNetwork: true\n\1enableServiceLinks:")
    text = changed(text, r" +ports:\n( +- \{name: .*\n)+", "")
    text = changed(text, r"port: admin", f"port: {port + 1}")
    text = changed(text, r"0\.0\.0\.0:4844", f"127.0.0.1:{port}")
    return changed(text, r"0\.0\.0\.0:7594", f"127.0.0.1:{port + 1}")


def play(podman, folder, port):
    path = os.path.join(folder, "deployment.yaml")
    with open(path, "w", encoding="utf-8") as file:
        file.write(manifest(port))
    done = containers.run("podman", "kube", "play", path, env=podman.environment, cwd=folder)
    check(done.returncode == 0, "podman kube play", done.stdout)
    containers.wait_for("kzgd is ready", lambda: containers.answers(port + 1, "/readyz")[0] == 200)
    version = json.loads(containers.answers(port + 1, "/version")[1])
    check(version["workers"] == 2 and version["version"] == "0.1.0", "kzgd runs with the workers of the manifest", version)
    check(containers.answers(port + 1, "/livez")[0] == 200 and containers.answers(port + 1, "/startupz")[0] == 200,
          "the probes' pages answer")
    shape = "{{.Config.User}} {{.HostConfig.Memory}} {{.HostConfig.ReadonlyRootfs}} {{len .EffectiveCaps}}"
    name = containers.must("podman", "ps", "--filter", f"ancestor={IMAGE}", "--format", "{{.Names}}", env=podman.environment).strip()
    found = containers.must("podman", "inspect", name, "--format", shape, env=podman.environment).strip()
    check(found == f"4844:4844 {384 << 20} true 0", "user, memory, read-only root, no capabilities", found)
    log = containers.must("podman", "logs", name, env=podman.environment)
    check('"event":"ready"' in log and '"level":"error"' not in log, "its log is JSON without an error", log[-1000:])
    done = containers.run("podman", "kube", "down", path, env=podman.environment, cwd=folder)
    check(done.returncode == 0 and containers.answers(port + 1)[0] == 0, "podman kube down ends it", done.stdout)


def main():
    missing = [name for name in (*containers.Podman.needs, "catatonit", "strip") if shutil.which(name) is None]
    if missing or os.geteuid() != 0:
        print(f"!! SKIPPED: {', '.join(missing) or 'not root'} (scripts/deps test)")
        return 77
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        podman = containers.Podman(folder, None)
        tar = os.path.join(folder, "image.tar")
        containers.make_tar(sys.argv[1], BUILT, tar)
        try:
            containers.must("podman", "import", *podman.import_options, "--change", 'ENTRYPOINT ["/usr/local/bin/kzgd"]', tar, IMAGE,
                            env=podman.environment)
            done = containers.run("podman", "run", "--rm", "--no-healthcheck", IMAGE, "--help", env=podman.environment)
            if done.returncode != 0:
                print(f"!! SKIPPED: podman cannot run a container here: {done.stdout[-1000:]}")
                return 77
            play(podman, folder, containers.free_ports(2))
        finally:
            podman.stop()
    return REPORT.end()


if __name__ == "__main__":
    sys.exit(main())
