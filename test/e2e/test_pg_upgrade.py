"""pg_upgrade: the index, the triggers and the answers are what they were, and searches need no other step than ANALYZE."""

import pytest
from amounts import LONG
from faults import Cluster
from harness import Database
from staged import pg_config

pytestmark = pytest.mark.skipif(not LONG, reason="makes a cluster of another: part of make check-long")

# What all sessions see after an upgrade as before it.
SEEN = {
    "rows": "SELECT tailor_search_json(12.97, 77.59, max_distance_km => 100, sample_works => 3, facets => true)::text",
    "boxes": "SELECT id, distance FROM tailor_search(12.97, 77.59, west => 77, south => 12, east => 78, north => 13)",
    "engine": "SELECT engine, index::regclass::text FROM tailor_search_explain(12.97, 77.59)",
    "indexes": "SELECT indexrelid::regclass::text, pg_relation_size(indexrelid), pg_get_indexdef(indexrelid), indisvalid FROM pg_index"
    " WHERE indrelid IN (SELECT oid FROM pg_class WHERE relnamespace = 'public'::regnamespace) ORDER BY 1",
    "triggers": "SELECT tgrelid::regclass::text, tgenabled, pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal ORDER BY 1, 3",
    "places": "SELECT name, latitude, longitude, built_in FROM tailor_place ORDER BY name",
    "versions": "SELECT extversion, tailor_search_version() FROM pg_extension WHERE extname = 'tailor_search'",
    "problems": "SELECT need, detail FROM tailor_search_check(notify_changes => true) WHERE NOT ok ORDER BY need",
    "settings": "SELECT current_setting('tailor_search.hidden_fields')",
}


@pytest.fixture
def clusters(tmp_path):
    clusters = [Cluster(tmp_path / "old"), Cluster(tmp_path / "new")]
    yield clusters
    for cluster in clusters:
        cluster.remove()


# The path of a socket must be short.
UPGRADE = """sockets=$(mktemp -d)
"$2/pg_upgrade" -b "$2" -B "$2" -d data -D "$1/data" -U postgres -s "$sockets"
status=$?
rm -r "$sockets"
exit $status
"""


def upgrade(old, new):
    """To the same version, which pg_upgrade allows: the old one's files are copied."""
    new.start()  # which writes what postgresql.conf includes
    new.stop()
    old.run("run", "bash", "-c", UPGRADE, "upgrade", new.place, pg_config("--bindir"))
    return new.start()


def seen(database):
    return {name: database.execute(question) for name, question in SEEN.items()}


def test_a_copied_cluster(clusters):
    old, new = clusters
    database = Database(old.start(), "app").create()
    database.execute(
        "ALTER DATABASE app SET tailor_search.hidden_fields = 'contactPhone'",
        "CALL tailor_search_setup(notify_changes => true)",
        "UPDATE tailor_place SET latitude = 1 WHERE name = 'MG_ROAD'",
        "DELETE FROM tailor_place WHERE name = 'COMMERCIAL_STREET'",
        "INSERT INTO tailor_place VALUES ('HOME', 12.97, 77.59)",
        'VACUUM ANALYZE "Tailor", "User", "SampleWork"',
    )
    before = seen(database)
    assert before["engine"][0][0] == "native" and before["problems"] == [] and before["settings"] == [("contactPhone",)]
    assert [name for name, rows in before.items() if not rows] == ["problems"]
    old.stop()

    database = Database(upgrade(old, new), "app")
    database.execute("ANALYZE")
    assert seen(database) == before
    with database.server.connected("app") as connection, connection.cursor() as cursor:
        cursor.execute("LISTEN tailor_search")
        cursor.execute("""UPDATE "Tailor" SET latitude = -33.9, longitude = 18.4 WHERE id = 't8'""")
        cursor.execute("SELECT id FROM tailor_search(-33.9, 18.4, max_distance_km => 1)")
        assert cursor.fetchall() == [("t8",)]
        connection.poll()
        assert [notice.channel for notice in connection.notifies] != []
