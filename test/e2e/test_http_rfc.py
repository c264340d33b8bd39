"""What RFC 9112 asks of a server, and RFC 9110 for a request's head: a test for each requirement, its section in the name."""

import socket

import pytest
from harness import HANG
from raw_http import LAST, SEARCH, answers_to, one, receive_all, refused, request, search, take_answer

# --- RFC 9112: the message -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("before", ["\r\n", "\r\n\r\n", "\r\n" * 9])
def test_9112_2_2_empty_lines_before_a_request(shared_frontend, before):
    data = before.encode() + request(SEARCH) + before.encode() + LAST
    assert [answer.status for answer in answers_to(shared_frontend.port, data)] == [200, 200]


def test_9112_2_2_empty_lines_have_an_end(shared_frontend):
    refused(shared_frontend, b"\r\n" * 9000, 431, "header_too_long")


@pytest.mark.parametrize("data", [
    b"GET / HTTP/1.1\nHost: a\n\n",
    b"GET / HTTP/1.1\r\nHost: a\n\r\n",
    b"GET / HTTP/1.1\r\nHost: a\r\nX: y\n\n",
    b"GET / HTTP/1.1\nHost: a\r\n\r\n",
])
def test_9112_2_2_a_bare_line_feed_ends_no_line(shared_frontend, data):
    refused(shared_frontend, data, 400)


@pytest.mark.parametrize("data", [
    b"GET / HTTP/1.1\r\nHost: a\rX: y\r\n\r\n",
    b"GET /\r HTTP/1.1\r\nHost: a\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: a\r\nX: y\r\r\n\r\n",
    b"GET / HTTP/1.1\r\n\rHost: a\r\n\r\n",
    b"\rGET / HTTP/1.1\r\nHost: a\r\n\r\n",
])
def test_9112_2_2_a_bare_carriage_return_is_invalid(shared_frontend, data):
    refused(shared_frontend, data, 400)


@pytest.mark.parametrize("blank", [" ", "\t"])
def test_9112_2_2_blanks_before_the_first_field(shared_frontend, blank):
    refused(shared_frontend, f"GET {SEARCH} HTTP/1.1\r\n{blank}Host: a\r\n\r\n".encode(), 400)


@pytest.mark.parametrize("line", [
    "GET", "GET /", "GET / ", " GET / HTTP/1.1", "GET  / HTTP/1.1", "GET /  HTTP/1.1", "GET /a b HTTP/1.1", "GET / HTTP/1.1 ",
    "GET\t/ HTTP/1.1", "G(T / HTTP/1.1", "GET /\x00 HTTP/1.1", "GET /\x7f HTTP/1.1", "GET /\xe9 HTTP/1.1", "/ HTTP/1.1",
])
def test_9112_3_request_lines_that_are_none(shared_frontend, line):
    refused(shared_frontend, f"{line}\r\nHost: a\r\n\r\n".encode("latin-1"), 400)


@pytest.mark.parametrize("version", ["http/1.1", "HTTP/1", "HTTP/1.", "HTTP/11", "HTTP/1.1.1", "HTTP/1.10", "HTTP /1.1", "HTTP/a.1", "XTTP/1.1"])
def test_9112_2_3_versions_that_are_none(shared_frontend, version):
    refused(shared_frontend, request(version=version), 400)


@pytest.mark.parametrize("version", ["HTTP/2.0", "HTTP/3.0", "HTTP/0.9", "HTTP/9.9"])
def test_9110_15_6_6_another_major_version(shared_frontend, version):
    refused(shared_frontend, request(version=version), 505, "http_version_not_supported")


def test_9113_3_4_the_preface_of_http_2(shared_frontend):
    refused(shared_frontend, b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505, "http_version_not_supported")


def test_9110_6_2_a_higher_minor_version_is_served_as_the_highest_known_one(shared_frontend):
    assert search(shared_frontend, version="HTTP/1.9").status == 200
    refused(shared_frontend, request(version="HTTP/1.9", host=None), 400)


