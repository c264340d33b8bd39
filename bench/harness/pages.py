"""The words and tables of the page."""

import goals
import load_pages
import map_pages
import scale_pages
import summary
import write_pages
from summary import median, ms, rate, ratio, table

HOPED = {  # by users: what was hoped for, and how it was before, as the design gives them
    300: {"before": ("50–70 %", "500–2,000 ms", "20–30 %", "exhausted", "50–100/s"),
          "after": ("< 1 %", "30–60 ms", "60–80 %", "60 %", "300–500/s")},
    500: {"before": ("80–90 %", "2,000–5,000 ms", "15–25 %", "exhausted", "30–60/s"),
          "after": ("< 2 %", "40–80 ms", "60–75 %", "80 %", "400–600/s")},
}  # fmt: skip


def _sql(result):
    us = summary.best_engine(result)
    for work, seen in result["sql"].items():
        ours = median(seen[us]["2"], "tps")
        header, rows = [""], [[result["titles"][name]] for name in seen]
        for clients in seen[us]:
            header += [f"{clients} client{'s' if clients != '1' else ''}", "p50", "p99"]
            for row, name in zip(rows, seen):
                measured = seen[name][clients]
                row += [rate(median(measured, "tps")), ms(median(measured, "p50_ms")), ms(median(measured, "p99_ms"))]
        for row, name in zip(rows, seen):
            row.append("" if name in (us, "floor") else ratio(ours, median(seen[name]["2"], "tps")))
        compared = result["compared"].get(work, {})
        yield (f"### {result['work_titles'][work]}\n\n{compared.get('mean_total', 0):,.0f} matches a search on average.\n\n"
               + table((*header, f"{result['titles'][us]} is"), rows))  # fmt: skip


def _http(result):
    for connections in result["http"]["ours"]:
        rows = []
        for name, levels in result["http"].items():
            seen = levels[connections]
            us = "ours-cached" if name.endswith("-cached") or name == "ceiling" else "ours"
            ours = median(result["http"][us][connections], "rate")
            found = summary.faults(seen)
            rows.append((
                result["http_titles"][name], rate(median(seen, "rate")), ms(median(seen, "p50_ms")), ms(median(seen, "p99_ms")),
                "⚠ " + ", ".join(f"{count:,} {key.replace('_', ' ')}" for key, count in found.items()) if found else "none",
                "" if name.startswith("ours") else ratio(ours, median(seen, "rate")),
            ))  # fmt: skip
        yield f"### {connections} connections\n\n" + table(("", "rate", "p50", "p99", "faults", "tailor_search is"), rows)


def _share(part, whole):
    return f"{100 * part / whole:.1f} %" if whole else "–"


def _who(row):
    """Of the table of users."""
    instances = f"{row['instances']} instance{'s' if row['instances'] > 1 else ''}"
    points = ", who stay where they are" if row["staying"] else ""
    return f"{row['users']}{points}: {row['title']}, {instances}{' and Redis' if row['shared'] else ''}"


def _users(result):
    rows = []
    for row in result["users"]:
        when = "after" if row["peer"].startswith("ours") else "before"
        hoped = HOPED.get(row["users"], {}).get(when, ("",) * 5)
        asked = row["answers"] + sum(row[key] for key in summary.FAULTS)
        used = f"{row['connections']['active_mean']:.1f} of {row['pool']}, at most {row['connections']['active_max']}"
        rows.append((
            _who(row), _share(row["timeouts"], asked), hoped[0], ms(row["mean_ms"]), hoped[1], ms(row["p50_ms"]), ms(row["p99_ms"]),
            "–" if row["peer"] == "ours" else f"{_share(row['hit_rate'], 1)} of {_share(row['asked_before'], 1)}", hoped[2], used, hoped[3], rate(row["rate"]), hoped[4],
            row["errors"] + row["not_2xx"] or "none",
        ))  # fmt: skip
    return table(
        ("users", "timeouts", "*expected*", "mean", "*expected*", "p50", "p99", "cache hits", "*expected*", "connections in use", "*expected*",
         "throughput", "*expected*", "other faults"), rows,
    )  # fmt: skip


