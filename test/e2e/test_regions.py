"""Tailors of regions on other servers, by postgres_fdw: the same answers as from one table, and only the regions asked that an
area touches.

TAILOR_REGION_REQUESTS: how many requests. A failure prints the request.
"""

import contextlib
import json
import random
import re

import psycopg2
import pytest
from amounts import amount, random_seed
from faults import Cluster
from harness import TOP, Database, numbers
from random_requests import random_request
from random_tailors import fill

REQUESTS = amount("TAILOR_REGION_REQUESTS", 150, 20_000)
REGIONS = {"west": "longitude < 0", "east": "longitude >= 0 AND longitude < 100"}  # the rest is in a local partition
EXTENT = {"west": "FROM (MINVALUE) TO (0)", "east": "FROM (0) TO (100)"}
TABLES = {"by_longitude": "of ranges of longitude", "by_region": "of regions, whose CHECK constraints say where they are"}
OF_SERVER = """
CREATE SERVER {region} FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host '{host}', port '{port}', dbname '{region}', extensions 'postgis');
CREATE USER MAPPING FOR PUBLIC SERVER {region} OPTIONS (user '{user}', password_required 'false');
CREATE FOREIGN TABLE by_longitude.{region} PARTITION OF by_longitude."Tailor" FOR VALUES {extent} SERVER {region}
  OPTIONS (schema_name 'public', table_name 'Tailor');
CREATE FOREIGN TABLE by_region.{region} PARTITION OF by_region."Tailor" (CHECK ({where})) FOR VALUES IN ('{region}') SERVER {region}
  OPTIONS (schema_name 'public', table_name 'Tailor');
"""


def region_database(server, name):
    """The application's tables, where tailors have no user's row beside them, set up for searches."""
    server.execute("postgres", f"CREATE DATABASE {name}")
    database = Database(server, name)
    database.execute(
        "CREATE EXTENSION tailor_search CASCADE",
        (TOP / "data/schema.sql").read_text(),
        'ALTER TABLE "Tailor" DROP CONSTRAINT "Tailor_userId_fkey"',
        f"""ALTER TABLE "Tailor" ADD region text NOT NULL DEFAULT '{name}', ADD CONSTRAINT {name} CHECK ({REGIONS[name]})""",
        "CALL tailor_search_setup()",
    )
    return database


def fill_regions(database, regions):
    """The rows of one plain table, in each region's database and in a local partition."""
    with database.server.connected(database.name) as connection, connection.cursor() as cursor:
        cursor.execute((TOP / "data/schema.sql").read_text())
        fill(cursor, random_seed(), count=600)
        cursor.execute("""
            ALTER TABLE "SampleWork" DROP CONSTRAINT "SampleWork_tailorId_fkey";
            CREATE SCHEMA plain; ALTER TABLE "Tailor" SET SCHEMA plain;
            CREATE SCHEMA by_longitude; CREATE SCHEMA by_region;
            CREATE TABLE by_longitude."Tailor" (LIKE plain."Tailor" INCLUDING DEFAULTS) PARTITION BY RANGE (longitude);
            CREATE TABLE by_longitude.here PARTITION OF by_longitude."Tailor" DEFAULT;
            CREATE TABLE by_region."Tailor" (LIKE plain."Tailor" INCLUDING DEFAULTS, region text) PARTITION BY LIST (region);
            CREATE TABLE by_region.here PARTITION OF by_region."Tailor" DEFAULT;
            CREATE EXTENSION postgres_fdw""")
        for region, server in regions.items():
            cursor.execute(OF_SERVER.format(region=region, host=server.host, port=server.port, user=server.user, extent=EXTENT[region],
                                            where=REGIONS[region]))  # fmt: skip
        cursor.execute("""
            INSERT INTO by_longitude."Tailor" SELECT * FROM plain."Tailor";
            INSERT INTO by_region.here SELECT *, 'here' FROM by_longitude.here;
            SET search_path = by_longitude, public; CALL tailor_search_setup();
            ANALYZE""")


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    """The server of the regions."""
    cluster = Cluster(tmp_path_factory.mktemp("regions") / "cluster")
    yield cluster
    cluster.remove()


