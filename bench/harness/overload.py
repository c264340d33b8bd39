"""Ten times the load that our front end can carry, of searches that keep the database busy: what is served, what refused, and after."""

import contextlib
import os
import re
import statistics
import urllib.request
from collections import Counter
from dataclasses import replace

import cluster
import servers
import workload
from places import LOAD, json_of, say

DEADLINE = 1  # seconds: its request-timeout
WARM_UP = 1  # seconds, before anything is measured
PATIENCE = 10  # of the clients
TIMES = 10
USERS = 4000
PEAK_USERS = 8  # who do not think
LATE = ("pool_timeout", "query_timeout")  # refusals that did not come at once


def _target(lat, lng):
    """All tailors of the city match."""
    return workload.target(lat, lng, maxDistance=100)


def _load(server, path, users, seconds, think):
    """Measured once all users have asked, and so are connected."""
    warm_up = WARM_UP + think
    return json_of(LOAD / "users", server.port, path, users, seconds, warm_up, PATIENCE, users, think, "awake", seconds=seconds + warm_up + 60)


@contextlib.contextmanager
def _apart(peer):
    """A front end and its sessions on all cores but one; on that one, its clients. Thousands of clients are on other machines: what they do
    takes nothing of the servers, nor do the servers wake them, as they never sleep."""
    cores = os.sched_getaffinity(0)
    clients = {max(cores)}
    others = cores - clients or cores
    postmaster = cluster.postmaster()
    try:
        os.sched_setaffinity(postmaster, others)
        os.sched_setaffinity(0, others)
        server = servers.start(peer)
        os.sched_setaffinity(0, clients)
        try:
            yield server
        finally:
            server.stop()
    finally:
        os.sched_setaffinity(postmaster, cores)
        os.sched_setaffinity(0, cores)


def _late(server):
    """How many refusals came after a wait."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(f"http://127.0.0.1:{server.admin_port}/metrics", timeout=10) as answer:
        text = answer.read().decode()
    counts = dict(re.findall(r'^tailor_frontend_http_refusals_total\{reason="(\w+)"\} (\d+)', text, re.MULTILINE))
    return sum(int(counts[reason]) for reason in LATE)


def _think(peak):
    """How long users do so that they ask for ten times the peak, seconds. Those who wait for their turn do not ask: some two
    thirds of the deadline long, and nine tenths of the peak or so are served."""
    waiting = min(0.6 * peak * DEADLINE, USERS / 2)
    return (USERS - waiting) / (TIMES * max(1, peak))


def _round(peer, path, seconds):
    with _apart(peer) as server:
        peak = _load(server, path, PEAK_USERS, seconds, 0)
        over = _load(server, path, USERS, seconds, _think(peak["rate"]))
        late = _late(server)
        after = _load(server, path, PEAK_USERS, max(1, seconds // 3), 0)
        again = _load(server, path, PEAK_USERS, seconds, 0)
    offered = (over["answers"] + over["refusals"]) / seconds
    say(f"peak {peak['rate']:.0f}/s; offered {offered:.0f}/s: served {over['rate']:.0f}/s, p99 {over['p99_ms']:.0f} ms,"
        f" refusals' p99 {over['refusal_p99_ms']:.1f} ms; a second after: {after['rate']:.0f}/s, then {again['rate']:.0f}/s")  # fmt: skip
    return {"peak": peak, "offered": offered, "over": over, "late": late, "after": after, "again": again}


def run(peer, mode):
    """The peak, ten times that, what is a second after, and the peak again, in rounds."""
    path = workload.write_lines("overload.txt", [_target(lat, lng) for lat, lng in workload.draw([workload.BENGALURU], 1000, "overload")])
    limited = replace(peer, command=(*peer.command, f"--request-timeout={DEADLINE}", f"--max-connections={USERS + 100}"))
    rounds = [_round(limited, path, mode.excess_seconds) for _ in range(mode.excess_rounds)]
    return {"deadline": DEADLINE, "seconds": mode.excess_seconds, "rounds": rounds}


def measurements(seen, when):
    return [one[when] for one in seen["rounds"] if when in one]


def _peak(one):
    """Before and after, as the machine may be faster in the one and slower in the other. An older result has it once."""
    return max(1e-3, (one["peak"]["rate"] + one.get("again", one["peak"])["rate"]) / 2)


def share(seen, when):
    """What was served of the peak of the same round."""
    return statistics.median(one[when]["rate"] / _peak(one) for one in seen["rounds"])


def faults(seen):
    """Whatever is neither an answer nor a refusal."""
    counts = Counter()
    for when in ("peak", "over", "after", "again"):
        for one in measurements(seen, when):
            counts[f"timeouts ({when})"] += one["timeouts"]
            counts[f"errors ({when})"] += one["errors"]
            counts[f"other statuses ({when})"] += one["not_2xx"] - one["refusals"]
    return +counts
