#!/usr/bin/env python3
"""Shows the answer of GET /api/tailors as a table: show_search.py URL."""

import json
import sys
import urllib.request

COLUMNS = {
    "id": lambda t: t["id"],
    "name": lambda t: t["user"]["name"],
    "km": lambda t: "" if t["distance"] is None else f"{t['distance']:.3f}",
    "rating": lambda t: t["rating"],
    "years": lambda t: "" if t["yearsExperience"] is None else t["yearsExperience"],
    "works": lambda t: len(t["sampleWorks"]),
}


def table(rows):
    cells = [list(COLUMNS)] + [[str(column(row)) for column in COLUMNS.values()] for row in rows]
    widths = [max(map(len, column)) for column in zip(*cells)]
    return [" | ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip() for row in cells]


def main():
    # A proxy that the environment names is for the world outside, not for this machine.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(sys.argv[1], timeout=30) as response:
        answer = json.load(response)
    header, *rows = table(answer["data"])
    print(header, "-" * max(map(len, [header, *rows])), *rows, sep="\n")
    page = answer["pagination"]
    print(f"page {page['page']} of {page['totalPages']}, {page['total']} tailors in all")


if __name__ == "__main__":
    main()
