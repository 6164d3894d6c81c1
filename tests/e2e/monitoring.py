"""What the tests of deploy/prometheus and deploy/grafana share: the rules, the dashboard's queries, the list of metrics and
the runbook, read from the files that operators get. Standard library only, so YAML is read by its lines."""

import glob
import json
import os
import re
import shutil
import sys

ROOT = os.path.abspath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", ".."))
PROMETHEUS = os.path.join(ROOT, "deploy", "prometheus")
RUNBOOK = os.path.join(ROOT, "docs", "runbook.md")
DASHBOARD = os.path.join(ROOT, "deploy", "grafana", "kzgd.json")
NOT_EXPORTED = os.path.join(ROOT, "tests", "e2e", "metrics_not_exported.txt")
LISTS = ("src/service/metrics_list.h", "src/ops/metrics_list.h")
OWN_LABELS = {"job", "instance", "le", "alertname", "alertstate", "severity"}
METRIC = re.compile(r"(?<![\w:$.])((?:kzg|process|beacon)_[a-z0-9_]+)(?![\w:]*:)\s*(\{[^}]*\})?")


def read(*path):
    with open(os.path.join(*path), encoding="utf-8") as file:
        return file.read()


def need(*programs):
    missing = [name for name in programs if shutil.which(name) is None]
    if missing:
        print(f"!! SKIPPED: {', '.join(missing)} not installed (scripts/deps test)")
        sys.exit(77)


# ---- Rules -----------------------------------------------------------------------------------------------------------

def rule_files():
    return sorted(glob.glob(os.path.join(PROMETHEUS, "rules", "*.yml")))


def test_files():
    return sorted(glob.glob(os.path.join(PROMETHEUS, "tests", "*.yml")))


def rules(text):
    """kind (alert or record), name and text of each rule."""
    for block in re.split(r"(?m)^ +- (?=alert:|record:)", text)[1:]:
        kind, name = re.match(r"(alert|record): (\S+)", block).groups()
        yield kind, name, block


def all_rules(kind):
    """name -> text; a name that is there twice is an error of the rules."""
    found = {}
    for path in rule_files():
        for rule_kind, name, block in rules(read(path)):
            if rule_kind == kind:
                assert name not in found, f"{name} is defined twice"
                found[name] = block
    return found


def cases(text):
    """(alert, whether it must fire) of each case of a file for promtool."""
    for block in re.split(r"\balertname: ", text)[1:]:
        yield re.match(r"\w+", block).group(), "exp_labels" in block


# ---- Metrics ---------------------------------------------------------------------------------------------------------

def listed_metrics():
    """name -> labels, from the one list of the sources."""
    found = {}
    for path in LISTS:
        if os.path.exists(os.path.join(ROOT, path)):
            for name, labels in re.findall(r'"((?:kzg|process|beacon)_[a-z0-9_]+)",\s*"([a-z0-9_,]*)"', read(ROOT, path)):
                found.setdefault(name, set(labels.split(",")) - {""})
    return found


def not_exported():
    """name -> labels of what kzgd does not export yet. The file must be empty, or gone, in a release."""
    if not os.path.exists(NOT_EXPORTED):
        return {}
    rows = [line.split() for line in read(NOT_EXPORTED).splitlines() if line.strip() and not line.startswith("#")]
    return {row[0]: set(row[1].split(",")) if len(row) > 1 else set() for row in rows}


def metrics():
    return {**listed_metrics(), **not_exported()}


def family(name, known):
    """The metric that a series belongs to: histograms have three names more."""
    base = re.sub(r"_(bucket|sum|count)$", "", name)
    return base if name not in known and base in known else name


def uses(text):
    """(series name, labels in its braces) for each metric in an expression or a whole file."""
    for name, braces in METRIC.findall(text):
        yield name, set(re.findall(r"(\w+)\s*(?:=~|!~|!=|=)", braces or ""))


def faults(text, known):
    """What an expression asks for that no metric has."""
    offered = set(OWN_LABELS)
    for name, labels in uses(text):
        base = family(name, known)
        if base not in known:
            yield f"no metric {name}"
            continue
        offered |= known[base]
        for label in labels - known[base] - OWN_LABELS:
            yield f"{name} has no label {label}"
    if ":" not in text:
        for group in re.findall(r"\b(?:by|on|without|ignoring) \(([^)]*)\)", text):
            for label in set(re.findall(r"\w+", group)) - offered:
                yield f"no metric here has the label {label}: {text}"


def reaches(expression, recorded, known):
    """Metrics that an expression needs, through recorded series too."""
    found = {family(name, known) for name, _ in uses(expression)}
    for name in set(re.findall(r"\bkzg:[\w:]+", expression)):
        if name in recorded:
            text = recorded[name].partition("expr:")[2]
            found |= reaches(text, {n: t for n, t in recorded.items() if n != name}, known)
    return found


# ---- Runbook, dashboard ------------------------------------------------------------------------------------------------

def sections(text):
    """Heading -> text of the sections about one alert."""
    parts = re.split(r"(?m)^### (\w+)\n", text)
    return dict(zip(parts[1::2], parts[2::2]))


def queries():
    """(panel, expression) of the dashboard."""
    dashboard = json.loads(read(DASHBOARD))
    for one in dashboard["annotations"]["list"]:
        yield "annotation " + one["name"], one["expr"]
    for panel in dashboard["panels"]:
        for target in panel.get("targets", []):
            yield panel["title"], target["expr"]
