"""Databases in other encodings than UTF-8, and rows that cannot be sent: neither takes the service down."""

import os

import pytest
from harness import Database, numbers, problem, wait_until
from listener_log import awaits, events
from metric_values import value

SMILE = "\N{GRINNING FACE}"
BAD = """
INSERT INTO "User" (id, email, password, role, name, "updatedAt") VALUES ('ubad', 'bad@example.org', 'x', 'TAILOR', 'Bad', now());
INSERT INTO "Tailor" (id, "userId", location, latitude, longitude, skills, "updatedAt", "locationPoint")
  VALUES ('bad', 'ubad', {location}, 0.001, 0, '{{shirts}}', now(), 'SRID=4326;POINT(0 0.001)');
"""
AT_BAD = {"lat": "0", "lng": "0"}
HERE = {"lat": "12.97", "lng": "77.59"}


@pytest.fixture
def encoded(server):
    """Makes databases of an encoding."""
    made = []

    def make(encoding):
        made.append(Database(server, f"e2e_{os.getpid()}_{next(numbers)}"))
        server.create_role()
        server.execute("postgres", f"CREATE DATABASE \"{made[-1].name}\" TEMPLATE template0 ENCODING '{encoding}' LOCALE 'C'")
        made[-1].execute("CREATE EXTENSION tailor_search CASCADE")
        made[-1].fill()
        return made[-1]

    yield make
    for database in made:
        database.drop()


def ids(response):
    assert response.status_code == 200, response.text
    return [tailor["id"] for tailor in response.json()["data"]]


def test_what_latin1_cannot_hold_matches_nothing(frontend, encoded):
    database = encoded("LATIN1")
    database.execute("UPDATE \"Tailor\" SET skills = skills || ARRAY['été'] WHERE id = 't2'")
    served = frontend(database.url())
    assert ids(served.get(params={**HERE, "skill": "été"})) == ["t2"]
    assert ids(served.get(params={**HERE, "skill": ["été", SMILE, "skill 3"]})) == ["t2", "t3"]
    empty = served.get(params={**HERE, "skill": [SMILE, "\N{HEAVY CHECK MARK}"]})
    assert ids(empty) == [] and empty.json()["pagination"]["total"] == 0
    assert ids(served.get(params={"location": "MG_ROAD", "skill": ["été", SMILE]})) == ["t2"]
    assert ids(served.get(params={**HERE, "skill": ["été", "skill 2"], "skillMatch": "all"})) == ["t2"]
    assert ids(served.get(params={**HERE, "skill": ["été", SMILE], "skillMatch": "all"})) == []
    assert ids(served.get(params={**HERE, "skill": SMILE, "skillMatch": "all"})) == []
    problem(served.get(params={**HERE, "skillMatch": SMILE}), 400, "invalid_parameter", "skillMatch")
    problem(served.get(f"/api/tailors/t{SMILE}"), 404, "not_found")
    problem(served.get(params={"location": SMILE}), 400, "unknown_location", "location")
    problem(served.get(params={"location": SMILE, "skill": SMILE}), 400, "unknown_location", "location")
    problem(served.get(params={**HERE, "sortBy": SMILE}), 400, "invalid_parameter", "sortBy")
    problem(served.get(params={**HERE, "sortBy": SMILE, "skill": SMILE}), 400, "invalid_parameter", "sortBy")
    assert "database_error" not in served.log() and value(served, "database_reconnects_total") == 0


@pytest.mark.parametrize("cache_bytes", [0, "1MiB"])
def test_a_row_that_is_not_valid_text_fails_its_own_searches_alone(frontend, encoded, cache_bytes):
    database = encoded("SQL_ASCII")
    database.execute(BAD.format(location=r"E'\xff\xfe'"))
    served = frontend(database.url(connection_limit=2), cache_bytes=cache_bytes)
    wait_until(lambda: value(served, "pool_connections_open") == 2)
    assert served.ready().status_code == 200
    assert ids(served.get(params=HERE)) == [f"t{i}" for i in range(1, 8)]
    for _ in range(3):
        problem(served.get(params=AT_BAD), 500, "unreadable_data")
        problem(served.get("/api/tailors/bad"), 500, "unreadable_data")
    assert ids(served.get(params={**HERE, "limit": "1"})) == ["t1"]
    assert value(served, "database_reconnects_total") == 0
    assert "event=warm_up_failed" in served.log()


