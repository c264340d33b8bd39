"""What a search costs as the work grows: against the number of matches, and against the size of the table."""

import contextlib
import math
import os
import statistics
import time
from dataclasses import dataclass, replace

import psycopg2.errors

import cluster
import sql_peers
import workload
from places import say

MATCHES = (10, 30, 100, 300, 1_000, 3_000, 10_000, 30_000, 100_000)
TOO_SLOW = 2.0  # seconds: a peer is not asked for more once a search takes longer
MAX_KM = 100
MANY = 3_000  # matches


def _radius(database, lat, lng, matches):
    """(km, matches) of the circle that holds so many tailors, or all there are; None when it is too large. It ends in the
    middle between the last of them and the next, as none that somebody asks for goes through a tailor."""
    found = cluster.rows(
        database,
        "SELECT array_agg(d ORDER BY d) FROM"
        " (SELECT ST_Distance(\"locationPoint\", ST_SetSRID(ST_MakePoint(%s, %s), 4326)::geography) AS d"
        ' FROM "Tailor" WHERE "locationPoint" IS NOT NULL ORDER BY 1 LIMIT %s) nearest',
        lng, lat, matches + 1,
    )[0][0]  # fmt: skip
    last, beyond = (found[matches - 1], found[matches]) if len(found) > matches else (found[-1], found[-1] + 1)
    km = (last + beyond) / 2000
    return (round(km, 9), min(matches, len(found))) if km < MAX_KM else None


def _time(session, points, seconds):
    """Times in ms until the answers to searches at the points in turn have come, for so long, at least once each; None if one was cut off."""
    times, end = [], time.perf_counter() + seconds
    while len(times) < len(points) or time.perf_counter() < end:
        start = time.perf_counter()
        try:
            session.ask(*points[len(times) % len(points)])
        except psycopg2.errors.QueryCanceled:
            return None
        times.append((time.perf_counter() - start) * 1e3)
    return times


@contextlib.contextmanager
def _on_one_core(sessions):
    """Client and servers on one core: else each call waits, or does not, for an idle core to wake, which takes longer than a small search."""
    cores = os.sched_getaffinity(0)
    core = max(cores)
    os.sched_setaffinity(0, {core})
    for session in sessions:
        session.run_on(core)
    try:
        yield
    finally:
        os.sched_setaffinity(0, cores)


@dataclass(frozen=True)
class Case:
    """What is searched for by all peers."""

    size: int  # the matches, or the table's
    database: str
    points: list  # (lat, lng, km)
    work: workload.Workload = workload.BASE


def _round(peers, case, seconds):
    """{peer: times in ms}, None of one that was cut off."""
    sessions = {peer.name: sql_peers.Session(peer, case.work, case.database) for peer in peers}
    with _on_one_core(sessions.values()):
        for session in sessions.values():
            session.limit(int(TOO_SLOW * 1000))
            _time(session, case.points, 0.05)  # plans and first calls
        times = {name: _time(session, case.points, seconds) for name, session in sessions.items()}
    for session in sessions.values():
        session.close()
    return times


def _measure(peers, cases, mode):
    """{peer: [[size, ms], …]}, the median of the quietest of the rounds that all cases and peers go through: what else the machine does
    only adds to a search. A peer is not asked for the case that takes it too long, nor for larger ones."""
    medians = {peer.name: {case.size: [] for case in cases} for peer in peers}
    too_large = {peer.name: math.inf for peer in peers}
    for number in range(mode.cost_rounds):
        for case in cases:
            seen = _round([peer for peer in peers if case.size < too_large[peer.name]], case, mode.cost_seconds / mode.cost_rounds)
            for name, some in seen.items():
                if some is None:
                    too_large[name] = case.size
                else:
                    medians[name][case.size].append(statistics.median(some))
        say(f"cost, round {number + 1} of {mode.cost_rounds}: {len(cases)} cases")
    return {name: [[size, min(some)] for size, some in by_size.items() if some and size < too_large[name]]
            for name, by_size in medians.items()}  # fmt: skip


def fit(points):
    """(fixed ms, µs a match): the line through (matches, ms) with the least relative errors."""
    weights = [1 / ms**2 for _, ms in points]
    total = sum(weights)
    mean_x = sum(w * x for w, (x, _) in zip(weights, points)) / total
    mean_y = sum(w * y for w, (_, y) in zip(weights, points)) / total
    spread = sum(w * (x - mean_x) ** 2 for w, (x, _) in zip(weights, points))
    slope = sum(w * (x - mean_x) * (y - mean_y) for w, (x, y) in zip(weights, points)) / spread
    return mean_y - slope * mean_x, slope * 1e3


def by_matches(peers, database, mode):
    lat, lng = workload.BENGALURU
    available = cluster.value(database, 'SELECT count("locationPoint") FROM "Tailor"')
    cases = []
    for wanted in sorted({min(matches, available) for matches in MATCHES}):
        if circle := _radius(database, lat, lng, wanted):
            km, matches = circle
            cases.append(Case(matches, database, [(lat, lng, km)], replace(workload.BASE, many=matches >= MANY)))
    series = _measure(peers, cases, mode)
    for case in cases:
        _tell(f"{case.size:,} matches", case.size, series)
    fits = {name: fit(points) for name, points in series.items() if len(points) > 2}
    return {"series": series, "fits": {name: {"fixed_ms": fixed, "match_us": match} for name, (fixed, match) in fits.items()}}


def by_size(peers, databases, mode):
    """The same number of matches in smaller and larger tables, at the cities with most tailors."""
    matches = 5 if mode.name == "smoke" else 30
    cases = []
    for tailors, database in databases.items():
        cities = workload.top_cities(database)[:10]
        circles = [(lat, lng, _radius(database, lat, lng, matches)) for lat, lng in cities]
        if points := [(lat, lng, circle[0]) for lat, lng, circle in circles if circle]:
            cases.append(Case(tailors, database, points))
    series = _measure(peers, cases, mode)
    for case in cases:
        _tell(f"{case.size:,} tailors", case.size, series)
    return {"matches": matches, "series": series}


def _tell(what, size, series):
    say(f"cost of {what}: " + ", ".join(f"{name} {dict(points)[size]:.3f} ms" for name, points in series.items() if size in dict(points)))
