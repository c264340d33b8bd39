"""How old can an answer be? Writers, readers and three instances' caches (frontend/test/freshness_check.cpp) with their
listeners killed and frozen meanwhile."""

import json
import pathlib
import subprocess

import pytest
from amounts import LONG
from counting import SETUP
from harness import BINARY, HANG, wait_until
from listener_faults import HEARTBEAT, PROMISED_MS, freeze_one, kill_one, meanwhile

CHECK = pathlib.Path(BINARY).with_name("freshness-check")
SECONDS = 120 if LONG else 6


@pytest.fixture
def database(new_database):
    database = new_database()
    database.execute(*SETUP)
    return database


def check(database, place, seconds=SECONDS, heartbeat=HEARTBEAT):
    server = database.server
    url = f"postgresql://{server.user}@/{database.name}?host={server.host}&port={server.port}&application_name=freshness"
    process = subprocess.Popen([CHECK, str(seconds), str(heartbeat)], env={"DATABASE_URL": url}, stdin=subprocess.PIPE,
                               stdout=subprocess.PIPE, stderr=open(place / "log", "w"), text=True)
    process.log = (place / "log").read_text
    return process


def result_of(process, enough=lambda log: True):
    """What it found out, when its log has enough."""
    wait_until(lambda: enough(process.log()) or process.poll() is not None)
    output, _ = process.communicate(timeout=SECONDS + 2 * HANG)
    assert process.returncode == 0, process.log()
    result = json.loads(output)
    assert min(result["own"], result["shared"], result["computed"], result["changes"]) > 10, result
    return result


def test_no_answer_is_old(database, tmp_path):
    process = check(database, tmp_path, heartbeat=HANG)  # on a busy machine a short one is missed
    result = result_of(process, lambda log: log.count("event=listening") == 3)
    assert result["oldest_ms"] <= PROMISED_MS, result
    assert process.log().count("event=listening") == 3
    assert result["own"] > result["computed"], result


def test_no_answer_is_old_when_listeners_are_killed(database, tmp_path):
    process = check(database, tmp_path)
    thread = meanwhile(lambda: process.poll() is not None, database, kill_one)
    result = result_of(process, lambda log: log.count("event=listening") > 5)
    thread.join()
    assert result["oldest_ms"] <= PROMISED_MS, result
    assert result["notifications_down"] > 0


def test_no_answer_is_older_than_a_heartbeat_when_listeners_are_frozen(database, tmp_path):
    process = check(database, tmp_path)
    thread = meanwhile(lambda: process.poll() is not None, database, freeze_one)
    result = result_of(process, lambda log: log.count("event=notifications_down") > 1)
    thread.join()
    assert result["oldest_ms"] <= 1000 * HEARTBEAT + PROMISED_MS, result