def _machine(result):
    machine, versions = result["machine"], result["versions"]
    settings = ", ".join(f"`{name} = {value}`" for name, value in result["settings"].items())
    return f"""- {machine['cpu']}, {machine['cores']} cores, {machine['memory_gib']} GiB, {machine['system']}, Linux {machine['kernel']};
  {machine.get('huge_pages_mib', 0)} MiB of huge pages reserved; load before the run: {machine['load_before']:.2f}.
- {', '.join(f'{name} {version}' for name, version in versions.items())}.
- PostgreSQL: {settings}; the rest as installed, and no fsync: searches write nothing.
- The run took {sum(result['seconds'].values()) / 60:.0f} minutes: {', '.join(f'{name} {seconds} s' for name, seconds in result['seconds'].items())}."""


PEERS = """- **tailor_search**: `SELECT tailor_search_json(…)`, by each engine that there is: page, relations and exact total in one call.
- **expert's SQL**: nearest-neighbour scan with LATERAL for the relations of the page's rows, and a second statement for the
  count, on the application's tables. `<->` is spherical, so it takes a few rows more and puts them in the spheroid's order.
- **single query, GROUP BY**: what the analysis of the application proposed, one query with JOIN and GROUP BY, and its count.
- **prebuilt JSON by hand**: the strongest that can be done without an extension: a denormalised table with one JSON text a
  tailor, clustered by geohash, and a slim clustered copy for the count with skills as a bit mask. It must be kept in step by
  hand, with triggers on three tables; that cost is not measured here.
- **Redis GEOSEARCH**: BYRADIUS ASC, the nearest 12 or all. In memory, members only: no filters, no relations, and on a sphere,
  so its totals are not exact. {redis}
- **Node + Prisma**: the application's own stack: two raw queries side by side, then findMany with relations; its unbounded map
  of answers for 2 minutes. On plain node:http, which is quicker than the framework it has in production, and without the
  slip by which its route let every tailor without a point match. Cached, it serialises the stored answer again, as it did.
- **cpp-httplib, fixed**: the same library sending one fixed body of {body:,} bytes, the mean of what cached peers send: its own way
  to read a request and write an answer, of which our front end takes the accepting alone.
- **SELECT 1**: a round trip of pgbench that does nothing."""

METHOD = """- Synthetic tailors at real cities by population (`data/`); users one to one, 0 to 6 works each, 1 % without a point. Tables and
  indexes as the application's migrations make them, VACUUM (FREEZE, ANALYZE); the extension's own index where it has one.
- `city-zipf`: the centre is one of the 1,000 cities with most tailors by Zipf s = 1.1, moved by up to 0.05° each way.
- All peers run in the same run, interleaved: each round runs every peer once, in rotating order ({rounds} rounds in SQL,
  {http_rounds} over HTTP). Shown is the median of the rounds; ratios are of medians. Uncached, our front end is measured several times
  in each round, each time just after the same searches in pgbench: what it reaches of these is the median of the pairs.
- Before anything is timed, all exact peers gave the same ids in the same order and the same totals: {compared}. So did our
  front end and the application's stack.
- SQL: pgbench, prepared, over a Unix socket; the first part of each measurement (0.5 s at most) is warm-up and left out. The
  centre is drawn by pgbench itself (`random_zipfian`, then ten comparisons): the same for all, and no work for the server.
- Redis: a client of our own in C++ on hiredis, one blocking connection a client over a Unix socket, as pgbench works, and
  with the reply parsed but not turned into objects, so that the client does not slow Redis down.
- HTTP: wrk, keep-alive, closed loop, 20,000 different requests in random order, each server freshly started and warmed for a second.
  Servers reach PostgreSQL over the Unix socket, as pgbench does, which searches beside each round with a client a core.
  Cached peers are asked for 100 cities by Zipf of which every answer is in the cache already: their best case, and the same
  for all. The uncached application is run for longer from 500 connections on, so that timeouts can show. A time limit of 10 s;
  rows with timeouts, errors or statuses of 400 and above are marked ⚠. Percentiles are of answers only.
- Users think for 0.5 to 1.5 s between two requests; 70 % of requests are for the two named places (with and without a skill, pages
  1 and 2: 20 different ones), 30 % for free points: some 6,000, of which few come back, or, for users who stay where they are,
  as many as users. Caches are cold at the start and warm for {warm_up} s. All go through nginx.
  "Connections in use" are active backends, sampled ten times a second: mean, pool, most.
- Three instances of ours share a Redis with the settings of `deploy/redis.conf`; three of the application have a map each, as it was.
- shared_buffers is larger than all tables and indexes together, and pg_prewarm has read them: nobody is measured on a cold disk."""

