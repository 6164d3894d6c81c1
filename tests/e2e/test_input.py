#!/usr/bin/env python3
"""What users get wrong about files and values, as they would type it; each must be told apart, and nothing printed."""
import json
import os
import shutil

from kit import *

kit = Kit("input")
GOOD = kit.blob()
TEXT = GOOD.hex().encode()


def wrong_files():
    """name -> (content, what the message must have)."""
    half = len(TEXT) // 2
    return {
        "empty": (b"", "empty"),
        "the word 0": (b"0", "1 hexadecimal digits, an odd number,"),
        "the word 0x": (b"0x", "0 hexadecimal digits"),
        "the word 0x0": (b"0x0", "1 hexadecimal digits, an odd number,"),
        "the word 0x00": (b"0x00", "2 hexadecimal digits"),
        "the word 0 and a newline": (b"0\n", "1 hexadecimal digits, an odd number, before white space"),
        "a newline": (b"\n", "only white space"),
        "white space": (b" \r\n\t ", "only white space"),
        "a word": (b"blob\n", ["byte 1", "'l' is not a hexadecimal digit"]),
        "0X": (b"0X" + TEXT, "the prefix is 0X"),
        "0x twice": (b"0x0x" + TEXT, "'x' is not a hexadecimal digit"),
        "an odd digit more": (TEXT + b"0", "262145 hexadecimal digits, an odd number,"),
        "an odd digit less": (TEXT[:-1], "262143 hexadecimal digits, an odd number,"),
        "a byte more": (TEXT + b"00", "262146 hexadecimal digits"),
        "a byte less": (TEXT[:-2], "262142 hexadecimal digits"),
        "0x and a byte less": (b"0x" + TEXT[:-2], "262142 hexadecimal digits"),
        "a letter inside": (TEXT[:half] + b"g" + TEXT[half + 1 :], [f"byte {half}", "'g' is not a hexadecimal digit"]),
        "a letter at the end": (TEXT[:-1] + b"z", ["byte 262143", "'z'"]),
        "a minus": (b"-" + TEXT[1:], ["byte 0", "'-'"]),
        "a newline inside": (TEXT[:100] + b"\n" + TEXT[100:], "100 hexadecimal digits before white space"),
        "a comma between": (TEXT + b"," + TEXT, ["blob 1", "','"]),
        "quotes": (b'"' + TEXT + b'"', "'\"'"),
        "a NUL inside": (TEXT[:half] + b"\0" + TEXT[half + 1 :], [f"byte {half}", "0x00"]),
        "a NUL at the end": (TEXT + b"\0", ["byte 262144", "0x00"]),
        "an umlaut": (TEXT[:-2] + "ü".encode(), ["byte 262142", "0xc3"]),
        "a byte order mark": (b"\xef\xbb\xbf" + TEXT, ["byte 0", "0xef"]),
        "raw, but all digits": (b"01" * (BLOB // 2), ["131072 hexadecimal digits", "--raw says otherwise"]),
        "raw, a byte more": (GOOD + b"\0", ["blob 1", "1 of 131072 bytes"]),
        "raw, a newline more": (GOOD + b"\n", ["blob 1", "131073 bytes in all"]),
        "raw, a byte less": (GOOD[:-1], ["blob 0", "131071 of 131072 bytes"]),
        "raw, one byte": (b"\0", "1 of 131072 bytes"),
        "raw, one and a half": (GOOD + GOOD[: BLOB // 2], ["blob 1", "65536 of 131072 bytes"]),
    }


def blobs():
    for name, (content, message) in wrong_files().items():
        path = kit.file("wrong", content)
        message = [message] if isinstance(message, str) else message
        kit.expect(f"file: {name}", kit.run("challenge", "-c", hexa(INFINITY), path), BAD_INPUT, err=[path, *message])
        piped = kit.run("commit", stdin=content)
        kit.expect(f"standard input: {name}", piped, BAD_INPUT, err=["standard input", *message])
        told = kit.run("commit", "--json", stdin=content)
        error = json.loads(told.err)
        good = error["exit_status"] == 2 and error["error"]["file"] == "standard input" and error["error"]["message"]
        kit.check(f"as JSON: {name}", good and told.err.count(b"\n") == 1, told)
    kit.expect("raw content with --hex", kit.run("commit", "--hex", stdin=b"\1" + GOOD[1:]), BAD_INPUT,
               err="byte 0x01 is not a hexadecimal digit")  # fmt: skip
    kit.expect("a NUL with --hex", kit.run("commit", "--hex", stdin=TEXT + b"\0"), BAD_INPUT, err=["byte 262144", "0x00"])
    kit.expect("hex content with --raw", kit.run("commit", "--raw", stdin=b"0x" + TEXT), BAD_INPUT,
               err="2 of 131072 bytes")  # fmt: skip
    # What was right before the mistake is written, and the mistake is told.
    result = kit.run("commit", stdin=GOOD + b"\0")
    kit.check("a good blob before a bad end", len(result.lines()) == 1 and result.status == BAD_INPUT, result)


def values():
    """Every option that takes bytes."""
    for option, size in (("--commitment", 48), ("--proof", 48), ("--z", 32), ("--y", 32)):
        base = {"--commitment": hexa(INFINITY), "--proof": hexa(INFINITY), "--z": "00" * 32, "--y": "00" * 32}
        good = base[option].removeprefix("0x")
        n = 2 * size
        cases = {
            "nothing": ("", "empty"),
            "0": ("0", "1 hexadecimal digits, an odd number"),
            "0x": ("0x", f"0 hexadecimal digits: expected {n}"),
            "0x0": ("0x0", "1 hexadecimal digits, an odd number"),
            "0X": ("0X" + good, "the prefix is 0X"),
            "a digit more": (good + "0", f"{n + 1} hexadecimal digits, an odd number"),
            "a digit less": (good[1:], f"{n - 1} hexadecimal digits, an odd number"),
            "a byte more": ("0x" + good + "00", f"{n + 2} hexadecimal digits"),
            "a byte less": (good[2:], f"{n - 2} hexadecimal digits"),
            "a letter": (good[:-1] + "g", [f"byte {n - 1}", "'g'"]),
            "a blank before": (" " + good, ["byte 0", "0x20"]),
            "a newline behind": (good + "\n", "0x0a"),
            "a file without @": (kit.file("value", good), "not a hexadecimal digit"),
            "@": ("@", "without a file name"),
            "a missing file": ("@" + kit.path("missing"), "No such file"),
            "a directory": ("@" + kit.folder, "directory"),
            "an empty file": ("@" + kit.file("v0", b""), "empty"),
            "a file with a byte more": ("@" + kit.file("v1", bytes.fromhex(good) + b"\0"), "1 of"),
            "a file with a NUL": ("@" + kit.file("v2", good.encode() + b"\0"), ""),
            "a hex file, a digit less": ("@" + kit.file("v3", good[1:]), f"{n - 1} hexadecimal digits"),
            "two values": ("@" + kit.file("v4", good + "\n" + good), f"2 values: expected one of {size} bytes"),
        }
        for name, (value, message) in cases.items():
            arguments = [x for pair in {**base, option: value}.items() for x in pair]
            kit.expect(f"{option}: {name}", kit.run("verify", *arguments), BAD_INPUT, out="", err=message)
        for name, value in {"upper case": good.upper(), "0x and upper case": "0x" + good.upper()}.items():
            arguments = [x for pair in {**base, option: value}.items() for x in pair]
            kit.expect(f"{option}: {name}", kit.run("verify", *arguments), OK, out="valid\n")


def as_nobody():
    """preexec_fn for a user without rights; None where we are one already."""
    return (lambda: (os.setgid(65534), os.setuid(65534))) if os.getuid() == 0 else None


def files():
    unreadable = kit.file("unreadable", GOOD)
    os.chmod(unreadable, 0)
    tool = kit.path("kzg")
    shutil.copy(kit.tool, tool)
    os.chmod(tool, 0o755)
    folder, missing = kit.path("folder"), kit.path("missing")
    os.mkdir(folder)
    loop = kit.path("loop")
    os.symlink(loop, loop)
    cases = {
        "missing": (missing, "cannot open: No such file or directory"),
        "a directory": (folder, "cannot read: Is a directory"),
        "below a file": (unreadable + "/blob", "cannot open: Not a directory"),
        "unreadable": (unreadable, "cannot open: Permission denied"),
        "a loop of links": (loop, "cannot open: Too many levels"),
        "a name too long": ("x" * 300, "cannot open: File name too long"),
    }
    for name, (path, message) in cases.items():
        for command in (["commit"], ["make-blob"], ["unpack"], ["recover", "-i", "0"], ["recover"], ["run", "compute_cells"]):
            result = kit.run(*command, path, tool=tool, preexec_fn=as_nobody())
            # run answers null to whatever is bad; a file that cannot be opened is no input at all.
            kit.expect(f"{command[0]}: {name}", result, BAD_INPUT, err=[path, message])
    odd = kit.file('a "b"\\\n\x1b[31m\udcff'.encode("utf-8", "surrogateescape").decode("utf-8", "surrogateescape"), b"\0")
    result = kit.run("commit", odd)
    kit.check("an odd name drives no terminal", result.status == BAD_INPUT and b"\x1b" not in result.err
              and result.err.count(b"\n") == 1, result)  # fmt: skip
    result = kit.run("commit", "--json", odd)
    kit.check("an odd name in JSON", json.loads(result.err)["error"]["file"].startswith(kit.folder), result)
    with open("/dev/null", "rb") as null:
        kit.expect("/dev/null", kit.run("commit", stdin=null), BAD_INPUT, err="empty")
    closed = kit.run("commit", preexec_fn=lambda: os.close(0))
    kit.check("standard input closed", closed.status in (BAD_INPUT, FAILED) and b"standard input" in closed.err, closed)


def streaming():
    """Blobs are read one by one: a thousand in a pipe do not take a thousand blobs' memory."""
    commitments = kit.file("commitments", INFINITY * 1000)
    source, sink = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(source)
        with os.fdopen(sink, "wb") as pipe:
            for _ in range(1000):
                pipe.write(GOOD)
        os._exit(0)
    os.close(sink)
    out = kit.path("challenges")
    child = os.fork()
    if child == 0:
        os.dup2(source, 0)
        os.execv(kit.tool, [kit.tool, "challenge", "-c", "@" + commitments, "-o", out, "-f", "raw"])
    os.close(source)
    _, status, usage = os.wait4(child, 0)
    os.waitpid(pid, 0)
    content = read(out) if os.path.exists(out) else b""
    kit.check("a thousand blobs", status == 0 and len(content) == 32000 and content[:32] == content[-32:], status)
    sanitized = b"__asan_init" in read(kit.tool) or b"__tsan_init" in read(kit.tool)
    if not sanitized:
        kit.check("... in less than 32 MiB", usage.ru_maxrss < 32 * 1024, f"{usage.ru_maxrss} KiB")


def pipes():
    """A pipe that gives a few bytes at a time is a file like any other."""
    source, sink = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(source)
        data = b"0x" + TEXT + b"\n" + TEXT
        at = 0
        while at < len(data):
            step = kit.random.choice((1, 2, 3, 5000, 65536))
            os.write(sink, data[at : at + step])
            at += step
        os._exit(0)
    os.close(sink)
    with os.fdopen(source, "rb") as pipe:
        slow = kit.run("commit", stdin=pipe)
    os.waitpid(pid, 0)
    kit.expect("a pipe in pieces", slow, OK, out=kit.run("commit", stdin=GOOD + GOOD).out)


blobs()
values()
files()
streaming()
pipes()
kit.finish()
