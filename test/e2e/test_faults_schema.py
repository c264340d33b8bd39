"""What the searches stand on goes and comes back; the server runs out of something; a pooler loses its sessions."""

import pytest
from faults import Load, connections, repeats
from harness import GRANTS, ROLE, TAILORS, TOP, wait_until

COVERING_INDEX = """CREATE INDEX ON "Tailor" (tailor_cell("locationPoint"), "yearsExperience", rating, tailor_indexed_skills(skills) COLLATE "C")"""
DROP_TABLES = 'DROP TABLE "SampleWork", "Tailor", "User"; DROP TYPE "Role"'
CREATE_TABLES = (TOP / "data/schema.sql").read_text() + TAILORS + GRANTS.format(schema="public")


@pytest.fixture(params=["PostGIS", "covering index"])
def app(request, new_database):
    """A database that the test may break, for each of the two engines."""
    database = new_database()
    # In a deadlock of the test's changes with searches it is the searches that give way.
    database.execute(f"ALTER ROLE {database.server.user} IN DATABASE {database.name} SET deadlock_timeout = '20s'")
    if request.param == "covering index":
        database.execute(COVERING_INDEX)
    database.has_index = request.param == "covering index"
    return database


def in_one_transaction(*statements):
    return "BEGIN; " + "; ".join(statements) + "; COMMIT"


def test_extension_is_dropped_and_created(frontend, app):
    create = "CREATE EXTENSION tailor_search" + ("; " + COVERING_INDEX if app.has_index else "")
    served = frontend(app.url(connection_limit=3))
    with Load(served) as load:
        for _ in repeats(3, 20):
            load.await_answer(200)
            app.execute("DROP EXTENSION tailor_search CASCADE")
            load.await_answer(503)
            wait_until(lambda: "CREATE EXTENSION" in served.ready().text)
            app.execute(in_one_transaction(create))
            load.await_answer(200)
            app.execute(in_one_transaction("DROP EXTENSION tailor_search CASCADE", create))
            load.await_answer(200)
        load.await_steady()
    wait_until(lambda: app.activity() == 3)


def test_tables_are_dropped_and_created(frontend, app):
    create = CREATE_TABLES + (";" + COVERING_INDEX if app.has_index else "")
    served = frontend(app.url(connection_limit=3))
    with Load(served) as load:
        for _ in repeats(3, 20):
            load.await_answer(200)
            app.execute(DROP_TABLES)
            load.await_answer(503)
            wait_until(lambda: '"Tailor"' in served.ready().text)
            app.execute(in_one_transaction(create))
            load.await_answer(200)
        load.await_steady()
    wait_until(lambda: app.activity() == 3)


def raising(condition):
    """A row-level security policy's function, for each row of a search."""
    return f"""
        CREATE OR REPLACE FUNCTION allow() RETURNS boolean LANGUAGE plpgsql AS $$
        BEGIN {condition}; RETURN true; END $$"""


@pytest.mark.parametrize("condition", ["disk_full", "out_of_memory", "deadlock_detected"])
def test_server_runs_out_of(frontend, new_database, condition):
    """The connections are kept: they are not to blame, and new ones cost what there is too little of."""
    database = new_database()
    database.execute(
        raising("NULL"),
        'ALTER TABLE "Tailor" ENABLE ROW LEVEL SECURITY',
        f'CREATE POLICY allowed ON "Tailor" TO {ROLE} USING (allow())',
    )
    served = frontend(database.url(connection_limit=3))
    sessions = f"""
        SELECT array_agg(pid ORDER BY pid) FROM pg_stat_activity
        WHERE datname = '{database.name}' AND usename = '{ROLE}' AND application_name NOT LIKE '% listener'"""
    with Load(served) as load:
        load.await_steady()
        before = database.execute(sessions)
        for _ in repeats(3, 20):
            database.execute(raising(f"RAISE {condition}"))
            load.await_answer(503)
            database.execute(raising("NULL"))
            load.await_answer(200)
        load.await_steady()
    assert database.execute(sessions) == before


def test_pooler_loses_its_sessions(frontend, database, pgbouncer):
    """PgBouncer in transaction mode, which DATABASE_URL does not state: more connections than the server has sessions."""
    served = frontend(f"postgresql://{ROLE}@127.0.0.1:{pgbouncer}/{database.name}?connection_limit=2")
    with Load(served) as load:
        for _ in repeats(5, 50):
            load.await_answer(200)
            database.execute(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '{ROLE}'")
            load.await_answer(200)
        load.await_steady()
    wait_until(lambda: connections(served) == (2, 2))
