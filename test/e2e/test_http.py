"""HTTP itself: methods, paths, bodies, connections."""

import re
import socket
import time

import pytest
import requests
from clients import SEARCH
from harness import HANG, exchange, problem, read_answer, statuses, wait_until
from holding import delivered, stopped
from raw_http import receive_all, request, take_answers


@pytest.mark.parametrize("path", ["/", "/api", "/api/tailor", "/api/tailorsx", "/api/tailors/", "/api/tailors/a/b", "/livez"])
def test_unknown_paths(shared_frontend, path):
    problem(shared_frontend.get(path), 404, "not_found")


@pytest.mark.parametrize("path", ["/api/tailors", "/api/tailors/t1"])
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "TRACE"])
def test_wrong_methods(shared_frontend, method, path):
    response = shared_frontend.get(path, method=method)
    problem(response, 405, "method_not_allowed")
    assert response.headers["Allow"] == "GET, HEAD, OPTIONS"


def test_head(shared_frontend):
    get, head = shared_frontend.get(SEARCH), shared_frontend.get(SEARCH, method="HEAD")
    assert head.status_code == 200 and head.text == ""
    assert head.headers["Content-Length"] == get.headers["Content-Length"]
    assert shared_frontend.get("/api/tailors?page=x", method="HEAD").status_code == 400


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
@pytest.mark.parametrize(
    "body",
    [
        "Content-Length: 60\r\n\r\n",
        "Transfer-Encoding: chunked\r\n\r\n3c\r\n",
        "Transfer-Encoding: ,chunked\r\n\r\n",
        "Expect: 100-continue\r\nContent-Length: 60\r\n\r\n",
    ],
)
def test_bodies_are_refused_and_never_read_as_requests(shared_frontend, method, body):
    hidden = f"GET {SEARCH} HTTP/1.1\r\nHost: hidden\r\n\r\n"
    answer = exchange(shared_frontend, f"{method} {SEARCH} HTTP/1.1\r\nHost: a\r\n{body}{hidden}".encode())
    assert statuses(answer) == [413]
    assert "Connection: close" in answer
    if method != "HEAD":
        assert '"code":"body_not_allowed"' in answer


@pytest.mark.parametrize(
    "head",
    [
        "nonsense\r\n\r\n",
        f"GET {SEARCH} HTTP/1.1\r\nHost: a\r\nContent-Length : 9\r\n\r\n",
        f"GET {SEARCH} HTTP/1.1\r\nHost: a\r\nX: y\nTransfer-Encoding: chunked\r\n\r\n",
        f"GET {SEARCH} HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
        f"GET {SEARCH} HTTP/1.1\r\n\r\n",
        f"GET {SEARCH} HTTP/3,1\r\nHost: a\r\n\r\n",
        "\x16\x03\x01\x02\r\n\r\n",
    ],
)
def test_malformed_requests(shared_frontend, head):
    answer = exchange(shared_frontend, head.encode("latin-1") + f"GET {SEARCH} HTTP/1.1\r\nHost: a\r\n\r\n".encode())
    assert statuses(answer) == [400]
    assert '"code":"malformed_request"' in answer


def test_pipelined_requests_are_answered_in_order(shared_frontend):
    requests_ = [f"GET /api/tailors/{name} HTTP/1.1\r\nHost: a\r\n\r\n" for name in ("t1", "nobody")]
    last = f"GET {SEARCH} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
    assert statuses(exchange(shared_frontend, "".join([*requests_, last]).encode())) == [200, 404, 200]


def test_pipelined_requests_that_fill_what_is_read_at_once(shared_frontend):
    """Of 1,024 bytes each: what is read ends where a request does, and more has come."""

    def padded(fields):
        head = f"GET {SEARCH} HTTP/1.1\r\nHost: a\r\n{fields}X: "
        return head + "y" * (1024 - len(head) - 4) + "\r\n\r\n"

    assert statuses(exchange(shared_frontend, (23 * padded("") + padded("Connection: close\r\n")).encode())) == 24 * [200]


def test_a_request_may_come_byte_by_byte(shared_frontend):
    with socket.create_connection(("127.0.0.1", shared_frontend.port), timeout=HANG) as connection:
        for byte in f"GET {SEARCH} HTTP/1.0\r\n\r\n".encode():
            connection.sendall(bytes([byte]))
        assert connection.recv(65536).startswith(b"HTTP/1.1 200 ")


def test_ranges_and_expectations_change_nothing(shared_frontend):
    plain = shared_frontend.get(SEARCH)
    asked = shared_frontend.get(SEARCH, headers={"Range": "bytes=0-3", "Expect": "100-continue"})
    assert asked.status_code == 200 and asked.content == plain.content
    assert "Accept-Ranges" not in shared_frontend.get(SEARCH, method="HEAD").headers
    assert shared_frontend.get(SEARCH, headers={"Range": "nonsense"}).status_code == 200


