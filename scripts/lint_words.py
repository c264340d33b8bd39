#!/usr/bin/env python3
"""lint_words.py FILE…: finds words in comments and documents that name no thing: pronouns for people, and old names.

A sentence about people may use them: a line in scripts/lint_words_allowed.txt is a text that excuses the line it is in.
Documents (*.md) are also checked for lines of over 100 columns; tables, links and code blocks may be longer.
"""

import pathlib
import re
import sys

WORDS = re.compile(r"\b(whom|whoever|whosoever|nobody|somebody|deaf|told|him|himself|he|his)\b", re.IGNORECASE)
COMMENT = re.compile(r"(?<!:)//[/!]?(.*)")
COLUMNS = 100
allowed = [line for line in (pathlib.Path(__file__).parent / "lint_words_allowed.txt").read_text().splitlines() if line]


def prose(path, lines):
    """The numbers and texts of what is written for people."""
    if path.suffix == ".md":
        fenced = False
        for number, line in enumerate(lines, 1):
            fenced ^= line.startswith("```")
            if not fenced and not line.startswith("    "):
                yield number, line
    else:
        for number, line in enumerate(lines, 1):
            comment = COMMENT.search(line)
            if comment:
                yield number, comment[1]


def faults(path):
    lines = path.read_text().splitlines()
    for number, text in prose(path, lines):
        if not any(excuse in lines[number - 1] for excuse in allowed):
            for word in WORDS.findall(text):
                yield f'{path}:{number}: "{word}": name the thing (a connection, a request, a query)'
        too_long = path.suffix == ".md" and len(text) > COLUMNS and not text.startswith("|") and "](" not in text
        if too_long and " " in text.strip():
            yield f"{path}:{number}: {len(text)} columns, {COLUMNS} at most"


found = [fault for name in sys.argv[1:] for fault in faults(pathlib.Path(name))]
print("\n".join(found))
sys.exit(bool(found))
