"""Strict readers of the two formats of a metrics page, written from their specifications and from nothing of ours. Anything
that a server could read in another way, or refuse, is a ValueError that says which line. Standard library only."""

import math
import re

NAME = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*")
LABEL = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*")
NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*(?:[eE][+-]?\d+)?|\.\d+(?:[eE][+-]?\d+)?)|[+-]?[Ii]nf|NaN")
SUFFIXES = {  # of a family's series, by its type
    "openmetrics": {"counter": ("_total", "_created"), "gauge": ("",), "info": ("_info",),
                    "histogram": ("_bucket", "_sum", "_count", "_created")},
    "text": {"counter": ("",), "gauge": ("",), "histogram": ("_bucket", "_sum", "_count")},
}
EXEMPLAR_MAX = 128  # characters of names and values


class Sample:
    def __init__(self, name, labels, value, exemplar):
        self.name, self.labels, self.value, self.exemplar = name, labels, value, exemplar

    def without_le(self):
        return tuple(sorted(item for item in self.labels.items() if item[0] != "le"))


class Family:
    def __init__(self, name):
        self.name, self.type, self.unit, self.help = name, None, "", None
        self.samples = []


def fail(line, why):
    raise ValueError(f"{why}: {line!r}")


def number(text, line):
    if not NUMBER.fullmatch(text):
        fail(line, "not a number")
    return float(text)


def unescape(text, line, quotes):
    out, i = "", 0
    while i < len(text):
        if text[i] == "\\":
            if i + 1 == len(text) or text[i + 1] not in ('\\n"' if quotes else "\\n"):
                fail(line, "not an escape")
            out += "\n" if text[i + 1] == "n" else text[i + 1]
            i += 2
            continue
        if quotes and text[i] == '"':
            fail(line, "a bare quote")
        out += text[i]
        i += 1
    return out


def read_labels(text, line):
    """Labels of text, which begins with '{', and what is behind the '}'."""
    labels, text = {}, text[1:]
    while not text.startswith("}"):
        if labels:
            if not text.startswith(","):
                fail(line, "no comma between labels")
            text = text[1:]
        match = LABEL.match(text)
        if match is None or not text[match.end():].startswith('="'):
            fail(line, "not a label")
        name, text = match.group(), text[match.end() + 2:]
        end = 0
        while end < len(text) and text[end] != '"':
            end += 2 if text[end] == "\\" else 1
        if end >= len(text):
            fail(line, "an endless label value")
        if name in labels:
            fail(line, "a label twice")
        labels[name], text = unescape(text[:end], line, True), text[end + 1:]
    return labels, text[1:]


def read_exemplar(text, line):
    if not text.startswith("# {"):
        fail(line, "something behind the value")
    labels, rest = read_labels(text[2:], line)
    words = rest[1:].split(" ")
    if not rest.startswith(" ") or len(words) not in (1, 2):
        fail(line, "not an exemplar")
    if sum(len(name) + len(value) for name, value in labels.items()) > EXEMPLAR_MAX:
        fail(line, "an exemplar that is too long")
    return labels, number(words[0], line), number(words[1], line) if len(words) == 2 else None


def read_sample(line, form):
    match = NAME.match(line)
    if match is None:
        fail(line, "not a metric's name")
    name, rest, labels = match.group(), line[match.end():], {}
    if rest.startswith("{"):
        labels, rest = read_labels(rest, line)
    if not rest.startswith(" "):
        fail(line, "no space before the value")
    value, _, behind = rest[1:].partition(" ")
    if behind and form == "text":
        fail(line, "something behind the value")
    return Sample(name, labels, number(value, line), read_exemplar(behind, line) if behind else None)


def read_meta(families, line, form):
    words = line.split(" ", 3)
    if len(words) != 4 or words[0] != "#" or words[1] not in ("HELP", "TYPE", "UNIT") or not NAME.fullmatch(words[2]):
        fail(line, "not a description")
    _, kind, name, text = words
    if kind == "UNIT" and form == "text":
        fail(line, "the text format has no units")
    if not families or families[-1].name != name:
        if any(family.name == name for family in families):
            fail(line, "a family in two places")
        families.append(Family(name))
    family = families[-1]
    if family.samples:
        fail(line, "a description behind the values")
    if kind == "HELP":
        if family.help is not None:
            fail(line, "help twice")
        family.help = unescape(text, line, form == "openmetrics")
    elif kind == "TYPE":
        if family.type is not None or text not in SUFFIXES[form]:
            fail(line, "a type twice, or not one")
        family.type = text
    else:
        if family.unit or not name.endswith("_" + text):
            fail(line, "a unit twice, or not the name's end")
        family.unit = text


def check_histogram(family):
    """Series by series: buckets cumulative up to +Inf, which is the count; exemplars inside their bucket."""
    groups = {}
    for sample in family.samples:
        groups.setdefault(sample.without_le(), []).append(sample)
    for labels, samples in groups.items():
        buckets = [s for s in samples if s.name.endswith("_bucket")]
        bounds = [number(s.labels["le"], s.labels["le"]) for s in buckets]
        counts = [s.value for s in buckets]
        if bounds != sorted(set(bounds)) or bounds[-1:] != [math.inf] or counts != sorted(counts):
            fail(f"{family.name} {labels}", "buckets out of order")
        for sample in samples:
            if sample.name.endswith("_count") and sample.value != counts[-1]:
                fail(f"{family.name} {labels}", "a count that is not that of the buckets")
        for sample, low, high in zip(buckets, [-math.inf] + bounds, bounds):
            if sample.exemplar is not None and not low < sample.exemplar[1] <= high:
                fail(f"{family.name} {labels}", "an exemplar outside of its bucket")


def check_family(family, form):
    suffixes = SUFFIXES[form].get(family.type)
    if suffixes is None or family.help is None or not family.samples:
        fail(family.name, "no type, no help, or no series")
    seen, groups = set(), []
    for sample in family.samples:
        suffix = sample.name[len(family.name):]
        if not sample.name.startswith(family.name) or suffix not in suffixes:
            fail(sample.name, f"not a series of the {family.type} {family.name}")
        if (suffix == "_bucket") != ("le" in sample.labels):
            fail(sample.name, "le where there is no bucket, or none where there is")
        if family.type != "gauge" and not sample.value >= 0:
            fail(sample.name, "a negative count")
        if sample.exemplar is not None and suffix not in ("_bucket", "_total"):
            fail(sample.name, "an exemplar where none may be")
        key = (sample.name, tuple(sorted(sample.labels.items())))
        if key in seen:
            fail(sample.name, "a series twice")
        seen.add(key)
        if groups[-1:] != [sample.without_le()]:
            if sample.without_le() in groups:
                fail(sample.name, "a set of labels in two places")
            groups.append(sample.without_le())
    if family.type == "histogram":
        check_histogram(family)


def read(text, form):
    """Families by name. form: "openmetrics" or "text"."""
    if form == "openmetrics":
        if not text.endswith("# EOF\n") or text.count("# EOF\n") != 1:
            raise ValueError("does not end with one # EOF")
        text = text[:-len("# EOF\n")]
    if text and not text.endswith("\n"):
        raise ValueError("the last line has no end")
    families = []
    for line in text.split("\n")[:-1]:
        if line.startswith("#"):
            read_meta(families, line, form)
            continue
        if not families:
            fail(line, "a value before any description")
        families[-1].samples.append(read_sample(line, form))
    for family in families:
        check_family(family, form)
    return {family.name: family for family in families}
