"""Measures everything and writes it down. bench/run starts this, with PostgreSQL running: quick | full | smoke | report FILE."""

import json
import os
import resource
import shutil
import subprocess
import sys
import time
from pathlib import Path

import psycopg2

import cluster
import cost
import http_peers
import machine
import map_searches
import overload
import pool_sizes
import redis_peer
import report
import servers
import sql_peers
import summary
import think_time
import verify
import workload
import writes
from modes import MODES
from places import BENCH, BUILD, TOP, Failed, say


class Data:
    """The databases of a run, filled and warm."""

    def __init__(self, mode):
        fingerprint = machine.data_fingerprint()
        cluster.configure({**cluster.SETTINGS, "shared_buffers": "1GB"})
        sizes = sorted({*mode.table_sizes, mode.tailors, mode.dense})
        self.by_size = {tailors: cluster.load(tailors, fingerprint) for tailors in sizes}
        self.main = self.by_size[mode.tailors]
        self.dense = cluster.load_dense(self.by_size[mode.dense], fingerprint)
        self.all = [*self.by_size.values(), self.dense]
        for database in self.all:
            cluster.install(database)
        cluster.make_room(self.all)
        say("prewarming")
        cluster.prewarm(self.all)
        self.cities = workload.top_cities(self.main)

    def database_of(self, work):
        return self.dense if work.dense else self.main

    def cities_of(self, work):
        return [workload.BENGALURU] if work.dense else self.cities


def measure_sql(data, peers, redis, work, mode):
    """{peer: {clients: [a measurement a round]}}, interleaved: every peer once a round, another one first each time."""
    base = work is workload.BASE
    seconds = mode.sql_seconds if base else mode.variant_seconds
    rounds = mode.rounds if base else mode.variant_rounds
    runs = [
        (peer.name, lambda clients, number, peer=peer: sql_peers.run(
            peer, work, data.database_of(work), data.cities_of(work), clients, seconds, number))
        for peer in peers
    ]  # fmt: skip
    if not work.dense and not work.skill and work.sort_by == "distance" and work.page == 1:
        centres = workload.draw(data.cities, workload.DRAWN, "redis")
        runs += [
            (name, lambda clients, number, name=name: redis.run(name, work, centres, clients, seconds)) for name in redis_peer.PEERS
        ]
    results = {name: {clients: [] for clients in ((1, 2) if base else mode.variant_clients)} for name, _ in runs}
    for number in range(rounds):
        for name, run in runs[number % len(runs) :] + runs[: number % len(runs)]:
            for clients, seen in results[name].items():
                seen.append(run(clients, number))
        say(f"{work.name}, round {number + 1} of {rounds}: "
            + ", ".join(f"{name} {seen[2][-1]['tps']:.0f}/s" for name, seen in results.items()))  # fmt: skip
    return results


def redis_agreement(redis, data, centres):
    """How far Redis's totals are from the exact ones: its earth is a sphere, its cells are coarse."""
    exact = [
        cluster.value(
            data.main,
            'SELECT count(*) FROM "Tailor" WHERE ST_DWithin("locationPoint", ST_SetSRID(ST_MakePoint(%s, %s), 4326)::geography, 10000)',
            lng, lat,
        )  # fmt: skip
        for lat, lng in centres
    ]
    found = [redis.total(lat, lng, 10) for lat, lng in centres]
    return {"exact": sum(exact), "redis": sum(found), "centres_that_differ": sum(a != b for a, b in zip(exact, found))}


