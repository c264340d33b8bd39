"""The cache that instances share: a real Redis between real front ends."""

import contextlib
import socket
import time
import urllib.parse

import pytest
from cache_status import COLLAPSED, HERE, HIT, MISS, REPLACED, SECONDS_TO_SEE, SHARED, status
from clients import WAITING, ask, left
from harness import HANG, Database, in_background, in_time, problem, wait_until
from holding import delivered, locked, stopped
from metric_values import value
from raw_http import receive_all, request, take_answers
from reloading import Settings, reload

CLAIM = 3  # seconds for which one instance has others wait for what it computes


@pytest.fixture(scope="module")
def database(told_database):
    return told_database


@pytest.fixture
def instance(frontend, database, redis):
    """Starts front ends that share a cache."""

    def start(url=None, listens=True, **settings):
        settings = {"redis_url": redis.url, "redis_timeout": HANG, "cache_bytes": "64MiB", **settings}
        served = frontend(url or database.url(), **settings)
        wait_until(lambda: "event=redis_up" in served.log())
        wait_until(lambda: ("event=listening" if listens else "event=notifications_down") in served.log())
        return served

    return start


def test_what_one_computed_all_have(instance, redis):
    one, two, three = (instance() for _ in range(3))
    first = one.get(params=HERE)
    assert status(first) == MISS
    second, third = two.get(params=HERE), three.get("/api/tailors?lng=77.590&lat=12.970&limit=12")
    assert status(second) == status(third) == SHARED
    assert first.content == second.content == third.content
    assert first.headers["ETag"] == second.headers["ETag"] == third.headers["ETag"]
    assert status(two.get(params=HERE)) == HIT  # it has it in memory now, and Redis is not asked
    assert value(two, "redis_requests_total", result="ok") == 1
    assert status(two.get("/api/tailors/t3")) == MISS
    assert status(one.get("/api/tailors/t3")) == SHARED
    assert status(one.get(params={**HERE, "page": "2"})) == MISS
    assert [value(each, "cache_hits_total", level="redis") for each in (one, two, three)] == [1, 1, 1]
    assert [value(each, "cache_misses_total") for each in (one, two, three)] == [2, 1, 0]
    assert value(two, "query_duration_seconds_count") == 1
    assert len(redis.keys()) == 3 and redis.ask("KEYS", "*:claim") == []
    assert all(0 < redis.ask("PTTL", key) <= 630_000 for key in redis.keys())


def test_errors_and_what_is_not_there_are_not_shared(instance, redis):
    one, two = instance(), instance()
    for served in (one, two):
        problem(served.get("/api/tailors/nobody"), 404, "not_found")
        problem(served.get(params={**HERE, "limit": "500"}), 400, "invalid_parameter", "limit")
    assert redis.ask("KEYS", "*") == []


def total(instances, name, **labels):
    return sum(value(each, name, **labels) for each in instances)


def test_one_computation_among_all(instance, database):
    instances = [instance(max_connections=600, query_timeout=HANG, request_timeout=HANG) for _ in range(3)]
    counters = ("cache_coalesced_total", "redis_coalesced_total", "query_duration_seconds_count")
    distances = iter(range(50, 60))

    def attempt():
        """The other two instances read all of their requests at the same moment, which is when their wait begins."""
        before = [total(instances, name) for name in counters]
        hits = total(instances, "cache_hits_total", level="redis")
        counted = lambda: [total(instances, name) - count for name, count in zip(counters, before)]
        search = request(f"/api/tailors?lat=12.9&lng=77.5&maxDistance={next(distances)}", "Connection: close")
        with contextlib.ExitStack() as open_ones:
            clients = []

            def ask_all(served):
                for _ in range(15):
                    clients.append(open_ones.enter_context(socket.create_connection(("127.0.0.1", served.port), timeout=HANG)))
                    clients[-1].sendall(search)
                    delivered(clients[-1])

            with locked(database):
                ask_all(instances[0])
                wait_until(lambda: database.activity(WAITING) == 1 and counted()[0] == 14)
                with contextlib.ExitStack() as held:
                    for each in instances[1:]:
                        held.enter_context(stopped(each.process.pid))
                        ask_all(each)
                wait_until(lambda: counted() == [42, 2, 0])
                assert database.activity(WAITING) == 1
            answers = [take_answers(receive_all(client))[0] for client in clients]
        assert {answer.status for answer in answers} == {200} and len({answer.body for answer in answers}) == 1
        assert counted() == [42, 2, 1] and total(instances, "cache_hits_total", level="redis") == hits + 2

    in_time(CLAIM, attempt)


