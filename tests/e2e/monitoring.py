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
BUCKETS = "le"  # the label of a histogram that bounds stand in
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

class Labels(dict):
    """Of a metric: label -> its values, or None where they are not fixed in the list."""


def label_values(text):
    """LABEL_NAME -> (label, values), of the lists that stand in the file itself."""
    own = {name: set(re.findall(r'"([^"]*)"', body))
           for name, body in re.findall(r"#define METRIC_(\w+)_VALUES\(V\)(.*)", text)}
    return {name: (label, own.get(values) or None)
            for name, label, values in re.findall(r'\bL\((\w+), "(\w+)", (\w+)\)', text)}


def listed_metrics():
    """name -> Labels, from the one list of the sources."""
    path = next(path for path in LISTS if os.path.exists(os.path.join(ROOT, path)))
    return parse_list(re.sub(r"\\\n\s*", " ", read(ROOT, path)))


def parse_list(text):
    """Of a text in which each definition is one line."""
    labels = label_values(text)
    bounds = {name: set(re.findall(r"[\d.]+", body)) for name, body in re.findall(r"\bB\((\w+),([^)]*)\)", text)}
    found = {}
    for name, wanted, buckets in re.findall(r'"((?:kzg|process|beacon)_\w+)",\s*"\w*",\s*(\([^)]*\)|NO_LABELS),\s*(\w+)', text):
        found[name] = Labels(labels[label] for label in re.findall(r"LABEL_(\w+)", wanted) if label in labels)
        if buckets in bounds:
            found[name][BUCKETS] = bounds[buckets] | {bound + ".0" for bound in bounds[buckets]} | {"+Inf"}
    for name, names in re.findall(r'"((?:kzg|process)_\w+)",\s*"([a-z0-9_,]*)",\s*"', text):
        found.setdefault(name, Labels.fromkeys(set(names.split(",")) - {""}))
    return found


def not_exported():
    """name -> labels of what kzgd does not export yet. The file must be empty, or gone, in a release."""
    if not os.path.exists(NOT_EXPORTED):
        return {}
    rows = [line.split() for line in read(NOT_EXPORTED).splitlines() if line.strip() and not line.startswith("#")]
    return {row[0]: Labels.fromkeys(row[1].split(",") if len(row) > 1 else ()) for row in rows}


def metrics():
    return {**not_exported(), **listed_metrics()}


def family(name, known):
    """The metric that a series belongs to: histograms have three names more."""
    base = re.sub(r"_(bucket|sum|count)$", "", name)
    return base if name not in known and base in known else name


def uses(text):
    """(series name, [(label, operator, value)]) for each metric in an expression or a whole file."""
    for name, braces in METRIC.findall(text):
        yield name, re.findall(r"(\w+)\s*(=~|!~|!=|=)\s*\\?[\"']?([^\"'\\,}]*)", braces or "")


def value_faults(name, label, operator, value, values):
    """A value, or an alternative of a pattern, that the label never has."""
    for wanted in value.split("|") if operator in ("=~", "!~") else [re.escape(value)]:
        if not value.startswith("%") and not any(re.fullmatch(wanted, one) for one in values):
            yield f"{name}: {label} is never {wanted}"


def faults(text, known):
    """What an expression asks for that no metric has."""
    offered = set(OWN_LABELS)
    for name, matchers in uses(text):
        base = family(name, known)
        if base not in known:
            yield f"no metric {name}"
            continue
        offered |= set(known[base])
        for label, operator, value in matchers:
            if label not in known[base] and label not in OWN_LABELS:
                yield f"{name} has no label {label}"
            elif known[base].get(label):
                yield from value_faults(name, label, operator, value, known[base][label])
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
