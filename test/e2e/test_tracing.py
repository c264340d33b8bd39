"""Where the time goes, and whose request it was: Server-Timing and traceparent."""

import re
import time

import pytest
from harness import in_background, wait_until
from holding import locked

TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
UNSAMPLED = TRACE[:-1] + "0"
DURATIONS = {"pool": r"pool;dur=\d+\.\d{3}", "db": r"db;dur=\d+\.\d{3}", "render": r"render;dur=\d+\.\d{3}"}


def timing(response):
    return [entry.split(";")[0] for entry in response.headers["Server-Timing"].split(", ")]


def test_server_timing(frontend, database):
    served = frontend(database.url(), cache_bytes="1MiB")
    first = served.search()
    assert re.fullmatch(", ".join(DURATIONS.values()), first.headers["Server-Timing"])
    assert timing(served.search()) == ["render"]
    again = served.search(maxDistance=10)
    assert again.status_code == 200
    kept = served.get(params={"location": "MG_ROAD"}, headers={"If-None-Match": first.headers["ETag"]})
    assert kept.status_code == 304 and timing(kept) == ["render"]


def test_the_database_takes_the_time(frontend, database):
    """What it is known to have taken is not in the other times, however slow the rest is."""
    served = frontend(database.url(connection_limit=1))
    began = time.monotonic()
    with locked(database):
        answer = in_background(served.search)
        wait_until(lambda: database.activity("wait_event_type = 'Lock'") == 1)
        locked_since = time.monotonic()
        time.sleep(0.2)
        held = 1000 * (time.monotonic() - locked_since)
    durations = dict(re.findall(r"(\w+);dur=([\d.]+)", answer.result().headers["Server-Timing"]))
    db, pool, render = (float(durations[name]) for name in ("db", "pool", "render"))
    assert held < db and db + pool + render < 1000 * (time.monotonic() - began)


def names(database):
    rows = database.execute(
        f"SELECT application_name FROM pg_stat_activity WHERE datname = '{database.name}' AND usename = 'tailor_web'"
        " AND application_name NOT LIKE '% listener'"
    )
    return {row[0] for row in rows}


@pytest.fixture(params=["straight", "pgbouncer"])
def traced(request, frontend, database):
    """A front end, and the names of its sessions when nothing is traced."""
    if request.param == "straight":
        return frontend(database.url(connection_limit=1)), {"tailor-frontend"}
    port = request.getfixturevalue("pgbouncer")
    return frontend(database.url(host="127.0.0.1", port=port, pgbouncer="true", connection_limit=1)), None


@pytest.mark.parametrize("path", ["/api/tailors?location=MG_ROAD", "/api/tailors?lat=12.97&lng=77.59", "/api/tailors/t1"])
def test_a_sampled_trace_is_passed_on(traced, database, path):
    served, usual = traced
    plain = served.get(path)
    with locked(database):
        answer = in_background(lambda: served.get(path, headers={"traceparent": TRACE}))
        wait_until(lambda: database.activity("wait_event_type = 'Lock'") == 1)
        assert names(database) == {TRACE}
    assert answer.result().status_code == 200 and answer.result().content == plain.content
    wait_until(lambda: TRACE not in (now := names(database)) and (usual is None or now == usual))
    wait_until(lambda: f" traceparent={TRACE}\n" in served.log())


@pytest.mark.parametrize("trace", [UNSAMPLED, "00-nonsense", TRACE + "'; DROP", TRACE.upper()])
def test_others_are_not(frontend, database, trace):
    served = frontend(database.url(connection_limit=1))
    with locked(database):
        answer = in_background(lambda: served.get("/api/tailors/t1", headers={"traceparent": trace}))
        wait_until(lambda: database.activity("wait_event_type = 'Lock'") == 1)
        assert names(database) == {"tailor-frontend"}
    assert answer.result().status_code == 200
    wait_until(lambda: "event=request" in served.log())
    assert (f"traceparent={trace}" in served.log()) == (trace == UNSAMPLED)
