"""The seed table: users who think between two requests, before one and three instances behind nginx."""

import random
import threading
import time

import cluster
import servers
import workload
from places import LOAD, json_of, say

TIMEOUT = 10  # seconds
WARM_UP = 3
NAMED_SHARE = 0.7
PLACES = ("MG_ROAD", "COMMERCIAL_STREET")
SKILLS = (None, "ALTERATIONS", "BRIDAL_WORK", "HEMMING", "STITCHING")
SAMPLE_PAUSE = 0.1  # seconds between two looks at pg_stat_activity


def targets(cities):
    """Named places (2, with or without a skill, pages 1 and 2: 20 different requests) and free points, 70 to 30."""
    rng = random.Random(f"{workload.SEED} users")
    named = [
        workload.named_target(place, **({"skill": skill} if skill else {}), **({"page": page} if page > 1 else {}))
        for place in PLACES
        for skill in SKILLS
        for page in (1, 2)
    ]
    free = [workload.target(lat, lng) for lat, lng in workload.draw(cities, workload.DRAWN, "users")]
    return [rng.choice(named) if rng.random() < NAMED_SHARE else point for point in free]


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


def _measure(peer, instances, users, path, seconds, seed):
    running = []
    try:
        for _ in range(instances):
            running.append(servers.start(peer))
        proxy = servers.nginx(running)
        running.append(proxy)
        watch = ConnectionWatch()
        watch.start()
        seen = json_of(LOAD / "users", proxy.port, path, users, seconds, min(WARM_UP, seconds), TIMEOUT, seed, seconds=seconds + 60)
        seen |= {"connections": watch.end(), "pool": peer.pool * instances}
        return seen
    finally:
        for server in reversed(running):
            server.stop()


def run(before, after, cities, mode):
    """[a row of the table]: who, instances, users and what was seen."""
    path = workload.write_lines("users.txt", targets(cities))
    table = []
    for users in mode.users:
        for instances in (1, 3):
            for when, peer in (("before", before), ("after", after)):
                seen = _measure(peer, instances, users, path, mode.user_seconds, seed=users)
                table.append({"when": when, "peer": peer.name, "title": peer.title, "instances": instances, "users": users, **seen})
                say(f"{users} users, {when}, {instances} instances: {seen['rate']:.0f}/s, p99 {seen['p99_ms']:.0f} ms,"
                    f" {seen['timeouts']} timeouts")  # fmt: skip
                time.sleep(0.2)
    return table