def measure(mode):
    result = {"mode": mode.name, "date": machine.now(), "commit": machine.commit(), "machine": machine.describe()}
    result["seconds"] = {}
    data = timed(result, "load", lambda: Data(mode))
    engines = cluster.engines(data.main)
    exact_peers = [*sql_peers.ours(engines), *sql_peers.HAND_MADE]
    works = [workload.BASE, *workload.VARIANTS]
    result |= {
        "tailors": mode.tailors, "dense": mode.dense, "rounds": mode.rounds, "http_rounds": mode.http_rounds, "user_warm_up": mode.user_warm_up,
        "versions": machine.versions(data.main), "engines": engines,
        "settings": {name: cluster.value("postgres", f"SHOW {name}") for name in (*cluster.SETTINGS, "shared_buffers")},
        "titles": {peer.name: peer.title for peer in (*exact_peers, sql_peers.FLOOR)}
        | {name: title for name, (title, _) in redis_peer.PEERS.items()},
        "work_titles": {work.name: work.title for work in works},
    }  # fmt: skip

    sample = {False: workload.draw(data.cities, mode.sample, "sample"), True: workload.draw([workload.BENGALURU], mode.sample, "sample")}
    result["compared"] = verify.compare_sql(exact_peers, works, lambda work: sample[work.dense], data.database_of)

    redis = redis_peer.Redis(data.main)
    try:
        result["redis_agreement"] = redis_agreement(redis, data, sample[False])
        result["sql"] = {}
        for work in works:
            floor = [sql_peers.FLOOR] if work is workload.BASE else []
            peers = [*exact_peers, *floor]
            result["sql"][work.name] = timed(result, "SQL", lambda: measure_sql(data, peers, redis, work, mode))
    finally:
        redis.stop()

    result["cost"] = timed(result, "cost", lambda: {
        "matches": cost.by_matches([*exact_peers, sql_peers.FLOOR], data.dense, mode),
        "size": cost.by_size(exact_peers, {size: data.by_size[size] for size in mode.table_sizes}, mode),
    })  # fmt: skip
    result["map"] = timed(result, "map", lambda: map_searches.run(data, mode))
    result["writes"] = timed(result, "writes", lambda: writes.run(mode))
    result |= measure_http(result, data, mode, sample[False])
    return result


def timed(result, section, function):
    """What the function gives; the seconds that it takes are added to the section's."""
    start = time.monotonic()
    value = function()
    result["seconds"][section] = round(result["seconds"].get(section, 0) + time.monotonic() - start)
    return value


def measure_http(result, data, mode, centres):
    ours, application = servers.ours(data.main), servers.application(data.main)
    work = http_peers.Work(data.cities)
    compared = [servers.start(peer) for peer in (*ours, application[0])]
    try:
        ports = dict(zip(("ours", "ours-cached", "app"), (server.port for server in compared)))
        targets = [workload.target(lat, lng) for lat, lng in centres]
        targets += think_time.NAMED
        verify.compare_http(ports, targets)
        body = work.typical_body(ports["ours"])
    finally:
        for server in compared:
            server.stop()
    others = [*ours[1:], *application, servers.ceiling(body)]
    base = result["sql"][workload.BASE.name]
    engine = max(sql_peers.ours(result["engines"]), key=lambda peer: summary.median(base[peer.name][2], "tps"))

    def in_sql(number):
        return sql_peers.run(engine, workload.BASE, data.main, data.cities, os.cpu_count(), mode.http_seconds, number)["tps"]

    http, beside = timed(result, "HTTP", lambda: http_peers.run(ours[0], others, work, mode, in_sql))
    return {
        "http": http,
        "http_in_sql": beside,
        "http_titles": {peer.name: peer.title for peer in (*ours, *others)},
        "body_bytes": len(body),
        "overload": timed(result, "overload", lambda: overload.run(servers.ours(data.dense)[0], mode)),
        "pool": timed(result, "pool", lambda: pool_sizes.run(ours[0], work, mode)),
        "users": timed(result, "users", lambda: think_time.run(application[2], *ours, data.cities, mode)),
    }


def write(result):
    """The result as JSON and as a page: of a full run the project's own page, else one in build/."""
    kept = result["mode"] != "smoke"
    folder = BENCH / "results" if kept else BUILD / "results"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{result['date'][:10]}-{result['commit'].rstrip('+')}-{result['mode']}.json"
    path.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    page = TOP / "docs" / "benchmarks.md" if result["mode"] == "full" else BUILD / "page" / "benchmarks.md"
    return path, report.write(json.loads(path.read_text(encoding="utf-8")), page)


def main(words):
    if len(words) == 2 and words[0] == "report":
        print(report.write(json.loads(Path(words[1]).read_text(encoding="utf-8")), TOP / "docs" / "benchmarks.md"))
        return 0
    if len(words) != 1 or words[0] not in MODES:
        print(f"usage: bench/run {' | '.join(MODES)} | report FILE", file=sys.stderr)
        return 2
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))  # a thousand connections
    shutil.rmtree(BUILD / "work", ignore_errors=True)
    (BUILD / "work").mkdir(parents=True)
    result = measure(MODES[words[0]])
    path, page = write(result)
    print("\n" + summary.summary(json.loads(path.read_text(encoding="utf-8"))))
    say(f"written: {path.relative_to(TOP)} and {page.relative_to(TOP)}")
    found = summary.faults_in(json.loads(path.read_text(encoding="utf-8"))) if words[0] == "smoke" else []
    for fault in found:
        print(f"bench: {fault}", file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except (Failed, psycopg2.Error, subprocess.SubprocessError) as error:
        sys.exit(f"bench: {error}")