def test_who_waits_for_another_instance_computes_when_that_fails(instance, database):
    one, two = (instance(query_timeout=HANG) for _ in range(2))
    with locked(database):
        failing = in_background(lambda: one.get(params=HERE))
        wait_until(lambda: database.activity(WAITING) == 1)
        ((session,),) = database.execute(f"SELECT pid FROM pg_stat_activity WHERE {WAITING} AND datname = current_database()")
        waiting = in_background(lambda: two.get(params=HERE))
        wait_until(lambda: value(two, "redis_coalesced_total") == 1)
        database.execute(f"SELECT pg_cancel_backend({session})")
        problem(failing.result(), 503, "query_timeout")
        wait_until(lambda: database.activity(WAITING) == 1)
    assert status(waiting.result()) == MISS


def test_the_claim_of_an_instance_that_vanished_is_soon_over(instance, redis):
    one, two = instance(), instance()
    one.get(params=HERE)
    key = redis.keys()[0]
    redis.ask("DEL", key)
    start = time.monotonic()
    redis.ask("SET", key + b":claim", "another one's", "PX", "1000")
    assert status(two.get(params=HERE)) == MISS
    assert 0.9 < time.monotonic() - start
    assert redis.ask("EXISTS", key + b":claim") == 0


@pytest.mark.parametrize("expires", [False, True])
def test_nobody_waits_for_a_claim_that_does_not_end(instance, redis, expires):
    one, two = instance(), instance()
    one.get(params=HERE)
    key = redis.keys()[0]
    redis.ask("DEL", key)
    redis.ask("SET", key + b":claim", "foreign", *["PX", "60000"][: 2 * expires])
    assert status(two.get(params=HERE)) == MISS
    assert value(two, "redis_coalesced_total") == 0
    assert redis.ask("GET", key + b":claim") == b"foreign"  # only its owner ends it


def test_a_claim_that_became_another_ones_is_left_alone(instance, database, redis):
    one = instance()
    with locked(database):
        asked = in_background(lambda: one.get(params=HERE))
        (claim,) = wait_until(lambda: redis.ask("KEYS", "*:claim"))
        redis.ask("SET", claim, "another one's", "PX", "60000")
    assert status(asked.result()) == MISS
    assert redis.ask("GET", claim) == b"another one's"


def test_a_client_that_waits_for_another_instance_may_leave(instance, redis):
    one = instance()
    one.get(params=HERE)
    key = redis.keys()[0]
    two = instance()
    redis.ask("DEL", key)

    def attempt():
        redis.ask("DEL", key)
        redis.ask("SET", key + b":claim", "another one's", "PX", str(1000 * CLAIM))
        waits, leavers, queries = (lambda: value(two, "redis_coalesced_total")), (lambda: left(two)), value(two, "query_duration_seconds_count")
        before = waits(), leavers()
        computed = lambda: value(two, "query_duration_seconds_count") > queries
        client = ask(two, urllib.parse.urlencode(HERE))
        wait_until(lambda: waits() > before[0] or computed())
        client.close()
        wait_until(lambda: leavers() > before[1] or computed())
        assert not computed()

    in_time(CLAIM, attempt)


def test_a_change_is_seen_by_all_at_once(instance, database):
    instances = [instance() for _ in range(3)]
    elsewhere = {"lat": "51.5", "lng": "-0.1"}
    for years in range(200, 206):
        for served in instances:
            served.get(params=HERE), served.get(params=elsewhere)
        database.execute(f'UPDATE "Tailor" SET "yearsExperience" = {years} WHERE id = \'t3\'')
        for served in instances:
            wait_until(lambda: years_of(served) == years, SECONDS_TO_SEE)
            assert status(served.get(params=elsewhere)) == HIT
    # What was changed is computed by the first who sees that, and taken from Redis by the others.
    assert sum(value(each, "cache_hits_total", level="redis") for each in instances) > 6
    assert sum(value(each, "redis_outdated_total") for each in instances) > 0


def years_of(served, search=HERE):
    response = served.get(params=search)
    assert status(response) in (HIT, REPLACED, SHARED, COLLAPSED)
    return {each["id"]: each["yearsExperience"] for each in response.json()["data"]}["t3"]


