"""Tables that become others between two heartbeats, without a notification: nothing that came from the old ones is served."""

import subprocess

import pytest
from faults import Proxy
from harness import GRANTS, ROLE, TAILORS, TOP, Database, wait_until
from listener_log import LISTENER, awaits, events
from metric_values import value

HEARTBEAT = 2  # which is long enough for an answer to come on any machine
CACHED = {"cache_bytes": "1MiB", "cache_ttl": 3600, "heartbeat": HEARTBEAT}
SCHEMA = "shop"
NEW = """UPDATE shop."User" SET name = 'New'"""
DEFINITIONS = (TOP / "data/schema.sql").read_text()
TABLES = ("User", "Tailor", "SampleWork")


def with_triggers(*tables):
    """As a dump has them: they notify of what comes after them."""
    for table in tables:
        for name, events_, each in (("changed", "INSERT OR DELETE OR UPDATE", "ROW"), ("truncated", "TRUNCATE", "STATEMENT")):
            yield (
                f'CREATE TRIGGER tailor_search_{name} AFTER {events_} ON "{table}" FOR EACH {each} EXECUTE FUNCTION public.tailor_search_changed();'
                f'ALTER TABLE "{table}" ENABLE ALWAYS TRIGGER tailor_search_{name}'
            )


def dump(database):
    command = ["pg_dump", f"--host={database.server.host}", f"--port={database.server.port}", f"--username={database.server.user}"]
    return subprocess.run([*command, f"--schema={SCHEMA}", database.name], check=True, capture_output=True, text=True).stdout


def psql(database, script):
    """One transaction."""
    command = ["psql", "-qX", "-v", "ON_ERROR_STOP=1", "--single-transaction", f"--host={database.server.host}"]
    command += [f"--port={database.server.port}", f"--username={database.server.user}", database.name]
    subprocess.run(command, input=script, check=True, capture_output=True, text=True)


@pytest.fixture
def shop(new_database):
    """Tailors in a schema of their own, whose changes are notified."""
    database = new_database(SCHEMA)
    database.execute(f"SET search_path = {SCHEMA}, public; CALL tailor_search_notify_changes()")
    return database


def names(served):
    """What a search and the question for one tailor show."""
    found = {tailor["user"]["name"][:3] for tailor in served.search().json()["data"]}
    one = served.get("/api/tailors/t1")
    return found | ({one.json()["data"]["user"]["name"][:3]} if one.status_code == 200 else set())


def migrate_reset(database):
    """The schema is dropped, and what made it runs again, with other data."""
    return "\n".join([
        "DROP SCHEMA shop CASCADE; CREATE SCHEMA shop; SET search_path = shop, public;",
        DEFINITIONS, TAILORS, NEW + ";", GRANTS.format(schema="shop"), *(each + ";" for each in with_triggers(*TABLES)),
    ])


def restored(database):
    database.execute(NEW)
    script = dump(database)
    database.execute(NEW.replace("New", "Use"))
    return "DROP SCHEMA shop CASCADE;" + script


def renamed(database):
    """Another table takes the name of the old one."""
    return "\n".join([
        "SET search_path = shop, public;",
        'CREATE TABLE fresh (LIKE "User" INCLUDING ALL); INSERT INTO fresh SELECT * FROM "User";',
        "UPDATE fresh SET name = 'New';",
        *(each + ";" for each in with_triggers("fresh")),
        'ALTER TABLE "User" RENAME TO former; ALTER TABLE fresh RENAME TO "User";',
        GRANTS.format(schema="shop"),
    ])


def truncated(database):
    """And filled anew, while its triggers are disabled."""
    always = "ENABLE ALWAYS TRIGGER tailor_search_changed; ALTER TABLE shop.\"User\" ENABLE ALWAYS TRIGGER tailor_search_truncated"
    return "\n".join([
        'CREATE TEMP TABLE former AS SELECT * FROM shop."User";',
        'ALTER TABLE shop."SampleWork" DISABLE TRIGGER USER; ALTER TABLE shop."Tailor" DROP CONSTRAINT "Tailor_userId_fkey";',
        'ALTER TABLE shop."User" DISABLE TRIGGER USER; TRUNCATE shop."User";',
        """UPDATE former SET name = 'New'; INSERT INTO shop."User" SELECT * FROM former;""",
        f'ALTER TABLE shop."User" {always}; ALTER TABLE shop."SampleWork" {always.replace("User", "SampleWork")};',
    ])


def column_replaced(database):
    return "\n".join([
        'ALTER TABLE shop."User" RENAME name TO former;',
        """ALTER TABLE shop."User" ADD name text DEFAULT 'New';""",
        f'GRANT SELECT (name) ON shop."User" TO {ROLE};',
    ])


