"""The connection that listens for changes: it is lost, silent and restored, as the log reports."""

import time

import pytest
from harness import wait_until
from holding import locked
from listener_log import LISTENER, awaits, events, stopped, with_notifications
from metric_values import value

HEARTBEAT = 0.5


@pytest.fixture(scope="module")
def database(new_database):
    return with_notifications(new_database())


def test_listens_on_a_connection_of_its_own(frontend, database):
    read_only = "-c default_transaction_read_only=on"  # as deploy/role.sql has it
    served = frontend(database.url(connection_limit=1, options=read_only), heartbeat=HEARTBEAT)
    awaits(served, "listening")
    wait_until(lambda: database.activity() == 1)  # the pool
    listeners = f"SELECT count(*) FROM pg_stat_activity WHERE {LISTENER} AND datname = current_database()"
    assert database.execute(listeners) == [(1,)]


def test_says_what_is_missing_and_sees_it_come_and_go(frontend, new_database):
    database = new_database()
    served = frontend(database.url(), heartbeat=HEARTBEAT)
    awaits(served, 'notifications_down reason="the tables\' changes are not notified: CALL tailor_search_notify_changes()')
    with_notifications(database)
    awaits(served, "notifications_down", "listening")
    database.execute("CALL tailor_search_notify_changes(false)")
    awaits(served, "notifications_down", "listening", "notifications_down")
    with_notifications(database)
    awaits(served, "notifications_down", "listening", "notifications_down", "listening")


