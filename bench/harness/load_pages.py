"""The page's sections on too much load, and on the number of connections. A result that is older than they are has none."""

import overload
from summary import median, ms, percent, rate, table


def _overload(seen):
    peak, over, after = seen["peak"], seen["over"], seen["after"]
    rows = [
        ("peak: a few clients who ask again at once", rate(peak["rate"]), "", ms(peak["p50_ms"]), ms(peak["p99_ms"]), "", ""),
        (f"{overload.USERS:,} clients, {seen['offered'] / peak['rate']:.0f} times the peak", rate(over["rate"]), percent(over["rate"] / peak["rate"]),
         ms(over["p50_ms"]), ms(over["p99_ms"]), f"{over['refusals'] / seen['seconds']:,.0f}/s", ms(over["refusal_p99_ms"])),
        ("a second after", rate(after["rate"]), percent(after["rate"] / peak["rate"]), ms(after["p50_ms"]), ms(after["p99_ms"]), "", ""),
    ]  # fmt: skip
    others = overload.faults(seen)
    return f"""## Ten times the load

Searches for all tailors of one city, cache off, a `request-timeout` of {seen['deadline']} s. Clients keep their connections and think between two
requests, so briefly that they ask for ten times what is the peak. The program that plays them took {percent(over['load_share'])} of the same processors,
{percent(peak['load_share'])} at the peak: of what it left, {percent(overload.share_alone(seen))} of the peak was served. Refusing takes the rest.

{table(('', 'served', 'of the peak', 'p50', 'p99', 'refused', "refusals' p99"), rows)}

Of {over['refusals']:,} refusals {seen['late']:,} did not come at once but after a wait. The longest that anybody who was served waited: {ms(over['max_ms'])}.
Other faults: {', '.join(f'{count:,} {what}' for what, count in others.items()) or 'none'}.
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
    peak, over = seen["peak"]["rate"], seen["over"]
    share, after = over["rate"] / peak, seen["after"]["rate"] / peak
    yield "served at ten times the load, of the peak", "90 %", percent(share), share >= 0.9
    yield "p99 of refusals at ten times the load", "< 10 ms", ms(over["refusal_p99_ms"]), over["refusal_p99_ms"] < 10
    yield "p99 of the served at ten times the load", f"< {seen['deadline']} s", ms(over["p99_ms"]), over["p99_ms"] < 1000 * seen["deadline"]
    yield "a second after, of the peak", "90 %", percent(after), after >= 0.9
