"""A Redis that is slow, frozen, killed, full, empty or telling nonsense, under load: every answer is right, none waits for
Redis to be well, and then it is used again."""

import contextlib
import itertools
import random
import signal
import socket
import socketserver
import threading
import urllib.parse

import pytest
from cache_status import HERE, MISS, SHARED, status, whole
from faults import Load, Proxy
from harness import HANG, wait_until
from metric_values import value
from redis_server import Redis

AT_ONCE = 500
CONNECTIONS = 8  # to Redis


@pytest.fixture(scope="module")
def database(told_database):
    return told_database


@pytest.fixture
def instance(frontend, database, redis):
    def start(url=None, up=True, **settings):
        served = frontend(database.url(), redis_url=url or redis.url, cache_bytes="1MiB", **settings)
        wait_until(lambda: "event=listening" in served.log())
        if up:
            wait_until(lambda: "event=redis_up" in served.log())
        return served

    return start


class Misses(Load):
    """Clients whose every request goes to Redis: no two ask for the same."""

    def __init__(self, frontend, **options):
        super().__init__(frontend, codes=(), clients=3, **options)
        self.count = 0  # of answers

    def ask_one(self, http):
        response = http.get(self.frontend.base + "/api/tailors", params=new_search(), timeout=HANG)
        self.count += 1
        ids = [each["id"] for each in response.json().get("data", [])]
        if response.status_code != 200 or ids != [f"t{i}" for i in range(1, 8)]:
            self.wrong.append(f"{response.status_code} {response.text[:300]}")
        self.ended.wait(0.002)

    def await_more(self, count):
        """Waits for as many answers more."""
        before = self.count
        wait_until(lambda: self.wrong or self.count >= before + count)
        self.check()


searches = itertools.count()


def new_search():
    """One that nobody asked for before: a circle that has all tailors in it wherever its centre is."""
    return {"lat": "12.97", "lng": f"{77.59 + next(searches) * 1e-12:.12f}", "maxDistance": "60"}


def result(served, name):
    return value(served, "redis_requests_total", result=name)


def uses_redis(served):
    """Whether what it asks of Redis is answered."""
    before = result(served, "ok")
    served.get(params=new_search())
    return result(served, "ok") > before


def returns(served):
    wait_until(lambda: uses_redis(served))
    wait_until(lambda: value(served, "redis_breaker_open") == 0)


def await_more_without_redis(served, load, count):
    """Redis may add its timeout to a request: to those that open the breaker, and to trials, which are few."""
    before = sum(result(served, name) for name in ("timeout", "failed"))
    load.await_more(count)
    assert sum(result(served, name) for name in ("timeout", "failed")) - before < count / 4


@contextlib.contextmanager
def killed(redis):
    redis.stop()
    yield
    redis.start()


@pytest.mark.parametrize("fault", [Redis.frozen, killed])
def test_frozen_or_killed(instance, redis, fault):
    served = instance()
    with Misses(served) as load:
        load.await_more(50)
        with fault(redis):
            wait_until(lambda: value(served, "redis_breaker_open") == 1)
            await_more_without_redis(served, load, 200)
            assert served.http.get(served.admin + "/livez", timeout=HANG).status_code == 200
            assert served.ready().status_code == 200
        returns(served)
    assert "event=redis_down" in served.log()


def test_many_at_once_while_it_is_frozen(instance, redis):
    """More than there are connections to it: who finds none does not wait for long."""
    served = instance(pool_timeout=HANG, query_timeout=HANG)
    with contextlib.ExitStack() as open_ones, redis.frozen():
        asking = [open_ones.enter_context(socket.create_connection(("127.0.0.1", served.port))) for _ in range(AT_ONCE)]
        for each in asking:
            each.sendall(f"GET /api/tailors?{urllib.parse.urlencode(new_search())} HTTP/1.0\r\n\r\n".encode())
        answers = [whole(each) for each in asking]
        assert all(each.startswith("HTTP/1.1 200 ") for each in answers)
        assert value(served, "redis_breaker_open") == 1
        assert result(served, "timeout") <= CONNECTIONS + 3  # those that had one, and trials
        assert value(served, "query_duration_seconds_count") == AT_ONCE
    returns(served)


@pytest.fixture
def proxy(redis):
    proxy = Proxy(redis.port)
    yield proxy
    proxy.close()


def test_a_network_that_swallows_all(instance, proxy):
    served = instance(f"redis://127.0.0.1:{proxy.port}")
    with Misses(served) as load:
        load.await_more(50)
        with proxy.stalled():
            wait_until(lambda: value(served, "redis_breaker_open") == 1)
            await_more_without_redis(served, load, 100)
        returns(served)


def test_replies_that_break_off(instance, proxy):
    served = instance(f"redis://127.0.0.1:{proxy.port}")
    served.get(params=HERE)
    with Misses(served) as load:
        for passes in (1, 3, 10, 100, 1000):
            proxy.cut(passes)
            load.await_more(30)
        returns(served)
    assert result(served, "failed") >= 3


def test_slow(instance, redis):
    """Not silent, but later than it may be: a script holds it up again and again."""
    served = instance()
    ended = threading.Event()

    def hold_up():
        busy = "local s = redis.call('TIME') local e = s[1] * 1e6 + s[2] + 200000 repeat local t = redis.call('TIME') until t[1] * 1e6 + t[2] > e"
        while not ended.is_set():
            redis.ask("EVAL", busy, "0")

    with Misses(served) as load:
        thread = threading.Thread(target=hold_up)
        thread.start()
        try:
            wait_until(lambda: value(served, "redis_breaker_open") == 1)
            load.await_more(100)
        finally:
            ended.set()
            thread.join()
        returns(served)
    assert result(served, "timeout") >= 1  # of the three that open the breaker, others may be of new connections


