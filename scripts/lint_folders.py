#!/usr/bin/env python3
"""lint_folders.py: compares the includes of the source folders with CONTRIBUTING.md's two tables of folders.

A folder includes only folders that stand below it. Where the table says which, those and no others.
"""

import pathlib
import re
import sys

TREES = {"extension": ("extension/src", "src/"), "front end": ("frontend/src", "")}
ROW = re.compile(r"^\| `(?:\.\./)?(\w+)/` \|")


def rows(text, title):
    """The table below the heading: each folder and its cells."""
    section = text.split(f"### Folders of the {title}\n", 1)[1].split("\n#", 1)[0]
    return {match[1]: line.split("|")[2:-1] for line in section.splitlines() if (match := ROW.match(line))}


def included(folder, prefix):
    """The folders that a folder's files include."""
    pattern = re.compile(rf'^#include "(?:{prefix}(?!core/)(\w+)/|(core)/)', re.MULTILINE)
    texts = (file.read_text() for file in folder.iterdir() if file.suffix in (".cpp", ".hpp"))
    return {match[1] or match[2] for text in texts for match in pattern.finditer(text)} - {folder.name}


def faults(title, root, prefix, table):
    names = list(table)
    there = {each.name for each in pathlib.Path(root).iterdir() if each.is_dir()}
    if there - set(names):
        yield f"the table of the {title} lacks {sorted(there - set(names))}"
    for number, name in enumerate(names):
        folder = pathlib.Path(root) / name
        found = included(folder if folder.is_dir() else folder.parent.parent / name, prefix)
        if above := found - set(names[number + 1 :]):
            yield f"{name}/ includes {sorted(above)}, which the table of the {title} does not have below it"
        stated = set(re.findall(r"`(\w+)`", table[name][1])) if len(table[name]) > 1 else found
        if stated != found:
            yield f"{name}/ includes {sorted(found)}; the table of the {title} says {sorted(stated)}"


text = pathlib.Path("CONTRIBUTING.md").read_text()
all_faults = [fault for title, (root, prefix) in TREES.items() for fault in faults(title, root, prefix, rows(text, title))]
for each in all_faults:
    print(each)
sys.exit(1 if all_faults else 0)
