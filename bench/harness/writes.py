"""What the application's writes pay: the same statements on its tables as they were, and as they are set up for searches.

Each rate is of pgbench; the tables are vacuumed before it, so that no measurement pays for the rows of another.
"""

import contextlib
import os
import select
import threading
import time
from dataclasses import dataclass

import cluster
import workload
from places import PG_BIN, TOP, output_of, say

CLIENTS = 2
MANY = 64  # clients that write with fsync: they wait for the disk, and for each other's notifications
MANY_EACH = 100  # changes of each of them; to connect takes so many clients long
PICK = "(SELECT id FROM pick WHERE n = :n)"
RANDOM = (
    "\\set n random(1, :rows)",
    "\\set lat random(-60000000, 60000000) / 1000000.0",
    "\\set lng random(-180000000, 180000000) / 1000000.0",
    "\\set stars random(0, 50) / 10.0",
    "\\set key random(1, 1000000000000000)",
)
POINT = "ST_SetSRID(ST_MakePoint(:lng, :lat), 4326)::geography"
TABLES = ("Tailor", "User", "SampleWork")


@dataclass(frozen=True)
class Variant:
    """A database. Only without tailor_search the application makes the points itself."""

    name: str
    title: str
    has_extension: bool = True
    notifies: bool = False

    @property
    def database(self):
        return f"writes_{self.name}"


VARIANTS = (
    Variant("plain", "without tailor_search", has_extension=False),
    Variant("set_up", "set up for searches"),
    Variant("notifying", "set up, changes notified", notifies=True),
)


@dataclass(frozen=True)
class Change:
    name: str
    title: str
    statements: tuple
    plain_statements: tuple = ()  # where the application has to do more without us

    def script(self, variant):
        statements = self.statements if variant.has_extension else self.plain_statements or self.statements
        lines = [*RANDOM, *(f"{each};" for each in statements)]
        return workload.write_lines(f"write.{self.name}.{variant.name}.sql", lines)


def _insert(columns="", values=""):
    """A user who is a tailor."""
    return (
        "BEGIN",
        """INSERT INTO "User" (id, email, password, name, "updatedAt") VALUES ('u' || :key, :key || '@example.com', 'x', 'New', now())""",
        f"""INSERT INTO "Tailor" (id, "userId", latitude, longitude, skills, "yearsExperience", rating, "updatedAt"{columns})
            VALUES ('t' || :key, 'u' || :key, :lat, :lng, '{{HEMMING,STITCHING}}', 5, 4.5, now(){values})""".replace("\n", " "),
        "COMMIT",
    )


CHANGES = (
    Change("rating", "a rating", (f'UPDATE "Tailor" SET rating = :stars WHERE id = {PICK}',)),
    Change("review_count", "a number of reviews", (f'UPDATE "Tailor" SET "reviewCount" = "reviewCount" + 1 WHERE id = {PICK}',)),
    Change("place", "a place", (f'UPDATE "Tailor" SET latitude = :lat, longitude = :lng WHERE id = {PICK}',),
           (f'UPDATE "Tailor" SET latitude = :lat, longitude = :lng, "locationPoint" = {POINT} WHERE id = {PICK}',)),
    Change("work", "a new work", (
        f"""INSERT INTO "SampleWork" (id, "tailorId", "imageUrl", "updatedAt") VALUES ('w' || :key, {PICK}, 'https://images.example.com/1', now())""",)),
    Change("tailor", "a new tailor and user", _insert(), _insert(', "locationPoint"', f", {POINT}")),
)  # fmt: skip
UNDER_FSYNC = CHANGES[1]

BULK = """
INSERT INTO "User" (id, email, password, name, "updatedAt") SELECT 'bulk' || i, i || '@bulk.example', 'x', 'New', now() FROM generate_series(1, {rows}) AS i;
INSERT INTO "Tailor" (id, "userId", latitude, longitude, skills, "yearsExperience", rating, "updatedAt"{column})
  SELECT 'bulk' || i, 'bulk' || i, i % 1200 / 10.0 - 60, i % 3600 / 10.0 - 180, ARRAY['HEMMING', 'STITCHING'], i % 30, i % 51 / 10.0, now(){value}
  FROM generate_series(1, {rows}) AS i"""
BULK_POINT = "ST_SetSRID(ST_MakePoint(i % 3600 / 10.0 - 180, i % 1200 / 10.0 - 60), 4326)::geography"


# --- The databases ---------------------------------------------------------------------------------------------------


def make(tailors):
    """All variants, made anew. Returns the seconds of the setup, and the bytes of tables and indexes with it and before."""
    plain, *others = VARIANTS
    for variant in VARIANTS:
        cluster.rows("postgres", f"DROP DATABASE IF EXISTS {variant.database} WITH (FORCE)")
    cluster.rows("postgres", f"CREATE DATABASE {plain.database}")
    output_of(TOP / "data" / "load.sh", tailors, env={"PGDATABASE": plain.database}, seconds=3600)
    cluster.rows(plain.database, 'CREATE TABLE pick AS SELECT row_number() OVER (ORDER BY id)::int AS n, id FROM "Tailor"')
    cluster.rows(plain.database, "ALTER TABLE pick ADD PRIMARY KEY (n)")
    cluster.rows(plain.database, "VACUUM (FREEZE, ANALYZE)")
    for variant in others:
        cluster.rows("postgres", f"CREATE DATABASE {variant.database} TEMPLATE {plain.database} STRATEGY file_copy")
    seconds = [_set_up(variant) for variant in others]
    return {"seconds": seconds[0], "bytes": _bytes(others[0]), "bytes_before": _bytes(plain)}


