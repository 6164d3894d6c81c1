#!/usr/bin/env python3
"""deploy/kubernetes/overlays/production/prometheusrule.yaml: the rules of deploy/prometheus/rules as the Prometheus
operator takes them.

  prometheusrule.py            writes it
  prometheusrule.py --check    exit status 1 when the file is not what would be written
"""
import glob
import os
import sys

DEPLOY = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "deploy")
PATH = os.path.join(DEPLOY, "kubernetes", "overlays", "production", "prometheusrule.yaml")
HEAD = """\
# Made by gen/prometheusrule.py from deploy/prometheus/rules: change those, and run it.
apiVersion: monitoring.coreos.com/v1
kind: PrometheusRule
metadata:
  name: kzgd
  labels: {app.kubernetes.io/name: kzgd}
spec:
  groups:
"""


def groups(path):
    """The text below 'groups:', without the file's own first comment."""
    with open(path, encoding="utf-8") as file:
        before, mark, text = file.read().partition("groups:\n")
    if not mark or any(line and not line.startswith("#") for line in before.splitlines()):
        sys.exit(f"{path}: expected comments, then 'groups:'")
    return text.strip("\n")


def whole():
    out = HEAD
    for path in sorted(glob.glob(os.path.join(DEPLOY, "prometheus", "rules", "*.yml"))):
        out += f"    # {os.path.basename(path)}\n"
        out += "".join(f"  {line}\n" if line else "\n" for line in groups(path).splitlines())
    return out


def main():
    wanted = whole()
    if "--check" in sys.argv[1:]:
        try:
            with open(PATH, encoding="utf-8") as file:
                good = file.read() == wanted
        except FileNotFoundError:
            good = False
        if not good:
            sys.exit(f"{os.path.relpath(PATH)} is not what gen/prometheusrule.py would write: run it")
        return
    with open(PATH, "w", encoding="utf-8") as file:
        file.write(wanted)


if __name__ == "__main__":
    main()