def test_9112_3_a_target_longer_than_any_that_is_read(shared_frontend):
    refused(shared_frontend, request("/" + 16384 * "a"), 414, "target_too_long")
    answers = answers_to(shared_frontend.port, b"GET /" + 70000 * b"a")  # no line's end ever comes
    assert [answer.code for answer in answers] == ["target_too_long"]
    assert search(shared_frontend).status == 200


def test_9112_3_request_lines_of_8000_octets_are_read(shared_frontend):
    skills = "".join(f"&skill={i:02}{'s' * 75}" for i in range(95))
    assert len(SEARCH + skills) > 8000
    assert one(shared_frontend, request(SEARCH + skills)).status == 200


@pytest.mark.parametrize("method", ["BREW", "get", "Get", "GETS", "PROPFIND", "GE!T", "A" * 20000])
def test_9110_9_1_methods_that_are_not_known(shared_frontend, method):
    refused(shared_frontend, request(SEARCH, method=method), 501, "method_not_implemented")


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "TRACE"])
@pytest.mark.parametrize("path", ["/api/tailors", "/api/tailors/t1"])
def test_9110_15_5_6_methods_that_are_known_and_not_allowed(shared_frontend, method, path):
    answer = one(shared_frontend, request(path, method=method))
    assert (answer.status, answer.code) == (405, "method_not_allowed")
    assert answer["Allow"] == "GET, HEAD, OPTIONS"


def test_9110_9_1_the_admin_port(shared_frontend):
    port = int(shared_frontend.admin.rsplit(":", 1)[1])
    refused(shared_frontend, request("/livez", method="BREW"), 501, "method_not_implemented", port=port)
    refused(shared_frontend, request("/livez", "Content-Length: x"), 400, port=port)
    closing = lambda method, target: answers_to(port, request(target, "Connection: close", method=method), [method])[0]
    assert closing("POST", "/livez")["Allow"] == closing("OPTIONS", "/livez")["Allow"] == "GET, HEAD, OPTIONS"
    assert closing("OPTIONS", "*").status == closing("OPTIONS", "/metrics").status == 204
    assert closing("GET", "http://a/livez").body == b"ok\n"
    assert closing("HEAD", "/livez").status == 200


# --- RFC 9112: the request target ------------------------------------------------------------------------------------


@pytest.mark.parametrize("authority", ["a", "a:80", "a:", "A.example:8080", "127.0.0.1", "[::1]", "[2001:db8::1]:443", "%41_~!$&'()*+,;=", "[v1.a:b]"])
@pytest.mark.parametrize("scheme", ["http", "HTTP", "hTtP"])
def test_9112_3_2_2_the_absolute_form(shared_frontend, scheme, authority):
    plain = search(shared_frontend)
    answer = one(shared_frontend, request(f"{scheme}://{authority}{SEARCH}"))
    assert (answer.status, answer["ETag"], answer.body) == (200, plain["ETag"], plain.body)


def test_9112_3_2_2_the_absolute_form_beats_host(shared_frontend):
    assert one(shared_frontend, request(f"http://a{SEARCH}", host="Host: b:1")).status == 200
    assert one(shared_frontend, request("http://a/api/tailors/t1")).status == 200
    for target in ("http://a", "http://a/", "http://a?location=MG_ROAD", "http://a/?location=MG_ROAD"):
        assert one(shared_frontend, request(target)).code == "not_found"
    old = request(f"http://a{SEARCH}", "Connection: keep-alive", version="HTTP/1.0", host=None)
    assert one(shared_frontend, old).status == 200


@pytest.mark.parametrize("host", [None, "Host: b c", "Host: b/", "Host: b\r\nHost: b"])
def test_9112_3_2_2_host_must_be_valid_even_so(shared_frontend, host):
    refused(shared_frontend, request(f"http://a{SEARCH}", host=host), 400)


@pytest.mark.parametrize("target", ["http:///api/tailors", "http://", "http://:80/", "http://?x", "http:/api/tailors", "http:a", "http", "//a/b://"])
def test_9110_4_2_1_an_absolute_form_without_a_host(shared_frontend, target):
    if target.startswith("//"):
        assert one(shared_frontend, request(target)).status == 404  # a path
    else:
        refused(shared_frontend, request(target), 400)


