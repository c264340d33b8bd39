"""Random mutations of valid requests: each gets well-formed answers or none, and nothing is smuggled past one that is refused."""

import random
import re
import socket

from amounts import amount, random_seed
from harness import HANG, wait_until
from metric_values import value
from raw_http import SEARCH, Malformed, receive_all, request, take_answer

LAST = request("/api/tailors/t1", "Connection: close")
REQUESTS = [
    request(SEARCH),
    request(SEARCH, "Accept-Encoding: gzip, br;q=0.5, *;q=0", "Connection: keep-alive"),
    request(SEARCH, 'If-None-Match: "x", W/"y"', "If-Match: *", method="HEAD"),
    request("/api/tailors?lat=12.97&lng=77.59&skill=a%20b&skill=c&minExperience=1&maxExperience=9&minRating=2.5&sortBy=rating&limit=3&page=1"),
    request("/api/tailors?lat=12.97&lng=77.59&maxDistance=5&includeUnlocated=true", version="HTTP/1.0"),
    request("http://example.org:80/api/tailors/t1", host="Host: [::1]:8080"),
    request("*", method="OPTIONS"),
    request("/api/tailors/t1", "Content-Length: 0", "Expect: 100-continue", method="POST"),
    request("/api/tailors", "Content-Length: 12", method="POST") + b"skill=shirts",
    request("/api/tailors", "Transfer-Encoding: chunked", method="PUT") + b"5\r\nhello\r\n0\r\n\r\n",
    request(SEARCH, "traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"),
    b"\r\n" + request("/nowhere?x=y") + request(SEARCH),
]
LINES = [
    b"Transfer-Encoding: chunked", b"Transfer-Encoding: identity", b"Transfer-Encoding : chunked", b" Transfer-Encoding: chunked",
    b"Transfer-Encoding: gzip, chunked", b"Transfer-Encoding:\x0bchunked", b"Content-Length: 0", b"Content-Length: 5", b"Content-Length: +0",
    b"Content-Length: 5, 5", b"Content-Length : 5", b"Content-Length: 18446744073709551616", b"Host: b", b"Host:", b"Host: a b", b"Connection: close",
    b"Connection: keep-alive, Transfer-Encoding", b"Expect: 100-continue", b"Expect: x", b"Upgrade: h2c", b"Range: bytes=0-", b"X: \xff", b"\x00: y", b"",
    b"GET / HTTP/1.1", b"PRI * HTTP/2.0", b"X: " + 5000 * b"y", b"If-None-Match: " + 500 * b'W/"a",', b"Accept-Encoding: " + 500 * b"gzip;q=0.1,",
]
CHARACTERS = b"\r\n\t\x00\x0b\x7f\x80\xff :;,/?%#@*[]\\\"'&=+-.019azAZ"
BLANK_LINE = re.compile(rb"\n\r?\n")
# However leniently lines are told apart.
BODY = re.compile(rb"(?i)(?:^|[\r\n])[\x00-\x20]*(?:transfer-encoding|content-length)[\x00-\x20]*:(?!\s*0+[ \t]*\r\n)")


def mutate(random_, data):
    def place():
        return random_.randrange(len(data) + 1)

    kind = random_.randrange(10)
    at, lines = place(), data.split(b"\r\n")
    if kind == 0:
        return data[:at] + bytes([random_.choice(CHARACTERS)]) + data[at:]
    if kind == 1:
        return data[:at] + bytes([random_.choice(CHARACTERS)]) + data[at + 1 :]
    if kind == 2:
        return data[:at] + data[at + random_.choice((1, 1, 2, 5, 20)) :]
    if kind == 3:
        return data[:at] + random_.choice((b"\r\n", b"\n", b"\r", b"\r\n ", b"\r\n\r\n", b"\n\n", b"\0")) + data[at:]
    if kind == 4:
        return data[: len(data) - len(data[at:]) // 2]
    if kind == 5:
        part = data[at : at + random_.choice((1, 3, 30))]
        return data[:at] + part * random_.choice((2, 3, 100)) + data[at:]
    if kind == 6:
        return data[:at] + random_.choice(REQUESTS) + data[at:]
    if kind == 7:
        return data[:at] + data[at:].swapcase()
    if kind == 8:
        lines.insert(random_.randrange(1, len(lines) + 1), random_.choice(LINES))
    else:
        random_.shuffle(lines)
    return b"\r\n".join(lines)


def take_mutated(data):
    """All answers: whether one of them was to HEAD is not known."""
    if not data:
        return []
    for method in ("GET", "HEAD"):
        try:
            answer, rest = take_answer(data, method)
            return [answer, *take_mutated(rest)]
        except Malformed:
            pass
    raise Malformed(data)


def exchange_whole(port, data, closes):
    """All that the server sends; nothing where it is done before it has read all. The client may close its side before."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=HANG) as connection:
            connection.sendall(data)
            if closes:
                connection.shutdown(socket.SHUT_WR)
            return receive_all(connection)
    except (BrokenPipeError, ConnectionResetError):
        return b""


def check(port, data, closes):
    answers = take_mutated(exchange_whole(port, data, closes))
    assert all(answer.status < 500 or answer.status in (501, 505) for answer in answers), answers
    assert not any(answer.closes for answer in answers[:-1]), answers
    assert len(answers) <= len(BLANK_LINE.findall(data)) + 1, answers
    first = BLANK_LINE.split(data.lstrip(b"\r\n"), maxsplit=1)[0].rstrip(b"\r") + b"\r\n"
    if BODY.search(first) and answers:
        assert answers[0].status >= 400 and answers[0].closes, answers
    return answers


def test_mutations(frontend, database):
    served = frontend(database.url(), cache_bytes="1MiB", keep_alive_timeout=3600)
    seed = random_seed()
    random_ = random.Random(seed)
    seen = set()
    for i in range(amount("TAILOR_HTTP_MUTATIONS", 3000, 300000)):
        data = random_.choice(REQUESTS)
        for _ in range(random_.choice((1, 1, 2, 3, 8))):
            data = mutate(random_, data)
        try:
            seen |= {answer.status for answer in check(served.port, data + LAST, closes=i % 4 == 0)}
        except Exception as error:
            raise AssertionError(f"TAILOR_SEED={seed}, request {i}: {data!r}") from error
    assert served.process.poll() is None, f"TAILOR_SEED={seed}"
    assert served.search().status_code == 200
    assert {200, 400, 413} <= seen
    wait_until(lambda: value(served, "http_requests_in_flight") == 0)
    assert not re.search("event=(internal_error|connection_failed|server_failed)", served.log())
