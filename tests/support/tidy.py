#!/usr/bin/env python3
"""House rules, read off the sources. Each rule is a function from a tree to findings; docs/testing.md lists them.

  tidy.py [--root DIR]        checks a tree; exit status 1 on a finding
  tidy.py --shrink            rewrites the list of long functions to what is there; refuses to lengthen it
"""
import os
import re
import shutil
import subprocess
import sys

CODE = (".c", ".h", ".S")
LONG_LIST = "tests/support/tidy_long_functions.txt"
LONG_LINES = 70
# Unrolled arithmetic is long by nature; its pieces are tested against the portable code instead.
KERNELS = ("src/field/adx/", "src/field/ifma/", "src/field/portable.c")

# Headers of the C library and of the compiler: any layer may include them.
LIBC = set(
    """assert ctype errno fcntl fenv float getopt grp inttypes limits locale malloc math netdb poll pthread pwd sched
    semaphore setjmp signal spawn stdalign stdarg stdatomic stdbool stddef stdint stdio stdlib stdnoreturn string
    strings syslog termios threads time ucontext unistd wchar execinfo dirent dlfcn elf endian cpuid immintrin
    x86intrin""".split()
)
LIBC_FOLDERS = ("sys/", "netinet/", "arpa/", "net/", "linux/", "asm/")

# A call's name, and what to use in its place.
BANNED = {
    "strcpy": "snprintf, or memcpy with a checked length",
    "stpcpy": "snprintf, or memcpy with a checked length",
    "strcat": "snprintf into the rest of the buffer",
    "strncpy": "snprintf, which always ends the string",
    "strncat": "snprintf into the rest of the buffer",
    "sprintf": "snprintf",
    "vsprintf": "vsnprintf",
    "gets": "getline",
    "scanf": "strtoull with its end pointer",
    "atoi": "strtol with its end pointer and errno",
    "atol": "strtol with its end pointer and errno",
    "atoll": "strtoll with its end pointer and errno",
    "atof": "strtod with its end pointer",
    "strtok": "strtok_r, or a loop over strcspn",
    "alloca": "the arena or a fixed array",
    "system": "posix_spawn with an argument list",
    "popen": "posix_spawn with an argument list and a pipe",
    "tmpnam": "mkstemp",
    "tempnam": "mkstemp",
    "mktemp": "mkstemp",
    "localtime": "gmtime_r",
    "gmtime": "gmtime_r",
    "ctime": "strftime",
    "asctime": "strftime",
    "rand": "the seeded generator of the tests",
    "random": "the seeded generator of the tests",
    "signal": "sigaction",
    "usleep": "poll or a condition variable: wait for the event, not for time",
    "gethostbyname": "getaddrinfo",
    "inet_ntoa": "inet_ntop",
    "vfork": "posix_spawn",
    "setjmp": "a status",
}
# Arithmetic neither allocates nor does I/O.
BANNED_BELOW = {
    ("src/field/", "src/curve/"): {
        name: "arithmetic takes scratch from its caller and returns its result"
        for name in "malloc calloc realloc aligned_alloc free printf fprintf puts fopen getenv".split()
    }
}
# One place is allowed to ask: which backend to use.
BANNED_EXCEPT = {("src/field/dispatch.c", "getenv")}


class Tree:
    """A source tree: its files' names and texts."""

    def __init__(self, root):
        self.root = os.path.abspath(root)
        self.files = sorted(self._list())
        self._text = {}

    def _list(self):
        if os.path.isdir(os.path.join(self.root, ".git")) or os.path.isfile(os.path.join(self.root, ".git")):
            out = subprocess.run(
                ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
                cwd=self.root, check=True, capture_output=True,
            ).stdout.decode()
            return [f for f in out.split("\0") if f and os.path.isfile(os.path.join(self.root, f))]
        found = []
        for folder, below, names in os.walk(self.root):
            below[:] = [d for d in below if d not in ("build", "node_modules")]
            found += [os.path.relpath(os.path.join(folder, n), self.root) for n in names]
        return found

    def text(self, path):
        if path not in self.files:
            return ""
        if path not in self._text:
            with open(os.path.join(self.root, path), "rb") as f:
                data = f.read()
            self._text[path] = "" if b"\0" in data else data.decode("utf-8", "replace")
        return self._text[path]

    def code(self, *folders):
        return [f for f in self.files if f.endswith(CODE) and f.startswith(folders)]


