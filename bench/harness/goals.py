"""What was to be reached, and what was measured."""

import statistics

import load_pages
import map_pages
import scale_pages
import summary
import write_pages
from summary import median, ms, percent, table

OVERLOAD = ("300", "500", "1000")
FEW = 300  # matches


def _sql(result):
    us = summary.best_engine(result)
    seen = result["sql"]

    def times(work, peer):
        return median(seen[work][us]["2"], "tps") / max(median(seen[work][peer]["2"], "tps"), 1e-3)

    for peer, wanted in (("expert", 20), ("prebuilt", 6), ("single-query", 150), ("redis-12", 1)):
        reached = times("city-zipf", peer)
        yield f"in SQL, against {result['titles'][peer]}", f"{wanted}×", f"{reached:.1f}×", reached >= wanted
    filtered = median(seen["skill"][us]["2"], "tps") / max(median(seen["city-zipf"][us]["2"], "tps"), 1e-3)
    yield "in SQL, with one skill of ten, of the rate without", "90 %", percent(filtered), filtered >= 0.9
    least = min(times(work, "expert") for work in seen)
    yield f"in SQL, against {result['titles']['expert']}, the worst case", "1×", f"{least:.1f}×", least >= 1


def _cost(result):
    us = summary.best_engine(result)
    matches, size = result["cost"]["matches"], dict(result["cost"]["size"]["series"][us])
    fixed, each = matches["fits"][us]["fixed_ms"], matches["fits"][us]["match_us"]
    yield "fixed cost of a search", "0.15 ms", f"{fixed:.3f} ms", fixed <= 0.15
    yield "cost of a further match", "0.1 µs", f"{each:.3f} µs", each <= 0.1
    ours, floor = dict(matches["series"][us]), dict(matches["series"]["floor"])
    if FEW in ours:
        over = ours[FEW] / floor[FEW]
        yield f"a search of {FEW} matches, of SELECT 1", "5×", f"{over:.1f}×", over <= 5
    grown = size[max(size)] / size[min(size)]
    yield f"time in {max(size):,} tailors, of that in {min(size):,}", "1.3×", f"{grown:.2f}×", grown <= 1.3


def _http(result):
    seen = result["http"]

    def rate(peer, connections):
        return median(seen[peer][connections], "rate")

    for connections, in_sql in result.get("http_in_sql", {}).items():
        share = statistics.median(one["rate"] / beside for one, beside in zip(seen["ours"][connections], in_sql))
        yield f"uncached, of the same searches in pgbench beside it, {connections} connections", "80 %", percent(share), share >= 0.8
    for connections in seen["ours"]:
        share = rate("ours-cached", connections) / rate("ceiling", connections)
        yield f"cached, of the ceiling, {connections} connections", "80 %", percent(share), share >= 0.8
    for connections in seen["ours"]:
        theirs = max(rate("app-10", connections), rate("app-20", connections))
        times = rate("ours", connections) / theirs if theirs else float("inf")
        yield f"uncached, against the application's stack, {connections} connections", "40×", f"{times:.0f}×", times >= 40
    late = sum(one["timeouts"] for peer in ("ours", "ours-cached") for level in OVERLOAD for one in seen[peer].get(level, ()))
    yield f"timeouts from {OVERLOAD[0]} connections on", "0", f"{late}", late == 0


def _users(result):
    users = max(row["users"] for row in result["users"])
    mean = summary.users_row(result, "ours", users)["mean_ms"]
    yield f"mean for {users} users, uncached", "< 10 ms", ms(mean), mean < 10
    for row in result["users"]:
        if row["peer"] == "ours-cached" and row["instances"] == 3:
            who = f"{row['users']} users" + (" who stay where they are" if row["staying"] else "")
            found = f"{percent(row['hit_rate'])} of {percent(row['asked_before'])}"
            yield f"cache hits of {who}, 3 instances", "80 %", found, row["hit_rate"] >= 0.8


def render(result):
    goals = (*_sql(result), *_cost(result), *scale_pages.goals(result), *map_pages.goals(result), *_http(result), *load_pages.goals(result), *write_pages.goals(result), *_users(result))
    rows = [(what, wanted, found, "yes" if reached else "**no**") for what, wanted, found, reached in goals]
    return table(("what", "wanted", "measured", "reached"), rows)
