"""The database's server is killed, freezes, crashes, is full. Always: right answers or a clear 503, and served again soon."""

import contextlib
import os
import signal

import psycopg2
import pytest
from faults import Load, connections, repeats
from harness import PASSWORD, ROLE, Database, problem, wait_until
from metric_values import value

POOLED = f"SELECT pid FROM pg_stat_activity WHERE usename = '{ROLE}' AND application_name !~ 'listener'"


@pytest.fixture(scope="module")
def app(own_cluster):
    database = Database(own_cluster.start(), "app").create()
    database.execute(f"ALTER ROLE {ROLE} PASSWORD '{PASSWORD}'")
    return database


def sessions_are(app, count):
    """No connection is leaked: the server has this number of sessions of ours, and keeps to it."""
    wait_until(lambda: app.activity() == count)


def test_killed_and_restarted(frontend, own_cluster, app):
    served = frontend(app.url(connection_limit=3))
    with Load(served) as load:
        for _ in repeats(3, 20):
            load.await_answer(200)
            with own_cluster.killed():
                load.await_answer(503)
                wait_until(lambda: served.ready().status_code == 503)  # the sessions end one after another
            load.await_answer(200)
        load.await_steady()
    sessions_are(app, 3)


def test_a_backend_crashes(frontend, own_cluster, app):
    """PostgreSQL then ends all sessions and recovers."""
    crash = "terminating any other active server processes"
    served = frontend(app.url(connection_limit=3))
    with Load(served) as load:
        for _ in repeats(2, 20):
            load.await_answer(200)
            pid = app.execute(f"SELECT max(pid) FROM pg_stat_activity WHERE usename = '{ROLE}'")[0][0]
            crashes = own_cluster.log().count(crash)
            os.kill(pid, signal.SIGQUIT)
            wait_until(lambda: own_cluster.log().count(crash) > crashes)
            load.await_answer(200)
            load.await_steady()
    sessions_are(app, 3)


def test_sessions_are_terminated(frontend, app):
    served = frontend(app.url(connection_limit=3))
    terminate = f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '{ROLE}'"
    with Load(served) as load:
        for _ in repeats(10, 200):
            app.execute(terminate)
            load.await_answer(200)
        load.await_steady()
    sessions_are(app, 3)


@pytest.mark.parametrize("host", ["socket", "127.0.0.1"])
def test_frozen(frontend, own_cluster, app, host):
    parameters = {} if host == "socket" else {"host": host}
    served = frontend(app.url(connection_limit=3, connect_timeout=2, pool_timeout=2, **parameters), query_timeout=2)
    with Load(served, ("query_timeout", "wait_too_long", "pool_timeout", "database_unavailable")) as load:
        for _ in repeats(1, 10):
            load.await_answer(200)
            with own_cluster.frozen():
                load.await_answer(503)
                with pytest.raises(AssertionError):
                    load.await_answer(200, seconds=1.5)
            load.await_answer(200)
            load.await_steady()
    sessions_are(app, 3)


@pytest.mark.parametrize("host", ["socket", "127.0.0.1"])
def test_frozen_for_good(frontend, own_cluster, app, host):
    """Not even a cancellation is answered: nothing of the front end waits for that."""
    parameters = {} if host == "socket" else {"host": host}
    served = frontend(app.url(connection_limit=2, connect_timeout=1, **parameters), query_timeout=0.3)
    wait_until(lambda: connections(served) == (2, 2))
    with own_cluster.frozen():
        for _ in range(2):
            problem(served.search(), 503, "query_timeout")
        wait_until(lambda: served.ready().status_code == 503)
        problem(served.search(), 503, "database_unavailable")
        assert served.stop() == 0


def test_all_connections_are_taken(frontend, app):
    """By others, who leave one after another."""
    with contextlib.ExitStack() as others:
        def take():
            other = psycopg2.connect(app.url())
            others.callback(other.close)
            return other

        taken = []
        with pytest.raises(psycopg2.OperationalError, match="remaining connection slots are reserved"):
            while True:
                taken.append(take())
        served = frontend(app.url(connection_limit=3))
        problem(served.search(), 503, "database_unavailable")
        assert "remaining connection slots are reserved" in served.ready().text
        with Load(served) as load:
            load.await_answer(503)
            taken[0].close()
            load.await_answer(200)
            assert connections(served) == (1, 3)
            others.close()
            load.await_steady()
    sessions_are(app, 3)


def test_password_is_changed(frontend, app):
    served = frontend(app.url(host="127.0.0.1", connection_limit=3))
    terminate = f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '{ROLE}'"
    with Load(served) as load:
        app.execute(f"ALTER ROLE {ROLE} PASSWORD 'another'")
        load.await_answer(200)  # who is in stays in
        app.execute(terminate)
        load.await_answer(503)
        wait_until(lambda: served.ready().status_code == 503)
        assert "password authentication failed" in served.ready().text
        app.execute(f"ALTER ROLE {ROLE} PASSWORD '{PASSWORD}'")
        load.await_answer(200)
        load.await_steady()
    sessions_are(app, 3)


def test_password_is_changed_and_reloaded(frontend, app, tmp_path):
    """New connections have the new one, so nobody notices."""
    file = tmp_path / "tailor-frontend.toml"
    url = app.url(host="127.0.0.1", connection_limit=3)
    file.write_text(f'database-url = "{url}"\n')
    served = frontend("", config=file)
    with Load(served, codes=()) as load:
        load.await_answer(200)
        app.execute(f"ALTER ROLE {ROLE} PASSWORD 'another'")
        file.write_text(f'database-url = "{url.replace(PASSWORD, "another")}"\n')
        served.process.send_signal(signal.SIGHUP)
        wait_until(lambda: "event=reloaded" in served.log())
        # One at a time: a request is asked again once, and must not meet the end of the next connection, too.
        for replaced, (pid,) in enumerate(app.execute(POOLED), start=1):
            app.execute(f"SELECT pg_terminate_backend({pid})")
            wait_until(lambda expected=replaced: value(served, "database_reconnects_total") == expected)
        load.await_steady()
    assert "needs a restart" not in served.log() and "another" not in served.log()
    app.execute(f"ALTER ROLE {ROLE} PASSWORD '{PASSWORD}'")
    sessions_are(app, 3)
