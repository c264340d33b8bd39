"""Faults of the connections that listen for change notifications."""

import contextlib
import os
import random
import signal
import threading
import time

HEARTBEAT = 0.6
# The front end promises a second. The rest is for a machine that is busy with other things; an answer that has missed a
# change gets older than that, as the writers make pauses of four seconds.
PROMISED_MS = 3000
LISTENER = "freshness listener"


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
    """Repeats the fault, in a thread, until ended() is true."""

    def go_on():
        while not ended():
            time.sleep(random.uniform(0, 0.4))
            fault(database, listener)

    thread = threading.Thread(target=go_on)
    thread.start()
    return thread
