"""pg_dump and psql: the named places travel, edited ones too, and the application's tables come back whole."""

import subprocess

import pytest

PLACES = "SELECT name, latitude, longitude FROM {}tailor_place ORDER BY name"


def dump(database, *options):
    return subprocess.run(["pg_dump", *options, database.name], check=True, capture_output=True, text=True).stdout


def restore(database, script, *options):
    return subprocess.run(["psql", "-qX", "-v", "ON_ERROR_STOP=1", *options, database.name], input=script, text=True, check=True, capture_output=True)


def edited(database):
    database.execute(
        "UPDATE tailor_place SET latitude = 1.5 WHERE name = 'MG_ROAD'",
        "INSERT INTO tailor_place VALUES ('HOME ''\"\\ ಮನೆ', -90, 180)",
        "INSERT INTO tailor_place VALUES ('COMMERCIAL_STREET', 2.5, 3.5) ON CONFLICT (name) DO UPDATE SET latitude = 2.5, longitude = 3.5",
    )
    return database


def test_restore(database, new_database):
    edited(database)
    restored = new_database("template0")
    restore(restored, dump(database), "--single-transaction")
    assert restored.execute(PLACES.format("")) == database.execute(PLACES.format(""))
    assert restored.execute(PLACES.format("")) == [("COMMERCIAL_STREET", 2.5, 3.5), ("HOME '\"\\ ಮನೆ", -90.0, 180.0), ("MG_ROAD", 1.5, 77.5946)]
    search = "SELECT tailor_search_json(0, 0)::text"
    assert restored.execute(search) == database.execute(search)
    for table in ('"Tailor"', '"User"', '"SampleWork"'):
        rows = f"SELECT t::text FROM {table} t ORDER BY id"
        assert restored.execute(rows) == database.execute(rows) != []
    # A dump of the copy is the same again: nothing is added by the way.
    assert statements(dump(restored)) == statements(dump(database))


def statements(script):
    return [line for line in script.splitlines() if line and not line.startswith(("--", "\\restrict", "\\unrestrict"))]


def test_restore_as_inserts(database, new_database):
    restored = new_database("template0")
    restore(restored, dump(edited(database), "--inserts"))
    assert restored.execute(PLACES.format("")) == database.execute(PLACES.format(""))


def test_untouched_places(database, new_database):
    restored = new_database("template0")
    restore(restored, dump(database))
    places = "SELECT name, built_in FROM tailor_place ORDER BY name"
    assert restored.execute(places) == [("COMMERCIAL_STREET", True), ("MG_ROAD", True)]


@pytest.fixture(scope="module")
def with_postgis(new_database):
    """A template for databases to restore into: of a restoration, PostGIS takes nearly all the time."""
    template = new_database("template0")
    template.execute("CREATE EXTENSION postgis")
    return template.name


DELETIONS = {
    "one": "DELETE FROM tailor_place WHERE name = 'MG_ROAD'",
    "renamed": "UPDATE tailor_place SET name = 'A' WHERE name = 'MG_ROAD'",
    "swapped": "UPDATE tailor_place SET name = 'A' WHERE name = 'MG_ROAD'; UPDATE tailor_place SET name = 'MG_ROAD' WHERE name = 'COMMERCIAL_STREET'",
    "made anew": "DELETE FROM tailor_place; INSERT INTO tailor_place VALUES ('MG_ROAD', 5, 6)",
    "edited, then deleted": "UPDATE tailor_place SET latitude = 1; DELETE FROM tailor_place WHERE name = 'MG_ROAD'",
    "all": "DELETE FROM tailor_place",
    "truncated": "TRUNCATE tailor_place",
    "truncated, made anew": "TRUNCATE tailor_place; INSERT INTO tailor_place VALUES ('MG_ROAD', 5, 6), ('B', 7, 8)",
    "by a replication worker": "SET session_replication_role = replica; DELETE FROM tailor_place WHERE name = 'MG_ROAD'",
}


@pytest.mark.parametrize("options", [(), ("--inserts", "--clean", "--if-exists")], ids=["copied", "inserted"])
@pytest.mark.parametrize("statements", DELETIONS.values(), ids=DELETIONS)
def test_deleted_and_renamed_places(database, new_database, with_postgis, statements, options):
    database.execute(statements)
    restored = new_database(with_postgis)
    restore(restored, dump(database, *options), "--single-transaction")
    assert restored.execute(PLACES.format("")) == database.execute(PLACES.format(""))
    again = new_database(with_postgis)
    restore(again, dump(restored))
    assert again.execute(PLACES.format("")) == database.execute(PLACES.format(""))


def test_parallel_restore(database, new_database, tmp_path):
    """The tables' rows come in any order."""
    edited(database).execute("DELETE FROM tailor_place WHERE name = 'MG_ROAD'")
    subprocess.run(["pg_dump", "-Fd", "-f", tmp_path / "dump", database.name], check=True)
    restored = new_database("template0")
    subprocess.run(["pg_restore", "-j", "4", "-d", restored.name, tmp_path / "dump"], check=True)
    assert restored.execute(PLACES.format("")) == database.execute(PLACES.format(""))


def test_a_role_that_may_edit_places_alone(database, new_database):
    """What it does to a built-in place is in the dump as well."""
    role = f"{database.name}_editor"
    database.execute(f"CREATE ROLE {role}", f"GRANT SELECT, UPDATE, DELETE ON tailor_place TO {role}", f"SET ROLE {role}",
                     "DELETE FROM tailor_place WHERE name = 'MG_ROAD'", "UPDATE tailor_place SET latitude = 1",
                     "RESET ROLE", f"DROP OWNED BY {role}", f"DROP ROLE {role}")
    restored = new_database("template0")
    restore(restored, dump(database))
    assert restored.execute(PLACES.format("")) == database.execute(PLACES.format("")) == [("COMMERCIAL_STREET", 1.0, 77.6089)]


def test_extension_in_a_schema_of_its_own(database, new_database):
    edited(database).execute('CREATE SCHEMA "e x t"', 'ALTER EXTENSION tailor_search SET SCHEMA "e x t"')
    restored = new_database("template0")
    restore(restored, dump(database))
    assert restored.execute(PLACES.format('"e x t".')) == database.execute(PLACES.format('"e x t".'))


def test_application_without_the_extension(database, new_database):
    """The tables owe the extension nothing: they restore where it is not installed."""
    database.execute("DROP EXTENSION tailor_search CASCADE")  # the covering index is all that goes along
    script = dump(database)
    assert "tailor_search" not in script
    restored = new_database("template0")
    restore(restored, script)
    assert restored.execute('SELECT id FROM "Tailor"') == [("t",)]


def test_change_triggers_travel(database, new_database):
    database.execute("CALL tailor_search_notify_changes()")
    restored = new_database("template0")
    restore(restored, dump(database))
    assert restored.execute("SELECT tailor_search_notifies_changes()") == [(True,)]
    always = "SELECT count(*) FROM pg_trigger WHERE tgname LIKE 'tailor\\_search\\_%' AND tgenabled = 'A'"
    assert restored.execute(always) == [(11,)]  # with those of tailor_place
