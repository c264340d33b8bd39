"""The private PostgreSQL, started by bench/run: its databases, its settings, its warmth."""

import contextlib
import os
import secrets
import time

import psycopg2

from places import BENCH, BUILD, PG_BIN, TOP, Failed, output_of, say

CLUSTER = BUILD / "cluster"
SETTINGS = {
    "autovacuum": "off",  # all is vacuumed and analyzed once, and nothing is written afterwards
    "max_parallel_workers_per_gather": "0",  # starting a worker costs more than most searches
    "jit": "off",  # compiling costs more than it saves in statements of some milliseconds
    "random_page_cost": "1.1",  # all is in memory
    "work_mem": "64MB",
    "max_connections": "200",
    "max_wal_size": "8GB",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "log_min_messages": "warning",
}
COVERING_INDEX = '(tailor_cell("locationPoint"), "yearsExperience", rating, tailor_indexed_skills(skills) COLLATE "C")'
# By choice (docs/sql.md): all peers have them, and may read from them alone as well.
RELATION_INDEXES = (
    '"User" (id) INCLUDE (name, email)',
    '"SampleWork" ("tailorId", "createdAt" DESC) INCLUDE (id, "imageUrl", description)',
)
MIB = 1024 * 1024
PASSWORD = secrets.token_hex(16)  # of bench_web, in this run


def connect(database, options=""):
    connection = psycopg2.connect(dbname=database, options=options)
    connection.autocommit = True
    return connection


def rows(database, sql, *parameters):
    connection = connect(database)
    try:
        with connection.cursor() as cursor:
            cursor.execute(sql, parameters or None)
            return cursor.fetchall() if cursor.description else []
    finally:
        connection.close()


def value(database, sql, *parameters):
    return rows(database, sql, *parameters)[0][0]


def run_file(database, path):
    env = {"PGOPTIONS": "-c client_min_messages=warning", "BENCH_WEB_PASSWORD": PASSWORD}
    output_of("psql", "--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", "-d", database, "-f", path, env=env, seconds=1800)


def postmaster():
    """The process of which all sessions are begun."""
    connection = connect("postgres")
    try:
        with open(f"/proc/{connection.info.backend_pid}/stat", encoding="ascii") as file:
            return int(file.read().rsplit(")", 1)[1].split()[1])
    finally:
        connection.close()


def url(database):
    """As Prisma writes it, for the role of the servers: over the Unix socket, as pgbench asks."""
    return f"postgresql://bench_web:{PASSWORD}@localhost:{os.environ['PGPORT']}/{database}?host={os.environ['PGHOST']}"


def restart():
    for action in ("stop", "start"):
        output_of(TOP / "scripts" / "cluster.sh", action, CLUSTER)


def configure(settings):
    for name, setting in settings.items():
        rows("postgres", f"ALTER SYSTEM SET {name} = %s", setting)
    restart()
    for line in output_of(TOP / "scripts" / "cluster.sh", "env", CLUSTER).splitlines():
        if line.startswith("export "):  # the socket is another one after a restart
            name, _, setting = line.removeprefix("export ").partition("=")
            os.environ[name] = setting


@contextlib.contextmanager
def changed(name, setting):
    """With another value of a setting that needs no restart."""
    before = value("postgres", f"SHOW {name}")
    _change(f"ALTER SYSTEM SET {name} = {setting}", name, setting)
    try:
        yield
    finally:
        _change(f"ALTER SYSTEM RESET {name}", name, before)


def _change(statement, name, setting):
    rows("postgres", statement)
    rows("postgres", "SELECT pg_reload_conf()")
    while value("postgres", f"SHOW {name}") != setting:
        time.sleep(0.01)


# --- Databases -------------------------------------------------------------------------------------------------------


def database_of(tailors):
    return f"tailors_{tailors}"


def _is_ready(database, mark):
    comment = rows("postgres", "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = %s", database)
    return comment == [(mark,)]


