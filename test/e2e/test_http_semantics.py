"""What RFC 9110 asks of a server once a request's head is proper: a test for each requirement, its section in the name."""

import datetime
import email.utils

import pytest
from harness import HANG
from raw_http import LAST, SEARCH, answers_to, one, read_head, refused, request, search, take_answers

# --- RFC 9110: methods, expectations, fields of answers --------------------------------------------------------------


def comparable(answer):
    return [answer.status, sorted(field for field in answer.fields if field[0] not in ("date", "server-timing"))]


@pytest.mark.parametrize("target", [SEARCH, "/api/tailors/t1", "/api/tailors/nobody", "/api/tailors?page=x", "/nowhere"])
@pytest.mark.parametrize("field", ["X: y", "Accept-Encoding: br", "If-None-Match: *", "If-Match: \"x\""])
def test_9110_9_3_2_head_is_get_without_its_body(shared_frontend, target, field):
    get = one(shared_frontend, request(target, field))
    head = one(shared_frontend, request(target, field, method="HEAD"), "HEAD")
    assert comparable(head) == comparable(get)


@pytest.mark.parametrize("data", [request(SEARCH), request("/nowhere"), request(SEARCH, method="POST"), request("*", method="OPTIONS"),
                                  request(SEARCH, "If-None-Match: *"), request(SEARCH, "If-Match: \"x\"")])
def test_9110_6_6_1_answers_have_a_date(shared_frontend, data):
    date = one(shared_frontend, data)["Date"]
    parsed = email.utils.parsedate_to_datetime(date)
    assert email.utils.format_datetime(parsed, usegmt=True) == date
    assert abs(datetime.datetime.now(datetime.timezone.utc) - parsed) < datetime.timedelta(seconds=HANG)


def test_9110_6_6_1_refusals_have_a_date(shared_frontend):
    for data in (b"x\r\n\r\n", request(host=None), request(method="BREW"), request("/" + 20000 * "a")):
        assert answers_to(shared_frontend.port, data)[0]["Date"].endswith(" GMT")


@pytest.mark.parametrize("value", ["100-continue", "100-CONTINUE", ", 100-continue"])
def test_9110_10_1_1_an_expectation_without_a_body(shared_frontend, value):
    assert search(shared_frontend, f"Expect: {value}").status == 200


@pytest.mark.parametrize("framing", ["Content-Length: 5", "Transfer-Encoding: chunked"])
def test_9110_10_1_1_an_expectation_with_a_body_gets_the_final_answer(shared_frontend, framing):
    refused(shared_frontend, request(SEARCH, "Expect: 100-continue", framing, method="POST"), 413, "body_not_allowed")


@pytest.mark.parametrize("value", ["x", "200-ok", "100-continue, x", "100-continue=1", "100-continue\r\nExpect: x"])
def test_9110_10_1_1_expectations_that_are_not_known(shared_frontend, value):
    refused(shared_frontend, request(SEARCH, f"Expect: {value}"), 417, "expectation_failed")


def test_9110_10_1_1_http_1_0_has_no_expectations(shared_frontend):
    assert search(shared_frontend, "Expect: x", "Connection: keep-alive", version="HTTP/1.0").status == 200


# --- RFC 9110: conditions and codings --------------------------------------------------------------------------------


def test_9110_13_1_1_if_match(shared_frontend):
    tag = search(shared_frontend)["ETag"]
    for method in ("GET", "HEAD"):
        for value in (tag, "*", f'"x", {tag}', f'"x"\r\nIf-Match: {tag}', ""):
            assert search(shared_frontend, f"If-Match: {value}", method=method).status == 200
        for value in ('"x"', f"W/{tag}", f'W/{tag}, "x"', tag[1:-1], "x"):  # the comparison is the strong one
            answer = search(shared_frontend, f"If-Match: {value}", method=method)
            assert answer.status == 412 and answer["Cache-Control"] == "no-store"
            assert "ETag" not in answer and "Vary" not in answer
            assert method == "HEAD" or answer.code == "precondition_failed"


def test_9110_13_1_2_if_none_match(shared_frontend):
    tag = search(shared_frontend)["ETag"]
    for method in ("GET", "HEAD"):
        for value in (tag, f"W/{tag}", "*", f'"x", {tag}', f", ,{tag}", f'"x"\r\nIf-None-Match: W/{tag}', f'"a,b",{tag}'):
            assert search(shared_frontend, f"If-None-Match: {value}", method=method).status == 304
        for value in ('"x"', tag[1:-1], f"w/{tag}", '"*"', "", f"x{tag}"):
            assert search(shared_frontend, f"If-None-Match: {value}", method=method).status == 200


def test_9110_15_4_5_what_a_304_repeats(shared_frontend):
    full, short = search(shared_frontend), search(shared_frontend, "If-None-Match: *")
    assert short.status == 304
    for name in ("ETag", "Cache-Control", "Vary"):
        assert short[name] == full[name]
    for name in ("Content-Type", "Content-Encoding", "Content-Length"):
        assert name not in short


def test_9110_13_2_2_the_order_of_conditions(shared_frontend):
    tag = search(shared_frontend)["ETag"]
    assert search(shared_frontend, 'If-Match: "x"', f"If-None-Match: {tag}").status == 412
    assert search(shared_frontend, f"If-Match: {tag}", f"If-None-Match: {tag}").status == 304


