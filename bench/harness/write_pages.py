"""The page's section on what writes pay. A result that is older than the section has none."""

import statistics

import writes
from summary import median, percent, rate, table

AIM = 0.8  # of the rate without tailor_search


def share(seen, variant):
    """The median of the rounds' ratios to the application's own tables."""
    return statistics.median(ours["tps"] / plain["tps"] for ours, plain in zip(seen[variant], seen["plain"]))


def _row(title, seen):
    plain, *others = writes.VARIANTS
    cells = [title, rate(median(seen[plain.name], "tps"))]
    cells += [f"{rate(median(seen[each.name], 'tps'))}, **{percent(share(seen, each.name))}**" for each in others]
    return (*cells, *(f"{median(seen[each.name], 'wal_bytes'):,.0f}" for each in writes.VARIANTS))


def _mib(size):
    return f"{size / 2**20:,.0f} MiB"


def render(result):
    if "writes" not in result:
        return ""
    seen = result["writes"]
    titles = [each.title for each in writes.VARIANTS]
    rows = [_row(title, measured) for title, measured in seen["changes"].items()]
    setup, before, after = seen["setup"], seen["setup"]["bytes_before"], seen["setup"]["bytes"]
    return f"""## What writes pay

{seen['tailors']:,} tailors, {seen['clients']} clients of pgbench, random tailors, no fsync but in the last row: what is left is the processor's
time, of which an index or a trigger takes most. Shown are changes a second and, of the rate {titles[0]}, the median of the
ratios of {seen['rounds']} round{'s' if seen['rounds'] > 1 else ''}; bytes of WAL a change, without images of full pages but in the last row. "Without": the application's tables and
indexes, GiST and GIN among them, with the point made by the application. "Set up": with the covering index, the trigger that makes
the point, and the two indexes for reading relations from them alone. "Notified": each change is announced to front ends, of which one listens.

{table(("", *titles, *(f"WAL: {title}" for title in titles)), rows)}

`tailor_search_setup()` took {setup['seconds']:.1f} s. Tables take {_mib(after['tables'])}, their indexes {_mib(after['indexes'])}; before, indexes took {_mib(before['indexes'])}.

"""


def goals(result):
    if "writes" not in result:
        return
    for title, seen in result["writes"]["changes"].items():
        for variant in writes.VARIANTS[1:]:
            found = share(seen, variant.name)
            yield f"writes: {title}, {variant.title}", percent(AIM), percent(found), found >= AIM
