#!/usr/bin/env python3
"""Help, usage and versions: complete, true, and the same list that the parser has."""
import json
import re

from kit import BAD_INPUT, FAILED, OK, Kit

kit = Kit("help")
OFFLINE = "commit prove verify cells recover verify-cells challenge make-blob unpack run selftest bench version help".split()
REMOTE = "doctor health watch profile slow explain errors memory cpu metrics log drain undrain upgrade rollback".split()
COMMANDS = OFFLINE + REMOTE


def options_of(help_text):
    """--name -> (letter, takes a value) from the help's list."""
    found = {}
    section = help_text.split("\nOptions:\n")[1].split("\n\n")[0]
    for line in section.splitlines():
        match = re.match(r"^  (?:-(\w), |    )--([a-z-]+)( [A-Z]+)?  ?", line)
        if match:
            found["--" + match.group(2)] = (match.group(1), match.group(3) is not None)
    return found


def list_of_commands():
    listed = kit.run("help")
    kit.expect("help lists", listed, OK)
    for title, commands in {"Commands": OFFLINE, "Commands for a running kzgd": REMOTE}.items():
        section = listed.text().split(f"\n{title}:\n")[1].split("\n\n")[0]
        names = re.findall(r"^  ([a-z-]+) {2,}\S", section, re.M)
        kit.check(f"help lists every command: {title}", sorted(names) == sorted(commands), names)
    for form in ("--help", "-h"):
        kit.expect(f"kzg {form}", kit.run(form), OK, out=listed.out)
    none = kit.run()
    kit.check("no command: the list, as an error", none.status == BAD_INPUT and none.err == listed.out, none)


def help_of_commands():
    every, by_command = {}, {}
    for command in COMMANDS:
        result = kit.expect(f"help {command}", kit.run("help", command), OK)
        kit.expect(f"{command} --help", kit.run(command, "--help"), OK, out=result.out)
        kit.expect(f"{command} -h", kit.run(command, "-h"), OK, out=result.out)
        by_command[command] = options_of(result.text())
        every.update(by_command[command])
        kit.check(f"{command}: has an example", f"kzg {command}" in result.text().split("Examples:")[1], result)
    kit.check("options were found in the help", len(every) >= 20, sorted(every))
    return every, by_command


def options_are_true(every, by_command):
    """What the help names is taken, what it does not name is not."""
    for command, options in by_command.items():
        wrong = []
        for name, (letter, has_value) in every.items():
            if name == "--help":
                continue
            # A flag with a value is refused in either case, so that nothing is run.
            alone = kit.run(command, name if has_value else name + "=1").err.decode()
            if ("does not take" not in alone.splitlines()[0]) != (name in options):
                wrong.append(name)
            if name in options and ("needs a value" if has_value else "takes no value") not in alone:
                wrong.append(f"{name}: {alone}")
            short = kit.run(command, "-" + letter).err.decode() if name in options and letter and has_value else ""
            if short and f"{name} needs a value" not in short:
                wrong.append("-" + letter)
        kit.check(f"{command}: takes the options of its help and no others", not wrong, wrong)