@pytest.mark.parametrize("field", ["If-Modified-Since", "If-Unmodified-Since"])
@pytest.mark.parametrize("date", ["Sat, 01 Jan 2000 00:00:00 GMT", "Fri, 01 Jan 2100 00:00:00 GMT", "never"])
def test_9110_13_1_3_an_answer_has_no_time_of_modification(shared_frontend, field, date):
    answer = search(shared_frontend, f"{field}: {date}")
    assert answer.status == 200 and "Last-Modified" not in answer


@pytest.mark.parametrize("target, method, status", [("/nowhere", "GET", 404), ("/api/tailors/nobody", "GET", 404), ("/api/tailors?page=x", "GET", 400),
                                                    (SEARCH, "POST", 405), (SEARCH, "OPTIONS", 204), ("*", "OPTIONS", 204)])
@pytest.mark.parametrize("field", ['If-Match: "x"', "If-None-Match: *"])
def test_9110_13_2_1_conditions_are_for_what_would_succeed(shared_frontend, target, method, status, field):
    assert one(shared_frontend, request(target, field, method=method), method).status == status


@pytest.mark.parametrize("fields", [["Range: bytes=0-3"], ["Range: bytes=9-1"], ["Range: lines=1-2"], ["Range: bytes=0-3", 'If-Range: "x"']])
def test_9110_14_2_ranges_are_ignored(shared_frontend, fields):
    plain = search(shared_frontend)
    answer = search(shared_frontend, *fields)
    assert (answer.status, answer.body) == (200, plain.body) and "Accept-Ranges" not in answer


@pytest.mark.parametrize("value, coding", [
    ("gzip", "gzip"), ("GZIP", "gzip"), ("x-gzip", "gzip"), ("*", "br"), ("*;q=0", None), ("gzip;q=0", None), ("gzip;q=0, *", "br"), ("br;q=0, *;q=0.5", "gzip"),
    ("identity;q=0", None), ("identity;q=0, *;q=0", None), ("identity;q=0, gzip;q=0.001", "gzip"), ("", None), ("identity", None), ("compress", None),
    (", gzip ,", "gzip"), ("gzip ; q=1", "gzip"), ("gzip;Q=1.000", "gzip"), ("gzip;q=2", None), ("gzip;q=1.001", None), ("gzip;q=", None), ("gzip;q=-1", None),
    ("gzip;q=0.0", None), ("gzip;q=0.000", None), ("gzip;q=0.001", "gzip"), ("gzip;q=0.5, br;q=0.4", "gzip"), ("gzip\r\nAccept-Encoding: br", "br"), ("zip", None),
])
def test_9110_12_5_3_codings(shared_frontend, value, coding):
    answer = search(shared_frontend, f"Accept-Encoding: {value}")
    assert answer.status == 200 and answer.all("content-encoding") == ([coding] if coding else [])
    assert answer["Vary"] == "Accept, Accept-Encoding"


def test_9110_8_8_3_the_same_bytes_have_the_same_strong_tag(shared_frontend):
    tags = {coding: search(shared_frontend, f"Accept-Encoding: {coding}")["ETag"] for coding in ("identity", "gzip", "br")}
    assert len(set(tags.values())) == 3 and all(tag.startswith('"') for tag in tags.values())
    assert search(shared_frontend, "Accept-Encoding: br", f"If-None-Match: {tags['gzip']}").status == 200


@pytest.mark.parametrize("field", ["Accept: text/html", "Accept: application/json;q=0", "Accept-Charset: utf-16", "Accept-Language: de", "TE: trailers",
                                   "Max-Forwards: 0", "Trailer: X", "Via: 1.1 x", "Authorization: Basic eA==", "Content-Type: x/y", "Cookie: a=b"])
def test_9110_12_1_what_is_not_negotiated_is_ignored(shared_frontend, field):
    assert search(shared_frontend, field)["Content-Type"] == "application/json"


def test_9110_8_6_answers_to_head_and_errors_have_their_length(shared_frontend):
    """take_answer() checks every length; here that a connection goes on after each kind of answer."""
    kinds = [("GET", SEARCH), ("HEAD", SEARCH), ("OPTIONS", "*"), ("POST", SEARCH), ("HEAD", "/nowhere"), ("GET", "/nowhere"), ("GET", "/api/tailors/t1")]
    data = b"".join(request(target, method=method) for method, target in kinds)
    answers = answers_to(shared_frontend.port, data + LAST, [method for method, _ in kinds])
    assert [answer.status for answer in answers] == [200, 200, 204, 405, 404, 404, 200, 200]


def test_raw_http_is_strict():
    """The tests' own reading of answers."""
    good = b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx"
    assert [answer.body for answer in take_answers(good + good)] == [b"x", b"x"]
    for bad in (good[:-1], good + b"y", good.replace(b"1.1", b"1.0"), good.replace(b"OK\r", b"OK"), good.replace(b": 1", b": x"), b"x"):
        with pytest.raises(AssertionError):
            take_answers(bad)
    assert read_head(b"HTTP/1.1 304 \r\nX:").fields == [("x", "")]
