"""The seed table: users who think between two requests, before one and three instances behind nginx."""

import contextlib
import random
import threading
import time
from collections import Counter
from dataclasses import dataclass, replace

import cluster
import servers
import workload
from cache_watch import CacheWatch
from places import LOAD, json_of, say
from redis_server import shared_cache

TIMEOUT = 10  # seconds
NAMED_SHARE = 0.7
PLACES = ("MG_ROAD", "COMMERCIAL_STREET")
SKILLS = (None, "ALTERATIONS", "BRIDAL_WORK", "HEMMING", "STITCHING")
SAMPLE_PAUSE = 0.1  # seconds between two looks at pg_stat_activity
NAMED = [
    workload.named_target(place, **({"skill": skill} if skill else {}), **({"page": page} if page > 1 else {}))
    for place in PLACES
    for skill in SKILLS
    for page in (1, 2)
]


def targets(cities, points):
    """Named places and free points, 70 to 30."""
    rng = random.Random(f"{workload.SEED} users")
    free = [workload.target(lat, lng) for lat, lng in workload.draw(cities, points, "users")]
    return [rng.choice(NAMED) if rng.random() < NAMED_SHARE else free[i % points] for i in range(workload.DRAWN)]


def asked_before(lines, before, answers):
    """The share of requests for what was asked before, which no cache of exact answers can exceed: of so many, each one of the
    lines at random, after so many others."""
    chances = [count / len(lines) for count in Counter(lines).values()]
    return 1 - sum((1 - chance) ** before - (1 - chance) ** (before + answers) for chance in chances) / max(1, answers)


class ConnectionWatch(threading.Thread):
    """Counts the servers' connections, and those of them at work, until it is told to end."""

    def __init__(self):
        super().__init__(daemon=True)
        self._done = threading.Event()
        self._samples = []

    def run(self):
        connection = cluster.connect("postgres")
        with connection.cursor() as cursor:
            while not self._done.wait(SAMPLE_PAUSE):
                cursor.execute(
                    "SELECT count(*), count(*) FILTER (WHERE state = 'active') FROM pg_stat_activity WHERE usename = 'bench_web'"
                )
                self._samples.append(cursor.fetchone())
        connection.close()

    def end(self):
        self._done.set()
        self.join()
        opened, active = zip(*self._samples) if self._samples else ((0,), (0,))
        return {"open": max(opened), "active_mean": sum(active) / len(active), "active_max": max(active)}


def _start(peer, instances, running):
    """The instances and, before them, nginx: [instance], nginx."""
    environment = {}
    if peer.shares and instances > 1:
        port = servers.free_port()
        running.callback(shared_cache(port).stop)
        environment["REDIS_URL"] = f"redis://127.0.0.1:{port}"
    started = []
    for _ in range(instances):
        started.append(servers.start(peer, **environment))
        running.callback(started[-1].stop)
    proxy = servers.nginx(started)
    running.callback(proxy.stop)
    return started, proxy


def _measure(case, lines, mode):
    peer, warm_up, seconds = case.peer, mode.user_warm_up, mode.user_seconds
    path = workload.write_lines("users.txt", lines)
    with contextlib.ExitStack() as running:
        started, proxy = _start(peer, case.instances, running)
        cache = CacheWatch(started, warm_up) if peer.name.startswith("ours-") else None
        watch = ConnectionWatch()
        watch.start()
        seen = json_of(
            LOAD / "users", proxy.port, path, case.users, seconds, warm_up, TIMEOUT, case.users, seconds=warm_up + seconds + 60
        )  # fmt: skip
        seen["hit_rate"] = cache.end() if cache else seen["cache_hits"] / max(1, seen["answers"])
        seen["asked_before"] = asked_before(lines, case.users * warm_up, seen["answers"])
        return seen | {"connections": watch.end(), "pool": peer.pool * case.instances, "shared": peer.shares and case.instances > 1}


def snapping(peer):
    """The same, with free points moved to a grid."""
    return replace(peer, name="ours-snapping", title=f"{peer.title}, snap-km=1", command=(*peer.command, "--snap-km=1"))


@dataclass(frozen=True)
class Case:
    """A row of the table."""

    users: int
    peer: servers.Peer
    instances: int
    staying: bool = False  # free points are as many as users; else so many that few come back


def cases(before, off, on, mode):
    """Once is enough with the cache off, with positions moved to a grid, and for users who stay: these tell whether a cache is shared."""
    for users in mode.users:
        yield from (Case(users, peer, instances) for instances in (1, 3) for peer in (before, on))
    yield Case(mode.users[-1], off, 1)
    yield Case(mode.users[-1], snapping(on), 3)
    yield from (Case(mode.users[-1], peer, 3, staying=True) for peer in (before, on))


def run(before, off, on, cities, mode):
    """[a row of the table]: who, instances, users and what was seen."""
    table = []
    for case in cases(before, off, on, mode):
        lines = targets(cities, case.users if case.staying else workload.DRAWN)
        seen = _measure(case, lines, mode)
        peer = {"peer": case.peer.name, "title": case.peer.title}
        table.append(peer | {"instances": case.instances, "users": case.users, "staying": case.staying} | seen)
        say(f"{case.users} users, {case.peer.title}, {case.instances} instances: {seen['rate']:.0f}/s, p99 {seen['p99_ms']:.0f} ms,"
            f" {seen['hit_rate']:.0%} kept of {seen['asked_before']:.0%}, {seen['timeouts']} timeouts")  # fmt: skip
        time.sleep(0.2)
    return table
