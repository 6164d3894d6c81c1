"""deploy/: systemd units, HAProxy, compose file, Containerfile and Grafana's provisioning, each before the program that reads
it. A tool that is not there is said loudly, and the whole is skipped (77) unless something failed.

  deploy_files_test.py KZGD KZG
"""

import glob
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

from report import REPORT, check

ROOT = os.path.abspath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", ".."))
DEPLOY = os.path.join(ROOT, "deploy")
EXPOSURE_MOST = 15  # of systemd-analyze security, in tenths: 1.4 is "OK"
MISSING = []


def has(program):
    if shutil.which(program):
        return True
    MISSING.append(program)
    print(f"!! SKIPPED: {program} is not installed (scripts/deps test)", flush=True)
    return False


def run(*command, **options):
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=600, **options)
    return done.returncode, done.stdout


def read(*path):
    with open(os.path.join(DEPLOY, *path), encoding="utf-8") as file:
        return file.read()


def write(folder, name, text):
    path = os.path.join(folder, name)
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    return path


# ---- systemd -----------------------------------------------------------------------------------------------------------


def systemd(kzgd):
    if not has("systemd-analyze"):
        return
    service, sock = read("systemd", "kzgd.service"), read("systemd", "kzgd.socket")
    here = service.replace("/usr/local/bin/kzgd", kzgd)
    check(here.count(kzgd) == 1, "kzgd.service names the program once", service)
    with tempfile.TemporaryDirectory() as folder:
        socket_path = write(folder, "kzgd.socket", sock)
        path = write(folder, "kzgd.service", here)
        status, said = run("systemd-analyze", "verify", path, socket_path)
        check(status == 0 and not said.strip(), "systemd-analyze verify", said)
        status, said = run("systemd-analyze", "security", "--offline=yes", f"--threshold={EXPOSURE_MOST}", path)
        check(status == 0, f"systemd-analyze security: not above {EXPOSURE_MOST / 10}", said[-400:])
        write(folder, "kzgd.service", here.replace("WatchdogSec=", "WatchdogSeconds="))
        status, said = run("systemd-analyze", "verify", path)
        check("WatchdogSeconds" in said, "planted: an unknown key is seen", said)
        write(folder, "kzgd.service", re.sub(r"(?m)^(Protect|Private|Restrict|System)\w+=.*$", "", here))
        status, said = run("systemd-analyze", "security", "--offline=yes", f"--threshold={EXPOSURE_MOST}", path)
        check(status != 0, "planted: less hardening is seen", said[-400:])
    check("Type=notify" in service and re.search(r"^WatchdogSec=\d+", service, re.M), "readiness and watchdog", service)
    check("FileDescriptorName=api" in sock, "the socket has the name that kzgd looks for", sock)
    options(kzgd, "kzgd.service", service)


def options(kzgd, name, text):
    """Every option of kzgd that a file names, as a flag or a variable, is one."""
    _, known = run(kzgd, "--help")
    flags = set(re.findall(r"^ +--([a-z-]+)", known, re.M))
    used = set(re.findall(r"--([a-z]+(?:-[a-z]+)+|listen|workers)\b", "\n".join(
        line for line in text.splitlines() if "kzgd " in line and not line.startswith("#"))))
    used |= {word.lower().replace("_", "-") for word in re.findall(r"\bKZGD_([A-Z_]+)\b", text)}
    used -= {"version", "digest"}  # the compose file's own
    check(used <= flags, f"{name}: its options are kzgd's", used - flags)


# ---- HAProxy -----------------------------------------------------------------------------------------------------------


def haproxy():
    if not has("haproxy"):
        return
    text = read("haproxy", "haproxy.cfg")
    status, said = run("haproxy", "-c", "-f", os.path.join(DEPLOY, "haproxy", "haproxy.cfg"))
    check(status == 0 and "WARNING" not in said, "haproxy -c", said)
    with tempfile.TemporaryDirectory() as folder:
        status, said = run("haproxy", "-c", "-f", write(folder, "bad.cfg", text.replace("leastconn", "leastcon")))
        check(status != 0, "planted: a misspelt balance is seen", said)
    places = re.findall(r"server kzgd-(\d)-([ab]) 127\.0\.0\.1:(\d+) check port (\d+)", text)
    expected = [(str(slot), place, str(4850 + 2 * slot + (place == "b")), str(7600 + 2 * slot + (place == "b")))
                for slot in range(3) for place in "ab"]
    check(places == expected, "three slots with two places each, at the driver's ports", places)
    check("uri /readyz" in text, "health is readiness", text)


# ---- Containers --------------------------------------------------------------------------------------------------------


def package_of(library):
    for path in (library, os.path.realpath(library), library.removeprefix("/usr"), "/usr" + library):
        status, said = run("dpkg-query", "-S", path)
        if status == 0:
            return said.split(":")[0]
    return f"(no package has {library})"


