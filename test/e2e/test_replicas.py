"""Searches that go to standbys are as fresh as on one server. A standby is held back by pausing its replay."""

import concurrent.futures
import contextlib

import pytest
from faults import Cluster
from harness import HANG, Database, problem, wait_until
from listener_log import awaits
from metric_values import value

# Only what is known to be current is cached for longer than a moment. The next heartbeat is far away.
CACHED = {"cache_bytes": "1MiB", "cache_ttl": 3600, "cache_ttl_without_notifications": 0.001, "cache_stale": 0, "heartbeat": HANG}
HERE = {"lat": "12.98", "lng": "77.59", "maxDistance": "0.1"}  # t1
ELSEWHERE = {"lat": "13.04", "lng": "77.59", "maxDistance": "0.1"}  # t7


@pytest.fixture(scope="module")
def hosts(own_cluster, tmp_path_factory):
    """The application's database on a primary and on a standby."""
    primary = Database(own_cluster.start(), "app").create()
    primary.execute("CALL tailor_search_notify_changes()")
    cluster = Cluster.standby(tmp_path_factory.mktemp("standby") / "cluster", primary.server)
    yield primary, Database(cluster.start(), "app")
    cluster.remove()


@contextlib.contextmanager
def paused(standby):
    standby.execute("SELECT pg_wal_replay_pause()")
    wait_until(lambda: standby.execute("SELECT pg_get_wal_replay_pause_state()") == [("paused",)])
    try:
        yield
    finally:
        standby.execute("SELECT pg_wal_replay_resume()")


def prefers_standbys(frontend, hosts, **settings):
    """A front end whose searches all go to the standby."""
    url = hosts[0].url(
        host=",".join(each.server.host for each in hosts),
        port=",".join(str(each.server.port) for each in hosts),
        target_session_attrs="prefer-standby",
        connection_limit=2,
    )
    served = frontend(url, connection_lifetime=HANG, **CACHED, **settings)
    awaits(served, "listening")
    wait_until(lambda: [each.activity() for each in hosts] == [0, 2])
    return served


def only_standby(frontend, hosts, **settings):
    """A front end that searches on the standby alone, and listens to the primary."""
    primary, standby = hosts
    served = frontend(standby.url(connection_limit=2), listen_url=primary.url(), **CACHED, **settings)
    awaits(served, "listening")
    return served


def change(primary, *frontends):
    """Changes the tailor at HERE, waits until these front ends were notified, and returns the new number of reviews."""
    before = [value(each, "changes_total", kind="tailor") for each in frontends]
    [(reviews,)] = primary.execute('UPDATE "Tailor" SET "reviewCount" = "reviewCount" + 1 WHERE id = \'t1\' RETURNING "reviewCount"')
    for served, count in zip(frontends, before):
        wait_until(lambda: value(served, "changes_total", kind="tailor") > count)
    return reviews


def reviews(answer):
    assert answer.status_code == 200, answer.text
    return answer.json()["data"][0]["reviewCount"]


def how(answer):
    return answer.headers["Cache-Status"]


def test_answers_live_as_long_as_on_one_server(frontend, hosts):
    primary, _ = hosts
    served = prefers_standbys(frontend, hosts)
    assert reviews(served.get(params=HERE)) == reviews(served.get(params=HERE))
    assert how(served.get(params=HERE)).endswith("hit")
    for _ in range(3):
        now = change(primary, served)
        assert reviews(served.get(params=HERE)) == now
        assert served.get("/api/tailors/t1").json()["data"]["reviewCount"] == now
        assert how(served.get(params=HERE)).endswith("hit")


def test_goes_to_another_host_while_a_standby_is_behind(frontend, hosts):
    primary, standby = hosts
    served = prefers_standbys(frontend, hosts)
    served.get(params=HERE)
    with paused(standby):
        now = change(primary, served)
        assert reviews(served.get(params=HERE)) == now
        assert reviews(served.get(params=HERE)) == now
        assert served.get("/api/tailors/t1").json()["data"]["reviewCount"] == now
        assert "event=standby_behind" in served.log()
        wait_until(lambda: primary.activity() == 2)


def test_waits_for_the_only_standby(frontend, hosts):
    primary, standby = hosts
    served = only_standby(frontend, hosts)
    old = reviews(served.get(params=HERE))
    with concurrent.futures.ThreadPoolExecutor() as others:
        with paused(standby):
            now = change(primary, served)
            waiting = others.submit(served.get, params=HERE)
            wait_until(lambda: value(served, "standby_retries_total") > 3)
            assert served.get(params=ELSEWHERE).status_code == 200  # nothing has changed there
            assert how(served.get(params=ELSEWHERE)).endswith("hit")
            assert not waiting.done()
        assert reviews(waiting.result(HANG)) == now == old + 1
    assert how(served.get(params=HERE)).endswith("hit")


def test_says_that_the_only_standby_is_behind(frontend, hosts):
    primary, standby = hosts
    served = only_standby(frontend, hosts, query_timeout=0.5)
    with paused(standby):
        change(primary, served)
        refused = served.get(params=HERE)
        problem(refused, 503, "standby_behind")
        assert int(refused.headers["Retry-After"]) >= 1
    wait_until(lambda: served.get(params=HERE).status_code == 200)


def test_a_standby_of_another_system_is_not_trusted(frontend, hosts, new_database):
    served = frontend(hosts[1].url(), listen_url=new_database().url(), **CACHED)
    awaits(served, 'notifications_down reason="')
