"""What the log says of the listener for change notifications."""

import contextlib
import os
import signal

from harness import wait_until

LISTENER = "application_name = 'tailor-frontend listener'"


def with_notifications(database):
    """The database, with notifications of changes."""
    database.execute("CALL tailor_search_notify_changes()")
    return database


def events(frontend):
    """The listener's events in the log, in order."""
    lines = [line.split(" event=", 1)[1] for line in frontend.log().splitlines() if " event=" in line]
    return [line for line in lines if line.startswith(("listening", "notifications_down"))]


def awaits(frontend, *said):
    """Waits until the log has just these events of the listener: beginnings of lines."""
    wait_until(lambda: len(events(frontend)) >= len(said))
    assert all(line.startswith(start) for line, start in zip(events(frontend), said)), events(frontend)


@contextlib.contextmanager
def stopped(database):
    """The listener's connection is up, and nothing comes: as when the network has lost it."""
    pid = database.execute(f"SELECT pid FROM pg_stat_activity WHERE {LISTENER} AND datname = current_database()")[0][0]
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)
