#!/usr/bin/env python3
"""Where results go: all or nothing in files, full disks, closed pipes, signals, the progress bar."""
import os
import pty
import select
import signal
import stat
import subprocess
import time

from kit import *

kit = Kit("output")
BLOB_FILE = kit.file("blob", kit.blob())
COMMITMENT = kit.run("commit", BLOB_FILE).text().strip()
LEFT_BEHIND = b"what was there\n"


def leftovers():
    return [name for name in os.listdir(kit.folder) if name.startswith(".")]


def to_files():
    target = kit.path("target")
    kit.expect("a new file", kit.run("commit", "-o", target, BLOB_FILE), OK, out="")
    kit.check("... has the result", read(target).decode() == COMMITMENT + "\n", read(target))
    mask = os.umask(0)
    os.umask(mask)
    kit.check("... has the usual permissions", stat.S_IMODE(os.stat(target).st_mode) == 0o666 & ~mask)
    os.chmod(target, 0o640)
    kit.expect("an old file", kit.run("commit", "-o", target, BLOB_FILE), OK)
    kit.check("... keeps its permissions", stat.S_IMODE(os.stat(target).st_mode) == 0o640)
    link = kit.path("link")
    os.symlink("target", link)
    kit.expect("a link", kit.run("prove", "-o", link, BLOB_FILE), OK)
    kit.check("... stays one, its file is replaced", os.path.islink(link) and len(read(target)) == 99, read(target))
    kit.expect("-o -", kit.run("commit", "-o", "-", BLOB_FILE), OK, out=COMMITMENT + "\n")
    kit.expect("/dev/null", kit.run("commit", "-o", "/dev/null", BLOB_FILE), OK, out="")
    kit.check("... is still a device", stat.S_ISCHR(os.stat("/dev/null").st_mode))
    kit.expect("over its own input", kit.run("commit", "-f", "raw", "-o", kit.file("self", read(BLOB_FILE)),
                                             kit.path("self")), OK)  # fmt: skip
    kit.check("... works", "0x" + read(kit.path("self")).hex() == COMMITMENT)
    here = kit.run("commit", "-o", "here", BLOB_FILE, cwd=kit.folder)
    kit.check("a name without a folder", here.status == OK and os.path.exists(kit.path("here")), here)
    long = "n" * 255
    kit.expect("the longest name", kit.run("commit", "-o", kit.path(long), BLOB_FILE), OK)
    kit.check("nothing temporary is left", not leftovers(), leftovers())


def failures_leave_what_was_there():
    target = kit.file("old", LEFT_BEHIND)
    good, bad = read(BLOB_FILE), read(BLOB_FILE)[:-1]
    packed = kit.run("make-blob", stdin=bytes(200000)).out
    cases = {
        "commit": (["commit"], good + bad),
        "prove": (["prove"], good + bad),
        "cells": (["cells", "--cells-only"], good + bad),
        "recover": (["recover", "-i", "0-62"], bytes(63 * CELL)),
        "challenge": (["challenge", "-c", COMMITMENT], good + good),
        "unpack": (["unpack"], packed[:BLOB]),
        "run": (["run", "compute_cells"], b"{}"),
    }
    for name, (arguments, stdin) in cases.items():
        result = kit.run(*arguments, "-o", target, stdin=stdin)
        kit.check(f"{name} fails: the old file stays", result.status == BAD_INPUT and read(target) == LEFT_BEHIND, result)
    result = kit.run("cells", "-o", target, "--proofs-output", "/dev/full", BLOB_FILE)
    kit.check("the second file fails: the first stays", result.status == FAILED and read(target) == LEFT_BEHIND, result)
    result = kit.run("cells", "-o", target, "--proofs-output", kit.path("no/where"), BLOB_FILE)
    kit.check("the second file cannot be made", result.status == FAILED and read(target) == LEFT_BEHIND, result)
    kit.check("nothing temporary is left", not leftovers(), leftovers())


def places_that_cannot_be_written():
    readonly = kit.file("readonly", LEFT_BEHIND)
    os.chmod(readonly, 0o444)
    cases = {
        "a directory": (kit.folder, "Is a directory"),
        "a folder that is missing": (kit.path("no/file"), "No such file or directory"),
        "below a file": (readonly + "/file", "Not a directory"),
        "a full disk": ("/dev/full", "No space left on device"),
    }
    commands = {
        "commit": [BLOB_FILE],
        "prove": [BLOB_FILE],
        "cells": [BLOB_FILE],
        "challenge": ["-c", COMMITMENT, BLOB_FILE],
        "make-blob": [BLOB_FILE],
        "unpack": [kit.file("packed", kit.run("make-blob", BLOB_FILE).out)],
        "run": ["compute_challenge", kit.file("in.json", '{"blob":"%s","commitment":"%s"}'
                                              % (hexa(read(BLOB_FILE)), COMMITMENT))],
        "bench": ["-n", "1", "--batch", "1", "--operation", "compute_cells", "--precompute", "0"],
    }  # fmt: skip
    for command, arguments in commands.items():
        for name, (path, message) in cases.items():
            kit.expect(f"{command} to {name}", kit.run(command, *arguments, "-o", path), FAILED, err=[path, message])
        with open("/dev/full", "wb") as full:
            result = kit.run(command, *arguments, stdout=full)
        kit.expect(f"{command} to standard output, full", result, FAILED, err=["standard output", "No space left"])
        closed = kit.run(command, *arguments, preexec_fn=lambda: os.close(1))
        kit.check(f"{command}, standard output closed", closed.status == FAILED and closed.err, closed)
    kit.expect("no name", kit.run("commit", "-o", "", BLOB_FILE), BAD_INPUT, err="the name of an output file is empty")
    if os.getuid() != 0:
        kit.expect("a file that is read-only", kit.run("commit", "-o", readonly, BLOB_FILE), FAILED, err="denied")
    for answer in (["verify", "-c", COMMITMENT, "-p", hexa(INFINITY), BLOB_FILE], ["selftest", "--precompute", "0"]):
        with open("/dev/full", "wb") as full:
            kit.expect(f"{answer[0]}'s answer, full disk", kit.run(*answer, stdout=full), FAILED, err="No space left")


