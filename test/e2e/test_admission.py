"""Who may wait for the database, for how long, and that nobody is served who has left."""

import contextlib
import re
import signal
import socket
import threading
import time

import pytest
from clients import WAITING, ask, left, pid, waiting
from harness import HANG, ROLE, Frontend, exchange, in_background, in_time, problem, read_answer, statuses, wait_until
from holding import Pipe, delivered, locked, stopped
from metric_values import counted, value

SEARCH = b"GET /api/tailors?location=MG_ROAD HTTP/1.1\r\nHost: x\r\n\r\n"


@pytest.fixture
def one_connection(frontend, database):
    def start(**settings):
        served = frontend(database.url(connection_limit=1), **settings)
        wait_until(lambda: served.ready().status_code == 200)
        return served

    return start


def test_queue_full(one_connection, database):
    served = one_connection(max_waiting=2, query_timeout=HANG, pool_timeout=HANG)
    with locked(database):
        answers = [in_background(served.search)]
        wait_until(lambda: database.activity(WAITING) == 1)
        for count in (1, 2):
            answers.append(in_background(served.search))
            wait_until(lambda: waiting(served) == count)
        body = problem(served.search(), 503, "queue_full")  # at once: the others wait as long as the lock is held
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
    """After a search of a second and a half, eight in line are a wait of more than ten seconds. Of a slower one, fewer are."""
    served = one_connection(pool_timeout=10, query_timeout=HANG)
    with locked(database):
        answer = in_background(served.search)
        wait_until(lambda: database.activity(WAITING) == 1)
        time.sleep(1.5)
    assert answer.result().status_code == 200
    with locked(database):
        answers = [in_background(served.search)]
        wait_until(lambda: database.activity(WAITING) == 1)
        for count in range(1, 9):
            answers.append(in_background(served.search))
            wait_until(lambda: waiting(served) == count or answers[-1].done())
            if answers[-1].done():
                break
        refused = answers.pop().result()
        problem(refused, 503, "wait_too_long")
        assert int(refused.headers["Retry-After"]) > 1
    assert {each.result().status_code for each in answers} == {200}


def test_no_request_outlasts_its_deadline(one_connection, database):
    """Neither in the database nor in the line for it, though either would let it wait for far longer."""
    served = one_connection(request_timeout=3, query_timeout=HANG, pool_timeout=HANG)
    with locked(database):
        with stopped(served.process.pid):  # so that both begin at the same moment
            clients = [ask(served), ask(served)]
            for client in clients:
                delivered(client)
        answers = [client.recv(65536).decode() for client in clients]
        assert {statuses(answer)[0] for answer in answers} == {503}
        codes = sorted(re.search(r'"code":"(\w+)"', answer)[1] for answer in answers)
        assert codes == ["pool_timeout", "query_timeout"]
        wait_until(lambda: database.activity(WAITING) == 0)
    assert served.search().status_code == 200


def test_a_cancelled_query_leaves_its_connection(one_connection, database):
    """Unless it ended just before it was cancelled: then it is replaced, as nobody knows whom the cancellation would hit."""
    timeout = 1
    served = one_connection(query_timeout=timeout, pool_timeout=HANG)
    reconnects = lambda: value(served, "database_reconnects_total")

    def answered():
        assert served.search().status_code == 200

    for _ in range(3):
        session, before = pid(database), reconnects()
        with locked(database):
            problem(served.search(), 503, "query_timeout")
            wait_until(lambda: database.activity(WAITING) == 0)
        for _ in range(5):
            in_time(timeout, answered)  # none is hit by the cancellation of another
        wait_until(lambda: database.activity() == 1)
        assert (pid(database) != session) == (reconnects() > before)


def test_the_server_stops_for_a_front_end_that_vanished(database, tmp_path):
    vanished = Frontend(database.url(connection_limit=1), tmp_path / "log", query_timeout=2)
    with locked(database):
        client = ask(vanished)
        wait_until(lambda: database.activity(WAITING) == 1)
        vanished.stop(signal.SIGKILL)
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
    """Its own client leaves first. When the front end has seen another one leave, it has seen that, too."""
    served = frontend(database.url(connection_limit=2), cache_bytes="1MiB", query_timeout=HANG)
    with locked(database):
        leader = ask(served)
        wait_until(lambda: database.activity(WAITING) == 1)
        follower = ask(served)
        wait_until(lambda: value(served, "cache_coalesced_total") == 1)
        another = ask(served, "location=MG_ROAD&page=2")
        wait_until(lambda: database.activity(WAITING) == 2)
        leader.close()
        another.close()
        wait_until(lambda: left(served) == 1 and database.activity(WAITING) == 1)
    assert follower.recv(65536).startswith(b"HTTP/1.1 200 ")
    follower.close()
    wait_until(lambda: left(served) == 2)
    assert value(served, "query_duration_seconds_count") == 2


def test_a_query_that_all_have_left_is_cancelled(frontend, database):
    served = frontend(database.url(connection_limit=2), cache_bytes="1MiB", query_timeout=HANG)
    with locked(database):
        leader = ask(served)
        wait_until(lambda: database.activity(WAITING) == 1)
        with contextlib.closing(ask(served)):
            wait_until(lambda: value(served, "cache_coalesced_total") == 1)
            leader.close()
        wait_until(lambda: database.activity(WAITING) == 0)
        wait_until(lambda: left(served) == 2)
    assert served.search().status_code == 200