def test_an_answer_from_before_an_instance_listened_is_not_used(instance, database):
    one = instance()
    one.get(params=HERE)
    database.execute('UPDATE "Tailor" SET "yearsExperience" = 300 WHERE id = \'t3\'')
    two = instance()  # it was never told of that
    assert status(two.get(params=HERE)) == MISS
    assert years_of(two) == 300
    assert value(two, "redis_outdated_total") == 1


FORGED = ['"all":true', '"place":"MG_ROAD"', '"tailor":"t3","at":[[12.97,77.59]]', '"tailor":"t3"', '"user":"u3"']


@pytest.mark.parametrize("claims", FORGED)
@pytest.mark.parametrize("transaction", [2**64 - 1, 2**63, "soon", "open"])
def test_a_forged_notification_costs_a_flush_and_no_more(instance, database, transaction, claims):
    """By a role that may do nothing else: of a transaction that is yet to come, or one that it keeps open."""
    one, two = instance(heartbeat=60), instance(heartbeat=60)
    one.get(params=HERE), two.get(params=HERE)
    with contextlib.closing(database.session()) as stranger:
        cursor = stranger.cursor()
        cursor.execute("SET SESSION AUTHORIZATION tailor_web")
        if isinstance(transaction, str):
            cursor.execute("SELECT pg_current_xact_id()::text::bigint + %s", (1000 if transaction == "soon" else 0,))
            (transaction,) = cursor.fetchone()
        database.execute(
            "SET SESSION AUTHORIZATION tailor_web", f"NOTIFY tailor_search, '{{\"v\":1,\"x\":{transaction},{claims}}}'"
        )
        for served in (one, two):
            wait_until(lambda: value(served, "flushes_total") == 1)
        for page in ("2", "3"):
            assert status(one.get(params={**HERE, "page": page})) == MISS
            assert status(two.get(params={**HERE, "page": page})) == SHARED
        assert status(one.get(params={**HERE, "page": "2"})) == HIT


@pytest.fixture
def without_autovacuum(database):
    """Autovacuum's ANALYZE is a transaction like any other: an instance that starts after it takes answers from before
    it for possibly outdated. The servers of `make check` run without it, those of check-long with it."""
    server = database.server
    workers = "SELECT count(*) FROM pg_stat_activity WHERE backend_type LIKE 'autovacuum%'"
    server.execute("postgres", "ALTER SYSTEM SET autovacuum = off", "SELECT pg_reload_conf()")
    wait_until(lambda: server.execute("postgres", workers) == [(0,)])
    yield
    server.execute("postgres", "ALTER SYSTEM RESET autovacuum", "SELECT pg_reload_conf()")


@pytest.mark.usefixtures("without_autovacuum")
def test_without_changes_a_new_instance_starts_warm(instance):
    instance(heartbeat=60).get(params=HERE)
    assert status(instance(heartbeat=60).get(params=HERE)) == SHARED


def test_while_nobody_tells_of_changes_age_decides(instance, new_database, redis):
    """From when it was computed, not from when it was taken: an answer is made older in Redis."""
    database = new_database()  # without triggers
    lifetime = 80  # of which the last tenth is chance
    one, two, three = (instance(database.url(), listens=False, cache_ttl_without_notifications=lifetime, cache_stale=0) for _ in range(3))
    distances = iter(range(10, 20))

    def make_older(seconds):
        (key,) = redis.keys()
        redis.ask("PEXPIRE", key, redis.ask("PTTL", key) - round(1000 * seconds))

    def taken_when_nearly_at_its_end():
        redis.ask("FLUSHALL")
        search = {**HERE, "maxDistance": str(next(distances))}
        assert status(one.get(params=search)) == MISS
        make_older(0.9 * lifetime - 1)
        assert status(two.get(params=search)) == SHARED
        return search

    search = in_time(1, taken_when_nearly_at_its_end)
    database.execute('UPDATE "Tailor" SET "yearsExperience" = 77 WHERE id = \'t3\'')
    assert HANG < 0.9 * lifetime
    wait_until(lambda: years_of(two, search) == 77)
    redis.ask("FLUSHALL")
    another = {**HERE, "page": "2"}
    assert status(one.get(params=another)) == MISS
    make_older(lifetime)
    assert status(three.get(params=another)) == MISS


def test_a_listening_instance_uses_nothing_of_one_without_notifications(instance, database):
    without = instance(database.url(pgbouncer="true"), listens=False)
    assert status(without.get(params=HERE)) == MISS
    assert status(instance().get(params=HERE)) == MISS