def test_full(frontend, database, tmp_path):
    redis = Redis(tmp_path, maxmemory="1mb", maxmemory_policy="noeviction")
    try:
        served = frontend(database.url(), redis_url=redis.url, cache_bytes="1MiB")
        wait_until(lambda: "event=redis_up" in served.log() and "event=listening" in served.log())
        redis.ask("SET", "filler", "x" * 2**20)
        with Misses(served):
            wait_until(lambda: result(served, "refused") > 20)
        assert value(served, "redis_breaker_open") == 0
        assert served.log().count("event=redis_refused") == 1 and "OOM command not allowed" in served.log()
        redis.ask("FLUSHALL"), redis.ask("CONFIG", "SET", "maxmemory", "0")
        returns(served)
    finally:
        redis.stop()


def test_restarted_empty(instance, redis):
    one, two = (instance(redis_timeout=HANG) for _ in range(2))
    assert status(one.get(params=HERE)) != SHARED
    with Misses(one):
        redis.stop(signal.SIGTERM)
        redis.start()
        returns(one)
        returns(two)
    search = new_search()
    one.get(params=search)
    assert status(two.get(params=search)) == SHARED


def test_a_replica_that_takes_no_writes(instance, redis, tmp_path):
    (tmp_path / "replica").mkdir()
    redis.ask("CONFIG", "SET", "repl-diskless-sync-delay", "0")
    replica = Redis(tmp_path / "replica", replicaof=f"127.0.0.1 {redis.port}")
    try:
        wait_until(lambda: b"master_link_status:up" in replica.ask("INFO", "replication"))
        served = instance(replica.url)
        with Misses(served):
            wait_until(lambda: result(served, "refused") > 20)
        assert "READONLY" in served.log() and value(served, "redis_breaker_open") == 0
    finally:
        replica.stop()


NONSENSE = [
    b"HTTP/1.1 400 Bad Request\r\n\r\n", b"+OK\r\n" * 3, b":1\r\n" * 3, b"$-1\r\n" * 3, b"$5\r\nhello\r\n" * 3,
    b"*1073741824\r\n", b"*2147483647\r\n", b"*-1\r\n", b"$2147483646\r\nabc", b"$99999999999999999999\r\n", b"-ERR no\r\n" * 3,
    b"\x00" * 64, b"%1\r\n", b"+" + b"x" * 100_000, b":99999999999999999999999\r\n", b"*1\r\n" * 20, b"\r\n", b"",
]  # fmt: skip


class Liar(socketserver.ThreadingTCPServer):
    """Is polite when a connection begins, and then lies."""

    daemon_threads = allow_reuse_address = True
    request_queue_size = 100

    def __init__(self):
        super().__init__(("127.0.0.1", 0), self.Handler)
        self.lie, self.told = b"", 0
        threading.Thread(target=self.serve_forever).start()

    class Handler(socketserver.BaseRequestHandler):
        def handle(self):
            with contextlib.suppress(OSError):
                while asked := self.request.recv(65536):
                    if b"PING" in asked or b"SELECT" in asked:
                        self.request.sendall(b"+PONG\r\n")
                        continue
                    self.server.told += 1
                    self.request.sendall(self.server.lie)
                    if random.random() < 0.5:
                        return


@pytest.fixture
def liar():
    liar = Liar()
    yield liar
    liar.shutdown()
    liar.server_close()


def test_nonsense(frontend, database, liar, tmp_path):
    file = tmp_path / "settings"

    def settings(number):
        file.write_text(f'redis-url = "redis://127.0.0.1:{liar.server_address[1]}/{number}"\n')

    settings(0)
    served = frontend(database.url(), config=file, cache_bytes="1MiB")
    with Misses(served) as load:
        for number, liar.lie in enumerate(NONSENSE, start=1):
            told, count = liar.told, load.count
            settings(number)  # with another address the breaker begins anew
            served.process.send_signal(signal.SIGHUP)
            wait_until(lambda: load.wrong or (liar.told > told + 2 and load.count > count + 20))
            load.check()
    assert result(served, "failed") > len(NONSENSE) and result(served, "timeout") > 3
    assert value(served, "redis_invalid_total") >= 1 and value(served, "cache_hits_total", level="redis") == 0


def damaged(good, other):
    """What a value may have become, and one that is another search's answer."""
    yield from (b"", b"nonsense", good[:-1], good + b"x", good[:100] + b"~" + good[101:], good.replace(b'"t3"', b'"t4"'), other)


def test_foreign_bytes_under_our_keys(instance, redis):
    one, two = (instance(redis_timeout=HANG) for _ in range(2))

    def share():
        before, search = set(redis.keys()), new_search()
        answer = one.get(params=search)
        (key,) = set(redis.keys()) - before
        return search, answer, key

    *_, other_key = share()
    other = redis.ask("GET", other_key)
    count = 0
    for number in range(7):
        search, fresh, key = share()
        bad = list(damaged(redis.ask("GET", key), other))[number]
        redis.ask("SET", key, bad, "PX", "500000")
        answer = two.get(params=search)
        assert (status(answer), answer.content) == (MISS, fresh.content), bad
        count += 1
        assert value(two, "redis_invalid_total") == count
    search, fresh, key = share()
    redis.ask("PERSIST", key)  # of unknown age
    assert status(two.get(params=search)) == MISS and value(two, "redis_invalid_total") == count + 1
    search, fresh, key = share()
    redis.ask("DEL", key), redis.ask("LPUSH", key, "a list")
    assert two.get(params=search).content == fresh.content
    assert redis.ask("TYPE", key) == b"+string"  # stored over
