#!/usr/bin/env python3
"""--table-cache: tables kept in a file between starts, never used when they are not exactly what would be computed, and never
in the way of a start. What the image itself may and may not be is tests/unit/kzg/test_table_image.c's."""
import os
import subprocess
import tempfile

import harness as h

ZEROS = {"blob": bytes(131072)}
INFINITY = bytes([0xc0]) + bytes(47)
NAMES = ("table_cache_used", "table_cache_written", "table_cache_refused", "table_cache_not_written")


def life(report, what, path, state, events, flags=(), **daemon):
    """A daemon that serves, says that state, and has logged those events alone. Its log of them."""
    with h.Daemon("--table-cache", path, "--workers", "1", *flags, **daemon) as server:
        version = h.ask(server.admin, h.request_bytes("GET", "/version")).json()
        report.equal(version["tables"], state, f"{what}: /version")
        report.equal(server.metric("kzg_table_cache_used"), 1 if state == "used" else 0, f"{what}: the metric")
        answer = server.post("blob_to_kzg_commitment", h.ssz("blob_to_kzg_commitment", ZEROS))
        report.equal(answer.body, INFINITY, f"{what}: it computes")
        told = {name: server.events(name) for name in NAMES}
        report.equal({name for name in NAMES if told[name]}, set(events), f"{what}: what the log says of it")
        mapped = mappings(server.process.pid, path)
        report.check(all("r--s" in line for line in mapped) and bool(mapped) == (state == "used"), f"{what}: mapped shared, read-only",
                     mapped)
        server.stop(report, what)
    report.equal([name for name in os.listdir(os.path.dirname(path)) if name.endswith(".new")] if os.path.isdir(os.path.dirname(path))
                 else [], [], f"{what}: nothing is left beside it")
    return told


def mappings(pid, path):
    with open(f"/proc/{pid}/maps", encoding="utf-8") as file:
        return [line for line in file if line.rstrip().endswith(path)]


def refused(report, what, path, reason, flags=()):
    told = life(report, what, path, "written", ("table_cache_refused", "table_cache_written"), flags)
    report.check(told["table_cache_refused"] and reason in told["table_cache_refused"][0]["reason"], f"{what}: the reason", told)


def damage(path, at):
    with open(path, "r+b") as file:
        file.seek(at, os.SEEK_SET if at >= 0 else os.SEEK_END)
        byte = file.read(1)
        file.seek(-1, os.SEEK_CUR)
        file.write(bytes([byte[0] ^ 0x10]))