@pytest.mark.usefixtures("without_autovacuum")
def test_different_databases_roles_and_prefixes_share_nothing(instance, database, new_database, redis):
    other = new_database()
    other.execute("CALL tailor_search_setup(notify_changes => true)", "TRUNCATE \"Tailor\" CASCADE")
    one = instance(heartbeat=60)  # which would be a transaction of its own
    assert len(one.get(params=HERE).json()["data"]) == 7
    # The same database through another URL gives the same answers.
    same = instance(database.url(connection_limit=3, application_name="another"), heartbeat=60)
    assert status(same.get(params=HERE)) == SHARED
    assert instance(other.url()).get(params=HERE).json()["data"] == []
    for another in (
        {"redis_prefix": "another"},
        {"redis_url": redis.url + "/1"},
        {"url": database.url(options="-c tailor_search.engine=sql")},
        {"url": database.url(options="-c search_path=public,pg_temp")},
    ):
        other = instance(**another)
        assert status(other.get(params=HERE)) == MISS
        assert value(other, "redis_outdated_total") == 0  # there was nothing of that name


def looks(served):
    """How often it has asked Redis."""
    return value(served, "redis_requests_total", result="ok")


def test_a_hot_answer_is_renewed_once_among_all(instance, database, tmp_path):
    """All of them see at the same time that it is past its time; the next one lives for long."""
    settings = Settings(tmp_path / "settings", database.url())
    settings.write(cache_ttl=0.3, cache_stale=3600)
    instances = [instance(config=settings.file) for _ in range(3)]
    distances = iter(range(10, 20))

    def live_for(seconds):
        settings.write(cache_ttl=seconds, cache_stale=3600)
        for each in instances:
            reload(each)

    def attempt():
        search = {**HERE, "maxDistance": str(next(distances))}
        ask_all = lambda: [status(each.get(params=search)) for each in instances]
        live_for(0.3)
        ask_all()
        time.sleep(0.4)
        live_for(3600)
        queries, asked = total(instances, "query_duration_seconds_count"), [looks(each) for each in instances]
        with locked(database):
            assert all("stale-while-revalidate" in each for each in ask_all())  # none waits
            # For the answer, and for the right to compute it.
            wait_until(lambda: all(looks(each) >= before + 2 for each, before in zip(instances, asked)))
            wait_until(lambda: database.activity(WAITING) > 0)
            assert database.activity(WAITING) == 1
        wait_until(lambda: all(each == HIT for each in ask_all()))
        assert total(instances, "query_duration_seconds_count") == queries + 1

    in_time(CLAIM, attempt)


def test_old_answers_of_another_instance_while_the_database_is_away(instance, own_cluster):
    database = Database(own_cluster.start(), "shared_away").create()
    try:
        database.execute("CALL tailor_search_setup(notify_changes => true)")
        one, two = (instance(database.url(connect_timeout=2, connection_limit=2), cache_ttl_without_notifications=0.2) for _ in range(2))
        fresh = one.get(params=HERE)
        assert status(fresh) == MISS
        own_cluster.stop("immediate")
        wait_until(lambda: two.get("/api/tailors/nobody").status_code == 503 and "event=notifications_down" in two.log())
        time.sleep(0.3)  # by then it is too old where notifications are down
        old = two.get(params=HERE)
        assert status(old).endswith("detail=stale-if-error") and old.content == fresh.content
        assert old.headers["Cache-Control"].startswith("public, max-age=0")
        problem(two.get(params={**HERE, "page": "2"}), 503, "database_unavailable")
        own_cluster.start()
        wait_until(lambda: status(two.get(params=HERE)) in (MISS, REPLACED, HIT))
        # Since it was started anew, snapshots of before mean nothing.
        wait_until(lambda: status(one.get(params=HERE)) in (HIT, SHARED))
    finally:
        own_cluster.stop("immediate")


def test_password_and_reload(frontend, database, redis, tmp_path):
    redis.stop()
    secret = "hunter2-never-to-be-seen"
    redis.settings["requirepass"] = secret
    redis.start()
    file = tmp_path / "settings"
    file.write_text(f'redis-url = "{redis.url.replace(secret, "wrong")}"\n')
    served = frontend(database.url(), config=file, cache_bytes="1MiB")
    wait_until(lambda: 'event=redis_down reason="WRONGPASS' in served.log())
    assert status(served.get(params=HERE)) == MISS
    file.write_text(f'redis-url = "{redis.url}"\n')
    served.process.send_signal(1)
    wait_until(lambda: "event=redis_up" in served.log())
    served.get(params={**HERE, "page": "2"})
    assert value(served, "redis_requests_total", result="ok") > 0
