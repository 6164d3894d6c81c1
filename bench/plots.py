#!/usr/bin/env python3
"""Draws what grows, from the CSV files of bench_growth and bench/clients.py, by gnuplot (Debian: gnuplot-nox).

  plots.py growth CSV... FOLDER    sums.svg and batches.svg: measured, a line for each backend, and the model
  plots.py clients CSV FOLDER      clients.svg: answers a second and 99th percentile by the number of clients"""

import csv
import os
import re
import subprocess
import sys

HEAD = """set terminal svg size 820,460 dynamic enhanced font 'sans,13' background '#ffffff'
set output '{path}'
set logscale xy
set format x '%.0f'
set grid lc rgb '#dddddd'
set key {key}
set xlabel '{x}'
set ylabel '{y}'
set title '{title}'
"""
COLOURS = ["#1b6ca8", "#c2571a", "#3f8f4f", "#7a4fa3", "#a8323e", "#6b6b6b", "#b8860b"]


def rows(path):
    with open(path, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def draw(path, title, x, y, lines, key="top left", more=""):
    """lines: (name, style, [(x, y)]); style is gnuplot's."""
    script = HEAD.format(path=path, title=title, x=x, y=y, key=key) + more
    for i, (_, _, points) in enumerate(lines):
        script += f"$d{i} << EOD\n" + "".join(f"{a} {b}\n" for a, b in points) + "EOD\n"
    script += "plot " + ", ".join(f"$d{i} using 1:2 with {style} title '{name}'" for i, (name, style, _) in enumerate(lines)) + "\n"
    subprocess.run(["gnuplot"], input=script, text=True, check=True)
    print(path)


def growth(paths, folder):
    found = {}
    for path in paths:
        for row in rows(path):
            match = re.fullmatch(r"(sum of points|verify_blob_kzg_proof_batch) (\d+)( \(model\))?", row["name"])
            if match:
                line = found.setdefault(match.group(1), {}).setdefault((row["backend"], bool(match.group(3))), [])
                line.append((int(match.group(2)), float(row["median"]) / 1e6))
                machine = row["cpu"]
    for kind, name, title, x in (("sum of points", "sums.svg", "One sum of products over G1, variable base", "points"),
                                 ("verify_blob_kzg_proof_batch", "batches.svg", "verify\\_blob\\_kzg\\_proof\\_batch", "blobs")):
        lines = []
        for i, ((backend, model), points) in enumerate(sorted(found.get(kind, {}).items())):
            colour = COLOURS[i // 2]
            style = f"lines lw 1 dt 2 lc rgb '{colour}'" if model else f"linespoints lw 2 pt 7 ps 0.5 lc rgb '{colour}'"
            lines.append((f"{backend}, model" if model else backend, style, sorted(points)))
        if lines:
            draw(os.path.join(folder, name), f"{title}, one thread, {machine}", x, "ms", lines)


def clients(path, folder):
    table = rows(path)
    operations = list(dict.fromkeys(row["operation"] for row in table))
    for column, name, title, y in (("share", "clients.svg", "Answers a second over HTTP, as a share of what the library does on the same core", "share"),
                                   ("p99_ms", "clients-p99.svg", "99th percentile of the time to the answer", "ms")):
        lines = []
        for i, operation in enumerate(operations):
            points = [(int(row["clients"]), float(row[column])) for row in table if row["operation"] == operation]
            lines.append((operation.replace("_", "\\_"), f"linespoints lw 2 pt 7 ps 0.5 lc rgb '{COLOURS[i % len(COLOURS)]}'", points))
        more = "set key outside bottom center horizontal\n" + ("unset logscale y\nset yrange [0:*]\n" if column == "share" else "")
        draw(os.path.join(folder, name), title, "clients, each with one request at a time", y, lines, more=more)


def main():
    arguments = sys.argv[1:]
    if len(arguments) >= 3 and arguments[0] == "growth":
        growth(arguments[1:-1], arguments[-1])
    elif len(arguments) == 3 and arguments[0] == "clients":
        clients(arguments[1], arguments[2])
    else:
        sys.exit(__doc__)


if __name__ == "__main__":
    main()
