"""What a search costs as the work grows: against the number of matches, and against the size of the table."""

import contextlib
import os
import statistics
import time
from dataclasses import replace

import psycopg2.errors

import cluster
import sql_peers
import workload
from places import say

MATCHES = (10, 30, 100, 300, 1_000, 3_000, 10_000, 30_000, 100_000)
ROUNDS = 3
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
    """Times in ms of searches at the points in turn, for so long, at least once each; None if one was cut off."""
    times, end = [], time.perf_counter() + seconds
    while len(times) < len(points) or time.perf_counter() < end:
        start = time.perf_counter()
        try:
            session.search(*points[len(times) % len(points)])
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


def _compare(peers, work, database, points, seconds, given_up):
    """Median ms a peer, interleaved."""
    sessions = {peer.name: sql_peers.Session(peer, work, database, raw=True) for peer in peers if peer.name not in given_up}
    times = {name: [] for name in sessions}
    with _on_one_core(sessions.values()):
        for session in sessions.values():
            session.limit(int(TOO_SLOW * 1000))
            _time(session, points, 0.05)  # plans and first calls
        for _ in range(ROUNDS):
            for name, session in sessions.items():
                if name not in given_up:
                    seen = _time(session, points, seconds / ROUNDS)
                    given_up.update([name] if seen is None else [])
                    times[name] += seen or []
    for session in sessions.values():
        session.close()
    return {name: statistics.median(seen) for name, seen in times.items() if seen and name not in given_up}


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
    series = {peer.name: [] for peer in peers}
    given_up = set()
    available = cluster.value(database, 'SELECT count("locationPoint") FROM "Tailor"')
    for wanted in sorted({min(matches, available) for matches in MATCHES}):
        circle = _radius(database, lat, lng, wanted)
        if circle is None:
            continue
        km, matches = circle
        work = replace(workload.BASE, many=matches >= MANY)
        seen = _compare(peers, work, database, [(lat, lng, km)], mode.cost_seconds, given_up)
        for name, ms in seen.items():
            series[name].append([matches, ms])
        say(f"cost of {matches:,} matches: " + ", ".join(f"{name} {ms:.3f} ms" for name, ms in seen.items()))
    fits = {name: fit(points) for name, points in series.items() if len(points) > 2}
    return {"series": series, "fits": {name: {"fixed_ms": fixed, "match_us": match} for name, (fixed, match) in fits.items()}}


def by_size(peers, databases, mode):
    """The same number of matches in smaller and larger tables, at the cities with most tailors."""
    matches = 5 if mode.name == "smoke" else 30
    series = {peer.name: [] for peer in peers}
    for tailors, database in databases.items():
        cities = workload.top_cities(database)[:10]
        circles = [(lat, lng, _radius(database, lat, lng, matches)) for lat, lng in cities]
        points = [(lat, lng, circle[0]) for lat, lng, circle in circles if circle]
        if not points:
            continue
        seen = _compare(peers, workload.BASE, database, points, mode.cost_seconds, set())
        for name, ms in seen.items():
            series[name].append([tailors, ms])
        say(f"cost in {tailors:,} tailors: " + ", ".join(f"{name} {ms:.3f} ms" for name, ms in seen.items()))
    return {"matches": matches, "series": series}
