#!/usr/bin/env python3
"""Every command that computes or verifies: known answers, input forms, archives, what is not valid."""
import hashlib
import json
import os

from kit import *

kit = Kit("compute")
KNOWN_BLOB = known_blob()
known_file = kit.file("known.bin", KNOWN_BLOB)
ZERO, TWOS = bytes(BLOB), twos_blob()
COMMITMENT = "0x" + KNOWN["commitment"]
BLOB_PROOF = "0x" + KNOWN["blob_proof"]


def known_answers():
    for backend in ("portable", "auto"):
        b = ["--backend", backend]
        kit.expect(f"commit, {backend}", kit.run("commit", *b, known_file), OK, out=COMMITMENT + "\n")
        kit.expect(f"prove, {backend}", kit.run("prove", *b, known_file), OK, out=BLOB_PROOF + "\n")
        line = f"0x{KNOWN['proof']} 0x{KNOWN['y']}\n"
        kit.expect(f"prove at z, {backend}", kit.run("prove", *b, "--z", KNOWN["z"], known_file), OK, out=line)
        cells = kit.run("cells", *b, "--format", "raw", known_file).out
        good = hashlib.sha256(cells[: CELLS * CELL]).hexdigest() == KNOWN["cells_sha256"]
        good = good and hashlib.sha256(cells[CELLS * CELL :]).hexdigest() == KNOWN["cell_proofs_sha256"]
        kit.check(f"cells, {backend}", good and len(cells) == CELLS * (CELL + 48), len(cells))
    for level in "0123":
        kit.expect(f"commit, precompute {level}", kit.run("commit", "--precompute", level, known_file), OK,
                   out=COMMITMENT + "\n")  # fmt: skip
    kit.expect("commit to zero", kit.run("commit", stdin=ZERO), OK, out=hexa(INFINITY) + "\n")
    kit.expect("prove with a commitment", kit.run("prove", "-c", COMMITMENT, known_file), OK, out=BLOB_PROOF + "\n")
    kit.expect("prove with a valid but wrong commitment", kit.run("prove", "-c", hexa(GENERATOR), known_file), OK)


