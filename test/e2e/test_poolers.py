"""Behind PgBouncer, in each of its modes: the tables that were asked for are read, or none; no other client of it notices."""

import concurrent.futures
import contextlib

import pytest
from harness import ROLE, Database, wait_until
from listener_log import LISTENER, awaits, with_notifications
from metric_values import value

TENANTS = ("one", "two")
MODES = ("session", "transaction")
CACHED = {"cache_bytes": "1MiB", "cache_ttl": 3600}


@pytest.fixture(scope="module")
def tenants(new_database):
    """A database with a schema for each of two tenants, and tailors in public as well, each with names of their own."""
    database = new_database()
    for schema in ("public", *TENANTS):
        if schema != "public":
            Database(database.server, database.name, schema).fill()
        database.execute(f"""UPDATE {schema}."User" SET name = '{schema}'""")
    return database


@pytest.fixture(params=[*MODES, "transaction, as Prisma calls it"])
def behind(request, pooler, tenants):
    """The URL of a database behind a PgBouncer: behind(schema=…)."""
    mode = request.param.split(",")[0]
    bouncer = pooler(pool_mode=mode, default_pool_size=20 if mode == "session" else 3)
    stated = {"pgbouncer": "true"} if "Prisma" in request.param else {}
    return lambda **parameters: bouncer.url(tenants.name, connection_limit=2, **stated, **parameters)


def owners(served):
    """The schemas that the answers of a search and of one tailor came from."""
    found = {tailor["user"]["name"] for tailor in served.search().json()["data"]}
    return found | {served.get("/api/tailors/t1").json()["data"]["user"]["name"]}


def all_owners(served, times=100):
    with concurrent.futures.ThreadPoolExecutor(8) as clients:
        return set().union(*clients.map(lambda _: owners(served), range(times)))


def refused(served, *words):
    """It has no connection, and says why, and what to do."""
    reason = wait_until(lambda: (ready := served.ready()).status_code == 503 and ready.text)
    assert all(word in reason for word in words), reason
    wait_until(lambda: all(word in served.log() for word in words))
    assert served.search().status_code == 503


def states(bouncer, database, connections=4):
    """What another client finds on each of the server's connections that a PgBouncer in transaction mode has."""
    with contextlib.ExitStack() as sessions:
        found = []
        for _ in range(connections):
            session = sessions.enter_context(contextlib.closing(bouncer.session(database.name)))
            session.autocommit = False  # so that each transaction has another one
            with session.cursor() as cursor:
                cursor.execute(
                    "SELECT current_setting('search_path'), current_setting('statement_timeout'), current_setting('role'),"
                    " current_setting('tailor_search.tailor_table', true), current_setting('client_encoding'),"
                    " (SELECT count(*) FROM pg_prepared_statements), (SELECT count(*) FROM pg_listening_channels()), pg_backend_pid()"
                )
                found.append(cursor.fetchone())
        assert len({state[-1] for state in found}) == connections
        return {state[:-1] for state in found}


def test_the_schema_of_the_url_is_read(frontend, behind):
    served = {schema: frontend(behind(schema=schema)) for schema in (*TENANTS, "public")}
    with concurrent.futures.ThreadPoolExecutor(3) as clients:
        assert list(clients.map(all_owners, served.values())) == [{schema} for schema in served]
    for each in served.values():
        wait_until(lambda each=each: each.ready("?verbose").text.startswith("[+]database ok: 2 of 2"))


def test_a_schema_that_is_ignored_at_startup_is_read(frontend, pooler, tenants):
    """A pooler that is allowed to drop `options` drops the search_path in them."""
    bouncer = pooler(pool_mode="session", ignore_startup_parameters="options", default_pool_size=8)
    served = {schema: frontend(bouncer.url(tenants.name, connection_limit=2, schema=schema)) for schema in TENANTS}
    assert {schema: all_owners(each) for schema, each in served.items()} == {schema: {schema} for schema in TENANTS}