@pytest.fixture(scope="module")
def database(server, cluster):
    """The coordinator, on another server."""
    regions = cluster.start()
    made = {region: region_database(regions, region) for region in REGIONS}
    coordinator = Database(server, f"regions_{next(numbers)}").create(filled=False)
    fill_regions(coordinator, dict.fromkeys(made, regions))
    yield coordinator
    coordinator.drop()


@contextlib.contextmanager
def session(database, schema):
    with database.server.connected(database.name) as connection, connection.cursor() as cursor:
        cursor.execute(f"SET search_path = {schema}, public")
        yield cursor


def page(cursor, arguments):
    """Without the cursor of the next page, which belongs to the table."""
    cursor.execute(f"SELECT json::text FROM tailor_search_page({arguments})")
    document = json.loads(cursor.fetchone()[0])
    document["pagination"].pop("next", None)
    return document


@pytest.mark.parametrize("schema", TABLES)
def test_answers_are_those_of_one_table(database, schema):
    with session(database, "plain") as plain, session(database, schema) as parted:
        plain.execute('SELECT latitude, longitude FROM "Tailor" WHERE latitude IS NOT NULL ORDER BY id')
        located, rng = plain.fetchall(), random.Random(f"regions {random_seed()} {schema}")
        parted.execute('SELECT count(*), count(DISTINCT tableoid) FROM "Tailor"')
        assert parted.fetchone() == (600, 3)
        for _ in range(REQUESTS):
            request = random_request(plain, rng, located)
            more = rng.choice(("", "", ", facets => true", f", zoom => {rng.randint(0, 8)}", ", facets => true, zoom => 3"))
            if "nearest" in request.options:
                more = ""
            arguments = request.arguments() + more
            expected = got = None
            with contextlib.suppress(psycopg2.errors.InvalidParameterValue):  # more clusters than are counted
                expected = page(plain, arguments)
            with contextlib.suppress(psycopg2.errors.InvalidParameterValue):
                got = page(parted, arguments)
            assert got == expected, arguments


def plan_of(cursor, statement):
    """Of the statements within, as auto_explain reports them."""
    cursor.execute("""LOAD 'auto_explain'; SET auto_explain.log_min_duration = 0; SET auto_explain.log_nested_statements = on;
                      SET auto_explain.log_verbose = on; SET client_min_messages = log""")
    del cursor.connection.notices[:]
    cursor.execute(statement)
    return "\n".join(cursor.connection.notices)


AREAS = {
    "10, 50": {"east"},
    "10, -50": {"west"},
    "10, 0, max_distance_km => 50": {"west", "east"},
    "10, 150": set(),
    "-17, 179.99": {"west"},  # across the antimeridian
    "89.99, 50": {"west", "east"},  # around the pole
    "10, 50, nearest => 3, max_distance_km => 20": {"east"},
    "west => 20, south => 10, east => 21, north => 11": {"east"},
    "west => 179, south => 10, east => -179, north => 11": {"west"},
    "10, 50, page_size => 100, sort_by => 'rating', skills => '{HEMMING}', min_rating => 2": {"east"},
}


@pytest.mark.parametrize("function", ["tailor_search", "tailor_search_facets", "tailor_search_clusters"])
@pytest.mark.parametrize("schema", TABLES)
def test_only_regions_that_the_area_touches_are_asked(database, schema, function):
    with session(database, schema) as cursor:
        for arguments, regions in AREAS.items():
            if function != "tailor_search" and re.search("nearest|page_size", arguments):
                continue
            zoom = ", zoom => 3" if function == "tailor_search_clusters" else ""
            # PostgreSQL would consider a generic plan from the sixth time on.
            for _ in range(7 if arguments == "10, 50" else 1):
                plan = plan_of(cursor, f"SELECT * FROM {function}({arguments}{zoom})")
                assert set(re.findall(rf"Foreign Scan on {schema}\.(\w+)", plan)) == regions, (arguments, plan)


def test_the_regions_server_filters_by_its_index(database, cluster):
    with session(database, "by_longitude") as cursor:
        plan = plan_of(cursor, "SELECT * FROM tailor_search(10, 50, min_rating => 2)")
    (sent,) = set(re.findall(r"Remote SQL: (.*)", plan))
    assert "st_dwithin" in sent and "rating >= 2" in sent
    plan = "\n".join(line for (line,) in Database(cluster.start(), "east").execute("SET enable_seqscan = off", "EXPLAIN " + sent))
    assert re.search(r"Index Scan using .*locationPoint", plan), plan