def _finish(database, mark):
    """What all databases get: the peers' own tables, and statistics. The comment last: half a load is never taken for all."""
    run_file(database, BENCH / "sql" / "prebuilt.setup.sql")
    rows(database, "VACUUM (FREEZE, ANALYZE)")
    rows("postgres", f"COMMENT ON DATABASE {database} IS '{mark}'")


def load(tailors, fingerprint):
    database, mark = database_of(tailors), f"{tailors} {fingerprint}"
    if not _is_ready(database, mark):
        say(f"loading {tailors:,} tailors")
        rows("postgres", f"DROP DATABASE IF EXISTS {database} WITH (FORCE)")
        rows("postgres", f"CREATE DATABASE {database}")
        output_of(TOP / "data" / "load.sh", tailors, env={"PGDATABASE": database}, seconds=3600)
        _finish(database, mark)
    return database


def load_dense(source, fingerprint):
    """All tailors of another database, in one city."""
    database, mark = "dense", f"{source} {fingerprint}"
    if not _is_ready(database, mark):
        say(f"moving the tailors of a copy of {source} to one city")
        rows("postgres", f"DROP DATABASE IF EXISTS {database} WITH (FORCE)")
        rows("postgres", f"CREATE DATABASE {database} TEMPLATE {source} STRATEGY file_copy")
        run_file(database, BENCH / "sql" / "dense.setup.sql")
        _finish(database, mark)
    return database


def install(database):
    """The extension as it was just built, and all that its own setup advises."""
    say(f"installing the extension in {database}")
    rows(database, "DROP EXTENSION IF EXISTS tailor_search CASCADE")
    rows(database, "CREATE EXTENSION tailor_search CASCADE")
    if value(database, "SELECT to_regproc('tailor_search_setup') IS NOT NULL"):
        rows(database, "CALL tailor_search_setup()")
    elif value(database, "SELECT to_regproc('tailor_cell') IS NOT NULL"):
        rows(database, f'CREATE INDEX ON "Tailor" {COVERING_INDEX}')
    for index in RELATION_INDEXES:
        rows(database, f"CREATE INDEX ON {index}")
    rows(database, "CALL tailor_search_notify_changes()")  # so that answers are kept as they are in operation
    rows(database, "VACUUM (FREEZE, ANALYZE)")
    run_file(database, BENCH / "sql" / "role.sql")
    rows(database, "CREATE EXTENSION IF NOT EXISTS pg_prewarm")


def engines(database):
    """The engines that the extension offers, by the values of its setting; sql alone before there was one."""
    connection = connect(database)
    with connection.cursor() as cursor:
        cursor.execute("SELECT tailor_search_json(0.0::float8, 0.0::float8)")  # loads the library
        cursor.execute("SELECT enumvals FROM pg_settings WHERE name = 'tailor_search.engine'")
        found = cursor.fetchone()
    connection.close()
    return [name for name in found[0] if name != "auto"] if found else ["sql"]


# --- Warmth ----------------------------------------------------------------------------------------------------------


def _memory_mib():
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // MIB


def make_room(databases):
    """shared_buffers larger than all of the databases together, with a fifth to spare."""
    size = sum(value("postgres", "SELECT pg_database_size(%s)", database) for database in databases) // MIB
    wanted = max(128, size * 6 // 5 + 64)
    if wanted > _memory_mib() * 2 // 3:
        raise Failed(f"{size} MiB of tables need {wanted} MiB of shared_buffers: too much for {_memory_mib()} MiB of memory")
    say(f"{size} MiB of tables and indexes: shared_buffers = {wanted} MiB")
    configure({"shared_buffers": f"{wanted}MB"})


def prewarm(databases):
    for database in databases:
        rows(
            database,
            "SELECT sum(pg_prewarm(c.oid)) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
            " WHERE c.relkind IN ('r', 'i', 't', 'm') AND n.nspname <> 'information_schema' AND c.relpersistence = 'p'",
        )
    rows("postgres", "CHECKPOINT")


def version():
    return output_of(PG_BIN / "postgres", "--version").strip()
