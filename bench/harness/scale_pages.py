"""The page's words on how a search grows: with its matches, and with the table."""

import summary
from summary import ms, table

PEERS = ("prebuilt", "expert")
COUNTS = (10, 100, 1_000, 10_000)  # matches of the first table
WANTED = {100: {"expert": 6, "prebuilt": 3}, 1_000: {"expert": 20, "prebuilt": 6}, 10_000: {"expert": 20, "prebuilt": 6}}


def _times(series, us, peer):
    """{size: how many times as fast ours is}."""
    ours = dict(series[us])
    return {size: time / ours[size] for size, time in series[peer] if size in ours}


def _cells(times, sizes):
    return [f"**{times[size]:.1f}×**" if size in times else "–" for size in sizes]


def ratios(result):
    """By matches and by table size side by side."""
    us, matches, tables = summary.best_engine(result), result["cost"]["matches"]["series"], result["cost"]["size"]["series"]
    sizes = [size for size, _ in tables[us]]
    counts = [count for count in COUNTS if count in dict(matches[us])]
    header = ("faster than", *(f"{count:,} matches" for count in counts), *(f"{size:,} tailors" for size in sizes))
    rows = [(result["titles"][peer], *_cells(_times(matches, us, peer), counts), *_cells(_times(tables, us, peer), sizes)) for peer in PEERS]
    return f"""Small searches gain less, as all pay for the round trip and the rows of the page. By matches, in a table of {result['dense']:,} tailors; and by
the table's size, with {result['cost']['size']['matches']} matches each (single calls on one connection):

{table(header, rows)}"""


def goals(result):
    us, series = summary.best_engine(result), result["cost"]["matches"]["series"]
    for count, wanted in WANTED.items():
        for peer, least in wanted.items():
            times = _times(series, us, peer).get(count)
            if times is not None:
                yield f"a search of {count:,} matches, against {result['titles'][peer]}", f"{least}×", f"{times:.1f}×", times >= least


def _times_by(what, series, titles, missing):
    """A row a size, a column a peer."""
    times = {name: dict(points) for name, points in series.items()}
    sizes = sorted({size for points in times.values() for size in points})
    rows = [(f"{size:,}", *(ms(points[size]) if size in points else missing for points in times.values())) for size in sizes]
    return table((what, *(titles[name] for name in times)), rows)


def render(result):
    matches, size = result["cost"]["matches"], result["cost"]["size"]
    fits = table(
        ("", "fixed cost", "cost of a match"),
        [(result["titles"][name], ms(fit["fixed_ms"]), f"{fit['match_us']:.3f} µs") for name, fit in matches["fits"].items()],
    )
    by_matches = _times_by("matches", matches["series"], result["titles"], "> 2 s")
    by_size = _times_by("tailors in the table", size["series"], result["titles"], "–")
    return f"""The line that fits best, by relative errors: time = fixed cost + matches × cost of a match.

{fits}

![Time of a search against its matches](benchmarks/matches.svg)

{result['dense']:,} tailors in one city, one centre, the radius as large as needed; single calls on one connection until the answer has come, the median of the
quietest of several rounds, as what else the machine does only adds to it; client and server on one core: else the waking of an idle core is the most part of a small search. A round trip
that does nothing, SELECT 1, takes its part of each.

{by_matches}

![Time of a search against the table's size](benchmarks/size.svg)

{size['matches']} matches each, at the ten cities with most tailors.

{by_size}"""
