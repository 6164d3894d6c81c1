#!/usr/bin/env python3
"""Makes the tables of docs/logging.md from the list of events, src/service/events_list.h.

  gen/events.py           writes them into the document
  gen/events.py --check   compares them with what is committed, exit status 1 on a difference
"""
import os
import re
import sys

import lists

LIST = "src/service/events_list.h"


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


def read():
    with open(os.path.join(lists.ROOT, LIST), encoding="ascii") as file:
        text = file.read()
    listed, found = len(re.findall(r"\bX\([A-Z]", text)) - 1, sum(len(rows) for _, rows in groups(text))
    if listed != found:
        sys.exit(f"{LIST}: {listed} events, of which {found} can be read")
    return text


if __name__ == "__main__":
    sys.exit(lists.main("docs/logging.md", "gen/events.py", LIST, list(tables(read()))[:-1]))
