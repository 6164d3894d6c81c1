#!/usr/bin/env python3
"""The table of docs/options.md, from src/service/options_list.h by way of the C preprocessor (CC, else cc), between the two
marks that the document has.

    options.py [--check]
"""

import re
import sys

import lists

SOURCE = """
#include <stdint.h>
#include "kzg/kzg.h"
#include "service/options_list.h"
#define O(field, TYPE, flag, value, usual, min, max, help) @TYPE ~ flag ~ value ~ usual ~ min ~ max ~ help
@@OPTIONS_LIST(O)
"""
UNITS = ((1 << 50, "PiB"), (1 << 40, "TiB"), (1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB"))
INT64_MAX = 2**63 - 1


def number(text):
    """A bound: digits, brackets, * and << of C."""
    text = re.sub(r"\((?:int64_t|u?int\d+_t|long|unsigned)\)|(?<=\d)[uUlL]+", "", text)
    if not re.fullmatch(r"[\d\s()*<+-]+", text):
        sys.exit(f"a bound that is no number: {text}")
    return int(eval(text, {"__builtins__": {}}))  # pylint: disable=eval-used


def size(value):
    for unit, name in UNITS:
        if value >= unit and value % unit == 0:
            return f"{value // unit} {name}"
    return str(value)


def spelled(kind, low, high):
    if kind == "COUNT":
        return f"{low} to {high}"
    if kind == "SECONDS":
        return f"{low / 1000:g} to {high / 1000:g}"
    if kind in ("BYTES", "PORTION"):
        up = "" if high == INT64_MAX else f" to {size(high)}"
        return f"from {size(low)}" if not up else size(low) + up
    return ""


def options():
    for piece in lists.preprocess(SOURCE).split("@@", 1)[1].split("@")[1:]:
        kind, flag, value, usual, low, high, text = (part.strip() for part in piece.split("~"))
        yield kind, lists.joined(flag), lists.joined(value), lists.joined(usual), number(low), number(high), lists.joined(text)


def table():
    yield "| option | environment | default | values | meaning |"
    yield "| --- | --- | --- | --- | --- |"
    for kind, flag, value, usual, low, high, text in options():
        variable = "KZGD_" + flag.upper().replace("-", "_")
        row = f"| `--{flag} {value}` | `{variable}` | {f'`{usual}`' if usual else ''} | {spelled(kind, low, high)} | {text} |"
        yield re.sub(r"\|  (?=\|)", "| ", row)


if __name__ == "__main__":
    sys.exit(lists.main("docs/options.md", "gen/options.py", "src/service/options_list.h", table()))
