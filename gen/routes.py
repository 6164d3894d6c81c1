#!/usr/bin/env python3
"""The table of administration pages in docs/api.md, from src/service/routes_list.h by way of the C preprocessor (CC, else cc),
between the two marks that the document has.

    routes.py [--check]
"""

import sys

import lists

SOURCE = """
#include "service/routes_list.h"
#define R(METHOD, path, REST, function, text) @METHOD ~ path ~ REST ~ text
ROUTES_LIST(R)
"""


def routes():
    for piece in lists.preprocess(SOURCE).split("@")[1:]:
        method, path, rest, meaning = (part.strip() for part in piece.split("~"))
        yield method, lists.joined(path), rest == "BELOW", lists.joined(meaning).replace("<", "\\<")


def table():
    yield "| path | answer |"
    yield "| --- | --- |"
    for method, path, below, meaning in routes():
        more = f", `{path}/...`" if below else ""
        yield f"| `{method} {path}`{more} | {meaning} |"


if __name__ == "__main__":
    sys.exit(lists.main("docs/api.md", "gen/routes.py", "src/service/routes_list.h", table()))