def needed(program):
    """Packages of the libraries that a program itself asks for."""
    _, said = run("readelf", "-d", program)
    names = re.findall(r"\(NEEDED\).*\[(.*)\]", said)
    _, found = run("ldd", program)
    paths = dict(re.findall(r"(\S+) => (/\S+)", found))
    return {package_of(paths[name]) for name in names if name in paths}


def containerfile(kzgd, kzg):
    text = read("Containerfile")
    final = text.split("\nFROM ")[-1]
    user = re.search(r"^USER (\d+):(\d+)$", final, re.M)
    check(user and int(user.group(1)) > 0, "the image's user is not root, by number", final)
    check(re.search(r'^HEALTHCHECK .*CMD \["kzg", "health"', final, re.M), "health check by the tool", final)
    check('ENTRYPOINT ["kzgd"]' in final and "COPY --from=build" in final, "two stages, kzgd as the first process", final)
    check(not re.search(r"(?m)^FROM (?!\$\{DEBIAN\}\$\{DEBIAN_DIGEST\})", text), "base by tag and digest argument", text)
    options(kzgd, "Containerfile", text)
    if has("readelf") and has("dpkg-query"):
        installed = set(re.search(r"--no-install-recommends \\\n(.*?)&&", final, re.S).group(1).split())
        wanted = (needed(kzgd) | needed(kzg)) - {"libc6"}
        check(wanted <= installed, "the libraries that kzgd and kzg ask for are installed", wanted - installed)
        check(installed <= wanted, "and no others", installed - wanted)
    build = {row.split()[1] for row in open(os.path.join(ROOT, "scripts", "packages.txt"), encoding="utf-8")
             if row.startswith("build ")}
    first = text.split("\nFROM ")[1]
    check(build - {"curl"} <= set(first.split()), "the build stage has the build's packages", build - set(first.split()))


def compose(kzgd):
    text = read("compose.yaml")
    options(kzgd, "compose.yaml", text)
    images = re.findall(r'(?m)^ +image: "(.+)"$', text)
    shape = re.compile(r"[a-z]+(/[a-z]+)?:\$\{[A-Z]+_VERSION:-v?[\d.]+\}\$\{[A-Z]+_DIGEST:-\}")
    check(len(images) == 4 and all(shape.fullmatch(image) for image in images), "images by tag and digest argument", images)
    for path in re.findall(r"(\./[\w./]+):/", text):
        check(os.path.exists(os.path.join(DEPLOY, path)), f"compose.yaml: {path} is there")
    open_to_all = re.findall(r"0\.0\.0\.0|\[::\]|^ *ports:", text, re.M)
    check(not open_to_all, "nothing listens beyond loopback", open_to_all)
    if not has("docker-compose"):
        return
    status, said = run("docker-compose", "-f", os.path.join(DEPLOY, "compose.yaml"), "config")
    check(status == 0, "docker-compose config", said)
    check("image: kzgd:0.1.0" in said and "image: prom/prometheus:v" in said, "its defaults", said)
    pinned = {**os.environ, "KZGD_DIGEST": "@sha256:" + "5" * 64}
    status, said = run("docker-compose", "-f", os.path.join(DEPLOY, "compose.yaml"), "config", env=pinned)
    check(f"kzgd:0.1.0@sha256:{'5' * 64}" in said, "a digest pins an image", said)
    with tempfile.TemporaryDirectory() as folder:
        bad = write(folder, "bad.yaml", text.replace("restart: unless-stopped", "restarts: unless-stopped"))
        status, said = run("docker-compose", "-f", bad, "config")
        check(status != 0, "planted: an unknown key is seen", said)


def grafana():
    source = read("grafana", "provisioning", "datasources", "prometheus.yml")
    check("url: http://127.0.0.1:9090" in source, "Grafana finds Prometheus where compose starts it", source)
    provider = read("grafana", "provisioning", "dashboards", "kzgd.yml")
    folder = re.search(r"path: (\S+)", provider).group(1)
    check(f"/kzgd.json:{folder}/kzgd.json:ro" in read("compose.yaml"), "and the dashboard where compose puts it", provider)
    check(json.loads(read("grafana", "kzgd.json"))["uid"] == "kzgd", "which is one")


def hosts():
    """No file names a registry's or a mirror's host: that is the operator's."""
    files = [path for folder in ("*", "systemd/*", "haproxy/*") for path in glob.glob(os.path.join(DEPLOY, folder))
             if os.path.isfile(path)]
    for path in files:
        with open(path, encoding="utf-8") as file:
            found = re.findall(r"\b[a-z0-9-]+\.(?:io|com|net|org|dev|cloud)\b/[a-z]", file.read())
        check(not found, f"{os.path.relpath(path, DEPLOY)} names no registry", found)


def main():
    kzgd, kzg = (os.path.abspath(path) for path in sys.argv[1:3])
    systemd(kzgd)
    haproxy()
    containerfile(kzgd, kzg)
    compose(kzgd)
    grafana()
    hosts()
    if MISSING:
        print(f"not installed: {' '.join(MISSING)}")
    return REPORT.end() or (77 if MISSING else 0)


if __name__ == "__main__":
    sys.exit(main())
