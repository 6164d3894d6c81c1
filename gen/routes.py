#!/usr/bin/env python3
"""The table of administration pages in docs/api.md, from src/service/routes_list.h by way of the C preprocessor (CC, else cc),
between the two marks that the document has.

    routes.py [--check]
"""

import os
import re
import subprocess
import sys

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")
DOCUMENT = os.path.join(ROOT, "docs", "api.md")
BEGIN = "<!-- from here to the end mark: made by gen/routes.py from src/service/routes_list.h -->\n"
END = "<!-- end -->\n"
SOURCE = """
#include "service/routes_list.h"
#define R(METHOD, path, REST, function, text) @METHOD ~ path ~ REST ~ text
ROUTES_LIST(R)
"""


def joined(text):
    return "".join(re.findall(r'"((?:[^"\\]|\\.)*)"', text)).replace('\\"', '"')


def routes():
    command = [os.environ.get("CC", "cc"), "-E", "-P", "-I", os.path.join(ROOT, "src"), "-x", "c", "-"]
    text = subprocess.run(command, input=SOURCE, check=True, capture_output=True, text=True).stdout
    for piece in text.split("@")[1:]:
        method, path, rest, meaning = (part.strip() for part in piece.split("~"))
        yield method, joined(path), rest == "BELOW", joined(meaning).replace("<", "\\<")


def table():
    yield "| path | answer |"
    yield "| --- | --- |"
    for method, path, below, meaning in routes():
        more = f", `{path}/...`" if below else ""
        yield f"| `{method} {path}`{more} | {meaning} |"


def main():
    with open(DOCUMENT, encoding="utf-8") as file:
        text = file.read()
    if BEGIN not in text or END not in text.split(BEGIN)[1]:
        sys.exit("docs/api.md lacks a mark")
    before, rest = text.split(BEGIN)
    wanted = before + BEGIN + "\n" + "\n".join(table()) + "\n\n" + END + rest.split(END, 1)[1]
    if "--check" in sys.argv[1:]:
        print("docs/api.md: " + ("as made" if wanted == text else "DIFFERS: run gen/routes.py"))
        return 0 if wanted == text else 1
    with open(DOCUMENT, "w", encoding="utf-8") as file:
        file.write(wanted)
    print("wrote docs/api.md")
    return 0


if __name__ == "__main__":
    sys.exit(main())
