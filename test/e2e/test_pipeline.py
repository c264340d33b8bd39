"""A connection that has several queries at a time: none suffers for what becomes of another."""

import concurrent.futures
import contextlib
import threading

import pytest
from clients import WAITING, ask, left, pid, waiting
from faults import Load, repeats
from harness import HANG, ROLE, in_background, problem, wait_until
from metric_values import value

BRISK = 0.0015  # seconds that the last REMEMBERED searches took on average: the front end takes them for short
REMEMBERED = 128
HERE = {"lat": "12.97", "lng": "77.59"}
END_IDLE = f"""SELECT pg_terminate_backend(pid) FROM pg_stat_activity
  WHERE usename = '{ROLE}' AND datname = current_database() AND application_name NOT LIKE '% listener' AND state = 'idle'"""


@contextlib.contextmanager
def stuck(database):
    """Searches by a place's name wait meanwhile; those by coordinates do not."""
    with contextlib.closing(database.session()) as session, session.cursor() as cursor:
        cursor.execute("LOCK TABLE tailor_place IN ACCESS EXCLUSIVE MODE")
        yield
        session.rollback()


@contextlib.contextmanager
def stuck_again(database):
    """As `stuck`, until the yielded function is called: the searches that wait then go on, and the next one is stuck."""
    again = threading.Event()

    def lock_again():
        with stuck(database):
            again.wait()

    with concurrent.futures.ThreadPoolExecutor(1) as threads:
        try:
            with contextlib.ExitStack() as first:
                first.enter_context(stuck(database))

                def let_one_go():
                    threads.submit(lock_again)  # its turn comes after the searches that wait
                    wait_until(lambda: lock_requests(database) == 1)
                    first.close()

                yield let_one_go
        finally:
            again.set()


def lock_requests(database):
    return database.execute(
        """SELECT count(*) FROM pg_locks AS l JOIN pg_database AS d ON d.oid = l.database AND d.datname = current_database()
           WHERE l.relation = 'tailor_place'::regclass AND l.mode = 'AccessExclusiveLock' AND NOT l.granted"""
    )[0][0]


@pytest.fixture
def brisk(frontend, database):
    def start(connections, **settings):
        served = frontend(database.url(connection_limit=connections), **settings)
        wait_until(lambda: served.ready("?verbose").text.startswith(f"[+]database ok: {connections} of"))
        for _ in range(20):
            if mean_of_searches(served) < BRISK:
                return served
        pytest.skip("a search takes too long here for pipelines")

    return start


def mean_of_searches(served):
    """As many searches without a match as the front end remembers."""
    before = value(served, "query_duration_seconds_sum")
    for _ in range(REMEMBERED):
        assert served.get(params={"lat": "0", "lng": "0"}).status_code == 200
    return (value(served, "query_duration_seconds_sum") - before) / REMEMBERED


def queries(served):
    return value(served, "query_duration_seconds_count")


def test_a_query_behind_a_stuck_one_is_sent_again(brisk, database):
    """Its turn comes while it is stuck itself: a query that ends just before its cancellation costs the session."""
    served = brisk(1)
    session = pid(database)
    with stuck_again(database) as let_one_go:
        first = in_background(served.search)
        wait_until(lambda: database.activity(WAITING) == 1)
        asked = queries(served)
        second = in_background(lambda: served.search(limit=3))
        wait_until(lambda: waiting(served) == 1)
        assert queries(served) == asked + 1  # it was sent, and given up
        let_one_go()
        answer = first.result()
        wait_until(lambda: waiting(served) == 0)  # sent again
    assert answer.json() == served.search().json()
    assert second.result().json() == served.search(limit=3).json()
    assert pid(database) == session


def test_others_are_served_on_other_connections(brisk, database):
    served = brisk(2)
    with stuck(database):
        first = in_background(served.search)
        wait_until(lambda: database.activity(WAITING) == 1)
        with concurrent.futures.ThreadPoolExecutor(8) as clients:
            answers = list(clients.map(lambda _: served.get(params=HERE).status_code, range(100)))
        assert answers == [200] * 100
        assert not first.done()
    assert first.result().status_code == 200


