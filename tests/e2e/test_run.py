#!/usr/bin/env python3
"""kzg run: the JSON of the official vectors, every function, and every way to get the JSON wrong."""
import json

from kit import *

kit = Kit("run")
B = known_blob()
C, PI = "0x" + KNOWN["commitment"], "0x" + KNOWN["blob_proof"]
Z, Y, PROOF = ("0x" + KNOWN[k] for k in ("z", "y", "proof"))
NULL = '{"output":null}\n'


def call(function, arguments, **options):
    text = arguments if isinstance(arguments, (bytes, str)) else json.dumps(arguments)
    return kit.run("run", function, stdin=text.encode() if isinstance(text, str) else text, **options)


def answers():
    raw = kit.run("cells", "--format", "raw", stdin=B).out
    cells = [hexa(x) for x in items(raw[: CELLS * CELL], CELL)]
    proofs = [hexa(x) for x in items(raw[CELLS * CELL :], 48)]
    blob = hexa(B)
    point = {"commitment": C, "z": Z, "y": Y, "proof": PROOF}
    blob_claim = {"blob": blob, "commitment": C, "proof": PI}
    batch = {"blobs": [blob] * 2, "commitments": [C] * 2, "proofs": [PI] * 2}
    row = {"commitments": [C] * 3, "cell_indices": [0, 5, 127], "cells": [cells[i] for i in (0, 5, 127)],
           "proofs": [proofs[i] for i in (0, 5, 127)]}  # fmt: skip
    half = {"cell_indices": list(range(64)), "cells": cells[:64]}
    good = {
        "blob_to_kzg_commitment": ({"blob": blob}, C),
        "compute_kzg_proof": ({"blob": blob, "z": Z}, [PROOF, Y]),
        "compute_blob_kzg_proof": ({"blob": blob, "commitment": C}, PI),
        "verify_kzg_proof": (point, True),
        "verify_blob_kzg_proof": (blob_claim, True),
        "verify_blob_kzg_proof_batch": (batch, True),
        "compute_challenge": ({"blob": blob, "commitment": C}, kit.run("challenge", "-c", C, stdin=B).text().strip()),
        "compute_cells": ({"blob": blob}, cells),
        "compute_cells_and_kzg_proofs": ({"blob": blob}, [cells, proofs]),
        "recover_cells_and_kzg_proofs": (half, [cells, proofs]),
        "verify_cell_kzg_proof_batch": (row, True),
    }
    for function, (arguments, output) in good.items():
        wanted = json.dumps({"output": output}, separators=(",", ":")) + "\n"
        kit.expect(function, call(function, arguments), OK, out=wanted)
        reordered = json.dumps(dict(reversed(arguments.items())), indent=3).replace("0x", "0x").encode()
        kit.expect(f"{function}: other order, indented", call(function, b"\n" + reordered + b"\n"), OK, out=wanted)
    from_file = kit.run("run", "blob_to_kzg_commitment", kit.file("in.json", json.dumps({"blob": blob})))
    kit.expect("from a file", from_file, OK, out=f'{{"output":"{C}"}}\n')
    upper = call("compute_challenge", {"blob": "0x" + B.hex().upper(), "commitment": C})
    kit.expect("upper case", upper, OK, out=json.dumps({"output": good["compute_challenge"][1]}, separators=(",", ":")) + "\n")
    false = '{"output":false}\n'
    kit.expect("a false point", call("verify_kzg_proof", {**point, "y": Z}), NOT_VALID, out=false)
    kit.expect("a false blob", call("verify_blob_kzg_proof", {**blob_claim, "proof": PROOF}), NOT_VALID, out=false)
    kit.expect("a false batch", call("verify_blob_kzg_proof_batch", {**batch, "proofs": [PI, PROOF]}), NOT_VALID, out=false)
    kit.expect("a false cell", call("verify_cell_kzg_proof_batch", {**row, "cell_indices": [0, 5, 126]}), NOT_VALID, out=false)
    empty = {"blobs": [], "commitments": [], "proofs": []}
    kit.expect("an empty batch", call("verify_blob_kzg_proof_batch", empty), OK, out='{"output":true}\n')
    empty = {"commitments": [], "cell_indices": [], "cells": [], "proofs": []}
    kit.expect("an empty batch of cells", call("verify_cell_kzg_proof_batch", empty), OK, out='{"output":true}\n')
    return point, row, half, blob


