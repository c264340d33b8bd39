"""Over HTTP, in a closed loop: wrk with keep-alive, against one freshly started server at a time."""

import statistics

import servers
import verify
import workload
from places import BENCH, json_of, say

TIMEOUT = 10  # seconds
CACHED_CITIES = 100  # of which every answer is in a cache before a cached peer is measured
WARM_UP = 1  # seconds


def _wrk(port, targets, connections, seconds, seed):
    path = workload.write_lines("targets.txt", targets)
    output = json_of(
        "wrk", f"--threads={min(2, connections)}", f"--connections={connections}", f"--duration={seconds}s",
        f"--timeout={TIMEOUT}s", f"--script={BENCH / 'load' / 'wrk.lua'}", "--latency", f"http://127.0.0.1:{port}",
        env={"TARGETS": str(path), "SEED": str(seed)},
    )  # fmt: skip
    output["rate"] = output["answers"] / output["seconds"]
    return output


class Work:
    """What is asked for: free points, or for a cached peer points that come back."""

    def __init__(self, cities):
        self.free = [workload.target(lat, lng) for lat, lng in workload.draw(cities, workload.DRAWN, "http")]
        few = cities[:CACHED_CITIES]
        self.known = sorted({workload.target(lat, lng) for lat, lng in few})
        self._known_zipf = [workload.target(lat, lng) for lat, lng in workload.draw(few, 2000, "cached", jitter=0)]

    def targets(self, peer):
        return self._known_zipf if peer.cached else self.free

    def typical_body(self, port):
        """Of the answers to what cached peers are asked for the one whose size is nearest to the mean."""
        sizes = {target: len(verify.fetch(port, target)) for target in self.known}
        mean = statistics.fmean(sizes[target] for target in self._known_zipf)
        return verify.fetch(port, min(sizes, key=lambda target: abs(sizes[target] - mean)))


def measure(peer, work, connections, seconds, seed):
    server = servers.start(peer)
    try:
        if peer.cached:
            for target in work.known:
                verify.fetch(server.port, target)
        _wrk(server.port, work.targets(peer), min(connections, 8), WARM_UP, seed + 1)
        return _wrk(server.port, work.targets(peer), connections, seconds, seed)
    finally:
        server.stop()


def run(ours, others, work, mode, in_sql):
    """{peer: {connections: [measurement, …]}}, the peers interleaved, and {connections: [searches a second, …]} by in_sql(n), which
    searches without any of them just before each measurement of ours: what a machine does changes from minute to minute."""
    results = {peer.name: {connections: [] for connections in mode.connections} for peer in (ours, *others)}
    beside = {connections: [] for connections in mode.connections}

    def ask(peer, connections, seconds, seed):
        seen = measure(peer, work, connections, seconds, seed)
        results[peer.name][connections].append(seen)
        bad = {key: seen[key] for key in ("timeouts", "not_2xx", "errors") if seen[key]}
        say(f"{connections} connections, {peer.name}: {seen['rate']:.0f}/s {bad or ''}")

    for number in range(mode.http_rounds):
        order = others[number % len(others) :] + others[: number % len(others)]
        for connections in mode.connections:
            for pair in range(mode.http_pairs):
                seed = 100 * number + pair
                beside[connections].append(in_sql(seed))
                say(f"round {number + 1}, pgbench: {beside[connections][-1]:.0f}/s")
                ask(ours, connections, mode.http_seconds, seed)
            for peer in order:
                seconds = mode.overload_seconds if connections >= peer.overloaded_from else mode.http_seconds
                ask(peer, connections, seconds, 100 * number)
    return results, beside