def usage_errors():
    cases = {
        "unknown command": (["comit"], "there is no command 'comit'"),
        "unknown help": (["help", "comit"], "there is no command 'comit'"),
        "empty command": ([""], "there is no command ''"),
        "option before the command": (["--json", "commit"], "there is no option '--json' before a command"),
        "unknown option": (["commit", "--colour"], "there is no option --colour"),
        "unknown letter": (["commit", "-k"], "there is no option -k"),
        "prefix of an option": (["commit", "--jso"], "there is no option --jso"),
        "letters together": (["commit", "-jq"], "there is no option -jq"),
        "value given twice": (["commit", "-o", "a", "--output=b"], "--output is given twice"),
        "both forms": (["commit", "--raw", "--hex"], "--raw and --hex exclude each other"),
        "json and format": (["commit", "--json", "--format", "raw"], '"code":"usage"'),
        "wrong form": (["commit", "--format", "base64"], "--format is 'base64'"),
        "empty form": (["commit", "--format="], "--format is ''"),
        "operand too many": (["version", "now"], "version takes no operands; 'now' is too many"),
        "two files to pack": (["make-blob", "a", "b"], "'b' is too many"),
        "standard input twice": (["commit", "-", "-"], "standard input is named twice"),
        "standard input twice, by an option": (["verify", "-c", "@-", "-p", "0x00", "-"], ""),
        "empty file name": (["commit", ""], "a file name is empty"),
        "precompute not a number": (["commit", "--precompute", "x"], "--precompute is 'x'"),
        "precompute too large": (["commit", "--precompute", "4"], "from 0 to 3"),
        "precompute negative": (["commit", "--precompute", "-1"], "from 0 to 3"),
        "precompute empty": (["commit", "--precompute="], "from 0 to 3"),
        "iterations zero": (["bench", "-n", "0"], "from 1 to"),
        "iterations beyond 64 bits": (["bench", "-n", "18446744073709551616"], "from 1 to"),
        "unknown operation": (["bench", "--operation", "commit"], "there is no operation 'commit'"),
        "unknown backend": (["commit", "--backend", "abacus"], "no backend 'abacus'"),
        "empty backend": (["commit", "--backend="], "--backend is empty"),
    }
    for name, (arguments, message) in cases.items():
        kit.expect(f"usage: {name}", kit.run(*arguments), BAD_INPUT, out="", err=message)


def versions():
    line = kit.expect("--version", kit.run("--version"), OK)
    kit.check("--version is one line", line.lines()[0].startswith("kzg ") and len(line.lines()) == 1, line)
    text = kit.expect("version", kit.run("version"), OK)
    parsed = kit.expect("version --json", kit.run("version", "--json"), OK).json()
    kit.check("version: the same in both forms", parsed["version"] == text.lines()[0].split()[1], parsed)
    kit.check("version: setup", parsed["setup"] == "mainnet" and len(parsed["setup_sha256"]) == 64, parsed)
    kit.check("version: text has the digest", parsed["setup_sha256"] in text.text(), text)
    portable = kit.run("version", "--json", "--backend", "portable").json()
    kit.check("version: backend portable", portable["backend"] == "portable", portable)
    by_environment = kit.run("version", "--json", env={"KZG_BACKEND": "portable"}).json()
    kit.check("version: backend by the environment", by_environment["backend"] == "portable", by_environment)
    kit.expect("version: wrong environment", kit.run("version", env={"KZG_BACKEND": "no"}), BAD_INPUT, err="'no'")


def full_disk():
    for arguments in (["help"], ["help", "run"], ["version"], ["--version"], ["selftest"]):
        with open("/dev/full", "wb") as full:
            result = kit.run(*arguments, stdout=full)
        kit.expect(f"{arguments[0]} to a full disk", result, FAILED, err="No space left")


def self_test():
    parsed = kit.expect("selftest --json", kit.run("selftest", "--json"), OK).json()
    kit.check("selftest: all right", parsed["passed"] == parsed["total"] > 5 and parsed["failed"] is None, parsed)
    kit.expect("selftest", kit.run("selftest", "--backend", "portable", "--precompute", "0"), OK)
    kit.expect("selftest --quiet", kit.run("selftest", "--quiet", "--precompute", "0"), OK, out="")


def bench():
    result = kit.expect("bench", kit.run("bench", "-n", "2", "--batch", "2", "--json", "--precompute", "0"), OK)
    rows = [json.loads(line) for line in result.lines()]
    kit.check("bench: ten operations", len({row["operation"] for row in rows}) == 10, rows)
    kit.check("bench: sane", all(0 < r["min_ms"] <= r["median_ms"] and r["ops_per_second"] > 0 for r in rows), rows)
    one = kit.run("bench", "-n", "1", "--batch", "1", "--operation", "compute_cells", "--precompute", "0")
    kit.check("bench: one operation, as text", len(one.lines()) == 2 and "compute_cells " in one.lines()[1], one)


list_of_commands()
options_are_true(*help_of_commands())
usage_errors()
versions()
full_disk()
self_test()
bench()
kit.finish()
