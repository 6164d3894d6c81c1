#!/usr/bin/env python3
"""Checks the checker: a small tree without fault gives no finding, and each planted fault is found by its rule."""
import os
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import tidy  # noqa: E402

UNFINISHED = "TO" + "DO"
LONG_BODY = "    f();\n" * 80

GOOD = {
    "docs/architecture.md": """# Layers

| folder | what | may be used by | may include | libraries |
| --- | --- | --- | --- | --- |
| `src/base/` | ground | `upper` | | |
| `src/upper/` | roof | | `base` `public` | `json-c/` |
| `src/service/` | shed | | `public` | |
""",
    "src/service/CMakeLists.txt": "kzg_layer(service SOURCES main.c MAY_INCLUDE public)\n",
    "src/service/events_list.h": '/* X(NAME, "name", LEVEL, "meaning", "fields") */\n'
    '#define EVENTS_A(X) X(READY, "ready", INFO, "is up", "backend n")\n'
    '#define EVENTS_B(X) X(LOST, "lost", WARN, "of the library", "n")\n',
    "src/service/main.c": '#include "kzgops/log.h"\n\nvoid f(void) {\n'
    '    SERVICE_LOG(EVENT_READY, KZGOPS_STR("backend", g(1)), KZGOPS_U64("n", 2));\n}\n',
    "include/kzgops/log.h": '#define KZGOPS_LOG_EVENT_LOST "lost"\n',
    "src/base/CMakeLists.txt": "kzg_layer(base SOURCES low.c)\n",
    "src/base/low.h": "int low(void);\n",
    "src/base/low.c": '#include "base/low.h"\n#include <string.h>\n\n/* gets() in a comment is fine */\n'
    'int low(void) {\n    return (int)strlen("gets(");\n}\n',
    "src/upper/CMakeLists.txt": "kzg_layer(\n  upper\n  SOURCES high.c\n  MAY_INCLUDE base public)\n",
    "src/upper/high.c": '#include <json-c/json.h>\n\n#include "base/low.h"\n#include "kzg/kzg.h"\n\n'
    "int kzg_f(void) {\n    return low();\n}\n",
    "include/kzg/kzg.h": "#include <stdint.h>\n\n/* Gives one. */\nint kzg_f(void);\nint kzg_g(int the_first_argument_has_a_long_name, int the_second_argument_too,\n          int c);\n",
    "cmake/compiler.cmake": "-Wvla\n",
    "tests/package-lock.json": '{"version": "1"}\n',
    ".clang-format": "BasedOnStyle: LLVM\nIndentWidth: 4\nAllowShortFunctionsOnASingleLine: None\n",
    tidy.LONG_LIST: "# none\n",
}

