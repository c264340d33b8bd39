"""HTTP over a bare socket: requests as bytes, and answers read as strictly as RFC 9112 has them."""

import dataclasses
import re
import socket

from harness import HANG

SEARCH = "/api/tailors?location=MG_ROAD"
STATUS_LINE = re.compile(rb"HTTP/1\.1 ([1-5]\d\d) [\t\x20-\x7e]*")
FIELD = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+):[\t ]*([\x21-\x7e]?(?:[\t\x20-\x7e]*[\x21-\x7e])?)[\t ]*")


class Malformed(AssertionError):
    """An answer that is not HTTP."""


@dataclasses.dataclass
class Answer:
    status: int
    fields: list  # of pairs, the names in lower case
    body: bytes = b""

    def all(self, name):
        return [value for field, value in self.fields if field == name]

    def __getitem__(self, name):
        """The value of a field that is sent once."""
        values = self.all(name.lower())
        assert len(values) == 1, (name, values)
        return values[0]

    def __contains__(self, name):
        return bool(self.all(name.lower()))

    @property
    def code(self):
        return re.search(rb'"code":"(\w+)"', self.body)[1].decode()

    @property
    def closes(self):
        return "close" in self.all("connection")


def request(target=SEARCH, *fields, method="GET", version="HTTP/1.1", host="Host: a"):
    lines = [f"{method} {target} {version}", *([host] if host else []), *fields]
    return "".join(line + "\r\n" for line in [*lines, ""]).encode("latin-1")


def read_head(head):
    line, *fields = head.split(b"\r\n")
    status = STATUS_LINE.fullmatch(line)
    matches = [FIELD.fullmatch(field) for field in fields]
    if not status or not all(matches):
        raise Malformed(head)
    return Answer(int(status[1]), [(match[1].decode().lower(), match[2].decode()) for match in matches])


def take_answer(data, method="GET"):
    """The first answer of `data`, which must hold it whole, and what follows it."""
    head, blank, rest = data.partition(b"\r\n\r\n")
    if not blank:
        raise Malformed(data)
    answer = read_head(head)
    lengths = answer.all("content-length")
    if answer.status in (204, 304):
        if lengths:
            raise Malformed(head)
        return answer, rest
    if len(lengths) != 1 or not lengths[0].isdecimal() or "transfer-encoding" in answer:
        raise Malformed(head)
    if method == "HEAD":
        return answer, rest
    length = int(lengths[0])
    if len(rest) < length:
        raise Malformed(data)
    answer.body = rest[:length]
    return answer, rest[length:]


def take_answers(data, methods=()):
    """All answers of `data`, to requests of these methods; GET for the others."""
    answers, methods = [], list(methods)
    while data:
        answer, data = take_answer(data, methods.pop(0) if methods else "GET")
        answers.append(answer)
    return answers


def receive_all(connection):
    data = b""
    while part := connection.recv(1 << 16):
        data += part
    return data


def answers_to(port, data, methods=()):
    """Sends bytes, and reads answers until the server closes."""
    with socket.create_connection(("127.0.0.1", port), timeout=HANG) as connection:
        connection.sendall(data)
        return take_answers(receive_all(connection), methods)


LAST = request(SEARCH, "Connection: close")


def one(frontend, data, method="GET"):
    """The answer to a request after which the connection serves another one."""
    answer, last = answers_to(frontend.port, data + LAST, [method])
    assert last.status == 200 and last.closes and not answer.closes
    return answer


def search(frontend, *fields, method="GET", **options):
    return one(frontend, request(SEARCH, *fields, method=method, **options), method)


def refused(frontend, data, status, code="malformed_request", port=None):
    """The answer to a request that may be read in another way elsewhere: nothing after it is read as a request."""
    answers = answers_to(port or frontend.port, data + LAST)
    assert [answer.status for answer in answers] == [status]
    assert answers[0].closes and answers[0]["Content-Type"] == "application/problem+json"
    assert answers[0].code == code
    return answers[0]
