"""The cache that instances share: a real Redis between real front ends."""

import concurrent.futures
import contextlib
import time
import urllib.parse

import pytest
from harness import HANG, Database, problem, wait_until
from test_admission import ask, left
from test_cache import COLLAPSED, HERE, HIT, MISS, REPLACED, SECONDS_TO_SEE, SHARED, status
from test_database import in_background, locked
from test_metrics import value


@pytest.fixture(scope="module")
def database(told_database):
    return told_database


@pytest.fixture
def instance(frontend, database, redis):
    """Starts front ends that share a cache."""

    def start(url=None, listens=True, **settings):
        settings = {"redis_url": redis.url, "redis_timeout": 1, "cache_bytes": "64MiB", **settings}
        served = frontend(url or database.url(), **settings)
        wait_until(lambda: "event=redis_up" in served.log())
        wait_until(lambda: ("event=listening" if listens else "event=deaf") in served.log())
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


def test_one_computation_among_all(instance, database):
    instances = [instance(max_connections=600, query_timeout=HANG, request_timeout=HANG) for _ in range(3)]
    path = "/api/tailors?lat=12.9&lng=77.5&maxDistance=50"
    with concurrent.futures.ThreadPoolExecutor(45) as threads:
        with locked(database):
            asked = [threads.submit(each.get, path) for each in instances * 15]
            wait_until(lambda: sum(value(each, "cache_coalesced_total") for each in instances) == 42)
            wait_until(lambda: sum(value(each, "redis_coalesced_total") for each in instances) == 2)
            assert database.activity("wait_event_type = 'Lock'") == 1
        answers = [each.result() for each in asked]
    assert {each.status_code for each in answers} == {200} and len({each.content for each in answers}) == 1
    assert sum(value(each, "query_duration_seconds_count") for each in instances) == 1
    assert sum(value(each, "cache_hits_total", level="redis") for each in instances) == 2


def test_who_waits_for_another_instance_computes_when_that_fails(instance, database):
    one, two = instance(query_timeout=0.4), instance()
    with locked(database):
        failing, waiting = in_background(lambda: one.get(params=HERE)), None
        wait_until(lambda: value(one, "redis_requests_total", result="ok") == 2)
        waiting = in_background(lambda: two.get(params=HERE))
        wait_until(lambda: value(two, "redis_coalesced_total") == 1)
        problem(failing.result(), 503, "query_timeout")
        wait_until(lambda: database.activity("wait_event_type = 'Lock'") == 1)
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
    redis.ask("SET", key + b":claim", "another one's", "PX", "3000")
    client = ask(two, urllib.parse.urlencode(HERE))
    wait_until(lambda: value(two, "redis_coalesced_total") == 1)
    client.close()
    # A claim that is renewed as long as it takes to see that.
    wait_until(lambda: redis.ask("SET", key + b":claim", "another one's", "PX", "3000") and left(two) == 1)
    assert value(two, "query_duration_seconds_count") == 0


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


def years_of(served):
    response = served.get(params=HERE)
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
    it for possibly outdated."""
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


def test_while_nobody_tells_of_changes_age_decides(instance, new_database):
    database = new_database()  # without triggers
    lifetime = 5
    one, two = (instance(database.url(), listens=False, cache_ttl_deaf=lifetime, cache_stale=0) for _ in range(2))
    computed = time.monotonic()
    assert status(one.get(params=HERE)) == MISS
    time.sleep(0.6 * lifetime)
    taken = time.monotonic()
    assert status(two.get(params=HERE)) == SHARED
    database.execute('UPDATE "Tailor" SET "yearsExperience" = 77 WHERE id = \'t3\'')
    wait_until(lambda: years_of(two) == 77)
    assert time.monotonic() - taken < 0.9 * lifetime  # from when it was computed, not from when it was taken
    assert time.monotonic() - computed > 0.9 * lifetime


def test_a_listening_instance_uses_nothing_of_a_deaf_one(instance, database):
    deaf = instance(database.url(pgbouncer="true"), listens=False)
    assert status(deaf.get(params=HERE)) == MISS
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


def test_a_hot_answer_is_renewed_once_among_all(instance):
    instances = [instance(cache_ttl=1, cache_stale=60) for _ in range(3)]
    seen, began = [], time.monotonic()

    def computed():
        seen.extend(status(each.get(params=HERE)) for each in instances)
        return sum(value(each, "query_duration_seconds_count") for each in instances)

    count = wait_until(lambda: (count := computed()) >= 4 and count)
    assert sum(each.startswith("tailor-frontend; fwd") for each in seen) == 1  # nobody waited but the first
    times = time.monotonic() - began + 1  # each a second, of which it may be renewed in the second half
    assert count <= 2 * times, (count, times)  # without Redis it were three and more in each


def test_old_answers_of_another_instance_while_the_database_is_away(instance, own_cluster):
    database = Database(own_cluster.start(), "shared_away").create()
    try:
        database.execute("CALL tailor_search_setup(notify_changes => true)")
        one, two = (instance(database.url(connect_timeout=2, connection_limit=2), cache_ttl_deaf=0.2) for _ in range(2))
        fresh = one.get(params=HERE)
        assert status(fresh) == MISS
        own_cluster.stop("immediate")
        wait_until(lambda: two.get("/api/tailors/nobody").status_code == 503 and "event=deaf" in two.log())
        time.sleep(0.3)  # by then it is too old for a deaf one
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
