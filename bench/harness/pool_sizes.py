"""How many connections to the database are best: uncached answers a second, and how long they take, by connection-limit."""

from dataclasses import replace

import http_peers
import servers
from places import say

CLIENTS = 128  # connections to the front end


def run(peer, work, mode):
    """{connection-limit: [a measurement a round]}, interleaved."""
    results = {size: [] for size in mode.pool_sizes}
    for number in range(mode.pool_rounds):
        for size in mode.pool_sizes:
            sized = replace(peer, command=(*peer.command, f"--connection-limit={size}"))
            results[size].append(http_peers.measure(sized, work, CLIENTS, mode.pool_seconds, seed=100 + number))
    say("connection-limit: " + ", ".join(f"{size}: {seen[-1]['rate']:.0f}/s" for size, seen in results.items()))
    return {"clients": CLIENTS, "by_size": results}