def table_cache():
    path = kit.path("tables")
    cached = ["--table-cache", path, "--precompute", "0"]
    commit, answer = ["commit", *cached, known_file], COMMITMENT + "\n"
    kit.expect("tables are computed and kept", kit.run(*commit), OK, out=answer)
    kept, inode = read(path), os.stat(path).st_ino
    kit.check("for their owner to write", os.stat(path).st_mode & 0o777 == 0o644, oct(os.stat(path).st_mode))
    kit.expect("and used", kit.run(*commit), OK, out=answer)
    cells = kit.run("cells", *cached, "--format", "raw", known_file)
    kit.check("for cells", hashlib.sha256(cells.out[CELLS * CELL :]).hexdigest() == KNOWN["cell_proofs_sha256"])
    proof = kit.run("run", *cached, "compute_blob_kzg_proof", stdin=json.dumps(
        {"blob": hexa(KNOWN_BLOB), "commitment": COMMITMENT}).encode())  # fmt: skip
    kit.check("for any function", proof.json()["output"] == BLOB_PROOF and proof.err == b"", proof)

    other = ["commit", "--table-cache", path, known_file]
    kit.expect("the level is kzgd's, and another is told", kit.run(*other), OK, out=answer,
               err="tables are not used: other_level", empty_err=False)  # fmt: skip
    kit.expect("or not", kit.run(*other, "--quiet", "--precompute", "1"), OK, out=answer)
    kit.check("and leaves the file", os.stat(path).st_ino == inode and read(path) == kept)

    with open(path, "r+b") as file:
        file.seek(len(kept) // 2)
        file.write(bytes([kept[len(kept) // 2] ^ 1]))
    kit.expect("damage is told", kit.run(*commit), OK, out=answer, err="tables are not used: damaged", empty_err=False)
    kit.check("and repaired", read(path) == kept)

    def refused(name, file, why):
        result = kit.run("commit", "--precompute", "0", "--table-cache", file, known_file)
        kit.expect(name, result, OK, out=answer, err=[file, why], empty_err=False)

    mistake, link = kit.file("mistake", KNOWN_BLOB), kit.path("link")
    refused("a file of another kind", mistake, "foreign")
    kit.check("is left as it is", read(mistake) == KNOWN_BLOB)
    os.symlink(path, link)
    refused("a symbolic link", link, "symbolic link")
    kit.check("is one still", os.path.islink(link))
    os.chmod(path, 0o666)
    refused("a file that others may write", path, "may write")
    nowhere = kit.run("commit", "--json", "--precompute", "0", "--table-cache", kit.path("no/such/folder"), known_file)
    told = json.loads(nowhere.err)
    kit.check("what cannot be kept is told in JSON", nowhere.status == OK and told["exit_status"] == 0 and
              "tables are not kept" in told["error"]["message"], nowhere)  # fmt: skip
    kit.expect("an empty name", kit.run("commit", "--table-cache=", known_file), BAD_INPUT, err="--table-cache is empty")


def input_forms():
    lower, upper = KNOWN_BLOB.hex(), KNOWN_BLOB.hex().upper()
    forms = {
        "raw": KNOWN_BLOB,
        "hex": lower.encode(),
        "hex, 0x": b"0x" + lower.encode(),
        "hex, upper case": upper.encode(),
        "hex, 0x and upper case": b"0x" + upper.encode(),
        "hex, newline": lower.encode() + b"\n",
        "hex, CRLF": b"0x" + lower.encode() + b"\r\n",
        "hex, blanks around": b"\n \t0x" + lower.encode() + b" \n\n",
    }
    for name, content in forms.items():
        path = kit.file("form", content)
        kit.expect(f"file: {name}", kit.run("commit", path), OK, out=COMMITMENT + "\n")
        kit.expect(f"standard input: {name}", kit.run("commit", stdin=content), OK, out=COMMITMENT + "\n")
        force = "--raw" if name == "raw" else "--hex"
        kit.expect(f"forced: {name}", kit.run("commit", force, "-", stdin=content), OK, out=COMMITMENT + "\n")
    # A raw blob of nothing but hexadecimal digits is canonical, but must be said to be raw.
    digits = b"0123456789abcdef" * (BLOB // 16)
    kit.expect("a raw blob that looks like digits", kit.run("commit", "--raw", stdin=digits), OK)
    words = b"Some text that is as long as a blob; " * 4000
    kit.expect("a raw blob that is text", kit.run("challenge", "-c", COMMITMENT, stdin=words[:BLOB]), BAD_INPUT,
               err="is not below")  # fmt: skip
    kit.check("262144 digits are one blob", len(kit.run("commit", stdin=digits * 2).lines()) == 1)
    kit.check("262144 digits, --raw: two", len(kit.run("commit", "--raw", stdin=digits * 2).lines()) == 2)


def archives():
    blobs = [KNOWN_BLOB, ZERO, TWOS, KNOWN_BLOB]
    commitments = [COMMITMENT, hexa(INFINITY), kit.run("commit", stdin=TWOS).text().strip(), COMMITMENT]
    wanted = "".join(c + "\n" for c in commitments)
    raw = b"".join(blobs)
    text = [b.hex().encode() for b in blobs]
    kit.expect("archive: raw", kit.run("commit", stdin=raw), OK, out=wanted)
    kit.expect("archive: one a line", kit.run("commit", stdin=b"\n".join(text)), OK, out=wanted)
    kit.expect("archive: 0x lines", kit.run("commit", stdin=b"".join(b"0x" + t + b"\n" for t in text)), OK, out=wanted)
    kit.expect("archive: digits end to end", kit.run("commit", stdin=b"".join(text)), OK, out=wanted)
    files = [kit.file(f"a{i}", c) for i, c in enumerate((raw[:BLOB], text[1], raw[2 * BLOB :]))]
    kit.expect("several files of different forms", kit.run("commit", *files), OK, out=wanted)
    kit.expect("a file and standard input", kit.run("commit", files[0], "-", files[2], stdin=text[1]), OK, out=wanted)
    kit.expect("behind --", kit.run("commit", "--", *files), OK, out=wanted)
    rows = [json.loads(line) for line in kit.run("commit", "--json", *files).lines()]
    kit.check("json: commitments", [r["commitment"] for r in rows] == commitments, rows)
    kit.check("json: numbers go on over files", [r["blob"] for r in rows] == [0, 1, 2, 3], rows)
    kit.check("json: files", [r["file"] for r in rows] == [files[0], files[1], files[2], files[2]], rows)
    kit.expect("--format raw", kit.run("commit", "--format", "raw", *files), OK,
               out=bytes.fromhex("".join(c[2:] for c in commitments)))  # fmt: skip
    proofs = kit.expect("prove an archive", kit.run("prove", stdin=raw), OK)
    kit.check("prove: of zero and of twos infinity", proofs.lines()[1:3] == [hexa(INFINITY)] * 2, proofs)
    verified = kit.run("verify", "-c", "@" + kit.file("c", wanted), "-p", "@" + kit.file("p", proofs.out), *files)
    kit.expect("verify what was proved", verified, OK, out="valid\n")
    # Long enough that tables are made on the way: the answers stay the same.
    many = kit.run("commit", stdin=raw * 8)
    kit.expect("commit 32", many, OK, out=wanted * 8)


def prove_forms():
    row = kit.expect("prove --json", kit.run("prove", "--json", known_file), OK).json()
    kit.check("prove --json", row["proof"] == BLOB_PROOF and row["commitment"] == COMMITMENT, row)
    row = kit.expect("prove --z --json", kit.run("prove", "--json", "--z", "0x" + KNOWN["z"], known_file), OK).json()
    kit.check("prove --z --json", (row["proof"], row["y"]) == ("0x" + KNOWN["proof"], "0x" + KNOWN["y"]), row)
    raw = kit.run("prove", "--format", "raw", "--z", KNOWN["z"], known_file).out
    kit.check("prove --z --format raw", raw.hex() == KNOWN["proof"] + KNOWN["y"], raw)
    for name, z in {"as a file": bytes.fromhex(KNOWN["z"]), "as a hex file": KNOWN["z"] + "\n"}.items():
        result = kit.run("prove", "--z", "@" + kit.file("z", z), known_file)
        kit.check(f"--z {name}", KNOWN["proof"] in result.text(), result)
    kit.expect("--z with --commitment", kit.run("prove", "--z", KNOWN["z"], "-c", COMMITMENT, known_file), BAD_INPUT,
               err="--commitment is for blob proofs")  # fmt: skip
    modulus = R.to_bytes(32, "big").hex()
    kit.expect("--z is the modulus", kit.run("prove", "--z", modulus, known_file), BAD_INPUT,
               err=["--z", modulus, "is not below"])  # fmt: skip
    kit.expect("--z is one less", kit.run("prove", "--z", (R - 1).to_bytes(32, "big").hex(), known_file), OK)
    kit.expect("too few commitments", kit.run("prove", "-c", COMMITMENT, known_file, known_file), BAD_INPUT,
               err="1 commitments, but at least 2 blobs")  # fmt: skip
    kit.expect("too many commitments", kit.run("prove", "-c", COMMITMENT, "-c", COMMITMENT, known_file), BAD_INPUT,
               err="2 commitments, but 1 blobs")  # fmt: skip


def challenges():
    result = kit.expect("challenge", kit.run("challenge", "-c", COMMITMENT, known_file), OK)
    point = result.text().strip()
    row = kit.run("challenge", "--json", "-c", COMMITMENT, known_file).json()
    kit.check("challenge --json", row["challenge"] == point, row)
    # The blob proof is the proof at the challenge.
    at_point = kit.run("prove", "--z", point, known_file).text().split()[0]
    kit.check("the blob proof is the proof at the challenge", at_point == BLOB_PROOF, at_point)
    kit.expect("challenge without a commitment", kit.run("challenge", known_file), BAD_INPUT, err="is missing")


def verify_point():
    z, y, proof = KNOWN["z"], KNOWN["y"], KNOWN["proof"]
    claim = {"-c": COMMITMENT, "--z": z, "--y": y, "-p": proof}
    flat = lambda c: [x for pair in c.items() for x in pair]  # noqa: E731
    kit.expect("verify a point", kit.run("verify", *flat(claim)), OK, out="valid\n")
    for option, wrong in (("--y", z), ("--z", y), ("-c", hexa(GENERATOR)), ("-p", hexa(INFINITY))):
        result = kit.run("verify", *flat({**claim, option: wrong}))
        kit.expect(f"verify a point, other {option}", result, NOT_VALID, out="not valid\n")
    false = kit.run("verify", "--json", *flat({**claim, "--y": z}))
    kit.check("verify a point --json", false.status == NOT_VALID and false.json()["valid"] is False, false)
    kit.expect("verify a point --quiet", kit.run("verify", "-q", *flat({**claim, "--y": z})), NOT_VALID, out="")
    for option in ("-c", "--z", "--y", "-p"):
        rest = {k: v for k, v in claim.items() if k != option}
        kit.expect(f"verify a point without {option}", kit.run("verify", *flat(rest)), BAD_INPUT, err="is missing")
    kit.expect("verify a point with a blob", kit.run("verify", *flat(claim), known_file), BAD_INPUT, err="no blob is read")
    for option in ("--z", "--y"):
        big = kit.run("verify", *flat({**claim, option: "f" * 64}))
        kit.expect(f"{option} not canonical", big, BAD_INPUT, err=[option, "is not below"])


def bad_points():
    x = 5
    while pow(x**3 + 4, (P - 1) // 2, P) == 1:
        x += 1
    off_curve = (x | 1 << 383).to_bytes(48, "big")
    points = {
        "no compression flag": (b"\x17" + GENERATOR[1:], "flag bits"),
        "infinity with a bit": (INFINITY[:-1] + b"\x01", "flag bits"),
        "infinity with the sign": (b"\xe0" + bytes(47), "flag bits"),
        "coordinate p": ((P | 1 << 383).to_bytes(48, "big"), "coordinate"),
        "off the curve": (off_curve, "not on the curve"),
        "of order 3": (b"\x80" + bytes(47), "subgroup"),
    }
    for name, (point, message) in points.items():
        for option in ("-c", "-p"):
            values = {"-c": COMMITMENT, "-p": BLOB_PROOF, option: hexa(point)}
            result = kit.run("verify", "-c", values["-c"], "-p", values["-p"], known_file)
            long = "--commitment" if option == "-c" else "--proof"
            kit.expect(f"{long}: {name}", result, BAD_INPUT, out="", err=[long, message])
        kit.expect(f"prove: {name}", kit.run("prove", "-c", hexa(point), known_file), BAD_INPUT, err=message)


def verify_batch():
    """Two chunks and more: the bad ones are found at both sides of the border."""
    kinds = [KNOWN_BLOB, TWOS, ZERO]
    commitments = [COMMITMENT, kit.run("commit", stdin=TWOS).text().strip(), hexa(INFINITY)]
    proofs = [BLOB_PROOF, hexa(INFINITY), hexa(INFINITY)]
    n = 70
    archive = kit.file("archive", b"".join(kinds[i % 3] for i in range(n)))
    c = [commitments[i % 3] for i in range(n)]
    p = [proofs[i % 3] for i in range(n)]

    def verify(c, p, *more):
        arguments = ["-c", "@" + kit.file("c", "\n".join(c)), "-p", "@" + kit.file("p", "\n".join(p))]
        return kit.run("verify", *arguments, *more, archive)

    kit.expect("a batch of 70", verify(c, p), OK, out="valid\n")
    for bad in ([0], [69], [3, 63, 64], list(range(0, 70, 3))):
        wrong = [hexa(GENERATOR) if i in bad else p[i] for i in range(n)]
        lines = "not valid\n" + "".join(f"blob {i}: not valid\n" for i in bad)
        kit.expect(f"a batch with {len(bad)} bad proofs", verify(c, wrong), NOT_VALID, out=lines)
    result = verify(c, [hexa(GENERATOR) if i == 66 else p[i] for i in range(n)], "--json")
    kit.check("a batch --json", result.json() == {"valid": False, "blobs": 70, "invalid": [66]}, result)
    swapped = [c[1], c[0]] + c[2:]
    kit.expect("commitments swapped", verify(swapped, p), NOT_VALID)
    malformed = p[:66] + ["0x" + "00" * 48] + p[67:]
    kit.expect("a malformed proof in the second chunk", verify(c, malformed), BAD_INPUT, err=["--proof", "proof 66"])
    kit.expect("one proof too few", verify(c, p[:-1]), BAD_INPUT, err="69 proofs, but at least 70 blobs")
    kit.expect("one commitment too many", verify(c + c[:1], p), BAD_INPUT, err="71 commitments, but 70 blobs")
    bad_blob = bytearray(read(archive))
    at = 65 * BLOB + 4095 * 32
    bad_blob[at : at + 32] = b"\xff" * 32
    with open(archive, "wb") as file:
        file.write(bad_blob)
    kit.expect("a blob that is not canonical, in the second chunk", verify(c, p), BAD_INPUT,
               err=[archive, "blob 65, field element 4095", f"byte {at}", "0x" + "ff" * 32])  # fmt: skip


def not_canonical():
    for element in (0, 1, 4095):
        for value in (R, 2**256 - 1):
            blob = bytearray(KNOWN_BLOB)
            blob[32 * element : 32 * element + 32] = value.to_bytes(32, "big")
            where = [f"blob 1, field element {element}", f"byte {BLOB + 32 * element}", f"0x{value:064x}", f"0x{R:x}"]
            for command in (["commit"], ["prove"], ["prove", "--z", KNOWN["z"]], ["cells", "--cells-only"]):
                result = kit.run(*command, stdin=KNOWN_BLOB + bytes(blob))
                kit.expect(f"{command[0]}: element {element} is {value:#x}"[:60], result, BAD_INPUT, err=where)
    text = KNOWN_BLOB.hex() + "\n0x" + bytes(blob).hex()
    result = kit.run("commit", stdin=text.encode())
    kit.expect("the byte in a hex file", result, BAD_INPUT, err=f"byte {2 * BLOB + 3 + 64 * 4095}")
    error = json.loads(kit.run("commit", "--json", stdin=bytes(blob)).err)
    kit.check("the error as JSON", error["exit_status"] == 2 and error["error"]["element"] == 4095
              and error["error"]["code"] == "field_element_not_canonical", error)  # fmt: skip


def cells():
    cells_file, proofs_file = kit.path("cells"), kit.path("proofs")
    kit.expect("cells to two files", kit.run("cells", "--format", "raw", "-o", cells_file, "--proofs-output",
                                             proofs_file, known_file), OK, out="")  # fmt: skip
    all_cells, all_proofs = read(cells_file), read(proofs_file)
    kit.check("the first half of the cells is the blob", all_cells[:BLOB] == KNOWN_BLOB)
    text = kit.run("cells", known_file).lines()
    kit.check("cells as text", text == [hexa(x) for x in items(all_cells, CELL) + items(all_proofs, 48)])
    row = kit.run("cells", "--json", known_file).json()
    kit.check("cells as JSON", row["cells"] + row["proofs"] == text and row["blob"] == 0)
    only = kit.run("cells", "--cells-only", known_file).lines()
    kit.check("--cells-only", only == text[:128])
    kit.check("--cells-only --json", "proofs" not in kit.run("cells", "--cells-only", "--json", known_file).json())
    many = kit.run("cells", "--cells-only", "--format", "raw", stdin=KNOWN_BLOB + ZERO).out
    kit.check("cells of two blobs", many == all_cells + bytes(CELLS * CELL))
    for name, arguments in {
        "with JSON": ["--json", "--proofs-output", "x"],
        "with cells only": ["--cells-only", "--proofs-output", "x"],
        "to the same file": ["-o", "x", "--proofs-output", "x"],
        "both to standard output": ["--proofs-output", "-"],
    }.items():
        kit.expect(f"--proofs-output {name}", kit.run("cells", *arguments, known_file), BAD_INPUT)
    return items(all_cells, CELL), items(all_proofs, 48)


def recover(cells, proofs):
    full = "".join(hexa(x) + "\n" for x in cells + proofs)
    choices = {
        "0-63": range(64),
        "64-127": range(64, 128),
        "0-31,96-127": [*range(32), *range(96, 128)],
        ",".join(str(i) for i in range(0, 128, 2)): range(0, 128, 2),
        "0-126": range(127),
        "0-127": range(128),
    }
    for text, chosen in choices.items():
        content = b"".join(cells[i] for i in chosen)
        kit.expect(f"recover {text[:20]}", kit.run("recover", "--indices", text, stdin=content), OK, out=full)
    half = b"".join(cells[64:])
    kit.expect("recover, hex cells", kit.run("recover", "-i", "64-127", stdin=half.hex().encode()), OK, out=full)
    blob = kit.run("recover", "-i", "64-127", "--blob", "--format", "raw", stdin=half)
    kit.expect("recover --blob", blob, OK, out=KNOWN_BLOB)
    kit.check("recover --blob --json", kit.run("recover", "-i", "64-127", "--blob", "--json", stdin=half).json()["blob"]
              == hexa(KNOWN_BLOB))  # fmt: skip
    only = kit.run("recover", "-i", "64-127", "--cells-only", "--format", "raw", stdin=half)
    kit.expect("recover --cells-only", only, OK, out=b"".join(cells))
    document = {"cell_indices": list(range(64, 128)), "cells": [hexa(c) for c in cells[64:]]}
    path = kit.file("cells.json", json.dumps(document))
    row = kit.expect("recover a JSON file", kit.run("recover", "--json", path), OK).json()
    kit.check("recover: JSON to JSON", [row["cells"], row["proofs"]] == [[hexa(c) for c in cells], [hexa(p) for p in proofs]])
    kit.expect("recover JSON from a pipe", kit.run("recover", stdin=json.dumps(document).encode()), OK, out=full)
    recover_errors(cells, half, document)


def recover_errors(cells, half, document):
    short = b"".join(cells[:63])
    other = bytearray(b"".join(cells[:65]))
    other[-1] ^= 1
    high = bytearray(half)
    high[5 * CELL + 64 : 5 * CELL + 96] = b"\xff" * 32
    cases = {
        "63 cells": (["-i", "0-62"], short, "fewer than 64"),
        "129 cells": (["-i", "0-127,127"], b"".join(cells) + cells[127], ""),
        "an index twice": (["-i", "0-62,62"], short + cells[62], "62"),
        "indices not ascending": (["-i", "1,0,2-63"], b"".join(cells[:64]), ""),
        "index 128": (["-i", "64-126,128"], half, ["cell_index 63", "128: a cell index is not below 128"]),
        "index 2^64 - 1": (["-i", "64-126,18446744073709551615"], half, "not below 128"),
        "an index that is 127 when cut to 8 bits": (["-i", "64-126,383"], half, "383"),
        "cells that fit no polynomial": (["-i", "0-64"], bytes(other), "polynomial"),
        "a cell not canonical": (["-i", "64-127"], bytes(high), ["cell 5, field element 2", "0x" + "ff" * 32]),
        "fewer indices than cells": (["-i", "64-126"], half, "64 cells, but 63 indices"),
        "more indices than cells": (["-i", "63-127"], half, "64 cells, but 65 indices"),
        "indices beyond 64 bits": (["-i", "18446744073709551616"], half, "expected a number"),
        "a huge range": (["-i", "0-99999999999"], half, "more than"),
        "a range backwards": (["-i", "63-0"], half, "'63-0' at character 0"),
        "an empty list": (["-i", ""], half, "''"),
        "a list that ends in a comma": (["-i", "0-63,"], half, "'' at character 5"),
        "a blank in the list": (["-i", "0, 1"], half, "' 1'"),
        "a negative index": (["-i=-1"], half, "no option"),
        "half a range": (["-i", "0-"], half, "'0-'"),
        "hexadecimal index": (["-i", "0x10"], half, "'0x10'"),
        "half a cell": (["-i", "64-127"], half[:-1], "the file ends after 2047 of 2048 bytes"),
        "no JSON and no indices": ([], half, "without --indices, expected JSON"),
        "two JSON files": (["a", "b"], b"", "one JSON file"),
        "--raw with JSON": (["--raw"], b"{}", "--raw and --hex go with --indices"),
        "--blob and --cells-only": (["--blob", "--cells-only"], b"", "--blob"),
        "JSON, fewer indices": ([], json.dumps({**document, "cell_indices": []}).encode(), "cells has 64 items, but cell_indices has 0"),
    }
    for name, (arguments, content, message) in cases.items():
        kit.expect(f"recover: {name}", kit.run("recover", *arguments, stdin=content), BAD_INPUT, out="", err=message)


def verify_cells(cells, proofs):
    one_row = ["-c", COMMITMENT, "-p", "@" + kit.file("row.proofs", b"".join(proofs))]
    content = b"".join(cells)
    kit.expect("verify a row", kit.run("verify-cells", *one_row, stdin=content), OK, out="valid\n")
    kit.expect("verify a row, hex", kit.run("verify-cells", *one_row, stdin="\n".join(c.hex() for c in cells).encode()), OK)
    kit.expect("indices in words", kit.run("verify-cells", *one_row, "-i", "0-127", stdin=content), OK)
    kit.expect("indices off by one", kit.run("verify-cells", *one_row, "-i", "1-127,0", stdin=content), NOT_VALID)
    wrong = bytearray(content)
    wrong[7 * CELL + 100] ^= 1
    wrong[90 * CELL + 31] ^= 1
    kit.expect("two wrong cells", kit.run("verify-cells", *one_row, stdin=bytes(wrong)), NOT_VALID,
               out="not valid\ncell 7: not valid\ncell 90: not valid\n")  # fmt: skip
    row = kit.run("verify-cells", "--json", *one_row, stdin=bytes(wrong)).json()
    kit.check("two wrong cells --json", row == {"valid": False, "cells": 128, "invalid": [7, 90]}, row)
    # Nine rows: more than one chunk; one commitment for each.
    rows = ["-c", "@" + kit.file("c", ((COMMITMENT + "\n") + hexa(INFINITY) + "\n") * 4 + COMMITMENT + "\n"),
            "-p", "@" + kit.file("p", (b"".join(proofs) + INFINITY * 128) * 4 + b"".join(proofs))]  # fmt: skip
    nine = (content + bytes(CELLS * CELL)) * 4 + content
    kit.expect("nine rows", kit.run("verify-cells", *rows, stdin=nine), OK, out="valid\n")
    bad = bytearray(nine)
    bad[1100 * CELL + 31] ^= 1
    kit.expect("a wrong cell in the second chunk", kit.run("verify-cells", *rows, stdin=bytes(bad)), NOT_VALID,
               out="not valid\ncell 1100: not valid\n")  # fmt: skip
    bad[1100 * CELL : 1100 * CELL + 32] = b"\xff" * 32
    kit.expect("a cell not canonical in the second chunk", kit.run("verify-cells", *rows, stdin=bytes(bad)), BAD_INPUT,
               err=["cell 1100, field element 0", f"byte {1100 * CELL}"])  # fmt: skip
    column = ["-c", COMMITMENT, "-c", hexa(INFINITY), "-i", "17", "-p", hexa(proofs[17]), "-p", hexa(INFINITY)]
    kit.expect("a column", kit.run("verify-cells", *column, stdin=cells[17] + bytes(CELL)), OK)
    kit.expect("a column, cells swapped", kit.run("verify-cells", *column, stdin=bytes(CELL) + cells[17]), NOT_VALID)
    single = ["-c", COMMITMENT, "-p", hexa(proofs[5])]
    kit.expect("one cell", kit.run("verify-cells", *single, "-i", "5", stdin=cells[5]), OK, out="valid\n")
    cases = {
        "index 128": ([*single, "-i", "128"], cells[5], ["--indices", "128"]),
        "no index for one cell": (single, cells[5], "expected all 128"),
        "a cell too many": ([*single, "-i", "5"], cells[5] * 2, "1 proofs, but at least 2 cells"),
        "a cell too few": ([*one_row], content[:-CELL], "128 proofs, but 127 cells"),
        "indices of another number": ([*one_row, "-i", "0-126"], content, "127 indices, but 128 proofs"),
        "commitments of another number": ([*one_row, "-c", COMMITMENT], content, "2 commitments, but 128 proofs"),
        "no commitment": (["-p", hexa(proofs[5])], cells[5], "--commitment is missing"),
        "no proof": (["-c", COMMITMENT], cells[5], "--proof is missing"),
        "a proof off the curve": (["-c", COMMITMENT, "-i", "5", "-p", "0x8" + "1" * 95], cells[5], "--proof"),
    }
    for name, (arguments, data, message) in cases.items():
        kit.expect(f"verify-cells: {name}", kit.run("verify-cells", *arguments, stdin=data), BAD_INPUT, err=message)


def setup_points():
    """The embedded setup's points from data/, compressed: G1 monomial, G1 Lagrange in natural order, G2."""
    data = read(os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../data/mainnet_setup.bin"))
    half = (P - 1) // 2

    def g1(raw):
        y = int.from_bytes(raw[48:], "big")
        return bytes([raw[0] | 0x80 | (0x20 if y > half else 0)]) + raw[1:48]

    def g2(raw):
        y1, y0 = (int.from_bytes(raw[i : i + 48], "big") for i in (96, 144))
        return bytes([raw[0] | 0x80 | (0x20 if (y1 > half or (y1 == 0 and y0 > half)) else 0)]) + raw[1:96]

    monomial = [g1(x) for x in items(data[16 : 16 + 4096 * 96], 96)]
    reversed_lagrange = [g1(x) for x in items(data[393232 : 393232 + 4096 * 96], 96)]
    lagrange = [reversed_lagrange[int(f"{i:012b}"[::-1], 2)] for i in range(4096)]
    return monomial, lagrange, [g2(x) for x in items(data[786448 : 786448 + 65 * 192], 192)]


def setups():
    monomial, lagrange, g2 = setup_points()
    as_text = lambda m, l, t: "4096\n65\n" + "".join(x.hex() + "\n" for x in [*l, *t, *m])  # noqa: E731, E741
    text = kit.file("setup.txt", as_text(monomial, lagrange, g2))
    names = {"g1_monomial": monomial, "g1_lagrange": lagrange, "g2_monomial": g2}
    as_json = kit.file("setup.json", json.dumps({k: [hexa(x) for x in v] for k, v in names.items()}))
    embedded = kit.run("version", "--json").json()
    for path in (text, as_json):
        name = os.path.basename(path)
        info = kit.expect(f"{name}", kit.run("version", "--json", "--trusted-setup", path), OK).json()
        kit.check(f"{name}: digest", info["setup_sha256"] == embedded["setup_sha256"] and info["setup"] == "custom", info)
    kit.expect("commit with it", kit.run("commit", "--trusted-setup", text, known_file), OK, out=COMMITMENT + "\n")
    swapped = [lagrange[1], lagrange[0], *lagrange[2:]]
    torsion = [*monomial[:7], b"\x80" + bytes(47), *monomial[8:]]
    cases = {
        "empty": ("", ""),
        "a word": ("setup", ""),
        "cut": (read(text)[:-2], "g1_monomial 4095"),
        "something behind": (read(text) + b"00\n", ""),
        "two points swapped": (as_text(monomial, swapped, g2), ""),
        "a point of order 3": (as_text(torsion, lagrange, g2), ["g1_monomial 7", "subgroup"]),
        "JSON without g2": (json.dumps({k: [hexa(x) for x in v] for k, v in names.items() if k != "g2_monomial"}), ""),
    }
    for name, (content, message) in cases.items():
        path = kit.file("bad setup", content)
        result = kit.run("commit", "--trusted-setup", path, known_file)
        message = [message] if isinstance(message, str) else message
        kit.expect(f"setup: {name}", result, BAD_INPUT, out="", err=[path, *message])
    kit.expect("setup: missing", kit.run("commit", "--trusted-setup", "/nowhere", known_file), BAD_INPUT, err="No such file")
    kit.expect("setup: a directory", kit.run("commit", "--trusted-setup", "/", known_file), BAD_INPUT, err="directory")
    kit.expect("setup: no name", kit.run("commit", "--trusted-setup=", known_file), BAD_INPUT, err="is empty")


known_answers()
table_cache()
input_forms()
archives()
prove_forms()
challenges()
verify_point()
bad_points()
verify_batch()
not_canonical()
the_cells, the_proofs = cells()
recover(the_cells, the_proofs)
verify_cells(the_cells, the_proofs)
setups()
kit.finish()
