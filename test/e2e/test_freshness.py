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
from harness import BINARY

CHECK = pathlib.Path(BINARY).with_name("freshness-check")
LONG = bool(os.environ.get("TAILOR_LONG"))
SECONDS = 120 if LONG else 7
HEARTBEAT = 0.6
# The front end promises a second, here with all the machine does besides.
PROMISED_MS = 1000
LISTENERS = "SELECT pid FROM pg_stat_activity WHERE application_name = 'freshness listener'"


@pytest.fixture
def database(new_database):
    database = new_database()
    database.execute(
        'TRUNCATE "User" CASCADE',
        "CALL tailor_search_setup(notify_changes => true)",
        "INSERT INTO \"User\" (id, email, password, name, \"updatedAt\") SELECT 'u' || i, i, '', 0, now() FROM generate_series(0, 5) i",
        'INSERT INTO "Tailor" (id, "userId", latitude, longitude, "updatedAt") SELECT \'t\' || i, \'u\' || i, 10, 10, now() FROM generate_series(0, 5) i',
        "INSERT INTO \"SampleWork\" (id, \"tailorId\", \"imageUrl\", description, \"updatedAt\") SELECT 'w' || i, 't' || i, '', 0, now() FROM generate_series(0, 5) i",
    )
    return database


def check(database, seconds=SECONDS):
    server = database.server
    url = f"postgresql://{server.user}@/{database.name}?host={server.host}&port={server.port}&application_name=freshness"
    return subprocess.Popen([CHECK, str(seconds), str(HEARTBEAT)], env={"DATABASE_URL": url},
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def result_of(process):
    output, log = process.communicate(timeout=SECONDS + 60)
    assert process.returncode == 0, log
    result = json.loads(output)
    assert min(result["own"], result["shared"], result["computed"], result["changes"]) > 30, result
    return result, log


def kill_one(database):
    database.execute(f"SELECT pg_terminate_backend(pid) FROM ({LISTENERS} ORDER BY random() LIMIT 1) one")


def freeze_one(database):
    """Its connection is up and silent; longer than a heartbeat, and shorter."""
    pids = [row[0] for row in database.execute(LISTENERS)]
    if not pids:
        return  # all of them are on their way back
    pid = random.choice(pids)
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGSTOP)
        time.sleep(HEARTBEAT * random.choice([0.3, 2]))
        os.kill(pid, signal.SIGCONT)


def meanwhile(process, database, fault):
    """Again and again while the process runs."""
    def go_on():
        while process.poll() is None:
            time.sleep(random.uniform(0, 0.4))
            fault(database)

    thread = threading.Thread(target=go_on)
    thread.start()
    return thread


def test_no_answer_is_old(database):
    result, log = result_of(check(database))
    assert result["oldest_ms"] <= PROMISED_MS, result
    assert log.count("event=listening") == 3
    assert result["own"] > result["computed"], result


def test_no_answer_is_old_when_listeners_are_killed(database):
    process = check(database)
    thread = meanwhile(process, database, kill_one)
    result, log = result_of(process)
    thread.join()
    assert result["oldest_ms"] <= PROMISED_MS, result
    assert log.count("event=listening") > 5 and result["deaf"] > 0


def test_no_answer_is_older_than_a_heartbeat_when_listeners_are_frozen(database):
    process = check(database)
    thread = meanwhile(process, database, freeze_one)
    result, log = result_of(process)
    thread.join()
    assert result["oldest_ms"] <= 1000 * HEARTBEAT + PROMISED_MS, result
    assert log.count("event=deaf") > 0