@pytest.mark.parametrize("authority", ["u@a", "u:p@a", "[::1", "::1", "[::1]x", "[::g]", "[]", "a:x", "a:8o", "a:1:2", "%4", "%zz", "a\\b", '"a"', "[v.x]", "[v1.]"])
def test_9110_4_2_4_an_authority_that_is_none(shared_frontend, authority):
    refused(shared_frontend, request(f"http://{authority}{SEARCH}"), 400)


@pytest.mark.parametrize("target", [f"https://a{SEARCH}", "ftp://a/x", "ws://a/x", "file:///etc/passwd"])
def test_9110_7_4_another_scheme_is_misdirected(shared_frontend, target):
    refused(shared_frontend, request(target), 421, "misdirected_request")


@pytest.mark.parametrize("target", ["a", "a:80", "api/tailors", "*", "?x", "*/", "%2Fapi"])
def test_9112_3_2_targets_that_are_none(shared_frontend, target):
    refused(shared_frontend, request(target), 400)


@pytest.mark.parametrize("target", [f"{SEARCH}#x", "/#", f"http://a{SEARCH}#x", "http://a#x"])
def test_9112_3_2_a_target_has_no_fragment(shared_frontend, target):
    refused(shared_frontend, request(target), 400)


@pytest.mark.parametrize("target", ["a:80", "a", "/", SEARCH, "http://a/", "[::1]:443", "*"])
def test_9112_3_2_3_the_authority_form(shared_frontend, target):
    refused(shared_frontend, request(target, method="CONNECT"), 501, "method_not_implemented")


@pytest.mark.parametrize("target", ["*", "http://a", "/api/tailors", "/api/tailors/t1", "http://a/api/tailors"])
def test_9110_9_3_7_options(shared_frontend, target):
    answer = one(shared_frontend, request(target, method="OPTIONS"), "OPTIONS")
    assert answer.status == 204 and answer["Allow"] == "GET, HEAD, OPTIONS"


@pytest.mark.parametrize("target", ["/", "/x", "http://a/", "/api/tailors/a/b"])
def test_9110_9_3_7_options_of_what_is_not_there(shared_frontend, target):
    assert one(shared_frontend, request(target, method="OPTIONS")).status == 404


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "TRACE"])
def test_9112_3_2_4_the_asterisk_form_is_for_options_alone(shared_frontend, method):
    answers = answers_to(shared_frontend.port, request("*", method=method) + LAST, [method])
    assert [answer.status for answer in answers] == [400]


# --- RFC 9112: Host and the other fields -----------------------------------------------------------------------------


@pytest.mark.parametrize("host", ["Host: a", "hOST:a", "Host:\t a:8080 \t", "Host: [::1]:80", "Host: 1.2.3.4", "Host:", "Host: a:", "Host: x_y", "Host: %61"])
def test_9112_3_2_valid_hosts(shared_frontend, host):
    assert search(shared_frontend, host=host).status == 200


@pytest.mark.parametrize("host", [
    None, "Host: a\r\nHost: a", "Host: a\r\nhost: b", "Host:\r\nHost: a", "Host: a b", "Host: a, b", "Host: a/b", "Host: http://a", "Host: u@a",
    "Host: a:b", "Host: a:80:80", "Host: :80", "Host: [::1", "Host: ::1", "Host: [::1]]", "Host: [fe80::1%25eth0]", "Host: a?", "Host: a#",
    "Host: a\\b", "Host: \"a\"", "Host: <a>", "Host: %6", "Host: \xe9", "Host: a\x01", "Host : a", "Host: a:-1",
])
def test_9112_3_2_a_missing_doubled_or_invalid_host(shared_frontend, host):
    refused(shared_frontend, request(host=host), 400)


def test_9112_3_2_http_1_0_needs_no_host(shared_frontend):
    assert search(shared_frontend, "Connection: keep-alive", version="HTTP/1.0", host=None).status == 200
    for host in ("Host: a\r\nHost: a", "Host: a b"):
        refused(shared_frontend, request(version="HTTP/1.0", host=host), 400)


@pytest.mark.parametrize("field", ["X : y", "X\t: y", "Content-Length : 0", "Transfer-Encoding : chunked"])
def test_9112_5_1_blanks_before_the_colon(shared_frontend, field):
    refused(shared_frontend, request(SEARCH, field), 400)