def test_without_a_schema_the_default_is_read(frontend, behind):
    assert all_owners(frontend(behind())) == {"public"}


@pytest.mark.parametrize("stated", [{}, {"pgbouncer": "true"}])
def test_other_clients_find_nothing_changed(frontend, pooler, tenants, stated):
    bouncer = pooler(pool_mode="transaction", default_pool_size=4)
    before = states(bouncer, tenants)
    assert len(before) == 1
    for schema in TENANTS:
        served = frontend(bouncer.url(tenants.name, connection_limit=3, schema=schema, **stated), **CACHED)
        assert all_owners(served) == {schema}
        awaits(served, "notifications_down")
    after = states(bouncer, tenants)
    assert {state[:3] + state[4:] for state in after} == {state[:3] + state[4:] for state in before}
    assert {state[3] or '"Tailor"' for state in after} == {'"Tailor"'}  # its default, once the extension is loaded


LEFT_BEHIND = [
    ("search_path", "SET search_path = two", "schema="),
    ("role", "SET ROLE reader", "ALTER ROLE"),
    ("tailor_search.tailor_table", """SET tailor_search.tailor_table = 'two."Tailor"'""", "ALTER ROLE"),
]


@pytest.fixture(scope="module")
def reader(tenants):
    """A role that the front end's may become, and that reads one tailor only."""
    server = tenants.server
    if not server.execute("postgres", "SELECT 1 FROM pg_roles WHERE rolname = 'reader'"):
        server.execute("postgres", "CREATE ROLE reader")
    server.execute("postgres", f"GRANT reader TO {ROLE}")
    return "reader"


@pytest.mark.usefixtures("reader")
@pytest.mark.parametrize("name, change, cure", LEFT_BEHIND)
def test_what_another_client_leaves_behind_changes_nothing(frontend, pooler, tenants, name, change, cure):
    bouncer = pooler(pool_mode="transaction", default_pool_size=1)
    served = frontend(bouncer.url(tenants.name, connection_limit=2))
    wait_until(lambda: served.ready("?verbose").text.startswith("[+]database ok: 2 of 2"))
    with contextlib.closing(bouncer.session(tenants.name)) as other:
        other.cursor().execute(change)
    assert all_owners(served) == {"public"}
    assert served.search().json()["pagination"]["total"] == 7
    refused(frontend(bouncer.url(tenants.name)), name, "left", cure)


def test_a_schema_beats_what_another_client_leaves_behind(frontend, pooler, tenants):
    bouncer = pooler(pool_mode="transaction", default_pool_size=1)
    with contextlib.closing(bouncer.session(tenants.name)) as other:
        other.cursor().execute("SET search_path = two")
    assert all_owners(frontend(bouncer.url(tenants.name, schema="one"))) == {"one"}


def test_options_that_the_pooler_refuses(frontend, pooler, tenants):
    bouncer = pooler(pool_mode="session")
    served = frontend(bouncer.url(tenants.name, options="-c%20statement_timeout=9000"))
    refused(served, "unsupported startup parameter", "options", "ALTER ROLE", "schema=")


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(
    "options, name",
    [
        ("-c search_path=one", "search_path"),
        ("--search-path=one", "search_path"),
        ("-c  statement_timeout=9s -csearch_path=public", "statement_timeout"),
        (r"""-c tailor_search.tailor_table=one.\"Tailor\"""", "tailor_search.tailor_table"),
    ],
)
def test_options_that_the_pooler_ignores(frontend, pooler, tenants, mode, options, name):
    bouncer = pooler(pool_mode=mode, ignore_startup_parameters="options")
    served = frontend(bouncer.url(tenants.name, options=options.replace(" ", "%20").replace("\\", "%5C").replace('"', "%22")))
    refused(served, name, "options", "ALTER ROLE")