HONESTY = """- The load generator and the servers share the machine's cores. Absolute figures are lower than on two machines; a peer that is
  light on the processor (Redis, the ceiling) is held back by its client sooner than a heavy one.
- It is one machine, a virtual one, and one run: differences of a few percent mean nothing.
- The data are synthetic, and all of them fit in memory.
- jit and parallel workers are off and random_page_cost is low for all: that helps the plain SQL peers with most searches, whose
  work is less than starting a worker. A lone search for tens of thousands of matches could use both cores.
- The hand-made statements have the plans that measured fastest: the expert's compute their centre once, in a scalar subquery, and
  are planned anew for every search where there are thousands of matches; the single query always has its generic plan. Redis runs without persistence, as its documentation
  advises for a cache. Prisma's client is used as its documentation shows, with the pool sizes given.
- The application's figures are of a stand-in that does the same queries, not of the application itself."""


def _note(result):
    """What a person has to say of the run, put into its result as "note"."""
    return f"\n\n**{result['note']}**" if "note" in result else ""


def render(result):
    compared = ", ".join(f"{seen['centres']} centres of {work}" for work, seen in result["compared"].items())
    agreement = result["redis_agreement"]
    redis = f"(In the sample {agreement['redis']:,} of {agreement['exact']:,}; {agreement['centres_that_differ']} centres differ.)"
    return f"""# Benchmarks

Made by `make bench{'' if result['mode'] == 'full' else '-' + result['mode']}` on {result['date']} from commit {result['commit']}: \
{result['tailors']:,} tailors, {result['machine']['cores']} cores shared by servers and load. This page is generated \
(`bench/run report FILE`); the figures behind it are in `bench/results/`.{_note(result)}

## In one minute

{summary.summary(result)}

SQL: 2 clients, against our faster engine, {result['titles'][summary.best_engine(result)]}. ⚠: some requests had no good answer.

{scale_pages.ratios(result)}

## What was to be reached

{goals.render(result)}

## Who is compared

{PEERS.format(redis=redis, body=result['body_bytes'])}

## In SQL

![Searches a second in SQL](benchmarks/sql.svg)

{chr(10).join(part + chr(10) for part in _sql(result))}
## Over HTTP

![Answers a second over HTTP](benchmarks/http.svg)

{chr(10).join(part + chr(10) for part in _http(result))}
{load_pages.render(result)}## Users who think

*expected*: what was said of the application before, and what was hoped for after. Cache hits are counted by the servers, ours \
by its metrics, the application's by its header: "of" is the share of requests for what had been asked before, which no cache \
of exact answers can exceed. One that moves positions to a grid (snap-km) can: its answers are those of points up to 0.71 km away.

{_users(result)}

## Cost as the work grows

{scale_pages.render(result)}

{map_pages.render(result)}{write_pages.render(result)}## Method

{METHOD.format(rounds=result['rounds'], warm_up=result['user_warm_up'], http_rounds=result['http_rounds'], compared=compared)}

## To be fair

{HONESTY}

## Machine, versions, settings

{_machine(result)}
"""
