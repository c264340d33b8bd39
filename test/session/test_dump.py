"""pg_dump and psql: the named places travel, edited ones too, and the application's tables come back whole."""

import subprocess

PLACES = "SELECT name, latitude, longitude FROM {}tailor_place ORDER BY name"


def dump(database, *options):
    return subprocess.run(["pg_dump", *options, database.name], check=True, capture_output=True, text=True).stdout


def restore(database, script, *options):
    return subprocess.run(["psql", "-qX", "-v", "ON_ERROR_STOP=1", *options, database.name], input=script, text=True, check=True, capture_output=True)


def edited(database):
    database.execute(
        "UPDATE tailor_place SET latitude = 1.5 WHERE name = 'MG_ROAD'",
        "INSERT INTO tailor_place VALUES ('HOME ''\"\\ ಮನೆ', -90, 180), ('COMMERCIAL_STREET', 2.5, 3.5)",
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
    assert restored.execute(always) == [(6,)]
