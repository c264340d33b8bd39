"""The page's section on what a map asks for. A result that is older than the section has none."""

import statistics

from summary import median, ms, rate, ratio, table


def _times(seen):
    """The median of the rounds' ratios."""
    return statistics.median(ours["tps"] / theirs["tps"] for ours, theirs in zip(seen["ours"], seen["theirs"]))


def _row(seen):
    ours, theirs = seen["ours"], seen["theirs"]
    return (seen["title"], rate(median(ours, "tps")), ms(median(ours, "p50_ms")), seen["against"], rate(median(theirs, "tps")),
            ms(median(theirs, "p50_ms")), ratio(_times(seen), 1))  # fmt: skip


def render(result):
    if "map" not in result:
        return ""
    rows = [_row(seen) for seen in result["map"]]
    return f"""## What a map asks for

2 clients, {result['tailors']:,} tailors ({result['dense']:,} where all are in Bengaluru), in turn with SQL by hand on the application's tables and
indexes, which gave the same answers before: of clusters the same sum of counts, as a grid by hand has other cells. Ratios are the medians of
the rounds'. The filters of the counts are one skill of ten and a rating of at least 4; each facet is counted under the other filters only.

{table(("", "tailor_search", "p50", "against", "theirs", "p50", "tailor_search is"), rows)}

"""


def goals(result):
    for seen in result.get("map", ()):
        if seen["wanted"]:
            times = _times(seen)
            yield f"{seen['title']}, against {seen['against']}", f"{seen['wanted']:.2g}×", f"{times:.2g}×", times >= seen["wanted"]
