#!/usr/bin/env python3
"""Makes the tables of docs/operating/upgrade.md: states and settings of an upgrade, from src/upgrade/states_list.h and
settings_list.h.

  gen/upgrade.py           writes them into the document
  gen/upgrade.py --check   compares them with what is committed, exit status 1 on a difference
"""
import re
import sys

import lists

SOURCE = """#include "upgrade/states_list.h"
#include "upgrade/settings_list.h"
#define STATE(NAME, name, KIND, NEXT, OTHERWISE, help) state name #KIND #NEXT #OTHERWISE help
#define SETTING(field, name, fallback, min, max, unit, help) setting name #fallback #min #max unit help @
STATES_LIST(STATE)
SETTINGS_LIST(SETTING)
"""
KINDS = {"BEFORE": "nothing changed yet", "FORWARD": "forward", "BACK": "back", "END": "end"}


def tables():
    text = re.sub(r"\s+", " ", lists.preprocess(SOURCE))
    states = re.findall(r"\bstate " + r"\s*".join([r'"([^"]*)"'] * 5), text)
    names = {name.replace("-", "_").upper(): name for name, *_ in states}
    yield "| state | | what happens in it | then | when that fails |\n| --- | --- | --- | --- | --- |"
    for name, kind, following, otherwise, help_text in states:
        end = kind == "END"
        yield "| `%s` | %s | %s | %s | %s |" % (name, KINDS[kind], help_text, "" if end else f"`{names[following]}`",
                                                "" if end else f"`{names[otherwise]}`")
    yield "\n| setting | default | from | to | unit | what it says |\n| --- | --- | --- | --- | --- | --- |"
    for row in re.findall(r"\bsetting ([^@]*)@", text):
        name, fallback, low, high, unit = re.findall(r'"([^"]*)"', row)[:5]
        help_text = "".join(re.findall(r'"([^"]*)"', row)[5:])
        yield f"| `{name}` | {fallback} | {low} | {high} | {unit} | {help_text} |"


if __name__ == "__main__":
    sys.exit(lists.main("docs/operating/upgrade.md", "gen/upgrade.py", "src/upgrade/states_list.h and settings_list.h",
                        list(tables())))