# rule -> (what the fault is, the file to put it in, its text; None takes the file away)
FAULTS = [
    ("layers", "a layer looks up", "src/base/low.h", '#include "upper/high.h"\nint low(void);\n'),
    ("layers", "a layer includes a public header it may not", "src/base/low.h", '#include <kzg/kzg.h>\nint low(void);\n'),
    ("layers", "a relative path around the rule", "src/base/low.h", '#include "../upper/high.h"\nint low(void);\n'),
    ("layers", "a library that is not its own", "src/base/low.h", "#include <json-c/json.h>\nint low(void);\n"),
    ("layers", "a public header includes an inner one", "include/kzg/kzg.h", '#include "base/low.h"\n'),
    ("layers", "a layer without a row", "src/attic/old.h", "int old(void);\n"),
    ("layers", "no table", "docs/architecture.md", "# Layers\n"),
    ("layer_table", "CMake shows more than the table allows", "src/base/CMakeLists.txt",
     "kzg_layer(base SOURCES low.c MAY_INCLUDE upper)\n"),
    ("layer_table", "the two columns disagree", "docs/architecture.md",
     GOOD["docs/architecture.md"].replace("`upper` | | |", "| | |")),
    ("listed", "a source that nothing builds", "src/base/dead.c", "int dead(void) {\n    return 1;\n}\n"),
    ("listed", "a source that only a comment names", "src/base/CMakeLists.txt", "# low.c\nkzg_layer(base SOURCES x.c)\n"),
    ("machine_paths", "a home folder", "src/base/low.h", "/* /home" + "/me/src */\nint low(void);\n"),
    ("leftovers", "unfinished work", "src/base/low.h", f"/* {UNFINISHED}: later */\nint low(void);\n"),
    ("lock_files", "an address in a lock file", "tests/package-lock.json", '{"resolved": "https://host/x.tgz"}\n'),
    ("banned", "a variable-length array could come in", "cmake/compiler.cmake", "-Wall\n"),
    ("banned", "allocation in arithmetic", "src/field/fp.h", "static void *f(void) {\n    return malloc(1);\n}\n"),
    ("events", "an event that is not in the list", "src/service/main.c",
     GOOD["src/service/main.c"] + 'void h(void) {\n    SERVICE_LOG(EVENT_REDY, KZGOPS_U64("n", 2));\n}\n'),
    ("events", "a line around the list", "src/service/main.c",
     GOOD["src/service/main.c"] + 'void h(void) {\n    KZGOPS_LOG(KZGOPS_LOG_INFO, "new");\n}\n'),
    ("events", "a field that the list does not name", "src/service/main.c", GOOD["src/service/main.c"].replace('"n"', '"m"')),
    ("events", "an event that is logged nowhere", "src/service/main.c", "void f(void) {\n    g();\n}\n"),
    ("events", "an event of the library that is not in the list", "include/kzgops/log.h",
     '#define KZGOPS_LOG_EVENT_LOST "lost"\n#define KZGOPS_LOG_EVENT_FOUND "found"\n'),
    ("public_comments", "a public function without a comment", "include/kzg/kzg.h", "#include <stdint.h>\n\nint kzg_f(void);\n"),
    ("public_comments", "a comment too far above", "include/kzg/kzg.h", "/* One. */\n\nint kzg_f(void);\n"),
    ("long_functions", "a new long function", "src/base/low.c", "int low(void) {\n" + LONG_BODY + "    return 1;\n}\n"),
    ("long_functions", "a long function over several lines of arguments", "src/base/low.c",
     "static int low(int a,\n               int b) {\n" + LONG_BODY + "    return a + b;\n}\n"),
    ("long_functions", "an entry that is no longer true", tidy.LONG_LIST, "src/base/low.c low 90\n"),
    ("format", "a crooked line", "src/base/low.h", "int   low( void );\n"),
] + [
    ("banned", f"{name}()", "src/base/low.c", f"void f(void) {{\n    {name}(0);\n}}\n") for name in sorted(tidy.BANNED)
]


def plant(folder, files):
    for path, text in files.items():
        full = os.path.join(folder, path)
        os.makedirs(os.path.dirname(full), exist_ok=True)
        with open(full, "w") as f:
            f.write(text)


def findings(files, rules=tuple(tidy.RULES)):
    with tempfile.TemporaryDirectory() as folder:
        plant(folder, files)
        tree = tidy.Tree(folder)
        return [(name, text) for name in rules for text in tidy.RULES[name](tree)]


def shrink_refuses():
    """--shrink may not be used to let a function in."""
    with tempfile.TemporaryDirectory() as folder:
        long = {"src/base/low.c": "int low(void) {\n" + LONG_BODY + "    return 1;\n}\n"}
        plant(folder, {**GOOD, **long})
        tool = os.path.join(os.path.dirname(os.path.abspath(__file__)), "tidy.py")
        run = subprocess.run([sys.executable, tool, "--root", folder, "--shrink"], capture_output=True, text=True)
        return run.returncode != 0 and "low" in run.stderr


def main():
    failed = 0
    for name, text in findings(GOOD):
        failed += 1
        print(f"FAIL the tree without fault: {text} [{name}]")
    for rule, what, path, text in FAULTS:
        if not findings({**GOOD, path: text}, [rule]):
            failed += 1
            print(f"FAIL {rule} missed: {what}")
    for rule in set(tidy.RULES) - {f[0] for f in FAULTS}:
        failed += 1
        print(f"FAIL no fault is planted for {rule}")
    if not shrink_refuses():
        failed += 1
        print("FAIL --shrink let a long function in")
    print(f"tidy_test: {len(FAULTS) + 2} checks, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
