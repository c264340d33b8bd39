"""Ten times the load that our front end can carry, of searches that keep the database busy: what is served, what refused, and after."""

import os
import re
import resource
import time
import urllib.request
from dataclasses import replace

import servers
import workload
from places import LOAD, json_of, say

DEADLINE = 1  # seconds: its request-timeout
PATIENCE = 10  # of the clients
TIMES = 10
USERS = 4000
PEAK_USERS = 8  # who do not think
LATE = ("pool_timeout", "query_timeout")  # refusals that did not come at once


def _target(lat, lng):
    """All tailors of the city match."""
    return workload.target(lat, lng, maxDistance=100)


# As a batch job: clients of other machines would not interrupt whoever serves them.
def _load(server, path, users, seconds, think):
    before = _processor_seconds()
    began = time.monotonic()
    seen = json_of("chrt", "--batch", "0", LOAD / "users", server.port, path, users, seconds, 1, PATIENCE, users, think, seconds=seconds + 60)
    took = (_processor_seconds() - before) / (time.monotonic() - began)
    return seen | {"load_share": took / os.cpu_count()}  # of the processors


def _processor_seconds():
    """Of the programs that have ended, so not of the server."""
    ended = resource.getrusage(resource.RUSAGE_CHILDREN)
    return ended.ru_utime + ended.ru_stime


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


def run(peer, mode):
    """The peak, ten times that, and what is a second after."""
    path = workload.write_lines("overload.txt", [_target(lat, lng) for lat, lng in workload.draw([workload.BENGALURU], 1000, "overload")])
    server = servers.start(replace(peer, command=(*peer.command, f"--request-timeout={DEADLINE}", f"--max-connections={USERS + 100}")))
    seconds = mode.excess_seconds
    try:
        peak = _load(server, path, PEAK_USERS, seconds, 0)
        over = _load(server, path, USERS, seconds, _think(peak["rate"]))
        late = _late(server)
        time.sleep(1)
        after = _load(server, path, PEAK_USERS, max(1, seconds // 3), 0)
    finally:
        server.stop()
    offered = (over["answers"] + over["refusals"]) / seconds
    say(f"peak {peak['rate']:.0f}/s; offered {offered:.0f}/s: served {over['rate']:.0f}/s, p99 {over['p99_ms']:.0f} ms,"
        f" refusals' p99 {over['refusal_p99_ms']:.1f} ms; a second after: {after['rate']:.0f}/s")  # fmt: skip
    return {"deadline": DEADLINE, "seconds": seconds, "peak": peak, "offered": offered, "over": over, "late": late, "after": after}


def share_alone(seen):
    """Of the peak, had the clients not taken more of the processors than they do at the peak."""
    peak, over = seen["peak"], seen["over"]
    return over["rate"] / peak["rate"] / (1 - max(0, over["load_share"] - peak["load_share"]))


def faults(seen):
    """Whatever is neither an answer nor a refusal."""
    return {
        f"{key} ({when})": count
        for when in ("peak", "over", "after")
        for key, count in (("timeouts", seen[when]["timeouts"]), ("errors", seen[when]["errors"]),
                           ("other statuses", seen[when]["not_2xx"] - seen[when]["refusals"]))
        if count
    }  # fmt: skip