@pytest.mark.parametrize("change", [migrate_reset, restored, renamed, truncated, column_replaced])
def test_what_came_from_other_tables_is_not_served(frontend, shop, change):
    script = change(shop)
    served = frontend(shop.url(schema=SCHEMA), **CACHED)
    awaits(served, "listening")
    assert names(served) == {"Use"}
    notified = lambda: sum(value(served, "changes_total", kind=kind) for kind in ("everything", "tailor", "user", "sample_work"))
    before = notified()
    psql(shop, script)
    wait_until(lambda: names(served) == {"New"})
    assert notified() == before and events(served) == ["listening"]
    assert "event=tables_changed" in served.log() and value(served, "flushes_total") == 1


def test_a_policy_is_a_change(frontend, shop):
    served = frontend(shop.url(schema=SCHEMA), **CACHED)
    awaits(served, "listening")
    assert names(served) == {"Use"}
    shop.execute('ALTER TABLE shop."Tailor" ENABLE ROW LEVEL SECURITY')
    wait_until(lambda: names(served) == set())


def test_a_partition_is_a_change(frontend, shop):
    shop.execute(
        "SET search_path = shop, public",
        'ALTER TABLE "SampleWork" DROP CONSTRAINT "SampleWork_tailorId_fkey"; ALTER TABLE "Tailor" RENAME TO plain',
        'CREATE TABLE "Tailor" (LIKE plain INCLUDING DEFAULTS) PARTITION BY LIST (id)',
        "CREATE TABLE part_1 PARTITION OF \"Tailor\" FOR VALUES IN ('t1'); CREATE TABLE part_2 PARTITION OF \"Tailor\" DEFAULT",
        'INSERT INTO "Tailor" SELECT * FROM plain; DROP TABLE plain; CALL tailor_search_notify_changes()',
        GRANTS.format(schema="shop"),
    )
    served = frontend(shop.url(schema=SCHEMA), **CACHED)
    awaits(served, "listening")
    assert served.search().json()["pagination"]["total"] == 7
    shop.execute("ALTER TABLE shop.\"Tailor\" DETACH PARTITION shop.part_1")
    wait_until(lambda: served.search().json()["pagination"]["total"] == 6)


def test_work_on_the_tables_flushes_nothing(frontend, shop):
    served = frontend(shop.url(schema=SCHEMA), **CACHED)
    awaits(served, "listening")
    assert names(served) == {"Use"}
    shop.execute("VACUUM", "ANALYZE", 'CREATE INDEX ON shop."Tailor" (rating)', 'REINDEX TABLE shop."Tailor"')
    beat = value(served, "heartbeat_timestamp_seconds")
    wait_until(lambda: value(served, "heartbeat_timestamp_seconds") > beat + HEARTBEAT)
    assert value(served, "flushes_total") == 0 and served.search().headers["Cache-Status"].endswith("hit")


def sessions(database):
    rows = database.execute(
        f"SELECT pid, application_name LIKE '% listener' FROM pg_stat_activity WHERE usename = '{ROLE}' AND datname = current_database()"
    )
    return {pid for pid, listens in rows if not listens}, {pid for pid, listens in rows if listens}


@pytest.mark.parametrize("of", [f"ROLE {ROLE} IN DATABASE {{0}}", "DATABASE {0}"])
def test_a_default_search_path_that_changes(frontend, new_database, of):
    """Sessions keep the one that they began with: they are replaced, all of them."""
    database = new_database()
    other = Database(database.server, database.name, SCHEMA)
    other.fill()
    other.execute(NEW)
    for schema in ("public", SCHEMA):
        database.execute(f"SET search_path = {schema}, public; CALL tailor_search_notify_changes()")
    served = frontend(database.url(connection_limit=2), **CACHED)
    awaits(served, "listening")
    wait_until(lambda: served.ready("?verbose").text.startswith("[+]database ok: 2 of 2"))
    assert names(served) == {"Use"}
    before = sessions(database)
    database.execute(f"ALTER {of.format(database.name)} SET search_path = shop, public")
    wait_until(lambda: len(events(served)) > 1 and events(served)[-1] == "listening")
    assert events(served)[1].startswith('notifications_down reason="the settings of the role')
    assert names(served) == {"New"}
    after = sessions(database)
    assert not before[0] & after[0] and not before[1] & after[1]


def test_an_address_that_leads_to_another_server(frontend, new_database, own_cluster):
    """As after a failover, with the old server still up: the notifications would come from one, the answers from the other."""
    database = new_database()
    other = Database(own_cluster.start(), database.name).create()
    other.execute("UPDATE \"User\" SET name = 'New'")
    for each in (database, other):
        each.execute("CALL tailor_search_notify_changes()")
    proxy = Proxy(database.server)
    try:
        served = frontend(database.url(host="127.0.0.1", port=proxy.port, connection_limit=2), **CACHED)
        awaits(served, "listening")
        assert names(served) == {"Use"}
        proxy.server = other.server
        database.execute(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {LISTENER} AND datname = current_database()")
        wait_until(lambda: names(served) == {"New"})
        wait_until(lambda: events(served)[-1] == "listening")
        assert database.activity() == 0
        assert served.stop() == 0
    finally:
        proxy.close()