def challenge_of_cells(blob):
    function = "compute_verify_cell_kzg_proof_batch_challenge"
    elements = [hexa(x) for x in items(B[:CELL], 32)]
    arguments = {"commitments": [C], "commitment_indices": [0, 0], "cell_indices": [0, 5],
                 "cosets_evals": [elements, elements], "proofs": [PI, PI]}  # fmt: skip
    result = kit.expect("cosets", call(function, arguments), OK)
    kit.check("cosets: a field element", int(result.json()["output"], 16) < R)
    none = dict.fromkeys(arguments, [])
    # From the official vectors: the challenge of nothing.
    kit.expect("no cosets", call(function, none), OK,
               out='{"output":"0x16689b8c7255c093a96a891e5f71da9b08f7865fc0c3aeb56d9a4851f5ec11c2"}\n')  # fmt: skip
    cases = {
        "a coset as one string": ([hexa(B[:CELL])] * 2, "cosets_evals[0]: expected a list of 64"),
        "63 elements": ([elements, elements[:63]], "cosets_evals[1]: 63 field elements: expected 64"),
        "65 elements": ([elements + elements[:1], elements], "cosets_evals[0]: more than 64"),
        "no elements": ([[], []], "0 field elements"),
        "an element of 31 bytes": ([[e[:-2] for e in elements]] * 2, "cosets_evals[0][0]: 62 hexadecimal digits"),
        "an element not canonical": ([elements, elements[:7] + ["0x" + "ff" * 32] + elements[8:]], "field element 7"),
        "one list less": ([elements], "has"),
    }
    for name, (cosets, message) in cases.items():
        result = call(function, {**arguments, "cosets_evals": cosets})
        kit.expect(f"cosets: {name}", result, BAD_INPUT, out=NULL, err=message)
    kit.expect("a commitment index too large", call(function, {**arguments, "commitment_indices": [0, 1]}), BAD_INPUT,
               out=NULL, err="commitment_indices 1")  # fmt: skip


def wrong_text(point):
    """Texts that are no JSON, or not the right one."""
    text = json.dumps(point)
    cases = {
        "nothing": ("", "the text ends: expected a JSON object"),
        "blanks": (" \n", "the text ends"),
        "null": ("null", "found 'n': expected a JSON object"),
        "a list": ("[]", "found '['"),
        "a string": (f'"{C}"', "found '\"'"),
        "only the brace": ("{", "the name of an argument"),
        "empty object": ("{}", 'the argument "commitment" is missing'),
        "cut in the middle": (text[:-30], "does not end"),
        "cut before the brace": (text[:-1], "the text ends"),
        "trailing comma": (text[:-1] + ",}", "the name of an argument"),
        "comma missing": (text.replace(",", " ", 1), "expected ',' or '}'"),
        "colon missing": (text.replace(":", " ", 1), "expected ':'"),
        "name without quotes": (text.replace('"z"', "z"), "found 'z'"),
        "single quotes": (text.replace('"', "'"), "found '''"),
        "something behind": (text + "{}", "nothing behind the object"),
        "a NUL behind": (text + "\0", "0x00"),
        "a byte order mark": ("\ufeff" + text, "0xef"),
        "a comment": ("/* */" + text, "found '/'"),
        "an argument twice": (text[:-1] + f',"z":"{Z}"}}', "z is given twice"),
        "an argument too many": (text[:-1] + ',"w":1}', 'there is no argument "w" here'),
        "the wrong case": (text.replace('"z"', '"Z"'), 'there is no argument "Z" here'),
        "an escape in a name": (text.replace('"z"', '"\\u007a"'), "escapes"),
        "an escape in hexadecimal": (text.replace(Z, "0\\u0078" + Z[2:]), "escapes"),
        "a newline in a string": (text.replace(Z, Z[:9] + "\n" + Z[9:]), "control character 0x0a"),
        "a NUL in a string": (text.replace(Z, Z[:9] + "\0" + Z[9:]), "control character 0x00"),
        "the vector's file as it is": (json.dumps({"input": point, "output": True}), '"input"'),
        "deep lists": ("[" * 100000, "found '['"),
        "deep objects": ('{"commitment":' * 100000, "commitment: expected a string"),
        "deep lists in a list": ('{"commitment":' + "[" * 100000, "commitment: expected a string"),
    }
    for name, (content, message) in cases.items():
        result = call("verify_kzg_proof", content)
        kit.expect(f"JSON: {name}", result, BAD_INPUT, out=NULL, err=["standard input", message])


