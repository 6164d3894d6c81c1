#!/usr/bin/env python3
"""Makes the tables of docs/logging.md from the list of events, src/service/events_list.h.

  gen/events.py           writes them into the document
  gen/events.py --check   compares them with what is committed, exit status 1 on a difference
"""
import os
import re
import sys

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")
LIST = "src/service/events_list.h"
DOCUMENT = "docs/logging.md"
BEGIN, END = "<!-- made by gen/events.py from the list of events -->", "<!-- end -->"


def groups(text):
    """(heading, events) of each EVENTS_... macro; an event is (name, level, meaning, fields)."""
    for comment, body in re.findall(r"/\* ([^*]+?)\. ?\*/\n#define EVENTS_\w+\(X\)((?:.*\\\n)+.*\n)", text):
        body = re.sub(r'"\s+"', "", body.replace("\\\n", " "))
        rows = re.findall(r'X\(\w+,\s*"(\w+)",\s*(\w+),\s*"((?:[^"]|\\")*?)",\s*"([\w ]*)"\)', re.sub(r"\s+", " ", body))
        if rows:
            yield comment.split(":")[0], rows


def tables(text):
    for heading, rows in groups(text):
        heading = heading.removeprefix("Of ")
        yield f"### {heading[0].upper()}{heading[1:]}\n"
        yield "| event | level | when | fields |\n| --- | --- | --- | --- |"
        for name, level, meaning, fields in rows:
            yield "| `%s` | %s | %s | %s |" % (name, level.lower(), meaning, " ".join(f"`{f}`" for f in fields.split()))
        yield ""


def made(document, text):
    before, rest = document.split(BEGIN)
    _, after = rest.split(END)
    return before + BEGIN + "\n\n" + "\n".join(tables(text)) + END + after


def main():
    with open(os.path.join(ROOT, LIST), encoding="ascii") as file:
        text = file.read()
    path = os.path.join(ROOT, DOCUMENT)
    with open(path, encoding="utf-8") as file:
        document = file.read()
    now = made(document, text)
    listed, found = len(re.findall(r"\bX\([A-Z]", text)) - 1, sum(len(rows) for _, rows in groups(text))
    if listed != found:
        sys.exit(f"{LIST}: {listed} events, of which {found} can be read")
    if "--check" in sys.argv[1:]:
        print("%s: %s" % (DOCUMENT, "as made from the list" if now == document else "DIFFERS from the list"))
        return now != document
    with open(path, "w", encoding="utf-8") as file:
        file.write(now)
    print("wrote " + DOCUMENT)
    return 0


if __name__ == "__main__":
    sys.exit(main())