def closed_pipe():
    """The reader goes away: an error, told, and no signal."""
    for command in (["cells", "--cells-only", BLOB_FILE], ["make-blob", "/dev/zero"], ["commit", BLOB_FILE]):
        source, sink = os.pipe()
        os.close(source)
        with os.fdopen(sink, "wb") as pipe:
            result = kit.run(*command, stdout=pipe)
        kit.expect(f"{command[0]} to a closed pipe", result, FAILED, err=["standard output", "Broken pipe"])
    errors = subprocess.run([kit.tool, "commit", "/nowhere"], stderr=open("/dev/full", "wb"), check=False)
    kit.check("errors to a full disk: the status still tells", errors.returncode == BAD_INPUT, errors)


def signals():
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        target = kit.file("kept", LEFT_BEHIND)
        child = subprocess.Popen([kit.tool, "make-blob", "-o", target, "-"], stdin=subprocess.PIPE, stderr=subprocess.PIPE)
        child.stdin.write(bytes(300000))
        child.stdin.flush()
        end = time.monotonic() + 240
        while not leftovers() and time.monotonic() < end:  # until the temporary file is there
            time.sleep(0.05)
        there = leftovers()
        child.send_signal(number)
        status = child.wait(timeout=240)
        child.stdin.close()
        child.stderr.close()
        good = there and status == -number and read(target) == LEFT_BEHIND and not leftovers()
        kit.check(f"{number.name} in the middle", good, f"{there} {status} {leftovers()}")


def drain(streams, got, seconds):
    """Reads what comes in that time; a stream that ends is taken out."""
    end = time.monotonic() + seconds
    while streams and (left := end - time.monotonic()) > 0:
        for fd in select.select(streams, [], [], left)[0]:
            try:
                data = os.read(fd, 65536)
            except OSError:  # the terminal's other side is closed
                data = b""
            if not data:
                streams.remove(fd)
            got[fd] += data


def on_terminal(arguments, feed=(), also_stdout=False):
    """Runs the tool with a pseudo-terminal as standard error (and output, if asked); standard input comes in pieces
    that are 0.15 s apart. Gives its status, what the terminal shows, and its output."""
    master, slave = pty.openpty()
    out = slave if also_stdout else subprocess.PIPE
    child = subprocess.Popen([kit.tool, *arguments], stdin=subprocess.PIPE, stdout=out, stderr=slave, env=kit.environment)
    os.close(slave)
    streams = [master] + ([] if also_stdout else [child.stdout.fileno()])
    got = dict.fromkeys(streams, b"")
    for piece in feed:
        child.stdin.write(piece)
        child.stdin.flush()
        drain(streams, got, 0.15)
    child.stdin.close()
    drain(streams, got, 120)
    shown, output = got[master], b"" if also_stdout else got[child.stdout.fileno()]
    os.close(master)
    if child.stdout:
        child.stdout.close()
    return child.wait(timeout=240), shown, output


def progress_bar():
    # Blobs come in slowly, so that the work lasts whatever the machine.
    blob = read(BLOB_FILE)
    feed = [blob] * 6
    status, shown, output = on_terminal(["commit", "--precompute", "0"], feed)
    kit.check("a bar on a terminal", status == OK and b"\r" in shown and b"blobs" in shown, shown)
    kit.check("... taken away at the end", shown.endswith(b"\r\x1b[K"), shown[-40:])
    kit.check("... and the results are whole", output.decode() == (COMMITMENT + "\n") * 6, output)
    status, shown, _ = on_terminal(["commit", "--quiet", "--precompute", "0"], feed)
    kit.check("no bar with --quiet", status == OK and shown == b"", shown)
    status, shown, _ = on_terminal(["commit", "--precompute", "0", BLOB_FILE])
    kit.check("no bar on short work", status == OK and b"blobs" not in shown, shown)
    archive = kit.file("archive", kit.run("make-blob", stdin=bytes(126945 * 120)).out)
    status, shown, _ = on_terminal(["prove", "--precompute", "0", archive])
    kit.check("a bar with its total", status == OK and b"/120 blobs" in shown and b"[=" in shown, shown[-200:])
    status, shown, _ = on_terminal(["commit", "--precompute", "0"], [*feed, b"\0"])
    error = shown.split(b"\r\x1b[K")[-1]
    kit.check("an error stands on a clean line", status == BAD_INPUT and error.startswith(b"kzg commit: standard"), shown)
    without = kit.run("prove", "--precompute", "0", archive)
    kit.expect("no bar without a terminal", without, OK)
    status, shown, _ = on_terminal(["make-blob", BLOB_FILE], also_stdout=True)
    kit.check("raw bytes are not written to a terminal", status == BAD_INPUT and b"terminal" in shown, shown[:200])
    status, shown, _ = on_terminal(["commit", "-f", "raw", BLOB_FILE], also_stdout=True)
    kit.check("... nor by --format raw", status == BAD_INPUT and b"terminal" in shown, shown[:200])


to_files()
failures_leave_what_was_there()
places_that_cannot_be_written()
closed_pipe()
signals()
progress_bar()
kit.finish()
