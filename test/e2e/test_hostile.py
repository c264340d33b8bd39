"""Slow and hostile clients: hundreds of them, and nobody else notices."""

import contextlib
import socket
import threading

import pytest
import requests
from clients import frontend_search
from faults import Load
from harness import HANG, exchange, in_background, problem, read_answer, statuses, wait_until
from holding import delivered, locked, stopped, unaccepted
from metric_values import counted, value
from nginx import Nginx
from raw_http import request

LIMIT = 64  # HTTP connections of the front end in these tests
HOSTILE = 3 * LIMIT
HEAD = b"GET /api/tailors?location=MG_ROAD HTTP/1.1\r\nHost: a\r\n"
SEARCH = HEAD + b"\r\n"
BIG = b"GET /api/tailors/t8 HTTP/1.1\r\nHost: a\r\n\r\n"  # for 300 KB
POST = b"POST /api/tailors HTTP/1.1\r\nHost: a\r\n"
FORMS = {  # what is sent first, and then again and again
    "never says a word": (b"", b""),
    "slow head": (HEAD, b"X: y\r\n"),
    "slow head byte by byte": (HEAD + b"X: ", b"y"),
    "slow body": (POST + b"Content-Length: 1000000\r\n\r\n", b"y"),
    "endless chunks": (POST + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\ny\r\n"),
    "reads no answer": (BIG * 50, BIG),
}


class Slow:
    """A hostile client. It reads nothing, and comes again whenever it is thrown out."""

    def __init__(self, port, beginning, trickle):
        self.address, self.beginning, self.trickle = ("127.0.0.1", port), beginning, trickle
        self.connect()

    def connect(self):
        self.unsent = self.beginning
        self.socket = socket.socket()
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
        self.socket.setblocking(False)
        self.socket.connect_ex(self.address)

    def step(self):
        try:
            self.unsent = self.unsent or self.trickle
            if self.unsent:
                self.unsent = self.unsent[self.socket.send(self.unsent) :]
            elif self.socket.recv(1, socket.MSG_PEEK) == b"":
                raise ConnectionResetError
        except BlockingIOError:
            pass
        except OSError:
            self.socket.close()
            self.connect()


@contextlib.contextmanager
def attack(port, form):
    ended = threading.Event()
    slow = [Slow(port, *FORMS[form]) for _ in range(HOSTILE)]

    def run():
        while not ended.wait(0.5):
            for each in slow:
                each.step()

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
        for each in slow:
            each.socket.close()


class Visitors(Load):
    """Good clients, each request on a connection of its own. Not one may fail."""

    def __init__(self, frontend, **options):
        super().__init__(frontend, codes=(), **options)

    def ask(self):
        while not self.ended.is_set():
            try:
                with requests.Session() as http:
                    http.trust_env = False
                    self.ask_one(http)
            except Exception as error:
                self.wrong.append(repr(error))


@pytest.fixture
def served(frontend, database):
    """With its cache, so that a flood of requests is none for the database."""
    database.execute("UPDATE \"Tailor\" SET location = repeat('x', 300000) WHERE id = 't8'")
    return frontend(database.url(), max_connections=LIMIT, keep_alive_timeout=60, cache_bytes="16MiB")


@pytest.mark.parametrize("form", FORMS)
def test_slow_clients_slow_nobody_else(served, form):
    with attack(served.port, form):
        wait_until(lambda: value(served, "http_connections_open", listener="api") >= LIMIT / 2)
        with Visitors(served, clients=4) as visitors:
            wait_until(lambda: visitors.wrong or len(visitors.answers) >= 200)
            wait_until(lambda: value(served, "http_connections_evicted_total") >= LIMIT)
            before = len(visitors.answers)
            wait_until(lambda: visitors.wrong or len(visitors.answers) >= before + 50)
    assert {status for _, status in visitors.answers} == {200}


def test_idle_clients_starve_nobody(served):
    """Each is served, and would keep its connection for longer than anyone wants to wait."""
    idle = []
    for _ in range(2 * LIMIT):
        connection = socket.create_connection(("127.0.0.1", served.port), timeout=HANG)
        connection.sendall(SEARCH)
        assert read_answer(connection) == 200
        idle.append(connection)
    wait_until(lambda: value(served, "http_connections_open", listener="api") == LIMIT)
    assert value(served, "http_connections_evicted_total") == LIMIT
    for connection in idle[:LIMIT]:
        assert connection.recv(65536) == b""  # the end
    for connection in idle[LIMIT:]:  # who came last is still served
        connection.sendall(SEARCH)
        assert read_answer(connection) == 200
        connection.close()


def test_many_requests_at_once_let_others_be_served(frontend, database):
    """They have all come before another client's one, and one thread serves both connections."""
    served = frontend(database.url(), threads=1)
    connections = [socket.create_connection(("127.0.0.1", served.port), timeout=HANG) for _ in range(2)]
    for connection in connections:
        connection.sendall(request("/first"))
        assert read_answer(connection) == 404
    with stopped(served.process.pid):
        connections[0].sendall(1000 * request("/many"))
        delivered(connections[0])
        connections[1].sendall(request("/other"))
        delivered(connections[1])
    assert read_answer(connections[1]) == 404
    assert served.log().partition("path=/other")[0].count("path=/many") < 50
    for connection in connections:
        connection.close()


def test_who_is_being_served_does_not_give_way(frontend, database):
    served = frontend(database.url(connection_limit=1), max_connections=4, keep_alive_timeout=60, query_timeout=HANG)
    with contextlib.ExitStack() as held:
        held.enter_context(locked(database))
        answers = [in_background(lambda: frontend_search(served)) for _ in range(4)]
        wait_until(lambda: value(served, "http_requests_in_flight") == 4)
        with socket.create_connection(("127.0.0.1", served.port), timeout=HANG) as late:
            late.sendall(SEARCH)
            wait_until(lambda: unaccepted(served.port) == 0)  # it looks for one that could give way
            assert value(served, "http_requests_in_flight") == 4
            assert value(served, "http_connections_evicted_total") == 0
            held.close()
            assert read_answer(late) == 200
    assert [answer.result().status_code for answer in answers] == [200] * 4


def test_connections_of_one_address(frontend, database):
    served = frontend(database.url(), max_connections_per_address=3, trusted_proxies="10.0.0.0/8")
    held = [socket.create_connection(("127.0.0.1", served.port)) for _ in range(3)]
    wait_until(lambda: value(served, "http_connections_open", listener="api") == 3)
    problem(served.search(), 429, "too_many_connections")
    assert statuses(exchange(served, b"")) == [429]  # at once, whatever it would have asked
    assert "event=refused status=429 code=too_many_connections client=127.0.0.1" in served.log()
    counted(served, 2, "http_requests_total", route="other", status="429")
    elsewhere = socket.create_connection(("127.0.0.1", served.port), source_address=("127.0.0.2", 0), timeout=HANG)
    elsewhere.sendall(SEARCH)
    assert elsewhere.recv(12) == b"HTTP/1.1 200"
    held.pop().close()
    wait_until(lambda: served.search().status_code == 200)
    for connection in [*held, elsewhere]:
        connection.close()


def test_a_trusted_proxy_has_many_clients(frontend, database):
    served = frontend(database.url(), max_connections_per_address=1)
    held = [socket.create_connection(("127.0.0.1", served.port)) for _ in range(5)]
    assert served.search().status_code == 200
    for connection in held:
        connection.close()


@pytest.fixture
def behind_nginx(frontend, database, tmp_path):
    served = frontend(database.url())
    nginx = Nginx(tmp_path, [served.port] * 2)
    yield served, nginx
    nginx.stop()


def test_nginx_caps_the_connections_of_one_address(behind_nginx, database):
    served, nginx = behind_nginx
    with locked(database):
        answers = [in_background(lambda: frontend_search(nginx)) for _ in range(100)]
        wait_until(lambda: value(served, "http_requests_in_flight") == 100)
        problem(frontend_search(nginx), 429, "too_many_connections")
    assert {answer.result().status_code for answer in answers} == {200}
