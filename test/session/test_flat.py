"""A session that fails, or searches changing tables, some ten thousand times: memory and locks stay flat.

TAILOR_FAILING_CALLS: how many failing calls, of all kinds together.
"""

import psycopg2
import pytest
from amounts import amount
from server_log import assert_quiet

FAILING_CALLS = amount("TAILOR_FAILING_CALLS", 40_000, 1_000_000)

# Settings, call, and the error: SQLSTATE, detail, hint.
FAILURES = {
    "argument": ({}, "tailor_search_json(0, 0, page => 0)", ("22023", None, "The first page is 1.")),
    "missing table": ({"tailor_table": "missing"}, "tailor_search_json(0, 0)", ("42P01", ..., ...)),
    "statement": ({"tailor_table": "raising"}, "tailor_search_json(0, 0)", ("TT123", "On Sundays.", "Come tomorrow.")),
    "statement, rows": ({"tailor_table": "raising"}, "count(*) FROM tailor_search(0, 0)", ("TT123", "On Sundays.", "Come tomorrow.")),
    "statement, by id": ({"tailor_table": "raising"}, "tailor_by_id_json('t')", ("TT123", "On Sundays.", "Come tomorrow.")),
}

ENGINES = ("sql", "auto")  # auto: native, where it can serve

IN_SUBTRANSACTIONS = """
DO $$
DECLARE
  failed int := 0;
BEGIN
  FOR i IN 1..{count} LOOP
    BEGIN
      PERFORM {call};
    EXCEPTION WHEN OTHERS THEN
      failed := failed + 1;
    END;
  END LOOP;
  IF failed <> {count} THEN RAISE EXCEPTION 'only % failed', failed; END IF;
  -- Aborted subtransactions have given their locks back; the transaction goes on.
  IF (SELECT count(*) FROM pg_locks WHERE pid = pg_backend_pid() AND relation = '"User"'::regclass) > 0 THEN
    RAISE EXCEPTION 'a lock is left';
  END IF;
END $$
"""


def assert_flat(before, after):
    contexts, resident = (now - then for then, now in zip(before, after))
    assert contexts < 64 * 1024, f"memory contexts grew by {contexts} bytes"
    assert resident < 2 * 1024 * 1024, f"the process grew by {resident} bytes"


@pytest.mark.parametrize("kind", FAILURES)
def test_failing_calls(session, log, kind):
    settings, call, (code, detail, hint) = FAILURES[kind]
    session.execute("SET log_min_messages = warning")
    session.execute("SET log_min_error_statement = panic")
    for name, value in settings.items():
        session.execute(f"SET tailor_search.{name} = '{value}'")
    with pytest.raises(psycopg2.Error) as error:
        session.execute(f"SELECT {call}")
    diagnostics = error.value.diag
    assert diagnostics.sqlstate == code
    assert detail in (..., diagnostics.message_detail) and hint in (..., diagnostics.message_hint)

    count = FAILING_CALLS // len(FAILURES)
    session.execute("SET log_min_messages = fatal")  # the errors themselves need not be logged
    session.execute(IN_SUBTRANSACTIONS.format(count=1000, call=call))
    before = session.memory()
    session.execute(IN_SUBTRANSACTIONS.format(count=count, call=call))
    assert_flat(before, session.memory())
    for _ in range(count // 10):
        with pytest.raises(psycopg2.Error):
            session.cursor.execute(f"SELECT {call}")
    assert_flat(before, session.memory())
    assert session.locks() == 0
    assert session.execute("SELECT tailor_by_id_json(NULL)") == [(None,)]
    assert_quiet(log)


@pytest.mark.parametrize("engine", ENGINES)
def test_calls_over_changing_tables(session, log, engine):
    """Plans of a table that changed are dropped, not collected."""
    session.execute(f"SET tailor_search.engine = {engine}")
    session.execute("""
        CREATE PROCEDURE search_and_change(rounds int) LANGUAGE plpgsql AS $$
        DECLARE
          found bigint;
          changes text[] := ARRAY['ALTER TABLE "SampleWork" ALTER description TYPE varchar(99)', 'ALTER TABLE "SampleWork" ALTER description TYPE text',
                                  'ALTER TABLE "User" RENAME TO renamed; CREATE TABLE "User" (LIKE renamed INCLUDING INDEXES); INSERT INTO "User" TABLE renamed',
                                  'DROP TABLE "User"; ALTER TABLE renamed RENAME TO "User"', 'CREATE SCHEMA other', 'DROP SCHEMA other'];
        BEGIN
          FOR i IN 0..rounds - 1 LOOP
            FOR j IN 1..40 LOOP
              SELECT count(*) INTO found
              FROM tailor_search(0, 0, skills => CASE WHEN j % 2 = 0 THEN '{A}'::text[] END, sort_by => (ARRAY['distance', 'rating', 'experience'])[j % 3 + 1]);
              IF found <> 1 THEN RAISE EXCEPTION 'found % after change %', found, i; END IF;
            END LOOP;
            EXECUTE changes[i % 6 + 1];
            COMMIT;
          END LOOP;
        END $$""")
    session.execute("CALL search_and_change(60)")
    before = session.memory()
    session.execute("CALL search_and_change(252)")
    assert_flat(before, session.memory())
    assert session.locks() == 0
    assert_quiet(log)


@pytest.mark.parametrize("engine", ENGINES)
def test_good_calls(session, engine):
    """In one statement and in one transaction, too: what a call used is gone before the next."""
    session.execute(f"SET tailor_search.engine = {engine}")
    search = "SELECT count(*) FROM generate_series(1, {}) n, LATERAL tailor_search(n % 90, 0, 0.5)"
    for _ in range(2):  # malloc keeps what the first made it map, from the second on
        session.execute(search.format(10000))
    before = session.memory()
    session.execute(search.format(10000))
    assert_flat(before, session.memory())
    session.execute("DO $$ BEGIN FOR i IN 1..10000 LOOP PERFORM tailor_search_json(0, 0); END LOOP; END $$")
    session.execute("SELECT count(tailor_search_json(n % 90, 0)) FROM generate_series(1, 10000) n")
    assert_flat(before, session.memory())