@pytest.mark.parametrize("field", ["X: a\r\n b", "X: a\r\n\tb", "X:\r\n b", "X: a\r\n \r\nY: b", "X: a\r\n Transfer-Encoding: chunked"])
def test_9112_5_2_folded_lines(shared_frontend, field):
    refused(shared_frontend, request(SEARCH, field), 400)


@pytest.mark.parametrize("field", ["no colon", ": y", "X(: y", "X\x00: y", "\xe9: y", "X: a\x00b", "X: a\x0bb", "X: a\x7f", "X Y: z"])
def test_9110_5_5_fields_that_are_none(shared_frontend, field):
    refused(shared_frontend, request(SEARCH, field), 400)


@pytest.mark.parametrize("field", ["X:", "X: \t ", "X: \xe9\xff", "X: \x80", "!#$%&'*+-.^_`|~09aZ: y", "X: :;,\"(){}"])
def test_9110_5_5_fields_that_are_proper(shared_frontend, field):
    assert search(shared_frontend, field).status == 200


def test_9110_5_4_fields_larger_than_are_read(shared_frontend):
    for fields in (["X: " + 16384 * "y"], 3000 * ["X: y"]):
        refused(shared_frontend, request(SEARCH, *fields), 431, "header_too_long")
    assert search(shared_frontend, "X: " + 8000 * "y", "Y: " + 8000 * "z").status == 200


# --- RFC 9112: where a request ends ----------------------------------------------------------------------------------


@pytest.mark.parametrize("value", [
    "x", "-1", "+1", "+0", "0x0", "0 0", "0.0", "1e0", "", " ", "0, 0", "0,0", "5, 5", "5, 6", ",", ", 0", "0;", "\"0\"", "0\t0", "\xb2",
    "0\r\nContent-Length: 5", "5\r\nContent-Length: 0", "0\r\nContent-Length: 0", "0\r\ncontent-length: 00",
])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_9112_6_3_a_content_length_that_is_none_or_one_of_several(shared_frontend, method, value):
    refused(shared_frontend, request(SEARCH, f"Content-Length: {value}", method=method), 400)


@pytest.mark.parametrize("value", ["5", "05", "1", str(2**31), str(2**32), str(2**63), str(2**64), "9" * 100])
@pytest.mark.parametrize("method", ["GET", "POST", "OPTIONS"])
def test_9110_15_5_14_a_body(shared_frontend, method, value):
    refused(shared_frontend, request(SEARCH, f"Content-Length: {value}", method=method), 413, "body_not_allowed")


@pytest.mark.parametrize("value", ["0", "00", "0 ", "\t0"])
def test_9110_8_6_no_body(shared_frontend, value):
    assert search(shared_frontend, f"Content-Length: {value}").status == 200


@pytest.mark.parametrize("value", ["chunked", "CHUNKED", ", chunked", "chunked ,", "\r\nTransfer-Encoding: chunked"])
def test_9112_7_1_a_chunked_body(shared_frontend, value):
    refused(shared_frontend, request(SEARCH, f"Transfer-Encoding: {value}"), 413, "body_not_allowed")


@pytest.mark.parametrize("value", [
    "", "identity", "gzip", "chunked, gzip", "chunked, identity", "chunked, chunked", "xchunked", "chunked;a=b", "chunked\r\nTransfer-Encoding: gzip",
    "\"chunked\"", "chunked\x0b", "foo;a=\"b, chunked\"", "chun ked", "chunked\r\nTransfer-Encoding: chunked",
])
def test_9112_6_3_chunked_is_not_the_last_coding(shared_frontend, value):
    refused(shared_frontend, request(SEARCH, f"Transfer-Encoding: {value}", method="POST"), 400)


@pytest.mark.parametrize("value", ["gzip, chunked", "foo, chunked", "identity, chunked", "gzip\r\nTransfer-Encoding: chunked"])
def test_9112_6_1_a_coding_that_is_not_known(shared_frontend, value):
    refused(shared_frontend, request(SEARCH, f"Transfer-Encoding: {value}", method="POST"), 501, "transfer_coding_not_implemented")