def kept_test(report):
    """Cold, warm, and every way of being wrong: each is told and mended, so that the next start is warm again."""
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "tables")
        life(report, "cold", path, "written", ("table_cache_written",))
        with open(path, "rb") as file:
            whole = file.read()
        report.equal(os.stat(path).st_mode & 0o777, 0o644, "only its owner may write it")
        life(report, "warm", path, "used", ("table_cache_used",))
        for what, at in (("head", 40), ("digests", 600), ("tables", len(whole) // 2), ("end", -1)):
            damage(path, at)
            refused(report, f"damaged {what}", path, "damaged")
            with open(path, "rb") as file:
                report.check(file.read() == whole, f"damaged {what}: the same is there again")
        os.truncate(path, len(whole) - 1)
        refused(report, "truncated", path, "truncated")
        with open(path, "wb") as file:
            file.write(b"something else" * 1000)
        refused(report, "something else", path, "foreign")
        refused(report, "another level", path, "other_level", ("--precompute", "0"))
        refused(report, "and back", path, "other_level")
        os.chmod(path, 0o664)
        refused(report, "its group may write it", path, "others than its owner")
        os.truncate(path, 0)
        refused(report, "empty", path, "empty")
        if os.geteuid() == 0:
            os.chown(path, 65534, 65534)
            refused(report, "another user's", path, "another user")
        other = os.path.join(folder, "other")
        os.rename(path, other)
        os.symlink(other, path)
        refused(report, "a symbolic link", path, "symbolic link")
        report.check(not os.path.islink(path) and os.path.exists(other), "which is replaced, and what it led to stays")
        life(report, "warm at last", path, "used", ("table_cache_used",))


def leftover_test(report):
    """A writer that was killed has left its file: it is taken over. One that is another's is not written through."""
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "tables")
        with open(path + ".new", "wb") as file:
            file.write(bytes(100_000_000))
        life(report, "a file that was left", path, "written", ("table_cache_written",), ("--precompute", "0"))
        report.check(os.path.getsize(path) < 10_000_000, "is written from its beginning")
        os.unlink(path)
        precious = os.path.join(folder, "precious")
        with open(precious, "wb") as file:
            file.write(b"precious")
        os.link(precious, path + ".new")
        with h.Daemon("--table-cache", path, "--precompute", "0") as daemon:
            report.check(daemon.events("table_cache_not_written"), "a link to another file is not written to")
            daemon.stop(report, "link")
        with open(precious, "rb") as file:
            report.equal(file.read(), b"precious", "and that file is as it was")


def two_test(report):
    """Two that start at the same time: both serve, the file is whole, and whoever comes next uses it."""
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "tables")
        for _ in range(2):
            both = [h.Daemon("--table-cache", path, "--workers", "1", wait=False) for _ in range(2)]
            for daemon in both:
                daemon.wait_ready()
                answer = daemon.post("blob_to_kzg_commitment", h.ssz("blob_to_kzg_commitment", ZEROS))
                report.equal(answer.body, INFINITY, "both compute")
                state = h.ask(daemon.admin, h.request_bytes("GET", "/version")).json()["tables"]
                report.check(state in ("written", "busy", "used"), "both say where theirs are from", state)
            for daemon in both:
                report.check(not daemon.events("table_cache_refused") and not daemon.events("table_cache_not_written"),
                             "nothing is wrong", daemon.log()[-500:])
                daemon.stop(report, "two")
                daemon.__exit__(None, None, None)
        life(report, "after both", path, "used", ("table_cache_used",))


def no_room_test(report):
    """A disk that is full, a file system that is read-only, a folder that is not there: it serves all the same."""
    def mounted(what, options, error):
        with tempfile.TemporaryDirectory() as folder:
            wrapper, disk = os.path.join(folder, "kzgd"), os.path.join(folder, "disk")
            os.mkdir(disk)
            with open(wrapper, "w", encoding="ascii") as file:
                file.write("#!/bin/sh\nexec unshare -m --propagation private sh -c 'mount -t tmpfs -o "
                           f'{options} none "$0" || exit 77; exec "$@"\' {disk} "${{REAL:-{h.program()}}}" "$@"\n')
            os.chmod(wrapper, 0o755)
            if subprocess.run([wrapper], check=False, capture_output=True, env={**os.environ, "REAL": "true"}).returncode != 0:
                print(f"!! SKIPPED {what}: no file system can be mounted here", flush=True)
                return
            usual, h.program = h.program, lambda: wrapper
            try:
                told = life(report, what, os.path.join(disk, "tables"), "failed", ("table_cache_not_written",), ("--precompute", "0"))
            finally:
                h.program = usual
            report.check(told["table_cache_not_written"] and error in told["table_cache_not_written"][0]["error"], f"{what}: the error", told)

    mounted("a full disk", "size=64k", "No space left")
    mounted("a read-only file system", "ro", "Read-only")
    with tempfile.TemporaryDirectory() as folder:
        told = life(report, "no such folder", os.path.join(folder, "none", "tables"), "failed", ("table_cache_not_written",),
                    ("--precompute", "0"))
        report.check(told["table_cache_not_written"] and "No such file" in told["table_cache_not_written"][0]["error"],
                     "no such folder: the error", told)


if __name__ == "__main__":
    h.main({"kept": kept_test, "leftover": leftover_test, "two": two_test, "no_room": no_room_test})
