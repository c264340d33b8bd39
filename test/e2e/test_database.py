"""The pool: a database that is away, comes, goes, hangs; schemas; PgBouncer."""

import concurrent.futures
import os
import time

import pytest
from harness import HANG, ROLE, Database, Frontend, in_background, in_time, problem, wait_until
from holding import locked


def test_pool_is_open_and_fixed(frontend, database):
    served = frontend(database.url(connection_limit=3, application_name="e2e-fixed"))
    own = "application_name = 'e2e-fixed'"
    wait_until(lambda: database.activity(own) == 3)
    with concurrent.futures.ThreadPoolExecutor(16) as clients:
        assert {r.status_code for r in clients.map(lambda _: served.search(), range(200))} == {200}
    assert database.activity(own) == 3
    assert served.ready("?verbose").text.startswith("[+]database ok: 3 of 3 connections\n")


def test_application_name(frontend, database):
    frontend(database.url(connection_limit=1))
    assert database.activity("application_name = 'tailor-frontend'") >= 1


def test_starts_before_database_and_extension(frontend, server):
    late = Database(server, f"e2e_late_{os.getpid()}")
    server.create_role()
    served = frontend(late.url())
    assert served.http.get(served.admin + "/livez", timeout=HANG).status_code == 200
    assert served.ready().status_code == 503
    assert "does not exist" in served.ready().text
    problem(served.search(), 503, "database_unavailable")
    try:
        server.execute("postgres", f'CREATE DATABASE "{late.name}"')
        missing = "database: extension tailor_search is not installed: run CREATE EXTENSION tailor_search CASCADE\n"
        wait_until(lambda: served.ready().text == missing)
        late.execute("CREATE EXTENSION tailor_search CASCADE")
        wait_until(lambda: '"Tailor"' in served.ready().text)
        late.fill()
        wait_until(lambda: served.ready().status_code == 200)
        assert served.search().json()["pagination"]["total"] == 7
    finally:
        late.drop()


def test_terminated_connections_are_replaced(frontend, database):
    served = frontend(database.url(connection_limit=2, application_name="e2e-kill"))
    wait_until(lambda: database.activity("application_name = 'e2e-kill'") == 2)
    # With a timeout, pg_terminate_backend waits until the session is gone.
    kill = "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE application_name = 'e2e-kill'"
    for _ in range(3):
        database.execute(kill)
        assert served.search().status_code == 200  # it waits for the new connections, which come at once
    wait_until(lambda: database.activity("application_name = 'e2e-kill'") == 2)