def test_options_that_hold_without_the_pooler(frontend, pooler, tenants):
    """The role's settings are what `options` asks for, in other words; a proxy's own options are its own."""
    bouncer = pooler(pool_mode="session", ignore_startup_parameters="options")
    of_role = f"ALTER ROLE {ROLE} IN DATABASE {tenants.name}"
    tenants.execute(f"{of_role} SET search_path = one", f"{of_role} SET statement_timeout = '9000ms'")
    try:
        options = "endpoint=ep-1%20-c%20search_path=one%20--statement-timeout=9s"
        assert owners(frontend(bouncer.url(tenants.name, options=options))) == {"one"}
    finally:
        tenants.execute(f"{of_role} RESET search_path", f"{of_role} RESET statement_timeout")


def test_another_database(frontend, pooler, tenants):
    bouncer = pooler(f"shop = dbname={tenants.name}", pool_mode="session")
    url = bouncer.url("shop", schema="one")
    refused(frontend(url), tenants.name, "shop", f"server_database={tenants.name}")
    refused(frontend(url + "&server_database=shop"), tenants.name, "shop")
    assert owners(frontend(f"{url}&server_database={tenants.name}")) == {"one"}


def test_another_role(frontend, pooler, tenants):
    bouncer = pooler(f"* = user={ROLE}", pool_mode="session")
    url = bouncer.url(tenants.name, user=tenants.server.user, schema="one")
    refused(frontend(url), ROLE, tenants.server.user, f"server_role={ROLE}")
    assert owners(frontend(f"{url}&server_role={ROLE}")) == {"one"}


def test_a_tenant_in_the_users_name(frontend, pooler, tenants):
    """As Supabase's pooler has it."""
    bouncer = pooler(f"* = user={ROLE}", pool_mode="session")
    assert owners(frontend(bouncer.url(tenants.name, user=f"{ROLE}.tenant", schema="one"))) == {"one"}


def listeners(database):
    return database.execute(f"SELECT count(*) FROM pg_stat_activity WHERE {LISTENER} AND datname = current_database()")[0][0]


def test_notifications_are_trusted_where_the_url_states_session_mode(frontend, pooler, new_database):
    database = with_notifications(new_database())
    bouncer = pooler(pool_mode="session")
    unstated = frontend(bouncer.url(database.name), **CACHED)
    awaits(unstated, 'notifications_down reason="a pooler is in between')
    assert "pgbouncer=false" in unstated.log()
    assert unstated.stop() == 0
    served = frontend(bouncer.url(database.name, pgbouncer="false"), **CACHED)
    awaits(served, "listening")
    rating = lambda: served.get("/api/tailors/t1").json()["data"]["rating"]
    assert rating() == 0.5
    database.execute("UPDATE \"Tailor\" SET rating = 1 WHERE id = 't1'")
    wait_until(lambda: value(served, "changes_total", kind="tailor") == 1)
    assert rating() == 1


def test_tables_of_the_schema_notify_through_a_session_pooler(frontend, pooler, new_database):
    """The triggers that are asked for are those of the URL's schema, not the ones of another."""
    database = with_notifications(new_database())
    other = Database(database.server, database.name, "other")
    other.fill()
    bouncer = pooler(pool_mode="session")
    url = bouncer.url(database.name, pgbouncer="false", schema="other")
    awaits(frontend(url), 'notifications_down reason="the tables\' changes are not notified')
    database.execute("SET search_path = other, public; CALL tailor_search_notify_changes()")
    awaits(frontend(url), "listening")


@pytest.mark.parametrize("connections", [1, 3])
def test_session_mode_that_is_none_is_found_out(frontend, pooler, new_database, connections):
    database = with_notifications(new_database())
    bouncer = pooler(pool_mode="transaction", default_pool_size=connections)
    served = frontend(bouncer.url(database.name, pgbouncer="false"), heartbeat=1, **CACHED)
    awaits(served, 'notifications_down reason="a notification did not come')
    assert "pgbouncer=true" in served.log()
    assert value(served, "listening") == 0 and served.search().status_code == 200