@pytest.mark.parametrize("length", ["0", "5", "x"])
def test_9112_6_1_a_length_and_a_coding(shared_frontend, length):
    fields = [f"Content-Length: {length}", "Transfer-Encoding: chunked"]
    for order in (fields, fields[::-1]):
        refused(shared_frontend, request(SEARCH, *order), 400)


def test_9112_6_1_http_1_0_has_no_codings(shared_frontend):
    refused(shared_frontend, request(SEARCH, "Connection: keep-alive", "Transfer-Encoding: chunked", version="HTTP/1.0"), 400)


def test_9112_6_3_what_follows_a_refused_head_is_no_answer_to_head(shared_frontend):
    """An answer to HEAD has no body, or it is read as the beginning of the next answer."""
    for data in (request(SEARCH, "Content-Length: 5", method="HEAD"), request(SEARCH, host="Host: a b", method="HEAD"), request("x", method="HEAD")):
        (answer,) = answers_to(shared_frontend.port, data, ["HEAD"])
        assert answer.status in (400, 413) and answer.closes


# --- RFC 9112: connections -------------------------------------------------------------------------------------------


def test_9112_9_3_2_answers_come_in_the_order_of_the_requests(shared_frontend):
    targets = [f"/api/tailors/{name}" for name in ("t1", "nobody", "t2", "t3")]
    answers = answers_to(shared_frontend.port, b"".join(map(request, targets)) + LAST)
    assert [answer.status for answer in answers] == [200, 404, 200, 200, 200]
    for answer, target in zip(answers, targets, strict=False):
        assert (target.rsplit("/", 1)[1].encode() in answer.body) == (answer.status == 200)


@pytest.mark.parametrize("value", ["close", "Close", "CLOSE", "x, close", "close, x", ", close ,", "keep-alive, close", "x\r\nConnection: close"])
def test_9112_9_6_close(shared_frontend, value):
    (answer,) = answers_to(shared_frontend.port, request(SEARCH, f"Connection: {value}") + LAST)
    assert answer.status == 200 and answer.all("connection") == ["close"] and "Keep-Alive" not in answer


@pytest.mark.parametrize("value", ["", "closed", "x-close", "keep-alive", "\"close\"", "close x", "upgrade"])
def test_9112_9_3_without_close_a_connection_is_kept(shared_frontend, value):
    answer = search(shared_frontend, f"Connection: {value}")
    assert answer["Connection"] == "keep-alive"  # names Keep-Alive, which is the connection's own (RFC 9110, 7.6.1)
    assert answer["Keep-Alive"] == "timeout=5"


def test_9112_9_3_http_1_0(shared_frontend):
    (answer,) = answers_to(shared_frontend.port, request(SEARCH, version="HTTP/1.0") + LAST)
    assert answer.status == 200 and answer["Connection"] == "close"
    for value in ("keep-alive", "Keep-Alive", "x, KEEP-ALIVE"):
        answer = search(shared_frontend, f"Connection: {value}", version="HTTP/1.0")
        assert answer.status == 200 and answer["Connection"] == "keep-alive"
    (answer,) = answers_to(shared_frontend.port, request(SEARCH, "Connection: keep-alive, close", version="HTTP/1.0") + LAST)
    assert answer["Connection"] == "close"


def test_9112_9_6_the_sending_side_is_closed_first(shared_frontend):
    """What the client still sends does not cost it the answer."""
    with socket.create_connection(("127.0.0.1", shared_frontend.port), timeout=HANG) as connection:
        connection.sendall(request(SEARCH, "Content-Length: 300000", method="POST"))
        answer, rest = take_answer(receive_all(connection))  # up to the end
        assert (answer.status, rest) == (413, b"")
        connection.sendall(300000 * b"y")


@pytest.mark.parametrize("fields", [["Upgrade: h2c", "HTTP2-Settings: AAMAAABkAAQAAP__", "Connection: Upgrade, HTTP2-Settings"],
                                    ["Upgrade: websocket", "Connection: upgrade"]])
def test_9110_7_8_an_upgrade_is_ignored(shared_frontend, fields):
    answer = search(shared_frontend, *fields)
    assert answer.status == 200 and "Upgrade" not in answer
