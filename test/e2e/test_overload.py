"""More clients than it can serve: some are served, the rest is refused, and it is over when the load is. How fast all that
is, the benchmark measures."""

import json
import pathlib
import subprocess

import pytest
from harness import BINARY, ROLE, wait_until
from metric_values import value

USERS = pathlib.Path(BINARY).with_name("users")  # bench/load/users.cpp
DEADLINE = 1  # seconds
PATIENCE = 30  # seconds that a client waits; a later answer counts as a hang
# A search takes this long on any machine, or longer.
SECONDS_OF_A_SEARCH = 0.02
MANY = 400  # clients: two connections would take four seconds for one search of each

SLOW = f"""
CREATE FUNCTION allow() RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep({SECONDS_OF_A_SEARCH}); RETURN true; END $$;
ALTER TABLE "Tailor" ENABLE ROW LEVEL SECURITY;
CREATE POLICY allowed ON "Tailor" TO {ROLE} USING ((SELECT allow()))
"""


@pytest.fixture
def slow(new_database):
    database = new_database()
    database.execute(SLOW)
    return database


@pytest.fixture
def load(tmp_path):
    """Users that ask for some seconds, each again as soon as it is answered."""
    targets = tmp_path / "targets"
    targets.write_text("/api/tailors?location=MG_ROAD\n/api/tailors?location=COMMERCIAL_STREET&limit=3\n")

    def run(served, users, seconds):
        command = [USERS, served.port, targets, users, seconds, 0, PATIENCE, 1, 0]
        seen = json.loads(subprocess.check_output([str(word) for word in command], text=True, timeout=3 * PATIENCE))
        assert seen["answers"] > 0 and (seen["timeouts"], seen["errors"]) == (0, 0), seen
        assert seen["not_2xx"] == seen["refusals"], seen
        return seen

    return run


def refusals(served, *reasons):
    return sum(value(served, "http_refusals_total", reason=reason) for reason in reasons)


@pytest.mark.parametrize("limit, reason", [({}, "wait_too_long"), ({"max_waiting": 10}, "queue_full")])
def test_more_than_it_can_serve(frontend, slow, load, limit, reason):
    served = frontend(slow.url(connection_limit=2), log_level="warning", request_timeout=DEADLINE, **limit)
    wait_until(lambda: "2 of 2" in served.ready("?verbose").text)
    assert served.search().status_code == 200
    over = load(served, MANY, seconds=2)
    at_once, late = refusals(served, "wait_too_long", "queue_full"), refusals(served, "pool_timeout", "query_timeout")
    assert refusals(served, reason) > 0
    assert at_once > late, (at_once, late, over)
    assert refusals(served, "database_unavailable") == 0
    wait_until(lambda: value(served, "http_requests_in_flight") == value(served, "pool_waiting") == 0)
    before = refusals(served, "wait_too_long", "queue_full", "pool_timeout", "query_timeout")
    for _ in range(20):
        assert served.search().status_code == 200
    assert refusals(served, "wait_too_long", "queue_full", "pool_timeout", "query_timeout") == before
