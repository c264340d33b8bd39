"""The page's sections on too much load, and on the number of connections. A result that is older than they are has none."""

import statistics

import overload
from summary import median, ms, percent, rate, table


def _overload(seen):
    def times(when):
        return ms(median(parts[when], "p50_ms")), ms(median(parts[when], "p99_ms"))

    parts = {when: overload.measurements(seen, when) for when in ("peak", "over", "after")}
    rates = {when: median(measurements, "rate") for when, measurements in parts.items()}
    shares = {when: percent(overload.share(seen, when)) for when in ("over", "after")}
    refused = median(parts["over"], "refusals") / seen["seconds"]
    offered = statistics.median(one["offered"] / max(one["peak"]["rate"], 1e-3) for one in seen["rounds"])
    rows = [
        ("peak: a few clients who ask again at once", rate(rates["peak"]), "", *times("peak"), "", ""),
        (f"{overload.USERS:,} clients, {offered:.0f} times the peak", rate(rates["over"]), shares["over"], *times("over"),
         f"{refused:,.0f}/s", ms(median(parts["over"], "refusal_p99_ms"))),
        ("a second after", rate(rates["after"]), shares["after"], *times("after"), "", ""),
    ]  # fmt: skip
    refusals, late = sum(one["refusals"] for one in parts["over"]), sum(one["late"] for one in seen["rounds"])
    others = overload.faults(seen)
    return f"""## Ten times the load

Searches for all tailors of one city, cache off, a `request-timeout` of {seen['deadline']} s. Clients keep their connections, all of which are made before anything is measured, and think between two
requests, so briefly that they ask for ten times what is the peak. They have a core of their own, front end and PostgreSQL the others, so that the
peak is theirs alone, too: what is not served of it, refusing takes. Medians of {len(seen['rounds'])} rounds; the peak of each is the mean of one before and one after.

{table(('', 'served', 'of the peak', 'p50', 'p99', 'refused', "refusals' p99"), rows)}

Of {refusals:,} refusals {late:,} did not come at once but after a wait. The longest that anybody who was served waited:
{ms(max(one['max_ms'] for one in parts['over']))}. Other faults: {', '.join(f'{count:,} {what}' for what, count in others.items()) or 'none'}.
"""


def _pool(seen):
    by_size = seen["by_size"]
    most = max(median(runs, "rate") for runs in by_size.values())
    rows = [
        (size, rate(median(runs, "rate")), percent(median(runs, "rate") / most), ms(median(runs, "p50_ms")), ms(median(runs, "p99_ms")))
        for size, runs in by_size.items()
    ]
    return f"""## How many connections

By `connection-limit`, uncached, {seen['clients']} connections to the front end. Requests wait for their turn either way: for a connection, first
come, first served; or, with many of them, for a processor in the database, in no order, which is what the last percent feels.

![Answers a second by connection-limit](benchmarks/pool_rate.svg)

![Time of an answer by connection-limit](benchmarks/pool_time.svg)

{table(('connection-limit', 'rate', 'of the best', 'p50', 'p99'), rows)}
"""


def draw(result):
    """{file: (title, label of the values, {name: [(connection-limit, value)]})}."""
    if "pool" not in result:
        return {}
    by_size = result["pool"]["by_size"]
    points = {key: [(int(size), median(runs, key)) for size, runs in by_size.items()] for key in ("rate", "p50_ms", "p99_ms")}
    return {
        "pool_rate.svg": ("Answers a second by connection-limit", "answers a second", {"uncached": points["rate"]}),
        "pool_time.svg": ("Time of an answer by connection-limit", "milliseconds", {"p50": points["p50_ms"], "p99": points["p99_ms"]}),
    }


def render(result):
    parts = [section(result[key]) for key, section in (("overload", _overload), ("pool", _pool)) if key in result]
    return "".join(part + "\n" for part in parts)


def goals(result):
    if "overload" not in result:
        return
    seen = result["overload"]
    share, after = overload.share(seen, "over"), overload.share(seen, "after")
    refused, served = (median(overload.measurements(seen, "over"), key) for key in ("refusal_p99_ms", "p99_ms"))
    yield "served at ten times the load, of the peak", "90 %", percent(share), share >= 0.9
    yield "p99 of refusals at ten times the load", "< 10 ms", ms(refused), refused < 10
    yield "p99 of the served at ten times the load", f"< {seen['deadline']} s", ms(served), served < 1000 * seen["deadline"]
    yield "a second after, of the peak", "90 %", percent(after), after >= 0.9
