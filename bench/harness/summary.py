"""Figures in words, and the table that says who is faster at what and by how much."""

import statistics

import overload

FAULTS = ("timeouts", "not_2xx", "errors")


def median(measurements, key):
    return statistics.median(seen[key] for seen in measurements)


def faults(measurements):
    return {key: sum(seen[key] for seen in measurements) for key in FAULTS if any(seen[key] for seen in measurements)}


def best_engine(result):
    """Our peer in SQL that does most searches of the base workload."""
    base = result["sql"]["city-zipf"]
    return max((f"ours-{engine}" for engine in result["engines"]), key=lambda name: median(base[name]["2"], "tps"))


def ratio(ours, theirs):
    """In words, for quantities of which more is better."""
    if not theirs or not ours:
        return "–"
    times = ours / theirs
    if 0.95 < times < 1.05:
        return "alike"
    shown = times if times > 1 else 1 / times
    text = f"{shown:.1f}×" if shown < 10 else f"{shown:,.0f}×"
    return f"**{text} faster**" if times > 1 else f"{text} slower"


def rate(value):
    if not value:
        return "none in time"
    return f"{value:,.0f}/s" if value >= 10 else f"{value:.1f}/s"


def percent(share):
    return f"{100 * share:.0f} %"


def ms(value):
    return f"{value:,.0f} ms" if value >= 100 else f"{value:.1f} ms" if value >= 10 else f"{value:.2f} ms"


def table(header, rows):
    lines = ["| " + " | ".join(header) + " |", "|" + "|".join("---" if i == 0 else "---:" for i in range(len(header))) + "|"]
    return "\n".join(lines + ["| " + " | ".join(str(cell) for cell in row) + " |" for row in rows])


# --- Summary ---------------------------------------------------------------------------------------------------------


def _sql_summary(result):
    us = best_engine(result)
    for work, peers in (("city-zipf", None), ("50km", ("prebuilt", "expert")), ("dense", ("prebuilt", "expert"))):
        seen = result["sql"][work]
        ours = median(seen[us]["2"], "tps")
        for name in peers or (name for name in seen if not name.startswith("ours-") and name != "floor"):
            theirs = median(seen[name]["2"], "tps")
            yield f"SQL, {result['work_titles'][work]}", rate(ours), result["titles"][name], rate(theirs), ratio(ours, theirs)


def _http_summary(result):
    seen, titles = result["http"], result["http_titles"]
    for connections in [level for level in ("32", "300", "1000") if level in seen["ours"]] or list(seen["ours"]):
        pairs = [("ours", "app-10")] + [("ours", "app-20")] * (connections == "300")
        for us, peer in [*pairs, ("ours-cached", "app-10-cached"), ("ours-cached", "ceiling")]:
            ours, theirs = (median(seen[name][connections], "rate") for name in (us, peer))
            marks = [" ⚠" if faults(seen[name][connections]) else "" for name in (us, peer)]
            cached = "answers cached" if us.endswith("cached") else "uncached"
            yield (f"HTTP, {connections} connections, {cached}", rate(ours) + marks[0], titles[peer], rate(theirs) + marks[1],
                   ratio(ours, theirs))  # fmt: skip


def users_row(result, peer, users, instances=1, staying=False):
    wanted = (peer, users, instances, staying)
    return next(row for row in result["users"] if (row["peer"], row["users"], row["instances"], row["staying"]) == wanted)


def _users_summary(result):
    for after in (row for row in result["users"] if row["peer"].startswith("ours") and row["instances"] == 1):
        before = users_row(result, "app-10-cached", after["users"])
        yield (f"{after['users']} users, response at p99, cache {'off' if after['peer'] == 'ours' else 'on'}",
               ms(after["p99_ms"]) + mark(after), before["title"], ms(before["p99_ms"]) + mark(before),
               ratio(before["p99_ms"], after["p99_ms"]))  # fmt: skip
    users = result["users"][-1]["users"]
    ours, theirs = (users_row(result, peer, users, 3, staying=True)["hit_rate"] for peer in ("ours-cached", "app-10-cached"))
    yield f"{users} users who stay where they are, 3 instances, cache hits", percent(ours), before["title"], percent(theirs), ""


def mark(seen):
    return " ⚠" if faults([seen]) else ""


def summary(result):
    header = ("what", "tailor_search", "against", "theirs", "tailor_search is")
    return table(header, [*_sql_summary(result), *_http_summary(result), *_users_summary(result)])


def faults_in(result):
    """Of a smoke run: who gave no answer, or a wrong one. Nobody may."""
    found = [f"{name} at {connections} connections: {faults(seen)}" for name, levels in result["http"].items()
             for connections, seen in levels.items() if faults(seen) or not all(one["answers"] for one in seen)]  # fmt: skip
    found += [f"{row['users']} users, {row['title']}: {faults([row])}" for row in result["users"] if faults([row]) or not row["answers"]]
    found += [f"{row['users']} users, {row['title']}: nothing was kept" for row in result["users"]
              if row["peer"] != "ours" and not row["hit_rate"]]  # fmt: skip
    found += [f"overload: {count} {what}" for what, count in overload.faults(result["overload"]).items()]
    found += [f"connection-limit {size}: {faults(runs)}" for size, runs in result["pool"]["by_size"].items() if faults(runs)]
    return found