def wrong_values(point, row, half, blob):
    hex_cases = {
        "empty": ("", "expected 0x and 64"),
        "0": ("0", "expected 0x and 64"),
        "0x": ("0x", "0 hexadecimal digits"),
        "0x0": ("0x0", "1 hexadecimal digits, an odd number"),
        "no prefix": (Z[2:], "expected 0x and 64"),
        "0X": ("0X" + Z[2:], "expected 0x and 64"),
        "an odd digit": (Z + "0", "65 hexadecimal digits, an odd number"),
        "a byte less": (Z[:-2], "62 hexadecimal digits"),
        "a byte more": (Z + "00", "66 hexadecimal digits"),
        "a letter": (Z[:-1] + "g", "not a hexadecimal digit"),
        "a blank": (Z[:-1] + " ", "not a hexadecimal digit"),
        "null": (None, "expected a string"),
        "a number": (0, "expected a string"),
        "a list": ([Z], "expected a string"),
        "an object": ({}, "expected a string"),
        "true": (True, "expected a string"),
    }
    for name, (value, message) in hex_cases.items():
        kit.expect(f"z: {name}", call("verify_kzg_proof", {**point, "z": value}), BAD_INPUT, out=NULL, err=["z", message])
        cells = half["cells"][:63] + [value]
        result = call("recover_cells_and_kzg_proofs", {**half, "cells": cells})
        kit.expect(f"cells[63]: {name}", result, BAD_INPUT, out=NULL, err="cells[63]")
    kit.expect("a blob one byte less", call("compute_cells", {"blob": blob[:-2]}), BAD_INPUT, out=NULL, err="262142")
    number_cases = {
        "negative": "-1",
        "negative zero": "-0",
        "a fraction": "1.5",
        "a whole fraction": "1.0",
        "an exponent": "1e0",
        "a leading zero": "01",
        "a plus": "+1",
        "beyond 64 bits": "18446744073709551616",
        "very large": "9" * 10000,
        "a string": '"1"',
        "hexadecimal": "0x1",
        "null": "null",
        "true": "true",
        "NaN": "NaN",
        "a list": "[1]",
        "nothing": "",
    }
    text = json.dumps(row)
    for name, value in number_cases.items():
        result = call("verify_cell_kzg_proof_batch", text.replace("[0, 5, 127]", f"[0, {value}, 127]"))
        kit.expect(f"cell_indices: {name}", result, BAD_INPUT, out=NULL)
    for index in (128, 255, 256, 2**32, 2**32 + 5, 2**64 - 1):
        result = call("verify_cell_kzg_proof_batch", {**row, "cell_indices": [0, index, 127]})
        kit.expect(f"cell index {index}", result, BAD_INPUT, out=NULL, err=["cell_indices 1", "not below 128"])
    for name, short in ((k, {**row, k: v[:2]}) for k, v in row.items()):
        result = call("verify_cell_kzg_proof_batch", short)
        kit.expect(f"{name} is shorter", result, BAD_INPUT, out=NULL, err="items, but")
    kit.expect("a list that is a string", call("verify_cell_kzg_proof_batch", {**row, "cells": row["cells"][0]}),
               BAD_INPUT, out=NULL, err="cells: expected a list")  # fmt: skip
    kit.expect("nothing to recover", call("recover_cells_and_kzg_proofs", {"cell_indices": [], "cells": []}), BAD_INPUT,
               out=NULL, err="fewer than 64")  # fmt: skip
    high = {**row, "cells": [row["cells"][0], row["cells"][1][:-64] + "ff" * 32, row["cells"][2]]}
    kit.expect("a cell not canonical", call("verify_cell_kzg_proof_batch", high), BAD_INPUT, out=NULL,
               err=["cells 1, field element 63", "0x" + "ff" * 32])  # fmt: skip
    off = {**point, "proof": "0x" + "00" * 48}
    kit.expect("a proof without flags", call("verify_kzg_proof", off), BAD_INPUT, out=NULL, err="proof 0")


def usage():
    kit.expect("no function", kit.run("run"), BAD_INPUT, out="", err="is missing")
    kit.expect("unknown function", kit.run("run", "commit"), BAD_INPUT, out="", err="no specification function 'commit'")
    kit.expect("an empty function", kit.run("run", ""), BAD_INPUT, out="")
    error = kit.run("run", "--json", "compute_cells", stdin=b"{}")
    kit.check("the error as JSON", json.loads(error.err)["error"]["code"] == "field_missing", error)
    helped = kit.run("run", "--help").text()
    listed = [f for f in ("compute_cells", "verify_kzg_proof", "compute_challenge") if f in helped]
    kit.check("the help lists functions", len(listed) == 3)


def large():
    """16 MB of JSON: every byte is looked at a fixed number of times."""
    n = 64
    batch = {"blobs": [hexa(B)] * n, "commitments": [C] * n, "proofs": [PI] * n}
    kit.expect("64 blobs", call("verify_blob_kzg_proof_batch", batch), OK, out='{"output":true}\n')


the_point, the_row, the_half, the_blob = answers()
challenge_of_cells(the_blob)
wrong_text(the_point)
wrong_values(the_point, the_row, the_half, the_blob)
usage()
large()
kit.finish()
