"""A module that watches what is read (pgaudit, sepgsql) sees the executor alone: while one is loaded, searches go through it."""

import pytest
from faults import Cluster
from harness import Database


@pytest.fixture(scope="module")
def audited(tmp_path_factory):
    cluster = Cluster(tmp_path_factory.mktemp("audited") / "cluster", shared_preload_libraries="pgaudit", **{"pgaudit.log_relation": "on"})
    try:
        database = Database(cluster.start(), "audited").create()
        database.execute("ALTER DATABASE audited SET pgaudit.log = read")  # PostGIS installs with it off alone
        yield cluster, database
    finally:
        cluster.remove()


def test_a_search_is_audited(audited):
    cluster, database = audited
    database.execute("CALL tailor_search_setup()")
    found, = database.execute("SELECT total FROM tailor_search(12.97, 77.59, page_size => 1)")
    assert found == (7,)
    assert [line for line in cluster.log().splitlines() if "AUDIT: SESSION" in line and 'Tailor"' in line]


def test_the_native_engine_says_why_it_does_not_serve(audited):
    _, database = audited
    assert database.execute("SELECT engine, reason FROM tailor_search_explain(12.97, 77.59)") == [("sql", "a module that checks permissions is loaded")]