def test_request_survives_the_loss_of_its_connection(frontend, database):
    served = frontend(database.url(connection_limit=2, application_name="e2e-retry"))
    wait_until(lambda: served.ready("?verbose").text.startswith("[+]database ok: 2 of 2"))
    waiting = "application_name = 'e2e-retry' AND wait_event_type = 'Lock'"
    with locked(database):
        answer = in_background(served.search)
        wait_until(lambda: database.activity(waiting) == 1)
        database.execute(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {waiting}")
        # Again, on the other connection; and so waits the one that is to replace the lost one.
        wait_until(lambda: database.activity(waiting) == 2)
    assert answer.result().status_code == 200


def test_pool_timeout(frontend, database):
    timeout = 0.3
    served = frontend(database.url(connection_limit=1, pool_timeout=timeout), query_timeout=HANG)
    with locked(database):
        first = in_background(served.search)
        wait_until(lambda: database.activity("wait_event_type = 'Lock'") == 1)
        start = time.monotonic()
        problem(Frontend.get(served), 400, "invalid_parameter", "location")  # needs no connection
        problem(served.search(), 503, "pool_timeout")
        assert 0.25 < time.monotonic() - start
    assert first.result().status_code == 200

    def answered():
        assert served.search().status_code == 200

    in_time(timeout, answered)


def test_query_timeout_cancels(frontend, database):
    served = frontend(database.url(connection_limit=4), query_timeout=0.3, connect_timeout=2)
    wait_until(lambda: "4 of 4" in served.ready("?verbose").text)
    with locked(database):
        for _ in range(3):
            problem(served.search(), 503, "query_timeout")
        # Nothing keeps running on the server but the one attempt to get a connection back.
        wait_until(lambda: database.activity("wait_event_type = 'Lock'") <= 1)
    wait_until(lambda: served.search().status_code == 200)
    wait_until(lambda: served.ready("?verbose").text.startswith("[+]database ok: 4 of 4"))
    wait_until(lambda: database.activity("application_name = 'tailor-frontend' AND state = 'active'") == 0)


def test_statement_timeout_of_the_server(frontend, database):
    served = frontend(database.url(options="-c statement_timeout=1000"), query_timeout=HANG, request_timeout=HANG)
    wait_until(lambda: served.ready().status_code == 200)  # a new connection's first statements may take long
    with locked(database):
        problem(served.search(), 503, "query_timeout")
    wait_until(lambda: served.search().status_code == 200)


def test_lost_privilege_and_extension(frontend, new_database):
    database = new_database()
    served = frontend(database.url())
    assert served.search().status_code == 200
    database.execute(f'REVOKE SELECT ON "Tailor" FROM {ROLE}')
    assert served.search().status_code in (500, 503)
    wait_until(lambda: served.search().status_code == 503 and "Tailor" in (ready := served.ready()).text and ready.status_code == 503)
    database.execute(f'GRANT SELECT ON "Tailor" TO {ROLE}')
    wait_until(lambda: served.search().status_code == 200)
    database.execute("CREATE SCHEMA elsewhere", f"GRANT USAGE ON SCHEMA elsewhere TO {ROLE}")
    database.execute("DROP EXTENSION tailor_search CASCADE", 'CREATE EXTENSION tailor_search SCHEMA elsewhere')
    wait_until(lambda: served.search().status_code == 200)


@pytest.mark.parametrize("schema", ["shop", 'My "odd" sch\\ema'])
def test_schema(frontend, new_database, schema):
    database = new_database(schema)
    served = frontend(database.url(schema=schema, options="-c statement_timeout=9000"))
    assert served.search().json()["pagination"]["total"] == 7
    assert frontend(database.url(schema="no_such")).ready().status_code == 503


def test_server_restart(frontend, own_cluster):
    database = Database(own_cluster.start(), "app").create()
    served = frontend(database.url(connection_limit=3, pool_timeout=2 * HANG), request_timeout=2 * HANG)
    assert served.search().status_code == 200
    own_cluster.stop("immediate")
    wait_until(lambda: served.ready().status_code == 503)
    problem(served.search(), 503, "database_unavailable")  # at once, long before pool_timeout
    assert served.http.get(served.admin + "/livez", timeout=HANG).status_code == 200
    own_cluster.start()
    wait_until(lambda: served.ready().status_code == 200)
    assert served.search().status_code == 200
    wait_until(lambda: served.ready("?verbose").text.startswith("[+]database ok: 3 of 3"))


def test_pgbouncer(frontend, database, pgbouncer):
    url = f"postgresql://{ROLE}@127.0.0.1:{pgbouncer}/{database.name}?pgbouncer=true&connection_limit=4"
    served = frontend(url)
    with concurrent.futures.ThreadPoolExecutor(8) as clients:
        assert {r.status_code for r in clients.map(lambda _: served.search(), range(80))} == {200}
    assert served.get("/api/tailors/t1").status_code == 200
    problem(served.get("/api/tailors/nobody"), 404, "not_found")
    problem(served.search(page="0"), 400, "invalid_parameter", "page")
    assert database.execute("SELECT count(*) FROM pg_prepared_statements")[0][0] == 0


def test_pgbouncer_with_schema(frontend, new_database, pgbouncer):
    database = new_database("shop")
    url = f"postgresql://{ROLE}@127.0.0.1:{pgbouncer}/{database.name}?pgbouncer=true&schema="
    served = frontend(url + "shop")
    for _ in range(5):
        assert served.search().json()["pagination"]["total"] == 7
        assert served.get("/api/tailors/t1").status_code == 200
    assert frontend(url + "public").ready().status_code == 503  # the path did not stick to the shared connection