def test_nobody_is_put_behind_queries_that_are_long(frontend, database):
    """Not before it is known that they are short, either."""
    served = frontend(database.url(connection_limit=1))
    with stuck(database):
        first = in_background(served.search)
        wait_until(lambda: database.activity(WAITING) == 1)
        second = in_background(lambda: served.get(params=HERE))
        wait_until(lambda: waiting(served) == 1)
        assert queries(served) == 0
    assert [first.result().status_code, second.result().status_code] == [200, 200]


def test_pipelines_can_be_off(brisk, database):
    served = brisk(1, pipeline=1)
    with stuck(database):
        first = in_background(served.search)
        wait_until(lambda: database.activity(WAITING) == 1)
        asked = queries(served)
        second = in_background(lambda: served.get(params=HERE))
        wait_until(lambda: waiting(served) == 1)
    assert [first.result().status_code, second.result().status_code] == [200, 200]
    assert queries(served) == asked + 2  # one more, had the second been sent behind the first and given up


def test_a_stuck_query_whose_client_leaves_is_cancelled_alone(brisk, database):
    served = brisk(1)
    with stuck(database):
        client = ask(served)
        wait_until(lambda: database.activity(WAITING) == 1)
        second = in_background(lambda: served.get(params=HERE))
        client.close()
        assert second.result().status_code == 200
        wait_until(lambda: left(served) == 1)
    assert served.search().status_code == 200


def test_a_stuck_query_is_cancelled_also_while_a_connection_cannot_be_opened(brisk, database):
    """Its warm-up searches by a place's name as well."""
    served = brisk(2, pool_timeout=HANG, query_timeout=HANG)
    with stuck(database):
        client = ask(served)
        wait_until(lambda: database.activity(WAITING) == 1)
        database.execute(END_IDLE)
        wait_until(lambda: database.activity(WAITING) == 2)
        client.close()
        wait_until(lambda: left(served) == 1)
        assert served.get(params=HERE).status_code == 200
    assert served.search().status_code == 200


def test_a_client_that_leaves_behind_a_running_query_does_not_cancel_it(brisk, database):
    served = brisk(1)
    session = pid(database)
    with stuck_again(database) as let_one_go:
        first = in_background(served.search)
        wait_until(lambda: database.activity(WAITING) == 1)
        ask(served, "location=MG_ROAD&limit=3").close()
        wait_until(lambda: left(served) == 1)
        assert not first.done() and database.activity(WAITING) == 1
        let_one_go()
        assert first.result().status_code == 200
        wait_until(lambda: value(served, "pool_connections_available") == 1)  # the other was cancelled
    assert served.get(params=HERE).status_code == 200
    assert pid(database) == session


def test_a_query_that_times_out_takes_nobody_along(brisk, database):
    served = brisk(1, query_timeout=3, pool_timeout=HANG)
    with stuck(database):
        first = in_background(served.search)
        wait_until(lambda: database.activity(WAITING) == 1)
        second = in_background(lambda: served.get(params=HERE))
        problem(first.result(), 503, "query_timeout")
        assert second.result().status_code == 200
    assert served.search().status_code == 200


def test_what_is_refused_by_the_database_is_refused_alone(brisk):
    served = brisk(1)
    parameters = [HERE, {**HERE, "limit": "0"}, {**HERE, "maxDistance": "-1"}, HERE] * 25
    with concurrent.futures.ThreadPoolExecutor(8) as clients:
        answers = list(clients.map(lambda each: served.get(params=each).status_code, parameters))
    assert answers == [200, 400, 400, 200] * 25


@contextlib.contextmanager
def leaving_at_random(served):
    """Clients that leave whatever has become of what they asked for."""
    ended = threading.Event()

    def leave():
        while not ended.is_set():
            client = ask(served)
            ended.wait(0.01)
            client.close()

    thread = threading.Thread(target=leave)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


@pytest.mark.parametrize("threads", [1, 2])
def test_clients_that_leave_under_load(brisk, database, threads):
    """Queries get stuck, and are left: the others' answers are right."""
    served = brisk(2, threads=threads, query_timeout=HANG, pool_timeout=HANG)
    with Load(served, codes=()) as load, leaving_at_random(served):
        for _ in repeats(4, 60):
            before = left(served)
            with stuck(database):
                clients = [ask(served) for _ in range(3)]
                wait_until(lambda: database.activity(WAITING) >= 1)
                for client in clients:
                    client.close()
                wait_until(lambda: left(served) >= before + 3)
            load.await_answer(200)
    with Load(served, codes=()) as load:
        load.await_steady()