def test_behind_pgbouncer(frontend, database, pgbouncer):
    """A cancelled query's connection is not trusted there, unless the query is known to have been hit."""
    url = f"postgresql://{ROLE}@127.0.0.1:{pgbouncer}/{database.name}?pgbouncer=true&connection_limit=2"
    served = frontend(url, query_timeout=HANG)
    wait_until(lambda: served.ready().status_code == 200)
    with locked(database):
        client = ask(served)
        wait_until(lambda: database.activity(WAITING) == 1)
        client.close()
        wait_until(lambda: database.activity(WAITING) == 0)
    for _ in range(20):
        assert served.search().status_code == 200


@contextlib.contextmanager
def stalled_log(frontend, tmp_path, *arguments, **settings):
    """A front end whose log is a pipe: whatever thread writes a line waits from stall() until the block ends."""
    pipe = Pipe(tmp_path / "log-0")
    served = frontend(*arguments, **settings)
    served.log = pipe.read
    yield served, pipe
    served.log_path.unlink()
    served.log_path.write_text("")
    served.log = lambda: pipe.text
    served.stop()
    pipe.read()
    pipe.close()


@contextlib.contextmanager
def reading(pipe):
    """Whatever is written is read meanwhile."""
    ended = threading.Event()

    def read():
        while not ended.wait(0.01):
            pipe.read()

    thread = threading.Thread(target=read)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def test_the_wait_to_be_read_counts(frontend, database, tmp_path):
    """A hundred requests are there when the thread that serves sees them, and it is held before it reads them. When it
    goes on, their time is over: they are refused, and not served after their time."""
    deadline = 2
    settings = {"request_timeout": deadline, "threads": 1}
    with stalled_log(frontend, tmp_path, database.url(connection_limit=2), **settings) as (served, log):
        wait_until(lambda: "2 of 2" in served.ready("?verbose").text)
        with contextlib.ExitStack() as open_ones:
            connect = lambda: open_ones.enter_context(socket.create_connection(("127.0.0.1", served.port), timeout=HANG))
            holding, *clients = [connect() for _ in range(101)]
            wait_until(lambda: value(served, "http_connections_open", listener="api") == 101)
            log.stall()
            with stopped(served.process.pid):
                holding.sendall(b"GET /elsewhere HTTP/1.1\r\nHost: x\r\n\r\n")  # its line in the log is written at once
                delivered(holding)
                for client in clients:
                    client.sendall(SEARCH)
                    delivered(client)
            wait_until(lambda: value(served, "http_requests_total", route="other", status="404") == 1)
            time.sleep(deadline)
            with reading(log):
                assert read_answer(holding) == 404
                assert {read_answer(client) for client in clients} == {503}
        assert value(served, "http_refusals_total", reason="wait_too_long") == len(clients)
        with reading(log):
            assert served.search().status_code == 200


class Stopwatch:
    """Adds up the client's time, which is never less than the server's."""

    seconds = 0

    def __enter__(self):
        self.start = time.monotonic()

    def __exit__(self, *_):
        self.seconds += time.monotonic() - self.start

    def time(self, action):
        with self:
            return action()


def test_a_requests_time_begins_when_it_comes(frontend, database):
    """Not when the connection became idle."""
    deadline = 2
    served = frontend(database.url(connection_limit=1), request_timeout=deadline)
    wait_until(lambda: served.ready().status_code == 200)
    watch = Stopwatch()
    with socket.create_connection(("127.0.0.1", served.port), timeout=HANG) as client:
        def answered():
            time.sleep(1.2 * deadline)
            with watch:
                client.sendall(SEARCH)
                assert read_answer(client) == 200

        for _ in range(2):
            in_time(2.2 * deadline, answered)
    assert value(served, "http_request_duration_seconds_sum", route="search") <= watch.seconds


def test_a_requests_time_is_not_that_of_the_one_before_it(frontend, database):
    served = frontend(database.url(connection_limit=1), request_timeout=HANG, query_timeout=HANG)
    wait_until(lambda: served.ready().status_code == 200)
    held = 1
    watch = Stopwatch()
    with locked(database):
        last = SEARCH.replace(b"Host", b"Connection: close\r\nHost")
        answers = in_background(lambda: watch.time(lambda: exchange(served, SEARCH + last)))
        wait_until(lambda: database.activity(WAITING) == 1)
        time.sleep(held)
    assert statuses(answers.result()) == [200, 200]
    counted(served, 2, "http_request_duration_seconds_count", route="search")
    both = value(served, "http_request_duration_seconds_sum", route="search")
    assert held < both <= watch.seconds, "the second one's time is not part of the first one's"


def test_a_turn_that_comes_too_late_is_passed_on(one_connection, database):
    """What it would ask would be cancelled at once."""
    deadline = 3
    served = one_connection(request_timeout=deadline, threads=1)
    with contextlib.ExitStack() as held:
        held.enter_context(locked(database))
        first = in_background(served.search)
        wait_until(lambda: database.activity(WAITING) == 1)
        second = in_background(served.search)
        wait_until(lambda: waiting(served) == 1)
        with stopped(served.process.pid):
            held.close()
            time.sleep(deadline)  # meanwhile the answer to the first one comes
    assert first.result().status_code == 200
    problem(second.result(), 503, "pool_timeout")
    assert value(served, "query_timeouts_total") == 0
