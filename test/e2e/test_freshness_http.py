"""How old can an answer over HTTP be? Writers, and readers of three front ends that cache, with the connections that these
listen on killed and frozen meanwhile."""

import contextlib
import itertools

import pytest
from amounts import LONG
from counting import SETUP, TAILORS, Run
from harness import in_background, in_time, wait_until
from listener_faults import HEARTBEAT, PROMISED_MS, freeze_one, kill_one, meanwhile
from listener_log import events
from metric_values import value

SECONDS = 120 if LONG else 6
LISTENER = "tailor-frontend listener"
# While nobody tells of changes an answer lives for this long, and as long again while it is computed anew.
WITHOUT_NOTIFICATIONS = 0.4
CACHED = {"cache_bytes": "64MiB", "heartbeat": HEARTBEAT}


@pytest.fixture
def database(new_database):
    database = new_database()
    database.execute(*SETUP)
    return database


@pytest.fixture
def frontends(frontend, database):
    started = [frontend(database.url(), **CACHED, cache_ttl_without_notifications=WITHOUT_NOTIFICATIONS) for _ in range(3)]
    wait_until(lambda: all(events(each) == ["listening"] for each in started))
    return started


@pytest.fixture
def sharing(frontend, database, redis):
    """The same, with a Redis: what one of them computed the others use."""
    started = [frontend(database.url(), **CACHED, cache_ttl_without_notifications=WITHOUT_NOTIFICATIONS, redis_url=redis.url, redis_timeout=0.5) for _ in range(3)]
    wait_until(lambda: all("listening" in events(each) for each in started))
    wait_until(lambda: all("event=redis_up" in each.log() for each in started))
    return started


def run(database, frontends, fault=None, enough=lambda seen: True):
    with Run(database, frontends) as seen:
        if fault:
            thread = meanwhile(seen.ended.is_set, database, fault, LISTENER)
        seen.ended.wait(SECONDS)
        wait_until(lambda: seen.ended.is_set() or (has_enough(seen) and enough(seen)))
    if fault:
        thread.join()
    print(round(1000 * seen.oldest), "ms", seen.changes, "changes", seen.statuses)
    return seen


def has_enough(seen):
    return seen.served("hit") > 100 and seen.served("fwd") > 30 and seen.changes > 30


def test_no_answer_is_old_when_listeners_are_killed(database, frontends):
    seen = run(database, frontends, kill_one, lambda seen: sum(line.startswith("notifications_down") for each in frontends for line in events(each)) > 3)
    assert 1000 * seen.oldest <= PROMISED_MS, seen.statuses


def test_no_answer_is_older_than_a_heartbeat_when_listeners_are_frozen(database, frontends):
    seen = run(database, frontends, freeze_one)
    assert 1000 * seen.oldest <= 1000 * HEARTBEAT + PROMISED_MS, seen.statuses


def shared(seen):
    return seen.served("hit; detail=redis") > 30


def test_no_answer_is_old_when_instances_share(database, sharing):
    outdated = lambda: sum(value(each, "redis_outdated_total") for each in sharing)
    seen = run(database, sharing, kill_one, lambda seen: shared(seen) and outdated() > 30)
    assert 1000 * seen.oldest <= PROMISED_MS, seen.statuses


def test_no_answer_is_older_than_a_heartbeat_when_instances_share(database, sharing):
    seen = run(database, sharing, freeze_one, shared)
    assert 1000 * seen.oldest <= 1000 * HEARTBEAT + PROMISED_MS, seen.statuses


def test_an_answer_that_a_change_overtook_is_not_kept(frontend, database):
    served = frontend(database.url(), **CACHED)
    wait_until(lambda: events(served) == ["listening"])
    rating = lambda: served.get("/api/tailors/t1").json()["data"]["rating"]
    with contextlib.closing(database.session()) as session:
        session.cursor().execute('LOCK TABLE "SampleWork" IN ACCESS EXCLUSIVE MODE')
        first = in_background(rating)
        wait_until(lambda: database.activity("wait_event_type = 'Lock'") == 1)  # it has its snapshot
        database.execute("UPDATE \"Tailor\" SET rating = 1 WHERE id = 't1'")
        wait_until(lambda: value(served, "changes_total", kind="tailor") == 1)
    assert first.result() == 0
    assert rating() == 1


def test_behind_pgbouncer_time_alone_ends_an_answer(frontend, database):
    lifetime = 2
    served = frontend(database.url(pgbouncer="true"), **CACHED, cache_ttl_without_notifications=lifetime)
    rating = lambda answer: answer.json()["data"]["rating"]
    ratings = itertools.count(1)

    def changed():
        """Its new rating, while the old one is cached."""
        new, tailor = next(ratings), f"/api/tailors/t{next(tailors)}"
        before = rating(served.get(tailor))
        database.execute(f"UPDATE \"Tailor\" SET rating = {new} WHERE id = '{tailor[-2:]}'")
        old = served.get(tailor)
        assert rating(old) == before and old.headers["Cache-Status"] == "tailor-frontend; hit"
        return tailor, new

    tailors = iter(range(TAILORS))
    tailor, new = in_time(0.9 * lifetime, changed)
    wait_until(lambda: rating(served.get(tailor)) == new)
    assert 'event=notifications_down reason="pgbouncer=true: PgBouncer\'s transaction mode passes no notifications on: listen-url can go past it" effect="cached answers expire after cache-ttl-without-notifications"' in served.log()
