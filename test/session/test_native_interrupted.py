"""The native engine stopped in each of its phases, by a cancel, by a timeout, for want of memory: nothing is left behind.

TAILOR_INTERRUPTIONS: how often each phase is stopped.
"""

import random
import threading
import time

import psycopg2
import pytest
from amounts import amount
from backend_memory import address_space, limit_address_space
from conftest import Session
from server_log import assert_quiet

INTERRUPTIONS = amount("TAILOR_INTERRUPTIONS", 12, 1000)
# Of each statement nearly all the time goes into one phase; a covering takes a tenth of a millisecond, so there are many.
PHASES = {
    "cover": "SELECT sum(length(tailor_search_json(40, 40 + n / 1e6, 100)::text)) FROM generate_series(1, 1000) n",
    "scan": "SELECT tailor_search_json(0, 0, 1, skills => '{nobody''s}')",
    "rank": "SELECT tailor_search_json(0, 0, 1)",
    "rows": "SELECT tailor_search_json(5, 5, 1, sample_works => 100)",
}
MANY = """
ALTER TABLE "Tailor" SET (autovacuum_enabled = off);
ALTER TABLE "User" SET (autovacuum_enabled = off);
ALTER TABLE "SampleWork" SET (autovacuum_enabled = off);
INSERT INTO "User" (id, email, password, name, "updatedAt") SELECT n, n, 'x', 'N', '2024-01-01' FROM generate_series(1, 50001) n;
INSERT INTO "Tailor" (id, "userId", skills, "updatedAt", "locationPoint")
  SELECT n, n, '{A}', '2024-01-01', CASE WHEN n <= 50000 THEN 'POINT(0 0)' ELSE 'POINT(5 5)' END::geography FROM generate_series(1, 50001) n;
INSERT INTO "SampleWork" (id, "tailorId", "imageUrl", "createdAt", "updatedAt")
  SELECT n, '50001', 'url', timestamp '2024-01-01' + n % 1000 * interval '1 s', '2024-01-01' FROM generate_series(1, 50000) n;
CREATE EXTENSION pg_buffercache;
"""
PINS = """
SELECT count(*) FROM pg_buffercache b JOIN pg_class c ON b.relfilenode = pg_relation_filenode(c.oid)
JOIN pg_database d ON d.oid = b.reldatabase AND d.datname = current_database()
WHERE pinning_backends > 0 AND relname ~ '^(Tailor|User|SampleWork|covering)'
"""


@pytest.fixture(scope="module")
def crowded(new_database):
    """Fifty thousand tailors at one point, and one elsewhere with as many works."""
    from conftest import COVERING_INDEX

    database = new_database()
    database.execute(COVERING_INDEX, MANY, "VACUUM ANALYZE", "CHECKPOINT")
    return database


def native_session(database):
    session = Session(database)
    session.execute("SET tailor_search.engine = native")
    return session


def seconds(session, statement):
    began = time.monotonic()
    session.execute(statement)
    return time.monotonic() - began


def interrupted(session, statement, killer, rng, longest):
    """Runs the statement in a subtransaction that may be cancelled or time out at any time: whether it was."""
    delay = rng.uniform(0, longest)
    session.execute("SAVEPOINT before")
    cancel = None
    if rng.random() < 0.5:
        session.execute(f"SET LOCAL statement_timeout = {max(1, round(delay * 1000))}")
    else:
        cancel = threading.Thread(target=killer.execute, args=(f"SELECT pg_sleep({delay}), pg_cancel_backend({session.pid})",))
        cancel.start()
    try:
        session.execute(statement)
        stopped = False
    except psycopg2.errors.QueryCanceled:
        stopped = True
    if cancel:
        cancel.join()
    try:
        session.execute("ROLLBACK TO before")
    except psycopg2.errors.QueryCanceled:  # it came late
        session.execute("ROLLBACK TO before")
    return stopped


def assert_unpinned(other):
    """In the transaction that goes on; the checkpointer pins pages for a moment only."""
    end = time.monotonic() + 60
    while other.value(PINS):
        assert time.monotonic() < end, "pages are still pinned"


@pytest.mark.parametrize("phase", PHASES)
def test_stopped(crowded, log, phase):
    statement = PHASES[phase]
    session, killer = native_session(crowded), Session(crowded)
    expected = session.execute(statement)
    longest = min(seconds(session, statement) for _ in range(3))
    rng = random.Random(phase)

    def stop(times):
        while times > 0:
            session.execute("BEGIN")
            if interrupted(session, statement, killer, rng, longest):
                times -= 1
                assert_unpinned(killer)
                assert session.locks() == 0
            if times % 5 == 0:
                assert session.execute(statement) == expected
            session.execute("COMMIT")

    stop(5)
    before = session.memory()[0]
    stop(INTERRUPTIONS)
    assert session.memory()[0] - before < 64 * 1024
    assert session.execute(statement) == expected
    assert session.locks() == 0
    assert_quiet(log)
    session.connection.close()
    killer.connection.close()


@pytest.mark.parametrize("phase", ["scan", "rank", "rows"])
def test_out_of_memory(crowded, log, phase):
    """With a little more memory each time, from none to enough: it runs out at every point on the way."""
    statement = PHASES[phase].replace("skills => '{nobody''s}'", "sort_by => 'rating', page_size => 1")

    def ready_session():
        session = native_session(crowded)
        session.execute("SELECT tailor_search_json(5, 5, 1, sample_works => 0)")  # libraries, plans and the stack are there
        return session

    session = ready_session()
    start = address_space(session.pid)
    expected = session.execute(statement)
    need = address_space(session.pid, most=True) - start
    memory = session.memory()[0]
    session.connection.close()
    failures = 0
    for step in range(INTERRUPTIONS + 1):
        session = ready_session()
        limit_address_space(session.pid, address_space(session.pid) + need * step // INTERRUPTIONS)
        try:
            assert session.execute(statement) == expected
        except psycopg2.errors.OutOfMemory:
            failures += 1
        limit_address_space(session.pid, "unlimited")
        assert session.execute(statement) == expected
        assert session.memory()[0] - memory < 64 * 1024
        assert session.locks() == 0
        session.connection.close()
    assert failures > INTERRUPTIONS // 2
    assert_quiet(log)
