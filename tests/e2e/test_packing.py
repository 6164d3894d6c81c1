#!/usr/bin/env python3
"""make-blob and unpack: any file comes back byte for byte, and damage is noticed."""
import json

from kit import *

kit = Kit("packing")
FULL = 126945  # bytes of a file in one blob


def packed_by_the_document(data):
    """docs/tool.md, "Packed blobs", in other words."""
    out = b""
    parts = items(data, FULL) or [b""]
    for number, part in enumerate(parts):
        last = number == len(parts) - 1
        header = b"\0KZGB\1" + bytes([last]) + (number * FULL).to_bytes(8, "big") + len(part).to_bytes(8, "big")
        elements = [header.ljust(32, b"\0")] + [b"\0" + x.ljust(31, b"\0") for x in items(part, 31)]
        out += b"".join(elements).ljust(BLOB, b"\0")
    return out


def round_trips():
    sizes = [0, 1, 30, 31, 32, 61, 62, 63, 4096, FULL - 32, FULL - 31, FULL - 30, FULL - 1, FULL, FULL + 1, FULL + 31,
             126975, 126976, 126977, 131071, 131072, 131073, 2 * FULL - 1, 2 * FULL, 2 * FULL + 1, 3 * FULL,
             7 * FULL + 12345]  # fmt: skip
    sizes += [kit.random.randrange(4 * FULL) for _ in range(8)]
    for size in sizes:
        data = kit.random.randbytes(size)
        packed = kit.run("make-blob", stdin=data)
        kit.expect(f"{size} bytes: as documented", packed, OK, out=packed_by_the_document(data))
        kit.expect(f"{size} bytes: back", kit.run("unpack", stdin=packed.out), OK, out=data)
    for name, data in {"zeros": bytes(200000), "ones": b"\xff" * 200000, "text": b"0x" + b"ab" * 70000}.items():
        packed = kit.run("make-blob", stdin=data).out
        kit.expect(f"{name}: back", kit.run("unpack", stdin=packed), OK, out=data)
        kit.expect(f"{name}: canonical", kit.run("challenge", "-f", "raw", "-c", "@-", kit.file("b", packed),
                                                 stdin=INFINITY * (len(packed) // BLOB)), OK)  # fmt: skip


def forms():
    data = kit.random.randbytes(200000)
    source, packed, back = kit.file("source", data), kit.path("packed"), kit.path("back")
    kit.expect("files", kit.run("make-blob", "-o", packed, source), OK, out="")
    kit.expect("files, back", kit.run("unpack", "-o", back, packed), OK, out="")
    kit.check("files: the same", read(back) == data)
    text = kit.run("make-blob", "--format", "hex", source)
    kit.check("hex: one blob a line", [len(x) for x in text.lines()] == [2 + 2 * BLOB] * 2)
    kit.expect("hex, back", kit.run("unpack", stdin=text.out), OK, out=data)
    kit.expect("two files of blobs", kit.run("unpack", kit.file("p0", read(packed)[:BLOB]),
                                             kit.file("p1", read(packed)[BLOB:])), OK, out=data)  # fmt: skip
    kit.expect("an empty file", kit.run("make-blob", "/dev/null"), OK, out=packed_by_the_document(b""))
    summary = kit.run("make-blob", "--json", "-o", packed, source)
    kit.check("make-blob --json", summary.json() == {"blobs": 2, "bytes": 200000}, summary)
    summary = kit.run("unpack", "--json", "-o", back, packed)
    kit.check("unpack --json", summary.json() == {"blobs": 2, "bytes": 200000}, summary)
    for command in ("make-blob", "unpack"):
        kit.expect(f"{command} --json without a file", kit.run(command, "--json", source), BAD_INPUT, err="--output")


def damage():
    data = kit.random.randbytes(2 * FULL + 1000)
    packed = kit.run("make-blob", stdin=data).out
    one, two, three = items(packed, BLOB)

    def changed(blob, at, value):
        return blob[:at] + bytes([value]) + blob[at + 1 :]

    cases = {
        "no magic": (changed(one, 1, 0) + two + three, ["blob 0", "not a blob made by kzg make-blob"]),
        "another version": (changed(one, 5, 2) + two + three, "version"),
        "a mark of 2": (changed(one, 6, 2) + two + three, "neither 0 nor 1"),
        "the first missing": (two + three, ["blob 0", "but those from 0 come next"]),
        "the middle missing": (one + three, ["blob 1", f"but those from {FULL} come next"]),
        "the last missing": (one + two, "ends before the file's last blob, after 2 blobs"),
        "a blob twice": (one + one + two + three, "blob 1"),
        "swapped": (two + one + three, "blob 0"),
        "something behind": (packed + one, ["blob 3", "behind the last blob"]),
        "two files": (packed + packed, ["blob 3", "behind the last blob"]),
        "too long a length": (one + two + three[:15] + b"\xff" * 8 + three[23:], "more bytes than a blob can carry"),
        "not last and not full": (one + two + changed(three, 6, 0), ["blob 2", "not full"]),
        "last too early": (changed(one, 6, 1) + two + three, ["blob 1", "behind the last blob"]),
        "a header byte that is reserved": (changed(one, 31, 1) + two + three, ["blob 0, field element 0"]),
        "padding": (one + two + changed(three, BLOB - 1, 1), ["blob 2, field element 4095", f"byte {3 * BLOB - 32}"]),
        "a first byte": (one + changed(two, 320, 1) + three, ["blob 1, field element 10", f"byte {BLOB + 320}"]),
        "cut": (packed[:-1], "131071 of 131072"),
        "empty": (b"", "empty"),
        "zeros": (bytes(BLOB), "not a blob made by"),
    }
    for name, (content, message) in cases.items():
        kit.expect(f"unpack: {name}", kit.run("unpack", stdin=content), BAD_INPUT, err=message)
    error = json.loads(kit.run("unpack", "--json", "-o", kit.path("x"), stdin=bytes(BLOB)).err)
    kit.check("unpack: the error as JSON", error["error"]["code"] == "not_a_packed_blob", error)


round_trips()
forms()
damage()
kit.finish()
