#!/usr/bin/env python3
"""The tables of docs/metrics.md, from src/service/metrics_list.h by way of the C preprocessor (CC, else cc), between the two
marks that the document has. Names, labels and their values stand in the list only.

    metrics_doc.py [--check]
"""

import re
import sys

from lists import joined, main, preprocess, strings

SOURCE = """
#include "service/metrics_list.h"
#define X(NAME, TYPE, name, unit, labels, buckets, help) @M TYPE ~ name ~ unit ~ labels ~ buckets ~ help
#define V(POSITION, text) text
#define V_OPERATION(NAME, name, ...) #name
#define V_STATUS(NAME, value, code, ...) code
#define L(NAME, name, VALUES) @L NAME ~ name ~ METRIC_##VALUES##_VALUES(V)
#define B(NAME, ...) @B NAME ~ __VA_ARGS__
#define S(LIST, title) @S title LIST(X)
METRIC_LABELS(L)
METRIC_BUCKETS(B)
METRICS_SECTIONS(S)
"""

TYPES = {"COUNTER": "counter", "GAUGE": "gauge", "HISTOGRAM": "histogram", "EXEMPLARS": "histogram", "INFO": "info"}
FREE = {"worker": "a worker's number, from 0"}


def pieces():
    return [(piece[0], [part.strip() for part in piece[1:].split("~")]) for piece in preprocess(SOURCE).split("@")[1:]]


def read_list():
    labels, buckets, sections = {}, {}, []
    for kind, parts in pieces():
        if kind == "L":
            labels["LABEL_" + parts[0]] = {"name": joined(parts[1]), "values": strings(parts[2]), "of": []}
        elif kind == "B":
            buckets[parts[0]] = [bound.strip() for bound in parts[1].split(",")]
        elif kind == "S":
            sections.append((joined(parts[0]), []))
        else:
            kind, name, unit, wanted, bounds, text = parts
            metric = {"type": kind, "name": joined(name), "unit": joined(unit), "buckets": bounds, "help": joined(text),
                      "labels": [labels[label] for label in re.findall(r"LABEL_\w+", wanted) if label in labels]}
            for label in metric["labels"]:
                label["of"].append(metric["name"])
            sections[-1][1].append(metric)
    return labels, buckets, sections


def metric_rows(metrics):
    yield "| name | type | unit | labels | meaning |"
    yield "| --- | --- | --- | --- | --- |"
    for m in metrics:
        names = ", ".join(f"`{label['name']}`" for label in m["labels"])
        row = f"| `{m['name']}` | {TYPES[m['type']]} | {m['unit']} | {names} | {m['help']} |"
        yield re.sub(r"\|  (?=\|)", "| ", row)


def label_rows(labels):
    yield "| label | of | values |"
    yield "| --- | --- | --- |"
    for label in labels.values():
        if not label["of"] or (not label["values"] and label["name"] not in FREE):
            continue
        of = ", ".join(f"`{name}`" for name in label["of"])
        values = ", ".join(f"`{value}`" for value in label["values"]) or FREE[label["name"]]
        yield f"| `{label['name']}` | {of} | {values} |"


def bucket_rows(buckets, sections):
    yield "| histogram | upper bounds of its buckets |"
    yield "| --- | --- |"
    for name, bounds in buckets.items():
        of = ", ".join(f"`{m['name']}`{' (with exemplars)' if m['type'] == 'EXEMPLARS' else ''}"
                       for _, metrics in sections for m in metrics if m["buckets"] == name)
        yield f"| {of} | {', '.join(bounds)} |"


def tables():
    labels, buckets, sections = read_list()
    out = []
    for title, metrics in sections:
        out += [f"## {title}", "", *metric_rows(metrics), ""]
    out += ["## Values of labels", "", *label_rows(labels), ""]
    return out + ["## Buckets", "", *bucket_rows(buckets, sections)]


if __name__ == "__main__":
    sys.exit(main("docs/metrics.md", "gen/metrics_doc.py", "src/service/metrics_list.h", tables()))
