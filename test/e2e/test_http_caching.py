"""What browsers and CDNs are told: entity tags, codings, Cache-Control; HEAD and 304 say the same."""

import gzip
import shutil
import subprocess

import brotli
import pytest
from harness import problem, wait_until

SEARCH = "/api/tailors?location=MG_ROAD"
ONE = "/api/tailors/t1"
CACHING = "public, max-age=1, stale-while-revalidate=4, stale-if-error=60"
DECODED = {"br": brotli.decompress, "gzip": gzip.decompress, None: bytes}


def ask(frontend, path=SEARCH, accept=None, method="GET", **headers):
    """The response, its body as it was sent."""
    headers = {"Accept-Encoding": accept, **{name.replace("_", "-"): value for name, value in headers.items()}}
    response = frontend.get(path, method=method, headers=headers, stream=True)
    response.raw_body = response.raw.read(decode_content=False)
    return response


@pytest.mark.parametrize("accept, coding", [
    (None, None), ("", None), ("identity", None), ("br", "br"), ("gzip", "gzip"), ("gzip, deflate, br, zstd", "br"),
    ("br;q=0.1, gzip", "gzip"), ("deflate", None), ("gzip;q=0.5, identity", None), ("identity;q=0, gzip", "gzip"),
    ("identity;q=0", None),
])
def test_codings(shared_frontend, accept, coding):
    plain = ask(shared_frontend).raw_body
    response = ask(shared_frontend, accept=accept)
    assert response.status_code == 200 and response.headers.get("Content-Encoding") == coding
    assert DECODED[coding](response.raw_body) == plain
    assert int(response.headers["Content-Length"]) == len(response.raw_body)
    assert coding is None or len(response.raw_body) < len(plain) / 2
    assert response.headers["Vary"] == "Accept, Accept-Encoding"
    assert response.headers["Cache-Control"] == CACHING


def test_small_answers_are_not_compressed(shared_frontend):
    small = ask(shared_frontend, SEARCH + "&limit=1", "gzip, br")
    assert small.status_code == 200 and "Content-Encoding" not in small.headers
    asked_for = ask(shared_frontend, SEARCH + "&limit=1", "gzip, identity;q=0")
    assert gzip.decompress(asked_for.raw_body) == small.raw_body


@pytest.mark.parametrize("path", [SEARCH, ONE, SEARCH + "&limit=1"])
@pytest.mark.parametrize("accept", [None, "gzip", "br"])
def test_who_has_it_does_not_get_it_again(shared_frontend, path, accept):
    first = ask(shared_frontend, path, accept)
    tag = first.headers["ETag"]
    assert tag.startswith('"') and tag.endswith('"')
    for known in (tag, f'"x", {tag}', f"W/{tag}", "*"):
        for method in ("GET", "HEAD"):
            second = ask(shared_frontend, path, accept, method, If_None_Match=known)
            assert second.status_code == 304 and second.raw_body == b""
            for name in ("ETag", "Cache-Control", "Vary"):
                assert second.headers[name] == first.headers[name]
            for name in ("Content-Length", "Content-Type", "Content-Encoding"):
                assert name not in second.headers
    again = ask(shared_frontend, path, accept, If_None_Match='"x"')
    assert again.status_code == 200 and again.raw_body == first.raw_body and again.headers["ETag"] == tag


def test_every_coding_has_a_tag_of_its_own(shared_frontend):
    tags = {accept: ask(shared_frontend, accept=accept).headers["ETag"] for accept in (None, "gzip", "br")}
    assert len(set(tags.values())) == 3
    assert ask(shared_frontend, accept="br", If_None_Match=tags["gzip"]).status_code == 200
    assert ask(shared_frontend, accept="br", If_None_Match=", ".join(tags.values())).headers["ETag"] == tags["br"]


def test_the_tag_changes_with_the_answer_alone(frontend, new_database):
    database = new_database()
    instances = [frontend(database.url()), frontend(database.url())]
    first = {ask(each).headers["ETag"] for each in instances}
    assert len(first) == 1
    database.execute("UPDATE \"User\" SET name = 'Another' WHERE id = 'u3'")
    seen = lambda: {ask(each, If_None_Match=", ".join(first)).status_code for each in instances}
    wait_until(lambda: seen() == {200})
    after = {ask(each).headers["ETag"] for each in instances}
    assert len(after) == 1 and after != first


@pytest.mark.parametrize("accept", [None, "gzip", "br"])
def test_head_is_answered_alike(shared_frontend, accept):
    get, head = ask(shared_frontend, accept=accept), ask(shared_frontend, accept=accept, method="HEAD")
    assert head.raw_body == b""
    without_time = [{k: v for k, v in each.headers.items() if k not in ("Date", "Server-Timing")} for each in (get, head)]
    assert without_time[0] == without_time[1]
    assert head.headers["Date"].endswith(" GMT")


def test_problems_are_not_stored(shared_frontend):
    for path, status, code, parameter in (
        ("/api/tailors/nobody", 404, "not_found", None),
        ("/api/tailors?location=NOWHERE", 400, "unknown_location", "location"),
        ("/elsewhere", 404, "not_found", None),
    ):
        response = shared_frontend.get(path, headers={"Accept-Encoding": "br", "If-None-Match": "*"})
        problem(response, status, code, parameter)
        assert response.headers["Cache-Control"] == "no-store"
        assert not {"ETag", "Content-Encoding", "Vary"} & set(response.headers)


def test_settings(frontend, database):
    served = frontend(database.url(), http_max_age=0, http_stale_while_revalidate=7, http_stale_if_error=8)
    assert ask(served).headers["Cache-Control"] == "public, max-age=0, stale-while-revalidate=7, stale-if-error=8"


def test_curl_understands_it(shared_frontend, tmp_path):
    tag, body = tmp_path / "tag", tmp_path / "body"

    def curl():
        command = ["curl", "--silent", "--compressed", "--etag-save", tag, "--etag-compare", tag, "--output", body,
                   "--write-out", "%{http_code}", shared_frontend.base + SEARCH]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout

    assert shutil.which("curl")
    tag.touch()
    assert curl() == "200"
    assert body.read_bytes() == ask(shared_frontend).raw_body
    assert curl() == "304"
