"""Ten times the load that it can carry: what can be served is, the rest is told at once, and it is over when the load is."""

import json
import pathlib
import subprocess
import time

import pytest
from harness import BINARY, wait_until
from test_metrics import value

USERS = pathlib.Path(BINARY).with_name("users")  # bench/load/users.cpp
DEADLINE = 1  # seconds
SECONDS = 3  # of the overload, after a first one that is not looked at
PATIENCE = 10  # of the clients

# So many around one place, without the covering index, that a search takes the database about ten milliseconds.
CROWD = """
INSERT INTO "User" (id, email, password, role, name, "updatedAt")
  SELECT 'c' || i, 'c' || i || '@example.org', '', 'TAILOR', 'Crowd ' || i, now() FROM generate_series(1, 6000) AS i;
INSERT INTO "Tailor" (id, "userId", latitude, longitude, "updatedAt", "locationPoint")
  SELECT 'c' || i, 'c' || i, 12.97, 77.59, now(), public.ST_MakePoint(77.59 + i * 1e-6, 12.97)::public.geography
  FROM generate_series(1, 6000) AS i;
ANALYZE "Tailor"
"""


@pytest.fixture
def crowd(new_database):
    database = new_database()
    database.execute(CROWD)
    return database


@pytest.fixture
def load(tmp_path):
    """Users of whom each thinks for so long between two requests."""
    targets = tmp_path / "targets"
    targets.write_text("/api/tailors?location=MG_ROAD\n/api/tailors?location=COMMERCIAL_STREET&limit=3\n")

    def run(served, users, seconds, think):
        command = [USERS, served.port, targets, users, seconds, 1, PATIENCE, 1, think]
        seen = json.loads(subprocess.check_output([str(word) for word in command], text=True, timeout=60))
        assert seen["answers"] > 0 and (seen["timeouts"], seen["errors"]) == (0, 0), seen
        assert seen["not_2xx"] == seen["refusals"], seen
        return seen

    return run


def refusals(served, *reasons):
    return sum(value(served, "http_refusals_total", reason=reason) for reason in reasons)


def peak_overload_and_after(served, load):
    """What is seen at the peak, at about ten times that, and a second after. Whatever the rates are, nothing else may happen."""
    peak = load(served, users=4, seconds=1.5, think=0)
    users = 400
    over = load(served, users, seconds=SECONDS, think=users / (12 * peak["rate"]))
    time.sleep(1)
    after = load(served, users=4, seconds=1.5, think=0)
    assert (peak["refusals"], after["refusals"]) == (0, 0)
    assert over["max_ms"] < 1000 * (DEADLINE + 0.5), over
    assert over["refusal_p50_ms"] < 10, over
    late, at_once = refusals(served, "pool_timeout", "query_timeout"), refusals(served, "queue_full", "wait_too_long")
    assert late <= 0.05 * at_once, (late, at_once, over)
    assert refusals(served, "database_unavailable") == 0
    return peak, over, after


@pytest.mark.parametrize("limit", [{"request_timeout": DEADLINE}, {"request_timeout": DEADLINE, "max_waiting": 10}])
def test_ten_times_the_load(frontend, crowd, load, limit):
    served = frontend(crowd.url(connection_limit=2), log_level="warning", **limit)
    wait_until(lambda: "2 of 2" in served.ready("?verbose").text)
    told = []
    for _ in range(3):  # as the machine's other work comes and goes
        peak, over, after = peak_overload_and_after(served, load)
        offered = (over["answers"] + over["refusals"]) / SECONDS
        told.append({"peak": peak["rate"], "offered": offered, "served": over["rate"], "after": after["rate"]})
        # The aim is nine tenths, which the benchmark measures; here the load takes the processors from the servers.
        if offered > 5 * peak["rate"] and over["rate"] > 0.6 * peak["rate"] and after["rate"] > 0.7 * peak["rate"]:
            return
    pytest.fail(f"in none of three rounds was it fast enough: {told}")
