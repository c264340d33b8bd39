"""Searches that go to standbys are as fresh as on one server. A standby is held back by pausing its replay."""

import concurrent.futures
import contextlib
import itertools

import pytest
from faults import Cluster
from harness import HANG, PASSWORD, ROLE, Database, problem, wait_until
from listener_log import awaits, stopped
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
    settings = {**CACHED, "query_timeout": HANG, "request_timeout": HANG, **settings}
    served = frontend(standby.url(connection_limit=2), listen_url=primary.url(), **settings)
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
    served = only_standby(frontend, hosts, query_timeout=5)
    with paused(standby):
        change(primary, served)
        refused = served.get(params=HERE)
        problem(refused, 503, "standby_behind")
        assert int(refused.headers["Retry-After"]) >= 1
        # What the primary has written since is learned with the next notification.
        change(primary, served)
        assert served.get(params=ELSEWHERE).status_code == 200
        assert value(served, "standby_lag_bytes") > 0
        assert "[!]the standby that answered last was " in served.ready("?verbose").text
    # Each search is another one: an answer from the cache would report nothing.
    pages = itertools.count(2)

    def is_current():
        assert served.get(params={**ELSEWHERE, "page": str(next(pages))}).status_code == 200
        return value(served, "standby_lag_bytes") == 0

    wait_until(is_current)
    wait_until(lambda: served.get(params=HERE).status_code == 200)


def write(primary):
    """Changes the tailor at HERE. Returns the new number of reviews, and the field with which a client reads it."""
    written = change(primary)
    return written, {"Read-After": primary.execute("SELECT pg_current_wal_insert_lsn()")[0][0]}


def test_a_client_reads_its_own_write(frontend, hosts):
    """Before the front end is notified of it, neither the cache nor a standby answers with what was before."""
    primary, standby = hosts
    served = only_standby(frontend, hosts)
    old = reviews(served.get(params=HERE))
    with concurrent.futures.ThreadPoolExecutor() as others, stopped(primary):
        with paused(standby):
            now, own = write(primary)
            waiting = [others.submit(served.get, path, params=HERE if path == "/api/tailors" else None, headers=own)
                       for path in ("/api/tailors", "/api/tailors/t1")]
            wait_until(lambda: value(served, "standby_retries_total") > 6)
            assert reviews(served.get(params=HERE)) == old  # without the field the cache serves what it has
            assert not any(each.done() for each in waiting)
        assert reviews(waiting[0].result(HANG)) == now
        assert waiting[1].result(HANG).json()["data"]["reviewCount"] == now
        assert how(waiting[0].result()) == "tailor-frontend; fwd=request; stored"
        assert reviews(served.get(params=HERE)) == now


def test_reads_its_own_write_of_the_primary(frontend, hosts):
    primary, _ = hosts
    served = frontend(primary.url(), **CACHED)
    awaits(served, "listening")
    old = reviews(served.get(params=HERE))
    with stopped(primary):
        now, own = write(primary)
        assert reviews(served.get(params=HERE)) == old
        assert reviews(served.get(params=HERE, headers=own)) == now
        assert reviews(served.get(params=HERE)) == now


def test_a_position_that_the_log_has_not_reached(frontend, hosts):
    """It says nothing about the standby, so no connection is closed for it."""
    served = prefers_standbys(frontend, hosts, query_timeout=5)
    problem(served.get(params=HERE, headers={"Read-After": "FFFFFFFF/0"}), 503, "standby_behind")
    assert "event=standby_behind" not in served.log()
    assert reviews(served.get(params=HERE)) >= 0


@pytest.mark.parametrize("given", ["7", "0/", "0/1/2", "-1/0", "0/G", "0/123456789", "now"])
def test_a_field_that_is_no_position(shared_frontend, given):
    for path in ("/api/tailors?location=MG_ROAD", "/api/tailors/t1"):
        refused = shared_frontend.get(path, headers={"Read-After": given})
        assert "pg_current_wal_insert_lsn" in problem(refused, 400, "invalid_parameter", "Read-After")["detail"]


def test_instances_share_what_a_standby_answered(frontend, hosts, redis):
    primary, standby = hosts
    one, two = (only_standby(frontend, hosts, redis_url=redis.url) for _ in range(2))
    pages = itertools.count(1)  # nothing on them is cached

    def shared():
        place = {**HERE, "limit": "100", "maxDistance": str(1 + next(pages) / 1000)}
        return [how(each.get(params=place)) for each in (one, two)][1] == "tailor-frontend; hit; detail=redis"

    wait_until(shared)
    old = reviews(one.get(params=HERE))
    with paused(standby):
        change(primary, one, two)
        assert two.get(params=ELSEWHERE).status_code == 200
    now = reviews(two.get(params=HERE))
    assert now == old + 1 == reviews(one.get(params=HERE))


def test_a_standby_of_another_system_is_not_trusted(frontend, hosts, new_database):
    """Already its tables are others."""
    served = frontend(hosts[1].url(), listen_url=new_database().url(), **CACHED)
    awaits(served, """notifications_down reason="listen-url's session sees other tables than DATABASE_URL's""")


def test_a_role_with_other_settings_is_not_trusted(frontend, hosts):
    """Of the same system, but searches and the listener may read different rows."""
    primary, standby = hosts
    role = primary.server.user
    primary.execute(f"ALTER ROLE {role} IN DATABASE app SET work_mem = '5MB'")
    served = frontend(standby.url(), listen_url=primary.url().replace(f"{ROLE}:{PASSWORD}", role), **CACHED)
    awaits(served, 'notifications_down reason="DATABASE_URL leads to a standby of another system than listen-url, or its role has other settings')
    primary.execute(f"ALTER ROLE {role} IN DATABASE app RESET work_mem")
    wait_until(lambda: "event=listening" in served.log())
