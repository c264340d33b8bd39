"""Who may wait for the database, for how long, and that nobody is served who has left."""

import contextlib
import selectors
import signal
import socket
import time

import pytest
from harness import ROLE, Frontend, exchange, problem, read_answer, statuses, wait_until
from test_database import in_background, locked
from test_metrics import value

WAITING = "wait_event_type = 'Lock'"
SEARCH = b"GET /api/tailors?location=MG_ROAD HTTP/1.1\r\nHost: x\r\n\r\n"
SOON = 0.5  # seconds: ten milliseconds and what a busy machine adds


def waiting(served):
    return value(served, "pool_waiting")


def pid(database):
    return database.execute(f"SELECT pid FROM pg_stat_activity WHERE usename = '{ROLE}' AND application_name NOT LIKE '% listener' ORDER BY 1")


def ask(served, query="location=MG_ROAD"):
    """A client that has asked, and may leave before its answer."""
    client = socket.create_connection(("127.0.0.1", served.port), timeout=20)
    client.sendall(f"GET /api/tailors?{query} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
    return client


def left(served):
    return value(served, "http_requests_total", route="search", status="499")


@pytest.fixture
def one_connection(frontend, database):
    def start(**settings):
        served = frontend(database.url(connection_limit=1), **settings)
        wait_until(lambda: served.ready().status_code == 200)
        return served

    return start


def test_queue_full(one_connection, database):
    served = one_connection(max_waiting=2)
    with locked(database):
        answers = [in_background(served.search)]
        wait_until(lambda: database.activity(WAITING) == 1)
        for count in (1, 2):
            answers.append(in_background(served.search))
            wait_until(lambda: waiting(served) == count)
        began = time.monotonic()
        body = problem(served.search(), 503, "queue_full")
        assert time.monotonic() - began < SOON
        assert "queue" in body["detail"]
        assert waiting(served) == 2
    assert [each.result().status_code for each in answers] == [200] * 3
    assert value(served, "http_refusals_total", reason="queue_full") == 1
    assert served.search().status_code == 200


def test_nobody_waits_where_nobody_may(one_connection, database):
    served = one_connection(max_waiting=0, snap_km=1)
    with locked(database):
        answer = in_background(served.search)
        wait_until(lambda: database.activity(WAITING) == 1)
        refused = served.get(params={"lat": "12.97", "lng": "77.59"})
        problem(refused, 503, "queue_full")
        assert "Snapped-To" not in refused.headers
    assert answer.result().status_code == 200


def test_a_wait_that_would_be_too_long_is_refused_at_once(one_connection, database):
    """After a search of a second and a half, two in line are a wait of three seconds."""
    served = one_connection(pool_timeout=3)
    with locked(database):
        answer = in_background(served.search)
        wait_until(lambda: database.activity(WAITING) == 1)
        time.sleep(1.5)
    assert answer.result().status_code == 200
    with locked(database):
        answers = [in_background(served.search)]
        wait_until(lambda: database.activity(WAITING) == 1)
        for count in (1, 2):
            answers.append(in_background(served.search))
            wait_until(lambda: waiting(served) == count)
        began = time.monotonic()
        refused = served.search()
        assert time.monotonic() - began < SOON
        problem(refused, 503, "wait_too_long")
        assert 2 <= int(refused.headers["Retry-After"]) <= 6
    assert [each.result().status_code for each in answers] == [200] * 3


def test_no_request_outlasts_its_deadline(one_connection, database):
    served = one_connection(request_timeout=0.4, query_timeout=5, pool_timeout=5)
    with locked(database):
        first = in_background(served.search)
        wait_until(lambda: database.activity(WAITING) == 1)
        began = time.monotonic()
        problem(served.search(), 503, "pool_timeout")
        assert time.monotonic() - began < 2
        problem(first.result(), 503, "query_timeout")
        wait_until(lambda: database.activity(WAITING) == 0)
    assert served.search().status_code == 200


def test_a_cancelled_query_leaves_its_connection(one_connection, database):
    """Unless it ended just before it was cancelled: then it is replaced, as nobody knows whom the cancellation would hit."""
    served = one_connection(query_timeout=0.3, pool_timeout=5)
    sessions = []
    for _ in range(5):
        sessions.append(pid(database))
        with locked(database):
            problem(served.search(), 503, "query_timeout")
            wait_until(lambda: database.activity(WAITING) == 0)
        for _ in range(5):
            assert served.search().status_code == 200  # none is hit by the cancellation of another
    replaced = sum(before != after for before, after in zip(sessions, [*sessions[1:], pid(database)]))
    assert replaced < 5
    assert value(served, "database_reconnects_total") == replaced


def test_the_server_stops_for_a_front_end_that_vanished(database, tmp_path):
    vanished = Frontend(database.url(connection_limit=1), tmp_path / "log", query_timeout=1.5)
    with locked(database):
        client = ask(vanished)
        wait_until(lambda: database.activity(WAITING) == 1)
        vanished.stop(signal.SIGKILL)
        assert database.activity(WAITING) == 1
        wait_until(lambda: database.activity() == 0)
        client.close()


def test_client_leaves_while_it_waits(one_connection, database):
    served = one_connection()
    with locked(database):
        answer = in_background(served.search)
        wait_until(lambda: database.activity(WAITING) == 1)
        client = ask(served)
        wait_until(lambda: waiting(served) == 1)
        client.close()
        wait_until(lambda: waiting(served) == 0)
        assert left(served) == 1
    assert answer.result().status_code == 200
    assert value(served, "query_duration_seconds_count") == 1  # it was never asked


def test_client_leaves_while_its_query_runs(one_connection, database):
    served = one_connection()
    session = pid(database)
    with locked(database):
        client = ask(served)
        wait_until(lambda: database.activity(WAITING) == 1)
        client.close()
        wait_until(lambda: database.activity("state = 'active'") == 0)
        wait_until(lambda: left(served) == 1)
    for _ in range(20):
        assert served.search().status_code == 200
    assert pid(database) == session


def test_a_query_that_others_wait_for_goes_on(frontend, database):
    served = frontend(database.url(connection_limit=2), cache_bytes="1MiB")
    with locked(database):
        leader = ask(served)
        wait_until(lambda: database.activity(WAITING) == 1)
        follower = ask(served)
        wait_until(lambda: value(served, "cache_coalesced_total") == 1)
        leader.close()
        time.sleep(0.3)
        assert database.activity(WAITING) == 1
    assert follower.recv(65536).startswith(b"HTTP/1.1 200 ")
    follower.close()
    wait_until(lambda: left(served) == 1)
    assert value(served, "query_duration_seconds_count") == 1


def test_a_query_that_all_have_left_is_cancelled(frontend, database):
    served = frontend(database.url(connection_limit=2), cache_bytes="1MiB")
    with locked(database):
        leader = ask(served)
        wait_until(lambda: database.activity(WAITING) == 1)
        with contextlib.closing(ask(served)):
            wait_until(lambda: value(served, "cache_coalesced_total") == 1)
            leader.close()
            time.sleep(0.1)
            assert database.activity(WAITING) == 1
        wait_until(lambda: database.activity(WAITING) == 0)
        wait_until(lambda: left(served) == 2)
    assert served.search().status_code == 200


def test_behind_pgbouncer(frontend, database, pgbouncer):
    """A cancelled query's connection is not trusted there, unless the query is known to have been hit."""
    url = f"postgresql://{ROLE}@127.0.0.1:{pgbouncer}/{database.name}?pgbouncer=true&connection_limit=2"
    served = frontend(url, query_timeout=2)
    wait_until(lambda: served.ready().status_code == 200)
    with locked(database):
        client = ask(served)
        wait_until(lambda: database.activity(WAITING) == 1)
        client.close()
        wait_until(lambda: database.activity(WAITING) == 0)
    for _ in range(20):
        assert served.search().status_code == 200


def statuses_from_a_slow_one(served, clients):
    """In the order of the answers, from a front end that has a processor for a moment only, now and then."""
    told = []
    with contextlib.ExitStack() as ending:
        ending.callback(served.process.send_signal, signal.SIGCONT)
        unanswered = ending.enter_context(selectors.DefaultSelector())
        for client in clients:
            unanswered.register(client, selectors.EVENT_READ)
        end = time.monotonic() + 40
        while unanswered.get_map() and time.monotonic() < end:
            served.process.send_signal(signal.SIGCONT)
            time.sleep(0.001)
            served.process.send_signal(signal.SIGSTOP)
            time.sleep(0.03)
            for key, _ in unanswered.select(0):
                unanswered.unregister(key.fileobj)
                told.append(read_answer(key.fileobj))
    return told


def test_the_wait_to_be_read_counts(frontend, database):
    """All come at once, and those who are read last have waited the longest: they are told, and not served after their time."""
    many = 1000  # which take it at least a second, and more on a slow machine
    served = frontend(database.url(connection_limit=2), request_timeout=0.25, max_connections=many + 10, threads=1)
    wait_until(lambda: "2 of 2" in served.ready("?verbose").text)
    with contextlib.ExitStack() as open_ones:
        clients = [open_ones.enter_context(socket.create_connection(("127.0.0.1", served.port), timeout=20)) for _ in range(many)]
        wait_until(lambda: value(served, "http_connections_open", listener="api") == many)
        served.process.send_signal(signal.SIGSTOP)
        for client in clients:
            client.sendall(SEARCH)
        told = statuses_from_a_slow_one(served, clients)
    assert len(told) == many
    assert set(told) <= {200, 503}
    assert set(told[-many // 3 :]) == {503}
    assert value(served, "http_refusals_total", reason="wait_too_long") > many / 10
    assert served.search().status_code == 200


def test_a_requests_time_begins_when_it_comes(frontend, database):
    """Neither when the connection became idle, nor with the request before it."""
    deadline = 2
    served = frontend(database.url(connection_limit=1), request_timeout=deadline)
    wait_until(lambda: served.ready().status_code == 200)
    with socket.create_connection(("127.0.0.1", served.port), timeout=20) as client:
        for _ in range(2):
            time.sleep(1.2 * deadline)
            client.sendall(SEARCH)
            assert read_answer(client) == 200
    before = value(served, "http_request_duration_seconds_sum", route="search")
    assert before < deadline
    held = 0.5 * deadline
    with locked(database):
        last = SEARCH.replace(b"Host", b"Connection: close\r\nHost")
        answers = in_background(lambda: exchange(served, SEARCH + last))
        wait_until(lambda: database.activity(WAITING) == 1)
        time.sleep(held)
    assert statuses(answers.result()) == [200, 200]
    both = value(served, "http_request_duration_seconds_sum", route="search") - before
    assert held < both < 2 * held


def test_a_turn_that_comes_too_late_is_passed_on(one_connection, database):
    """What it would ask would be cancelled at once."""
    deadline = 3
    served = one_connection(request_timeout=deadline, threads=1)
    with locked(database):
        first = in_background(served.search)
        wait_until(lambda: database.activity(WAITING) == 1)
        second = in_background(served.search)
        wait_until(lambda: waiting(served) == 1)
        served.process.send_signal(signal.SIGSTOP)
    time.sleep(deadline)  # meanwhile the answer to the first one comes
    served.process.send_signal(signal.SIGCONT)
    assert first.result().status_code == 200
    problem(second.result(), 503, "pool_timeout")
    assert value(served, "query_timeouts_total") == 0