# --- A listener that goes past the pooler ---------------------------------------------------------------------------


def past(pooler, database, **parameters):
    """The URL through a PgBouncer in transaction mode, as Prisma calls it."""
    return pooler(pool_mode="transaction", default_pool_size=3).url(database.name, pgbouncer="true", **parameters)


def test_a_listener_past_the_pooler(frontend, pooler, new_database):
    """Answers are as fresh as without a pooler, and live as long."""
    database = with_notifications(new_database())
    short = {"cache_ttl_without_notifications": 0.001, "cache_stale": 0}
    served = frontend(past(pooler, database), listen_url=database.url(), **CACHED, **short)
    awaits(served, "listening")
    rating = lambda: served.get("/api/tailors/t1").json()["data"]["rating"]
    assert rating() == 0.5
    assert [served.get("/api/tailors/t1").headers["Cache-Status"] for _ in range(3)] == ["tailor-frontend; hit"] * 3
    database.execute("UPDATE \"Tailor\" SET rating = 1 WHERE id = 't1'")
    wait_until(lambda: value(served, "changes_total", kind="tailor") == 1)
    assert rating() == 1


def test_either_way_of_a_heartbeat_is_cut(frontend, pooler, new_database):
    database = with_notifications(new_database())
    bouncer = pooler(pool_mode="transaction")
    served = frontend(bouncer.url(database.name, pgbouncer="true"), listen_url=database.url(), heartbeat=1, **CACHED)
    awaits(served, "listening")
    ended = database.execute(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {LISTENER} AND datname = current_database()")
    assert ended == [(True,)]
    awaits(served, "listening", "notifications_down", "listening")
    bouncer.process.kill()
    awaits(served, "listening", "notifications_down", "listening", "notifications_down")


def test_a_listener_at_another_database(frontend, pooler, new_database):
    """What listen-url hears says nothing about the database that is searched."""
    database, other = with_notifications(new_database()), with_notifications(new_database())
    served = frontend(past(pooler, database), listen_url=other.url(), heartbeat=1, **CACHED)
    awaits(served, 'notifications_down reason="listen-url\'s session sees other tables')
    assert value(served, "listening") == 0 and served.search().status_code == 200


def test_a_listener_at_a_copy_of_the_database(frontend, pooler, new_database):
    """The same tables by name and number, but another database: the heartbeats do not arrive."""
    database = with_notifications(new_database())
    copy = Database(database.server, f"{database.name}_copy")
    database.server.execute("postgres", f"CREATE DATABASE {copy.name} TEMPLATE {database.name}")
    served = frontend(past(pooler, database), listen_url=copy.url(), heartbeat=1, **CACHED)
    awaits(served, 'notifications_down reason="a notification did not come from DATABASE_URL to listen-url')
    assert value(served, "listening") == 0 and served.search().status_code == 200


def test_a_listener_of_another_schema(frontend, pooler, tenants):
    with_notifications(tenants)
    for schema in TENANTS:
        tenants.execute(f"SET search_path = {schema}, public; CALL tailor_search_notify_changes()")
    served = frontend(past(pooler, tenants, schema="one"), listen_url=tenants.url() + "&schema=two", heartbeat=1, **CACHED)
    awaits(served, 'notifications_down reason="listen-url\'s session sees other tables')
    served = frontend(past(pooler, tenants, schema="one"), listen_url=tenants.url(), heartbeat=1, **CACHED)  # takes the schema of DATABASE_URL
    awaits(served, "listening")


def test_a_listener_behind_a_pooler_too(frontend, pooler, new_database):
    database = with_notifications(new_database())
    url = past(pooler, database)
    served = frontend(url, listen_url=url.replace("pgbouncer=true", ""), **CACHED)
    awaits(served, 'notifications_down reason="listen-url leads to a pooler')