def test_listens_again_when_its_connection_was_ended(frontend, database):
    served = frontend(database.url(), heartbeat=60)  # it does not take a heartbeat to notice
    awaits(served, "listening")
    for times in range(1, 4):
        database.execute(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {LISTENER}")
        awaits(served, "listening", *["notifications_down", "listening"] * times)


def test_notices_a_connection_that_is_silent(frontend, database):
    served = frontend(database.url(), heartbeat=HEARTBEAT)
    awaits(served, "listening")
    with stopped(database):
        awaits(served, "listening", "notifications_down", "listening")  # on another connection


def test_a_lock_on_the_tables_is_no_silence(frontend, database):
    served = frontend(database.url(), heartbeat=2)  # which is long enough for an answer to come on any machine
    awaits(served, "listening")
    beat = lambda: value(served, "heartbeat_timestamp_seconds")
    with locked(database):
        for _ in range(2):
            before = beat()
            wait_until(lambda: beat() > before)
    assert events(served) == ["listening"]


NOT_OF_A_TRIGGER = [
    "",
    "nonsense",
    "[" * 7999,
    "[" * 3999 + "]" * 3999,
    '{"v":1}',
    '{"v":1,"x":"1","all":true}',
    '{"v":1,"x":-1,"all":true}',
    '{"v":1,"x":1e300,"all":true}',
    '{"v":1,"x":1,"tailor":"t1","at":7}',
    '{"v":1,"x":1,"tailor":"t1","at":[[91,0]]}',
    '{"v":1,"x":1,"tailor":"t1","at":[[NaN,0]]}',
    '{"v":1,"x":1,"tailor":"t1","at":[' + "[1,2]," * 1300 + "[1,2]]}",
    '{"v":1,"x":18446744073709551615,"tailor":"t1","at":[[0,0]]}',
]


@pytest.mark.parametrize("payload", NOT_OF_A_TRIGGER)
def test_what_no_trigger_sends_flushes_the_cache(frontend, database, payload):
    served = frontend(database.url(), heartbeat=60, cache_bytes="1MiB")
    awaits(served, "listening")
    served.search()
    assert served.search().headers["Cache-Status"].endswith("hit")
    database.execute(f"NOTIFY tailor_search, '{payload}'")
    wait_until(lambda: value(served, "flushes_total") == 1)
    assert not served.search().headers["Cache-Status"].endswith("hit")
    assert value(served, "notifications_refused_total") == 1
    assert events(served) == ["listening"]
    assert "event=notification_refused" in served.log()
    database.execute("UPDATE \"Tailor\" SET rating = rating + 1 WHERE id = 't1'")
    wait_until(lambda: value(served, "changes_total", kind="tailor") >= 1)
    assert [value(served, name) for name in ("flushes_total", "notifications_lost_total")] == [1, 0]


def test_a_flood_of_notifications_is_few_flushes(frontend, database):
    served = frontend(database.url(), heartbeat=60)
    awaits(served, "listening")
    start = time.monotonic()
    database.execute("SELECT pg_notify('tailor_search', format('{\"v\":1,\"x\":1,\"n\":%s}', n)) FROM generate_series(1, 20000) AS n")
    wait_until(lambda: value(served, "changes_total", kind="everything") == 20000)
    assert 1 <= value(served, "flushes_total") <= 1 + (time.monotonic() - start) / 0.1
    assert value(served, "notifications_refused_total") == 0


def test_any_change_is_understood(frontend, database):
    served = frontend(database.url(), heartbeat=60)
    awaits(served, "listening")
    database.execute(
        'UPDATE "Tailor" SET rating = rating + 1, "locationPoint" = NULL WHERE id = \'t7\'',
        "UPDATE \"User\" SET name = E'\\\\ \" \\t ಮನೆ' WHERE id = 'u7'",
        'DELETE FROM "SampleWork"',
        "DELETE FROM tailor_place",
        'TRUNCATE "User" CASCADE',
        """INSERT INTO "User" (id, email, password, "updatedAt") VALUES ('last', '', '', now())""",
    )
    wait_until(lambda: value(served, "changes_total", kind="user") == 2)  # they come in order
    assert events(served) == ["listening"]


def test_its_metrics(frontend, new_database):
    database = with_notifications(new_database())
    started = time.time()
    served = frontend(database.url(), heartbeat=2)  # which is long enough for an answer to come on any machine
    awaits(served, "listening")
    wait_until(lambda: value(served, "heartbeat_timestamp_seconds") > started)
    assert [value(served, name) for name in ("listening", "notifications_lost_total", "listener_reconnects_total")] == [1, 0, 0]
    database.execute(
        "UPDATE \"Tailor\" SET rating = rating + 1 WHERE id IN ('t1', 't2')",
        "UPDATE \"User\" SET name = 'Another' WHERE id IN ('u1', 'u2', 'u3')",
        "DELETE FROM \"SampleWork\" WHERE id = 'w1'",
        'TRUNCATE "SampleWork"',
    )
    kinds = {"tailor": 2, "user": 3, "sample_work": 1, "everything": 1}
    wait_until(lambda: {kind: value(served, "changes_total", kind=kind) for kind in kinds} == kinds)
    database.execute("CALL tailor_search_notify_changes(false)")
    wait_until(lambda: value(served, "listening") == 0)
    with_notifications(database)
    wait_until(lambda: value(served, "listening") == 1)
    database.execute(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {LISTENER} AND datname = current_database()")
    wait_until(lambda: value(served, "listener_reconnects_total") == 1 and value(served, "listening") == 1)
    assert value(served, "notifications_lost_total") == 2


def test_pgbouncer_passes_nothing_on(frontend, database):
    served = frontend(database.url(pgbouncer="true"))
    awaits(served, 'notifications_down reason="pgbouncer=true')
    assert value(served, "listening") == 0
    assert database.execute(f"SELECT count(*) FROM pg_stat_activity WHERE {LISTENER} AND datname = current_database()") == [(0,)]


def test_ends_at_once_while_connecting_fails(frontend, server, tmp_path):
    served = frontend(f"postgresql://nobody@/nowhere?host={tmp_path}", heartbeat=HEARTBEAT)
    awaits(served, "notifications_down reason=")
    assert served.stop() == 0
