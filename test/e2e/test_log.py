"""The log: whatever its values hold, every line is one that a program reads, in both forms."""

import json
import re
import signal
import socket
import subprocess

import pytest
from harness import BINARY, HANG, TOP, exchange, wait_until
from reloading import Settings, reload

VALUE = r'(?:[!#-<>-\[\]-~]+|"(?:[^"\\]|\\.)*")'  # bare, or as JSON quotes it
LINE = re.compile(rf"(\S+) (debug|info|warning|error)((?: [a-z_]+={VALUE})+)", re.ASCII)
NUMBERS = {"status", "duration_ms", "pool_wait_ms", "connections", "signal", "suppressed"}
TRACE = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00"
MESSAGE = 'say "no"\t=\\ \x1b[31m \x7f caf\u00e9 \u2028 level=error'
HOSTILE = f"""
CREATE FUNCTION fail() RETURNS boolean LANGUAGE plpgsql AS $$BEGIN
  RAISE NOTICE E'two\\nlines';
  RAISE EXCEPTION $m${MESSAGE}$m$;
END$$;
ALTER TABLE "Tailor" ENABLE ROW LEVEL SECURITY;
CREATE POLICY failing ON "Tailor" USING (fail());
"""


def from_text(line):
    match = LINE.fullmatch(line)
    assert match, line
    pairs = re.findall(rf" ([a-z_]+)=({VALUE})", match[3])
    values = {key: json.loads(value) if value[0] == '"' or key in NUMBERS else value for key, value in pairs}
    assert len(values) == len(pairs), line
    return {"time": match[1], "level": match[2], **values}


PARSE = {"text": from_text, "json": json.loads}


def events(served, form):
    """What the whole log says, by event."""
    text = served.log_path.read_bytes().decode("ascii")
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f]", text)
    found = {}
    for line in text.split("\n")[:-1]:
        event = PARSE[form](line)
        assert list(event)[:3] == ["time", "level", "event"]
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}[+-]\d\d:\d\d", event["time"])
        assert all(isinstance(event[key], (int, float)) == (key in NUMBERS) for key in event), line
        found.setdefault(event["event"], []).append(event)
    return found


@pytest.mark.parametrize("form", PARSE)
def test_every_line_can_be_read(frontend, new_database, tmp_path, form):
    database = new_database()
    settings = Settings(tmp_path / "settings.toml", database.url(connection_limit=1))
    settings.write(log_level="debug")
    served = frontend("", config=settings.file, log_format=form)
    assert served.get(params={"location": "MG_ROAD"}, headers={"traceparent": TRACE}).status_code == 200
    exchange(served, b'GET /a"b\\c=d HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n')
    exchange(served, b"nonsense\r\n\r\n")
    database.execute(HOSTILE)
    assert served.search().status_code == 500
    settings.write(http_max_age='so"on\\')
    reload(served, "reload_failed")
    assert served.stop() == 0

    said = events(served, form)
    first, other, failed = said["request"]
    assert (first["method"], first["path"], first["status"]) == ("GET", "/api/tailors", 200)
    assert first["traceparent"] == TRACE and first["duration_ms"] > first["pool_wait_ms"] >= 0
    assert (other["path"], other["status"], failed["status"]) == ('/a"b\\c=d', 404, 500)
    assert [(line["status"], line["code"], line["client"]) for line in said["refused"]] == [(400, "malformed_request", "127.0.0.1")]
    assert [line["reason"] for line in said["database_error"]] == [f"{MESSAGE} (SQLSTATE P0001)"]
    assert "two lines" in said["notice"][-1]["message"]
    assert 'so"on' in said["reload_failed"][0]["reason"]
    assert said["stopping"][0]["signal"] == signal.SIGTERM
    assert ("serving" in said) == (form == "json")


@pytest.mark.parametrize("form", PARSE)
def test_a_database_of_a_hostile_name(frontend, database, form):
    served = frontend(database.url().replace(f"/{database.name}?", "/na%22me%0Alevel%3Dinfo?"), log_format=form)
    said = wait_until(lambda: events(served, form).get("connect_failed"))
    assert 'FATAL:  database "na"me level=info" does not exist' in said[0]["reason"]


@pytest.mark.parametrize("form", PARSE)
def test_a_start_that_fails(database, form):
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        done = subprocess.run(
            [BINARY, f"--port={port}", "--admin-port=0", f"--log-format={form}"],
            env={"DATABASE_URL": database.url()}, capture_output=True, text=True, timeout=HANG,
        )  # fmt: skip
    lines = [PARSE[form](line) for line in done.stderr.splitlines()]
    assert (done.returncode, done.stdout) == (1, "")
    assert (lines[-1]["level"], lines[-1]["event"]) == ("error", "failed")
    assert lines[-1]["reason"] == f"cannot listen on 127.0.0.1 port {port}: Address already in use"


def test_the_documentation_has_every_event():
    sources = "".join(file.read_text() for file in (TOP / "frontend/src").rglob("*.cpp"))
    written = {
        (event, level)
        for level, arguments in re.findall(r"\blog::(debug|info|warning|error)\(([^)]*)\)", sources)
        for event in re.findall(r'"(\w+)"', arguments)
    }
    told = re.findall(r"^\| `(\w+)` \| (debug|info|warning|error) \|", (TOP / "docs/operations.md").read_text(), re.MULTILINE)
    assert sorted(told) == sorted(written)