def test_the_native_engine_says_why_it_does_not_answer(database):
    with session(database, "by_longitude") as cursor:
        cursor.execute("SELECT engine, reason FROM tailor_search_explain(10, 50)")
        engine, reason = cursor.fetchone()
        assert engine == "sql" and reason in ('"west" is not a plain table', '"east" is not a plain table')


def test_rows_are_written_through_the_coordinator(database):
    with session(database, "by_longitude") as cursor:
        found = "SELECT id FROM tailor_search(-45, %s, max_distance_km => 1)"
        cursor.execute("""INSERT INTO "Tailor" (id, "userId", latitude, longitude, "updatedAt") VALUES ('new', 'new', -45, -120, now())""")
        cursor.execute(found, (-120,))
        assert cursor.fetchall() == [("new",)]
        cursor.execute("""UPDATE "Tailor" SET longitude = -121 WHERE id = 'new'""")
        cursor.execute(found, (-120,))
        assert cursor.fetchall() == []
        cursor.execute(found, (-121,))
        assert cursor.fetchall() == [("new",)]
        with pytest.raises(psycopg2.errors.CheckViolation):  # it would stay there, where searches around +121 do not look
            cursor.execute("""UPDATE "Tailor" SET longitude = 121 WHERE id = 'new'""")
        cursor.execute("""DELETE FROM "Tailor" WHERE id = 'new'""")
        cursor.execute(found, (-121,))
        assert cursor.fetchall() == []


def test_changes_on_another_server_are_not_taken_to_be_notified(new_database, cluster):
    """Nor where the triggers were made before the partition."""
    server = cluster.start()
    database = new_database()
    database.execute(
        """ALTER TABLE "SampleWork" DROP CONSTRAINT "SampleWork_tailorId_fkey"; DROP TABLE "Tailor" CASCADE""",
        """CREATE TABLE "Tailor" (id text, "userId" text, location text, latitude float8, longitude float8, skills text[], "yearsExperience" int,
             "profilePhoto" text, "contactPhone" text, "contactEmail" text, rating float8, "reviewCount" int, "createdAt" timestamp(3),
             "updatedAt" timestamp(3)) PARTITION BY RANGE (longitude)""",
        "CALL tailor_search_setup(notify_changes => true)",
    )
    assert database.execute("SELECT tailor_search_notifies_changes()") == [(True,)]
    database.execute(
        "CREATE EXTENSION postgres_fdw",
        f"CREATE SERVER east FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host '{server.host}', port '{server.port}', dbname 'east')",
        """CREATE FOREIGN TABLE there PARTITION OF "Tailor" FOR VALUES FROM (0) TO (100) SERVER east OPTIONS (table_name 'Tailor')""",
    )
    assert database.execute("SELECT tailor_search_notifies_changes()") == [(False,)]
    with pytest.raises(psycopg2.errors.WrongObjectType, match='cannot be notified: rows of its partition there are on another server'):
        database.execute("CALL tailor_search_notify_changes()")


def test_a_region_whose_server_is_down(database, cluster, frontend):
    """Its searches fail, and those of other regions do not."""
    database.execute(
        "GRANT USAGE ON SCHEMA by_longitude TO tailor_web",
        'GRANT SELECT ON by_longitude."Tailor", "User", "SampleWork" TO tailor_web',
    )
    url = database.url(options="-c search_path=by_longitude,public")
    served = frontend(url, query_timeout=30)
    there, here = {"lat": 10, "lng": 50}, {"lat": 10, "lng": 150}
    assert served.get(params=there).status_code == served.get(params=here).status_code == 200
    cluster.stop("immediate")
    try:
        with session(database, "by_longitude") as cursor:
            with pytest.raises(psycopg2.OperationalError):
                cursor.execute("SELECT * FROM tailor_search(10, 50)")
            cursor.execute("SELECT * FROM tailor_search(10, 150)")
        answer = served.get(params=there)
        assert (answer.status_code, answer.json()["code"]) == (503, "database_unavailable")
        assert served.get(params=here).status_code == 200
        later = frontend(url, query_timeout=30)  # one that starts meanwhile
        assert later.get(params=here).status_code == 200
        assert "event=foreign_server_unreachable" in later.log()
    finally:
        cluster.start()
    assert served.get(params=there).status_code == 200
