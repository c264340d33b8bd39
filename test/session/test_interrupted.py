"""A search that is stopped in the middle, and tables that go away under it."""

import contextlib
import threading
import time

import psycopg2
import pytest

COVERING_INDEX = 'CREATE INDEX covering ON "Tailor" (tailor_cell("locationPoint"), "yearsExperience", rating, tailor_indexed_skills(skills) COLLATE "C")'
SEARCH = "SELECT tailor_search_json(0, 0)"


def endless(session):
    session.execute("SET tailor_search.tailor_table = 'endless'")


def assert_goes_on(session):
    """After the error the session is as before, with nothing left behind."""
    session.execute("SET tailor_search.tailor_table = '\"Tailor\"'")
    assert session.value(SEARCH)["pagination"]["total"] == 1
    assert session.locks() == 0


@contextlib.contextmanager
def again_and_again(database, function, session):
    """Calls an SQL function on a session's process as long as the block takes, from when it searches."""
    ended = threading.Event()
    searches = f"SELECT count(*) FROM pg_stat_activity WHERE pid = {session.pid} AND state = 'active' AND query ~ 'tailor_search_json'"

    def call():
        while not ended.wait(0.02):
            if database.execute(searches) == [(1,)]:
                database.execute(f"SELECT {function}({session.pid})")

    thread = threading.Thread(target=call)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


@pytest.mark.parametrize("search", [SEARCH, "SELECT * FROM tailor_search(0, 0)", "SELECT tailor_by_id_json('t')"])
def test_statement_timeout(session, search):
    endless(session)
    session.execute("SET statement_timeout = 100")
    with pytest.raises(psycopg2.errors.QueryCanceled):
        session.execute(search)
    session.execute("RESET statement_timeout")
    assert_goes_on(session)


def test_cancel(database, session):
    endless(session)
    with again_and_again(database, "pg_cancel_backend", session), pytest.raises(psycopg2.errors.QueryCanceled):
        session.execute(SEARCH)
    assert_goes_on(session)


def test_terminate(database, session):
    endless(session)
    with again_and_again(database, "pg_terminate_backend", session), pytest.raises(psycopg2.OperationalError):
        session.execute(SEARCH)
    assert database.execute(SEARCH)[0][0]["pagination"]["total"] == 1


def test_many_cancels_leave_nothing(session):
    endless(session)
    session.execute("SET statement_timeout = 2")

    def time_out(count):
        for _ in range(count):
            with pytest.raises(psycopg2.errors.QueryCanceled):
                session.cursor.execute(SEARCH)

    time_out(50)
    session.execute("SET statement_timeout = 0")
    before = session.memory()
    session.execute("SET statement_timeout = 2")
    time_out(500)
    session.execute("RESET statement_timeout")
    contexts, resident = (now - then for then, now in zip(before, session.memory()))
    assert contexts < 64 * 1024 and resident < 4 * 1024 * 1024  # of the allocator, which a busy machine makes larger
    assert_goes_on(session)


@pytest.mark.parametrize("engine", ["sql", "auto"])
def test_tables_come_and_go(database, session, engine):
    """Another session renames, drops and creates all the time: a clear error or an answer, never a crash."""
    stop = threading.Event()
    session.execute(f"SET tailor_search.engine = {engine}")
    # With it DROP TABLE "SampleWork" locks "Tailor" too, after it: a deadlock with any query of both.
    session.execute('ALTER TABLE "SampleWork" DROP CONSTRAINT "SampleWork_tailorId_fkey"')
    changes = [
        'DROP TABLE "SampleWork"',
        'CREATE TABLE "SampleWork" (id text, "tailorId" text, "imageUrl" text, description text, "createdAt" timestamp(3))',
        'ALTER TABLE "Tailor" RENAME rating TO stars', 'ALTER TABLE "Tailor" RENAME stars TO rating',
        "DROP INDEX covering", COVERING_INDEX, "CREATE SCHEMA other", 'ALTER TABLE "User" SET SCHEMA other', "ALTER SCHEMA other RENAME TO another",
        'ALTER TABLE another."User" SET SCHEMA public', "DROP SCHEMA another",
        'BEGIN; DROP TABLE "SampleWork"; CREATE VIEW "SampleWork" AS SELECT NULL::text AS id, NULL::text AS "tailorId", NULL::text AS "imageUrl",'
        ' NULL::text AS description, NULL::timestamp AS "createdAt" LIMIT 0; COMMIT',
        'BEGIN; DROP VIEW "SampleWork"; CREATE TABLE "SampleWork" (id text, "tailorId" text, "imageUrl" text, description text, "createdAt" timestamp(3)); COMMIT',
    ]

    rounds = []

    def change():
        cursor = database.connect().cursor()
        while not stop.is_set():
            for statement in changes:
                cursor.execute(statement)
            rounds.append(changes)
        cursor.connection.close()

    changer = threading.Thread(target=change)
    changer.start()
    outcomes = {}
    end = time.monotonic() + 60
    try:
        while time.monotonic() < end and (len(rounds) < 20 or outcomes.get("found", 0) < 20 or len(outcomes) < 2):
            try:
                session.cursor.execute(SEARCH)
                outcome = "found"
            except psycopg2.Error as error:
                outcome = error.pgcode if error.pgcode != "XX000" else str(error)
            outcomes[outcome] = outcomes.get(outcome, 0) + 1
    finally:
        stop.set()
        changer.join()
    assert outcomes.pop("found") > 0
    assert set(outcomes) <= {"42P01", "42703"}, outcomes
    assert session.value(SEARCH)["pagination"]["total"] == 1
