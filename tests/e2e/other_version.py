"""A kzgd of another version, made of the one that was built: the same program, which says otherwise. For tests of upgrades."""

import os

BUILT = "0.1.0"


def other_version(kzgd, version, out):
    """Writes it, executable; version is as long as the one that was built in. Returns its path."""
    with open(kzgd, "rb") as file:
        program = file.read()
    old, new = BUILT.encode() + b"\0", version.encode() + b"\0"
    if old not in program or len(new) != len(old):
        raise ValueError(f"{kzgd} does not hold its version {BUILT}, or {version} has another length")
    with open(out, "wb") as file:
        file.write(program.replace(old, new))
    os.chmod(out, 0o755)
    return out