def test_changes_of_such_rows_are_told(frontend, encoded):
    """A notification's payload cannot be sent as UTF-8 either."""
    database = encoded("SQL_ASCII")
    database.execute(
        "CALL tailor_search_setup(notify_changes => true)",
        BAD.format(location="''"),
        r"""UPDATE "Tailor" SET id = E'\xff', latitude = 50 WHERE id = 'bad'""",
    )
    served = frontend(database.url(), cache_bytes="1MiB", heartbeat=60)
    awaits(served, "listening")
    assert ids(served.get(params=AT_BAD)) == []
    database.execute('UPDATE "Tailor" SET latitude = 0.001 WHERE latitude = 50')
    wait_until(lambda: served.get(params=AT_BAD).status_code == 500)
    assert events(served) == ["listening"]
    database.execute("UPDATE \"Tailor\" SET rating = 5 WHERE id = 't3'")
    wait_until(lambda: served.get("/api/tailors/t3").json()["data"]["rating"] == 5)


def test_a_notification_that_cannot_be_sent_is_a_loss(frontend, encoded):
    """The server ends the session for it."""
    database = encoded("EUC_JP")
    database.execute("CALL tailor_search_setup(notify_changes => true)")
    served = frontend(database.url(), heartbeat=60)
    awaits(served, "listening")
    database.execute(r"SELECT pg_notify('tailor_search', E'\xa9\xa1')")
    awaits(served, "listening", "notifications_down", "listening")


@pytest.mark.parametrize("sqlstate", ["22012", "XX001", "54000", "P0001"])
def test_a_row_that_cannot_be_read_fails_its_own_searches_alone(frontend, new_database, sqlstate):
    database = new_database()
    database.execute(
        BAD.format(location="''"),
        f"""CREATE FUNCTION failing() RETURNS text LANGUAGE plpgsql AS
            $$ BEGIN RAISE EXCEPTION 'for a test' USING ERRCODE = '{sqlstate}'; END $$""",
        """CREATE VIEW tailors AS SELECT id, "userId", CASE WHEN id = 'bad' THEN failing() END AS location, latitude, longitude,
           skills, "yearsExperience", "profilePhoto", "contactPhone", "contactEmail", rating, "reviewCount", "createdAt",
           "updatedAt", "locationPoint" FROM "Tailor" """,
        "GRANT SELECT ON tailors TO tailor_web",
        f'ALTER DATABASE "{database.name}" SET tailor_search.tailor_table = tailors',
    )
    served = frontend(database.url(connection_limit=2))
    wait_until(lambda: value(served, "pool_connections_open") == 2)
    problem(served.get(params=AT_BAD), 500, "internal_error")
    wait_until(lambda: value(served, "pool_connections_open") == 2)
    assert ids(served.get(params=HERE)) == [f"t{i}" for i in range(1, 8)]
    assert "event=warm_up_failed" in served.log()


def test_a_database_that_allows_less_is_served(frontend, new_database):
    database = new_database()
    database.execute(f'ALTER DATABASE "{database.name}" SET tailor_search.max_distance_km = 1')
    database.execute(f'ALTER DATABASE "{database.name}" SET tailor_search.max_skills = 2')
    served = frontend(database.url())
    wait_until(lambda: value(served, "pool_connections_open") > 0)
    problem(served.get(params=HERE), 400, "invalid_parameter", "maxDistance")
    assert ids(served.get(params={**HERE, "maxDistance": "1"})) == []
    skills = {**HERE, "maxDistance": "1", "skill": ["a", "b", "c"]}
    body = problem(served.get(params=skills), 400, "invalid_parameter", "skill")
    assert body["detail"] == "skill must have at most 2 values, not 3"