def _set_up(variant):
    cluster.rows(variant.database, "CREATE EXTENSION tailor_search CASCADE")
    start = time.monotonic()
    cluster.rows(variant.database, "CALL tailor_search_setup()")
    seconds = time.monotonic() - start
    for index in cluster.RELATION_INDEXES:
        cluster.rows(variant.database, f"CREATE INDEX ON {index}")
    cluster.rows(variant.database, f"CALL tailor_search_notify_changes({str(variant.notifies).lower()})")
    cluster.rows(variant.database, "VACUUM (FREEZE, ANALYZE)")
    return seconds


def _bytes(variant):
    found = cluster.rows(
        variant.database,
        "SELECT sum(pg_table_size(oid))::bigint, sum(pg_indexes_size(oid))::bigint FROM pg_class WHERE relkind = 'r' AND relname = ANY (%s)",
        list(TABLES),
    )
    return dict(zip(("tables", "indexes"), found[0]))


def vacuum(variant):
    for table in TABLES:
        cluster.rows(variant.database, f'VACUUM "{table}"')
    cluster.rows("postgres", "CHECKPOINT")


@contextlib.contextmanager
def listener(variant):
    """Reads all notifications, as a front end does."""
    connection = cluster.connect(variant.database)
    connection.cursor().execute("LISTEN tailor_search")
    ended = threading.Event()

    def read():
        while not ended.is_set():
            if select.select([connection], [], [], 0.1)[0]:
                connection.poll()
                connection.notifies.clear()

    thread = threading.Thread(target=read)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
        connection.close()


# --- What is measured ------------------------------------------------------------------------------------------------


def measure(variant, change, clients, amount, seed, rows):
    """Transactions a second, and bytes of WAL a transaction. `amount`: pgbench's option for how many, or how long."""
    vacuum(variant)
    before = cluster.value(variant.database, "SELECT pg_current_wal_insert_lsn()")
    with listener(variant) if variant.notifies else contextlib.nullcontext():
        printed = output_of(
            PG_BIN / "pgbench", "--no-vacuum", "--protocol=prepared", f"--client={clients}", f"--jobs={min(clients, os.cpu_count())}",
            amount, f"--random-seed={seed}", f"--define=rows={rows}", f"--file={change.script(variant)}", variant.database,
        )  # fmt: skip
    wal = cluster.value(variant.database, "SELECT pg_wal_lsn_diff(pg_current_wal_insert_lsn(), %s)::bigint", before)
    done = next(int(line.split(":")[1].split("/")[0]) for line in printed.splitlines() if "actually processed" in line)
    rate = next(float(line.split("=")[1].split()[0]) for line in printed.splitlines() if line.startswith("tps ="))
    return {"tps": rate, "wal_bytes": wal / done}


def measure_bulk(variant, rows):
    """Tailors a second, in one transaction that is not kept."""
    vacuum(variant)
    statement = BULK.format(rows=rows, column="", value="")
    if not variant.has_extension:
        statement = BULK.format(rows=rows, column=', "locationPoint"', value=f", {BULK_POINT}")
    connection = cluster.connect(variant.database)
    connection.autocommit = False
    try:
        with connection.cursor() as cursor:
            before = cluster.value(variant.database, "SELECT pg_current_wal_insert_lsn()")
            start = time.monotonic()
            cursor.execute(statement)
            seconds = time.monotonic() - start
            wal = cluster.value(variant.database, "SELECT pg_wal_lsn_diff(pg_current_wal_insert_lsn(), %s)::bigint", before)
        connection.rollback()
    finally:
        connection.close()
    return {"tps": rows / seconds, "wal_bytes": wal / rows}


def interleaved(rounds, measure_one):
    """{variant: [a measurement a round]}, another variant first in each round."""
    results = {variant.name: [] for variant in VARIANTS}
    for number in range(rounds):
        for variant in VARIANTS[number % len(VARIANTS) :] + VARIANTS[: number % len(VARIANTS)]:
            results[variant.name].append(measure_one(variant, number))
    return results


def run(mode):
    rows = mode.write_tailors
    few = "--transactions=5"
    amount = f"--time={mode.write_seconds}" if mode.write_seconds else few
    many = MANY if mode.write_seconds else CLIENTS
    say(f"writes: loading {rows:,} tailors, three times")
    result = {"tailors": rows, "clients": CLIENTS, "rounds": mode.write_rounds, "setup": make(rows), "changes": {}}
    with cluster.changed("full_page_writes", "off"):  # images of pages depend on when the last checkpoint was
        for change in CHANGES:
            result["changes"][change.title] = interleaved(mode.write_rounds, lambda variant, number, change=change: measure(
                variant, change, CLIENTS, amount, 100 + number, rows))  # fmt: skip
        result["changes"]["tailors and users in bulk, each"] = interleaved(
            mode.write_rounds, lambda variant, number: measure_bulk(variant, max(100, rows // 20))
        )
    with cluster.changed("fsync", "on"):
        amount = f"--transactions={MANY_EACH}" if mode.write_seconds else few
        result["changes"][f"{UNDER_FSYNC.title}, {many} clients, fsync"] = interleaved(
            mode.write_rounds, lambda variant, number: measure(variant, UNDER_FSYNC, many, amount, 200 + number, rows)
        )
    for title, seen in result["changes"].items():
        say(f"writes, {title}: " + ", ".join(f"{name} {seen[name][-1]['tps']:.0f}/s" for name in seen))
    return result
