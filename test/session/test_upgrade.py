"""ALTER EXTENSION UPDATE: from every version whose script is here, and from one that is made for the test."""

import psycopg2
import pytest
from staged import CURRENT, EARLIER, SCRIPT, SOURCES, UPDATE, Files, members

BASES = sorted(file.stem.split("--")[1] for file in SOURCES.glob("tailor_search--*.sql") if file.stem.count("--") == 1)
PAGE = "SELECT json::text, shown::text FROM tailor_search_page(0, 0)"


@pytest.fixture(scope="module")
def files():
    files = Files()
    files.add(earlier=EARLIER, earlier__current=UPDATE, other=SCRIPT)
    yield files
    files.remove()


@pytest.fixture(scope="module")
def postgis(new_database):
    """A template without tailor_search."""
    template = new_database("template0")
    template.execute("CREATE EXTENSION postgis")
    return template.name


@pytest.fixture(scope="module")
def extended(new_database, postgis, files):
    """Makes databases with the extension: extended("version")."""

    def make(version):
        database = new_database(postgis)
        run(database, files, f"CREATE EXTENSION tailor_search VERSION '{version}'")
        return database

    return make


def run(database, files, statement):
    connection = database.connect()
    files.use(connection)
    connection.cursor().execute(statement)
    connection.close()


@pytest.fixture(scope="module")
def fresh(extended):
    return members(extended(CURRENT))


def update(database, files):
    run(database, files, f"ALTER EXTENSION tailor_search UPDATE TO '{CURRENT}'")


@pytest.mark.parametrize("version", [base for base in BASES if base != CURRENT] + ["earlier"])
def test_an_upgraded_database_is_like_a_fresh_one(extended, files, fresh, version):
    database = extended(version)
    update(database, files)
    assert members(database) == fresh


# What an update script may forget, and a part of where it is seen.
FORGOTTEN = {
    "CREATE OR REPLACE FUNCTION tailor_search_version() RETURNS text LANGUAGE sql STABLE PARALLEL SAFE AS 'SELECT ''forgotten'''": "forgotten",
    "ALTER FUNCTION tailor_cell COST 11": "COST 11",
    "COMMENT ON FUNCTION tailor_search_tables IS 'other words'": "other words",
    "REVOKE SELECT ON tailor_place FROM public": "REVOKE SELECT ON TABLE public.tailor_place FROM PUBLIC",
    "ALTER TABLE tailor_place ALTER latitude SET DEFAULT 17": "DEFAULT 17",
    "ALTER TABLE tailor_place ENABLE TRIGGER tailor_search_edited": "ENABLE ALWAYS TRIGGER tailor_search_edited",
    "DELETE FROM tailor_place WHERE name = 'MG_ROAD'": "<name>MG_ROAD</name>",
    "UPDATE pg_extension SET extcondition[1] = 'WHERE true' WHERE extname = 'tailor_search'": "WHERE true",
    "ALTER EXTENSION tailor_search DROP PROCEDURE tailor_search_setup": "ADD PROCEDURE public.tailor_search_setup",
}


def test_a_difference_is_seen(extended, fresh):
    """By the comparison above."""
    database = extended(CURRENT)
    database.execute(*FORGOTTEN)
    different = str(set(fresh) ^ set(members(database)))
    assert [statement for statement, part in FORGOTTEN.items() if part not in different] == []


@pytest.fixture(scope="module")
def application(new_database, template, files):
    """The application's tables with the extension of the version before, and all that setup makes."""
    made = new_database(template)
    made.execute("DROP EXTENSION tailor_search")
    run(made, files, "CREATE EXTENSION tailor_search VERSION 'earlier'")
    made.execute(
        "CALL tailor_search_setup(notify_changes => true)",
        """INSERT INTO "User" (id, email, password, name, "updatedAt") VALUES ('u', 'u@example.com', 'secret', 'U', '2024-01-01')""",
        """INSERT INTO "Tailor" (id, "userId", latitude, longitude, "updatedAt") VALUES ('t', 'u', 0, 0, '2024-01-01')""",
        'VACUUM ANALYZE "Tailor"',
    )
    return made


def test_transactions_see_one_version(application, files):
    """An update that is not committed changes nothing for others, and rolled back nothing at all."""
    connection = application.session()
    files.use(connection)
    connection.cursor().execute(f"ALTER EXTENSION tailor_search UPDATE TO '{CURRENT}'")
    assert application.execute(PAGE)
    with pytest.raises(psycopg2.errors.UndefinedFunction):
        application.execute("SELECT tailor_search_version()")
    connection.rollback()
    connection.close()
    assert application.execute("SELECT extversion FROM pg_extension WHERE extname = 'tailor_search'") == [("earlier",)]
    with pytest.raises(psycopg2.errors.UndefinedFunction):
        application.execute("SELECT tailor_search_version()")


def test_a_session_goes_on(application, files):
    """Its prepared statements too, the triggers and the index of the tables."""
    index = "SELECT index::oid, engine FROM tailor_search_explain(0, 0)"
    session = application.connect()
    cursor = session.cursor()
    cursor.execute(index)
    [(oid, engine)] = cursor.fetchall()
    assert engine == "native"
    cursor.execute(f"PREPARE page AS {PAGE}; PREPARE rows AS SELECT id FROM tailor_search(0, 0); LISTEN tailor_search; EXECUTE page")
    before = cursor.fetchone()
    update(application, files)
    cursor.execute("EXECUTE page")
    assert cursor.fetchone() == before
    cursor.execute(index)
    assert cursor.fetchall() == [(oid, "native")]
    cursor.execute("""UPDATE "Tailor" SET latitude = 0.01; EXECUTE rows""")
    assert cursor.fetchall() == [("t",)]
    cursor.execute("SELECT total FROM tailor_search(0.01, 0, skill_match => 'all', max_distance_km => 0.001)")
    assert cursor.fetchall() == [(1,)]
    session.poll()
    assert [notice.channel for notice in session.notifies] != []
    cursor.execute("SELECT ok FROM tailor_search_check() WHERE need LIKE '%of one version'")
    assert cursor.fetchall() == [(True,)]


def test_the_doctor_compares_versions(extended, files):
    """Functions of another version than the library of the session."""
    database = extended("other")
    check = "SELECT ok, detail, statement FROM tailor_search_check() WHERE need LIKE '%of one version'"
    [(ok, detail, statement)] = database.execute(check)
    assert not ok and statement == "ALTER EXTENSION tailor_search UPDATE"
    assert detail.startswith(f"functions of other, library of this session of {CURRENT}, files on the server of ")
    database.execute(f"UPDATE pg_extension SET extversion = '{CURRENT}' WHERE extname = 'tailor_search'")
    [(ok, _, statement)] = database.execute(check)
    assert ok and statement is None
