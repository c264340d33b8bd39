"""How old can an answer be? Writers, readers and three instances' caches (frontend/test/freshness_check.cpp) with their
listeners killed and frozen meanwhile."""

import contextlib
import json
import os
import pathlib
import random
import signal
import subprocess
import threading
import time

import pytest
from counting import SETUP
from harness import BINARY, HANG, wait_until

CHECK = pathlib.Path(BINARY).with_name("freshness-check")
LONG = bool(os.environ.get("TAILOR_LONG"))
SECONDS = 120 if LONG else 6
HEARTBEAT = 0.6
# The front end promises a second. The rest is for a machine that is busy with other things; an answer that has missed a
# change gets older than that, as the writers make pauses of four seconds.
PROMISED_MS = 3000
LISTENER = "freshness listener"


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


def pids_of(database, listener):
    """Of the listeners' server processes."""
    rows = database.execute(f"SELECT pid FROM pg_stat_activity WHERE application_name = '{listener}' AND datname = current_database()")
    return [row[0] for row in rows]


def kill_one(database, listener):
    pids = pids_of(database, listener)
    if pids:
        database.execute(f"SELECT pg_terminate_backend({random.choice(pids)})")


def freeze_one(database, listener):
    """Its connection is up and silent; longer than a heartbeat, and shorter."""
    pids = pids_of(database, listener)
    if not pids:
        return  # all of them are on their way back
    pid = random.choice(pids)
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGSTOP)
        time.sleep(HEARTBEAT * random.choice([0.3, 2]))
        os.kill(pid, signal.SIGCONT)


def meanwhile(ended, database, fault, listener=LISTENER):
    """Again and again until it ended()."""
    def go_on():
        while not ended():
            time.sleep(random.uniform(0, 0.4))
            fault(database, listener)

    thread = threading.Thread(target=go_on)
    thread.start()
    return thread


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
