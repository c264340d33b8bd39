"""What systemd is told, and SIGHUP."""

import contextlib
import os
import signal
import socket

import pytest
import requests
import threads
from clients import SEARCH
from harness import HANG, Frontend, in_background, numbers, wait_until
from holding import locked, stopped
from metric_values import value
from reloading import Settings, reload


class Manager:
    """The socket on which systemd would listen."""

    def __init__(self):
        name = f"tailor-test-{os.getpid()}-{next(numbers)}"
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind("\0" + name)
        self.socket.settimeout(HANG)
        self.environment = {"NOTIFY_SOCKET": "@" + name}

    def next(self):
        return self.socket.recv(4096).decode()

    def silent(self, seconds):
        """Whether nothing comes for so long, but for what has come already."""
        self.socket.settimeout(0)
        with contextlib.suppress(BlockingIOError):
            while True:
                self.next()
        self.socket.settimeout(seconds)
        try:
            self.next()
        except TimeoutError:
            return True
        finally:
            self.socket.settimeout(HANG)
        return False


@pytest.fixture
def manager():
    manager = Manager()
    yield manager
    manager.socket.close()


def test_what_systemd_is_told(manager, database, tmp_path):
    served = Frontend(database.url(), tmp_path / "log", environment=manager.environment)
    assert manager.next() == "READY=1"
    assert served.search().status_code == 200
    served.process.send_signal(signal.SIGHUP)
    assert manager.next().startswith("RELOADING=1\nMONOTONIC_USEC=")
    assert manager.next() == "READY=1"
    assert served.stop() == 0
    assert manager.next() == "STOPPING=1"


def test_the_watchdog_hears_of_who_lives(manager, database, tmp_path):
    """Not of one that is there, and does nothing."""
    served = Frontend(database.url(), tmp_path / "log", environment={**manager.environment, "WATCHDOG_USEC": "400000"})
    said = [manager.next() for _ in range(5)]
    assert sorted(said) == ["READY=1"] + ["WATCHDOG=1"] * 4
    with stopped(served.process.pid):
        assert manager.silent(1)
    assert manager.next() == "WATCHDOG=1"
    assert served.stop() == 0


@pytest.mark.parametrize("name", ["accept:api", "accept:admin", "serve:api", "serve:admin"])
def test_the_watchdog_hears_nothing_when_no_connection_is_taken_or_served(manager, database, tmp_path, name):
    served = Frontend(database.url(), tmp_path / "log", threads=1, environment={**manager.environment, "WATCHDOG_USEC": "400000"})
    assert served.search().status_code == 200
    (thread,) = threads.named(served.process, name)
    with threads.stopped(thread):
        wait_until(lambda: manager.silent(1))  # it is heard until the pulse is missed
        wait_until(lambda: "event=not_alive" in served.log())
        if name.endswith(":api"):
            answer = served.http.get(served.admin + "/livez", timeout=HANG)
            assert (answer.status_code, answer.text) == (503, "accepts no connections\n")
        if name.startswith("accept"):
            assert served.search().status_code == 200  # on the connection that it has
    assert manager.next() == "WATCHDOG=1"
    assert served.stop() == 0


def test_the_watchdog_hears_of_one_that_is_full(manager, database, tmp_path):
    """All connections wait for the database, more clients for a connection, and longer than a round of accepting takes."""
    served = Frontend(
        database.url(connection_limit=1), tmp_path / "log", max_connections=4, query_timeout=HANG, pool_timeout=HANG,
        environment={**manager.environment, "WATCHDOG_USEC": "400000"},
    )  # fmt: skip
    with locked(database), contextlib.ExitStack() as clients:
        answers = [in_background(lambda: requests.get(served.base + SEARCH, timeout=HANG).status_code) for _ in range(4)]
        wait_until(lambda: value(served, "http_connections_open", listener="api") == 4)
        for _ in range(8):
            clients.enter_context(socket.create_connection(("127.0.0.1", served.port), timeout=HANG))
        said = [manager.next() for _ in range(26)]  # 5 seconds
        assert said.count("WATCHDOG=1") >= 25
        assert value(served, "http_requests_in_flight") == 4
    assert [answer.result() for answer in answers] == [200] * 4
    assert "not_alive" not in served.log()
    assert served.stop() == 0


def test_the_watchdog_is_not_kept_away_by_idle_clients(manager, database, tmp_path):
    served = Frontend(database.url(), tmp_path / "log", environment={**manager.environment, "WATCHDOG_USEC": "400000"})
    port = int(served.admin.rsplit(":", 1)[1])
    held = [socket.create_connection(("127.0.0.1", port)) for _ in range(40)]
    said = [manager.next() for _ in range(6)]
    assert said.count("WATCHDOG=1") >= 5
    for connection in held:
        connection.close()
    assert served.stop() == 0


@pytest.fixture
def settings(database, tmp_path):
    return Settings(tmp_path / "tailor-frontend.toml", database.url(connection_limit=2))


def test_what_a_reload_changes(frontend, settings):
    settings.write(http_max_age=1)
    served = frontend("", config=settings.file)
    assert "max-age=1," in served.search().headers["Cache-Control"]
    settings.write(http_max_age=7, log_level="debug", max_connections_per_address=1, trusted_proxies="10.0.0.1")
    reload(served)
    assert "max-age=7," in served.search().headers["Cache-Control"]
    assert served.get("/api/tailors/t1").status_code == 200  # on the connection that it has
    with socket.create_connection(("127.0.0.1", served.port), timeout=HANG) as another:
        another.sendall(f"GET {SEARCH} HTTP/1.1\r\nHost: a\r\n\r\n".encode())
        assert another.recv(12) == b"HTTP/1.1 200"  # the first one came before there was a limit, and is not counted
        served.http.close()
        assert served.search().status_code == 429
    assert "needs a restart" not in served.log()


def test_what_a_reload_cannot_change(frontend, settings):
    settings.write()
    served = frontend("", config=settings.file)
    settings.write(connection_limit=3, query_timeout=1, cache_bytes=1000, heartbeat=1, listen="127.0.0.2", max_connections=9,
                   pipeline=2, threads=2)
    reload(served)
    for name in ("connection-limit", "pipeline", "query-timeout", "heartbeat", "listen", "max-connections", "threads"):
        assert f'event=reload setting={name} effect="needs a restart"' in served.log()
    assert served.log().count("needs a restart") == 7  # cache-bytes comes from the command line, which is as it was
    assert "2 of 2 connections" in served.ready("?verbose").text
    assert served.search().status_code == 200


@pytest.mark.parametrize("text", ["nonsense = 1\n", "http-max-age = soon\n", 'database-url = "mysql://x"\n'])
def test_a_bad_file_changes_nothing(frontend, settings, text):
    settings.write(http_max_age=3)
    served = frontend("", config=settings.file)
    settings.file.write_text(text)
    reload(served, "event=reload_failed")
    assert "max-age=3," in served.search().headers["Cache-Control"]
    assert "settings are unchanged" in served.log()
