"""What the scripts share that make a part of a document from an X-list of the sources: reading the list by way of the C
preprocessor (CC, else cc), and putting the part between the two marks that the document has."""

import os
import re
import subprocess
import sys

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")
END = "<!-- end -->\n"


def strings(text):
    return re.findall(r'"((?:[^"\\]|\\.)*)"', text)


def joined(text):
    return "".join(strings(text)).replace('\\"', '"')


def preprocess(source):
    """The source after the preprocessor; it sees src/ and include/."""
    command = [os.environ.get("CC", "cc"), "-E", "-P", "-I", os.path.join(ROOT, "src"), "-I", os.path.join(ROOT, "include"),
               "-x", "c", "-"]
    return subprocess.run(command, input=source, check=True, capture_output=True, text=True).stdout


def main(document, script, of_list, part):
    """Writes the part (lines) into the document, or with --check compares; the exit status. The mark names script and list."""
    begin = f"<!-- from here to the end mark: made by {script} from {of_list} -->\n"
    path = os.path.join(ROOT, document)
    with open(path, encoding="utf-8") as file:
        text = file.read()
    if begin not in text or END not in text.split(begin)[1]:
        sys.exit(f"{document} lacks a mark")
    before, rest = text.split(begin)
    wanted = before + begin + "\n" + "\n".join(part) + "\n\n" + END + rest.split(END, 1)[1]
    if "--check" in sys.argv[1:]:
        print(f"{document}: " + ("as made" if wanted == text else f"DIFFERS: run {script}"))
        return 0 if wanted == text else 1
    with open(path, "w", encoding="utf-8") as file:
        file.write(wanted)
    print("wrote " + document)
    return 0
