"""What the front end was to reach, and what was measured."""

import statistics

import load_pages
import summary
from summary import median, ms, percent, table

OVERLOAD = ("300", "500", "1000")


def _http(result):
    seen = result["http"]

    def rate(peer, connections):
        return median(seen[peer][connections], "rate")

    for connections, in_sql in result.get("http_in_sql", {}).items():
        share = rate("ours", connections) / statistics.median(in_sql)
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
    rows = [(what, wanted, found, "yes" if reached else "**no**") for what, wanted, found, reached in (*_http(result), *load_pages.goals(result), *_users(result))]
    return table(("what", "wanted", "measured", "reached"), rows)