def finding(path, line, text):
    return f"{path}:{line}: {text}" if line else f"{path}: {text}"


def strip(text, strings=True):
    """Blanks out comments (and strings), keeping line numbers."""

    def blank(match):
        piece = match.group(0)
        if piece[0] in "\"'" and not strings:
            return piece
        return re.sub(r"[^\n]", " ", piece)

    return re.sub(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', blank, text, flags=re.S)


# ---- Layers ----------------------------------------------------------------------------------------------------


def architecture(tree):
    """The table of docs/architecture.md: layer -> (may be used by, may include, libraries)."""
    rows = {}
    for line in tree.text("docs/architecture.md").splitlines():
        cells = [c.strip() for c in line.strip().strip("|").split("|")]
        name = re.fullmatch(r"`src/(\w+)/`", cells[0]) if len(cells) == 5 else None
        if name:
            rows[name.group(1)] = tuple(re.findall(r"`([^`]+)`", c) for c in cells[2:])
    return rows


def includes(tree, path):
    for number, line in enumerate(strip(tree.text(path), strings=False).splitlines(), 1):
        match = re.match(r'\s*#\s*include\s*([<"])([^">]+)[">]', line)
        if match:
            yield number, match.group(2)


def owner(tree, path, header):
    """The layer that a header belongs to: a folder of src/, "public", or None for what is not ours."""
    own = {f for f in tree.files if f.endswith(".h") or f.endswith(".inc")}
    for name in (os.path.normpath(os.path.join(os.path.dirname(path), header)), "src/" + header):
        if name in own and name.startswith("src/"):
            return name.split("/")[1]
        if name in own and name.startswith("include/"):
            return "public"
    return "public" if "include/" + header in own else None


def is_libc(header):
    return header.startswith(LIBC_FOLDERS) or (header.endswith(".h") and header[:-2] in LIBC)


def rule_layers(tree):
    """An include points only into a layer, or to a library, of its own layer's row in docs/architecture.md."""
    rows = architecture(tree)
    if not rows:
        yield finding("docs/architecture.md", 0, "no table of layers found")
    for path in tree.code("src/"):
        layer = path.split("/")[1]
        if layer not in rows:
            yield finding(path, 0, f"layer '{layer}' has no row in docs/architecture.md")
            continue
        _, may_include, libraries = rows[layer]
        for line, header in includes(tree, path):
            target = owner(tree, path, header)
            if target is None:
                if not is_libc(header) and not header.startswith(tuple(libraries) or ("\0",)):
                    yield finding(path, line, f"<{header}> is no library of layer '{layer}' (may use: {libraries})")
            elif target != layer and target not in may_include:
                yield finding(path, line, f"layer '{layer}' may not include '{target}' ({header})")
    for path in tree.code("include/"):
        for line, header in includes(tree, path):
            inside = "include/" + header in tree.files and header.split("/")[0] == path.split("/")[1]
            if not inside and not is_libc(header):
                yield finding(path, line, f"a public header may include only libc and its own folder, not {header}")


def rule_layer_table(tree):
    """docs/architecture.md agrees with itself and with the kzg_layer() calls."""
    doc = "docs/architecture.md"
    rows = architecture(tree)
    for layer, (used_by, may_include, _) in rows.items():
        for other in may_include:
            if other in rows and layer not in rows[other][0]:
                yield finding(doc, 0, f"'{layer}' may include '{other}', whose row does not say 'used by {layer}'")
        for other in used_by:
            if layer not in rows.get(other, ((), (), ()))[1]:
                yield finding(doc, 0, f"'{layer}' says 'used by {other}', whose row does not list it")
    for path in tree.files:
        if not (path.startswith("src/") and path.endswith("CMakeLists.txt")):
            continue
        text = re.sub(r"#[^\n]*", "", tree.text(path))
        for name, body in re.findall(r"\bkzg_layer\(\s*(\w+)([^)]*)\)", text):
            match = re.search(r"\bMAY_INCLUDE\b([\w\s]*)", body)
            declared = {w for w in (match.group(1).split() if match else []) if w.islower()}
            if name not in rows:
                yield finding(path, 0, f"kzg_layer({name}) has no row in {doc}")
                continue
            allowed = set(rows[name][1])
            for extra in sorted(declared - allowed):
                yield finding(path, 0, f"kzg_layer({name}) sees '{extra}', which its row in {doc} does not allow")


# ---- Files -----------------------------------------------------------------------------------------------------


def built(tree):
    """Patterns of the sources that build descriptions name, as they are or by a pattern (fuzz_${target}.c, fuzz_*.c)."""
    patterns = []
    for path in tree.files:
        if os.path.basename(path) not in ("CMakeLists.txt", "prepare.sh", "run.sh"):
            continue
        folder = os.path.dirname(path)
        text = re.sub(r"(?m)#[^\n]*$", "", tree.text(path))
        for word in re.findall(r"[\w./${}*-]+\.[cS]\b", text):
            where = "" if word.startswith("${PROJECT_SOURCE_DIR}/") else folder
            for part in ("${PROJECT_SOURCE_DIR}/", "${CMAKE_CURRENT_SOURCE_DIR}/", "$PWD/"):
                word = word.removeprefix(part)
            if not word.startswith(("$", "*")):
                word = os.path.normpath(os.path.join(where, word))
                patterns.append(r"[\w-]+".join(map(re.escape, re.split(r"\$\{\w+\}|\*", word))))
    return re.compile("|".join(patterns) or "(?!)")


def rule_listed(tree):
    """Every .c and .S is named in a build description."""
    pattern = built(tree)
    for path in tree.code("src/", "tests/", "bench/", "gen/"):
        if not path.endswith(".h") and not pattern.fullmatch(path):
            yield finding(path, 0, "in no CMakeLists.txt: add it there or delete it")


def rule_machine_paths(tree):
    """No file names a folder of one machine."""
    pattern = re.compile(r"(?<![\w.~$}-])/(?:" + "|".join(("work", "home", "root", "Users", "farm")) + r")/[\w.-]+")
    for path in tree.files:
        for number, line in enumerate(tree.text(path).splitlines(), 1):
            match = pattern.search(line)
            if match:
                yield finding(path, number, f"{match.group(0)} is a path of one machine: take it from an argument")


def rule_leftovers(tree):
    """Nothing marks unfinished work."""
    pattern = re.compile(r"\b(?:" + "|".join(("FIX" + "ME", "TO" + "DO", "X" * 3, "HA" + "CK")) + r")\b")
    for path in tree.files:
        for number, line in enumerate(tree.text(path).splitlines(), 1):
            if pattern.search(line):
                yield finding(path, number, "marks unfinished work: finish it")


def rule_lock_files(tree):
    """Lock files pin versions and digests, not addresses."""
    for path in tree.files:
        if path.endswith("package-lock.json") and re.search(r'"resolved"\s*:\s*"https?:', tree.text(path)):
            yield finding(path, 0, "records download addresses: set omit-lockfile-registry-resolved=true")


# ---- Code ------------------------------------------------------------------------------------------------------


def rule_banned(tree):
    """Calls with a safer replacement, and variable-length arrays."""
    for path in tree.code("src/", "include/", "tests/", "bench/"):
        calls = dict(BANNED)
        for folders, names in BANNED_BELOW.items():
            if path.startswith(folders):
                calls.update(names)
        pattern = re.compile(r"(?<![\w.>])(" + "|".join(calls) + r")\s*\(")
        for number, line in enumerate(strip(tree.text(path)).splitlines(), 1):
            for name in pattern.findall(line):
                if (path, name) not in BANNED_EXCEPT:
                    yield finding(path, number, f"{name}(): use {calls[name]}")
    if "cmake/compiler.cmake" in tree.files and "-Wvla" not in tree.text("cmake/compiler.cmake"):
        yield finding("cmake/compiler.cmake", 0, "-Wvla keeps variable-length arrays out: put it back")


EVENTS = "src/service/events_list.h"


def call_text(text, begin):
    """The call whose name ends at begin, up to its closing parenthesis."""
    depth = 0
    for at in range(begin, len(text)):
        depth += {"(": 1, ")": -1}.get(text[at], 0)
        if depth == 0:
            return text[begin:at]
    return text[begin:]


def rule_events(tree):
    """kzgd and kzg log events of the one list, with the fields that it names; each event in it is logged."""
    if EVENTS not in tree.files:
        return
    joined = re.sub(r'"\s*"', "", re.sub(r"\s+", " ", strip(tree.text(EVENTS), strings=False).replace("\\\n", " ")))
    rows = re.findall(r'\bX\(([A-Z]\w*), "(\w+)", \w+, "(?:[^"\\]|\\.)*", "([\w ]*)"\)', joined)
    fields = {name: keys.split() for name, _, keys in rows}
    by_library = dict(re.findall(r'#\s*define (KZGOPS_LOG_EVENT_\w+)\s+"(\w+)"', tree.text("include/kzgops/log.h")))
    for macro, name in by_library.items():
        if name not in {listed for _, listed, _ in rows}:
            yield finding(EVENTS, 0, f"{macro} '{name}' of libkzgops is not in the list")
    used = {upper for upper, name, _ in rows if name in by_library.values()}
    for path in tree.code("src/service/", "src/cli/"):
        text = strip(tree.text(path), strings=False)
        for match in re.finditer(r"\b(KZGOPS_LOG|kzgops_log_write|SERVICE_LOG|SERVICE_LOG_AT)(?=\()", text):
            line, call = text.count("\n", 0, match.start()) + 1, call_text(text, match.end())
            event = re.match(r"\([^\"]*?\bEVENT_(\w+)", call)
            if "define" in text[text.rfind("\n", 0, match.start()) + 1:match.start()] or path.endswith("/events.h"):
                continue
            if not match.group(1).startswith("SERVICE_LOG") or event is None or event.group(1) not in fields:
                yield finding(path, line, f"{match.group(1)}: log with SERVICE_LOG an event of {EVENTS}")
                continue
            used.add(event.group(1))
            keys = re.findall(r'\bKZGOPS_[A-Z0-9]+\(\s*"(\w+)"', call)
            if keys != fields[event.group(1)]:
                yield finding(path, line, f"{event.group(1)} has the fields {keys}, {EVENTS} says {fields[event.group(1)]}")
    for name in sorted(set(fields) - used):
        yield finding(EVENTS, 0, f"{name} is logged nowhere")


def rule_public_comments(tree):
    """Every function of a public header has a comment: above it, or above the run of lines that it stands in."""
    for path in tree.code("include/"):
        text = tree.text(path)
        bare = strip(text).splitlines()
        lines = text.splitlines()
        for number, line in enumerate(bare):
            if not re.match(r"(?:[A-Z]\w*_API\b|extern\b|[A-Za-z_][\w\s*]*\b\w+\()", line) or '{' in line:
                continue
            if line.startswith(("typedef", "#", "struct", "enum", "static")):
                continue
            above = number - 1
            while above >= 0 and lines[above].strip() and not lines[above].rstrip().endswith("*/"):
                above -= 1
            if above < 0 or not lines[above].rstrip().endswith("*/"):
                yield finding(path, number + 1, "a public function without a contract above it")


def functions(text):
    """(name, first line, number of lines) of each function, from the line of its opening brace to that of its last."""
    bare = re.sub(r"(?m)^[ \t]*#(?:[^\n]*\\\n)*[^\n]*", lambda m: re.sub(r"[^\n]", " ", m.group(0)), strip(text))
    bare = re.sub(r"\bextern\s*\{", lambda m: " " * len(m.group(0)), bare)
    depth, line, begin, head, name = 0, 1, 1, "", None
    for char in bare:
        if char == "\n":
            line += 1
        if char == "{":
            if depth == 0:
                match = re.search(r"(\w+)\s*\((?!\()", head)
                name = match.group(1) if match and "=" not in head else None
                begin = line
            depth += 1
        elif char == "}" and depth:
            depth -= 1
            if depth == 0:
                if name:
                    yield name, begin, line - begin + 1
                head = ""
        elif depth == 0:
            head = "" if char == ";" else head + char


def long_functions(tree):
    found = {}
    for path in tree.code("src/", "tests/", "bench/"):
        if path.endswith(".S") or path.startswith(KERNELS):
            continue
        for name, line, count in functions(tree.text(path)):
            if count > LONG_LINES:
                found[path, name] = (count, line)
    return found


def recorded(tree):
    known = {}
    if LONG_LIST in tree.files:
        for line in tree.text(LONG_LIST).splitlines():
            if line.strip() and not line.startswith("#"):
                path, name, count = line.split()
                known[path, name] = int(count)
    return known


def rule_long_functions(tree):
    """No function grows past 70 lines; the recorded longer ones only shrink."""
    found, known = long_functions(tree), recorded(tree)
    for (path, name), (count, line) in sorted(found.items()):
        limit = known.get((path, name), LONG_LINES)
        if count > limit:
            yield finding(path, line, f"{name} has {count} lines, {limit} is its limit: split it by phase")
        elif count < limit:
            yield finding(path, line, f"{name} shrank to {count} lines: run tests/support/tidy.py --shrink")
    for path, name in sorted(set(known) - set(found)):
        yield finding(LONG_LIST, 0, f"{path} {name} is no longer long: run tests/support/tidy.py --shrink")


def rule_format(tree):
    """The layout is what .clang-format makes of it; generated files excepted."""
    files = [f for f in tree.code("src/", "include/", "tests/", "bench/") if not f.endswith(".S")]
    files = [f for f in files if not re.match(r"/\*[^*]*\b(?:made|generated) by\b[^*]*do not edit", tree.text(f), flags=re.I)]
    if not shutil.which("clang-format"):
        yield finding(".clang-format", 0, "clang-format is not installed (scripts/deps lint)")
    elif files:
        run = subprocess.run(["clang-format", "--dry-run", *files], cwd=tree.root, capture_output=True, text=True)
        lines = {}
        for path, line in re.findall(r"(?m)^([^\s:]+):(\d+):\d+: warning: code should", run.stderr):
            lines.setdefault(path, set()).add(int(line))
        for path, wrong in sorted(lines.items()):
            yield finding(path, min(wrong), f"{len(wrong)} lines not laid out as .clang-format says: make format")
        if run.returncode:
            yield finding(".clang-format", 0, "clang-format failed: " + run.stderr.strip()[-300:])


RULES = {name[5:]: rule for name, rule in list(globals().items()) if name.startswith("rule_")}


def check(tree):
    return [(name, text) for name, rule in RULES.items() for text in rule(tree)]


def shrink(tree):
    """Rewrites the list of long functions with what is there now, unless that is more."""
    known = recorded(tree)
    now = {key: count for key, (count, _) in long_functions(tree).items()}
    grown = [key for key, count in now.items() if count > known.get(key, LONG_LINES)]
    if grown:
        sys.exit("these are new or have grown, split them: " + ", ".join(" ".join(k) for k in sorted(grown)))
    with open(os.path.join(tree.root, LONG_LIST), "w") as f:
        f.write(f"# Functions over {LONG_LINES} lines: file, name, lines. This list only shrinks (tidy.py --shrink).\n")
        f.writelines(f"{path} {name} {count}\n" for (path, name), count in sorted(now.items()))


def main(arguments):
    root = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
    if arguments[:1] == ["--root"]:
        root, arguments = arguments[1], arguments[2:]
    tree = Tree(root)
    if arguments == ["--shrink"]:
        return shrink(tree)
    found = check(tree)
    for name, text in found:
        print(f"{text} [{name}]")
    print(f"tidy: {len(tree.files)} files, {len(RULES)} rules, {len(found)} findings")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