@pytest.mark.parametrize("before", [0, 1])
def test_a_client_that_closes_its_sending_side_keeps_no_connection(frontend, database, before):
    """The end comes together with the last request, as the server does nothing meanwhile; its answer is cached."""
    served = frontend(database.url(), cache_bytes="1MiB", keep_alive_timeout=3600)
    search = request(SEARCH)
    assert served.search().status_code == 200
    with socket.create_connection(("127.0.0.1", served.port), timeout=HANG) as connection:
        for _ in range(before):
            connection.sendall(search)
            assert read_answer(connection) == 200
        with stopped(served.process.pid):
            connection.sendall(search)
            connection.shutdown(socket.SHUT_WR)
            delivered(connection)
        (answer,) = take_answers(receive_all(connection))
        assert answer.status == 200 and "hit" in answer["Cache-Status"]


def test_idle_connections_are_no_obstacle(shared_frontend):
    idle = []
    for _ in range(100):
        session = requests.Session()
        session.trust_env = False
        assert session.get(shared_frontend.base + SEARCH, timeout=HANG).status_code == 200
        idle.append(session)
    assert shared_frontend.search().status_code == 200
    for session in idle:
        session.close()


def test_the_next_connection_after_one_that_its_client_closed(shared_frontend):
    """It may have the same descriptor."""
    for _ in range(10):
        with socket.create_connection(("127.0.0.1", shared_frontend.port), timeout=HANG) as connection:
            for _ in range(2):
                connection.sendall(f"GET {SEARCH} HTTP/1.1\r\nHost: a\r\n\r\n".encode())
                assert read_answer(connection) == 200


def test_kept_connections_answer_without_delay(shared_frontend):
    """Where an answer waits for the client's delayed acknowledgement, none comes before 40 ms are over."""

    def seconds():
        start = time.monotonic()
        shared_frontend.get("/api/tailors?page=x")
        return time.monotonic() - start

    shared_frontend.search()
    wait_until(lambda: seconds() < 0.04)


def test_idle_connections_end(frontend, database):
    served = frontend(database.url(), keep_alive_timeout=1)
    start = time.monotonic()
    with socket.create_connection(("127.0.0.1", served.port), timeout=HANG) as connection:
        assert connection.recv(1) == b""
        assert 0.8 < time.monotonic() - start


def test_more_connections_than_allowed_wait(frontend, database):
    served = frontend(database.url(), max_connections=2, keep_alive_timeout=1)
    held = [socket.create_connection(("127.0.0.1", served.port)) for _ in range(2)]
    assert served.search().status_code == 200  # when one of the idle two has been ended
    for connection in held:
        connection.close()


def test_admin_port(shared_frontend):
    get = shared_frontend.http.get
    assert get(shared_frontend.admin + "/livez", timeout=HANG).text == "ok\n"
    assert shared_frontend.ready().text == "ok\n"
    assert "[+]database ok: " in shared_frontend.ready("?verbose").text
    problem(get(shared_frontend.admin + "/nothing", timeout=HANG), 404, "not_found")
    problem(get(shared_frontend.admin + SEARCH, timeout=HANG), 404, "not_found")


def test_one_log_line_a_request_without_positions(frontend, database):
    served = frontend(database.url())
    served.get(params={"lat": "12.123456", "lng": "77.5"})
    served.get("/api/tailors/nobody")
    lines = [line for line in served.log().splitlines() if "event=request" in line]
    assert len(lines) == 2
    assert re.search(r" info event=request method=GET path=/api/tailors status=200 duration_ms=[\d.]+ pool_wait_ms=[\d.]+$", lines[0])
    assert "status=404" in lines[1]
    assert "12.123456" not in served.log()


def test_thousands_of_failures_are_a_few_lines(frontend, database):
    began = time.monotonic()
    served = frontend(database.url(port=1))  # there is no database
    for _ in range(500):
        assert served.search().status_code == 503
    assert served.get("/api/tailors?page=x").status_code == 400  # any line tells of those before
    wait_until(lambda: "status=400" in served.log())
    log = served.log()
    seconds = time.monotonic() - began
    lines = [line for line in log.splitlines() if "event=request" in line]
    assert 10 <= len(lines) <= 10 * (seconds + 2) + 1
    assert len(lines) + sum(int(count) for count in re.findall(r"event=request.* suppressed=(\d+)$", log, re.MULTILINE)) == 501
    assert log.count("event=database_error") <= 10 * (seconds + 2)
