"""The front end's cache before a real PostgreSQL: what is kept, shared and forgotten, and what Cache-Status says of it."""

import concurrent.futures
import contextlib
import os
import socket
import time

import pytest
from cache_status import COLLAPSED, HERE, HIT, MISS, REPLACED, SECONDS_TO_SEE, status, whole
from harness import HANG, Database, problem, wait_until
from holding import locked
from metric_values import value

AT_ONCE = 5000


@pytest.fixture(scope="module")
def database(told_database):
    return told_database


@pytest.fixture
def cached(frontend, database):
    """Starts front ends that cache, and are told of changes."""

    def start(url=None, **settings):
        served = frontend(url or database.url(), cache_bytes="64MiB", **settings)
        wait_until(lambda: "event=listening" in served.log())
        return served

    return start


def test_a_search_is_computed_once(cached):
    served = cached()
    first, second = (served.get(params=HERE) for _ in range(2))
    assert (status(first), status(second)) == (MISS, HIT)
    assert first.content == second.content and first.headers["ETag"] == second.headers["ETag"]
    for same in (
        "?lng=77.59&lat=12.97",
        "?lat=12.970&lng=7.759e1&page=1&limit=12&maxDistance=10.0&sortBy=distance&includeUnlocated=false",
    ):
        assert status(served.get("/api/tailors" + same)) == HIT, same
    assert status(served.get(params={**HERE, "skill": ["b", "a"]})) == MISS
    assert status(served.get(params={**HERE, "skill": ["a", "b", "a"]})) == HIT
    for other in ({"lat": "12.971"}, {"page": "2"}, {"skill": "a,b"}, {"maxDistance": "11"}, {"minRating": "0"}):
        assert status(served.get(params={**HERE, **other})) == MISS, other
    assert status(served.get(params=HERE, method="HEAD")) == HIT
    assert served.get(params=HERE, headers={"If-None-Match": first.headers["ETag"]}).headers["Cache-Status"] == HIT
    assert value(served, "cache_hits_total", level="memory") == 6
    assert value(served, "cache_misses_total") == value(served, "query_duration_seconds_count") == 7
    assert value(served, "cache_entries") == 7
    assert len(first.content) < value(served, "cache_bytes") < 100_000


@pytest.mark.parametrize("area", [{"bbox": "77.5,12.975,77.7,13.005"}, {**HERE, "nearest": "3"}])
def test_a_change_in_the_area_is_seen_and_one_outside_changes_nothing(cached, database, area):
    """t1, t2 and t3 are in the box, and the nearest; t5 is neither."""
    served = cached()
    changes = lambda: value(served, "changes_total", kind="tailor")
    found = lambda answer: {tailor["id"]: tailor["rating"] for tailor in answer.json()["data"]}

    def change(assignments, tailor):
        before = changes()
        database.execute(f"UPDATE \"Tailor\" SET {assignments} WHERE id = '{tailor}'")
        wait_until(lambda: changes() > before)

    database.execute('UPDATE "Tailor" SET longitude = 77.59, latitude = 13.02 WHERE id = \'t5\'')
    assert sorted(found(served.get(params=area))) == ["t1", "t2", "t3"]
    change("rating = 1.25", "t5")
    change("latitude = 13.03", "t5")
    assert status(served.get(params=area)) == HIT
    change("rating = rating + 0.125", "t3")
    answer = served.get(params=area)
    assert status(answer) == REPLACED and found(answer)["t3"] % 0.25 == 0.125
    change("latitude = 12.981", "t5")  # moves in
    assert "t5" in found(served.get(params=area))
    change("latitude = 13.02, rating = 2.5", "t5")
    assert "t5" not in found(served.get(params=area))
    change("rating = rating - 0.125", "t3")


def test_geojson_is_cached_beside_the_json(cached, database):
    served = cached()
    geojson = {"Accept": "application/geo+json"}
    asked = lambda: [status(served.get(params=HERE, headers=headers)) for headers in ({}, geojson)]
    assert (asked(), asked()) == ([MISS, MISS], [HIT, HIT])
    before = value(served, "changes_total", kind="tailor")
    database.execute("UPDATE \"Tailor\" SET rating = rating + 0.5 WHERE id = 't2'")
    wait_until(lambda: value(served, "changes_total", kind="tailor") > before)
    assert asked() == [REPLACED, REPLACED]
    rating = served.get(params=HERE, headers=geojson).json()["features"][1]["properties"]["rating"]
    assert rating == served.get(params=HERE).json()["data"][1]["rating"]
    database.execute("UPDATE \"Tailor\" SET rating = rating - 0.5 WHERE id = 't2'")


def test_facets_follow_changes_of_tailors_that_are_not_shown(cached, database):
    served = cached()
    area = {**HERE, "maxDistance": "3.6", "limit": "1", "facets": "true"}
    changes = lambda: value(served, "changes_total", kind="tailor")
    made = lambda: database.execute("SELECT tailor_search_json(12.97, 77.59, 3.6, page_size => 1, facets => true)->'facets'")[0][0]
    first = served.get(params=area)
    assert [tailor["id"] for tailor in first.json()["data"]] == ["t1"] and first.json()["facets"] == made()
    assert status(served.get(params={**area, "facets": "false"})) == MISS
    before = changes()
    database.execute("UPDATE \"Tailor\" SET skills = skills || ARRAY['NEW'] WHERE id IN ('t3', 't6')")
    wait_until(lambda: changes() >= before + 2)
    answer = served.get(params=area)
    assert status(answer) == REPLACED and answer.json()["facets"] == made()
    assert {"skill": "NEW", "count": 1} in answer.json()["facets"]["skill"]
    before = changes()
    database.execute("UPDATE \"Tailor\" SET skills = array_remove(skills, 'NEW') WHERE id = 't6'")  # outside
    wait_until(lambda: changes() > before)
    assert status(served.get(params=area)) == HIT
    database.execute("UPDATE \"Tailor\" SET skills = array_remove(skills, 'NEW')")


def test_clusters_follow_changes_in_the_area(cached, database):
    served = cached()
    area = {**HERE, "maxDistance": "3.6", "limit": "1", "zoom": "14"}
    changes = lambda: value(served, "changes_total", kind="tailor")
    made = lambda: database.execute("SELECT tailor_search_json(12.97, 77.59, 3.6, page_size => 1, zoom => 14)->'clusters'")[0][0]
    first = served.get(params=area)
    assert first.json()["clusters"] == made() and status(served.get(params=area)) == HIT
    assert status(served.get(params={**area, "zoom": "13"})) == MISS
    [(longitude,)] = database.execute("SELECT longitude FROM \"Tailor\" WHERE id = 't3'")
    for moved in (longitude + 0.001, longitude):
        before = changes()
        database.execute(f"UPDATE \"Tailor\" SET longitude = {moved!r} WHERE id = 't3'")
        wait_until(lambda: changes() > before)
        answer = served.get(params=area)
        assert status(answer) == REPLACED and answer.json()["clusters"] == made()
    before = changes()
    database.execute("UPDATE \"Tailor\" SET rating = rating WHERE id = 't6'")  # outside
    database.execute("UPDATE \"Tailor\" SET rating = rating + 0.125 WHERE id = 't6'")
    wait_until(lambda: changes() > before)
    assert status(served.get(params=area)) == HIT
    database.execute("UPDATE \"Tailor\" SET rating = rating - 0.125 WHERE id = 't6'")


def test_without_memory_nothing_is_kept(frontend, database):
    served = frontend(database.url(), cache_bytes=0)
    assert [status(served.search()) for _ in range(2)] == ["tailor-frontend; fwd=bypass"] * 2


def test_bad_requests_are_not_kept(cached):
    served = cached()
    for _ in range(2):
        body = served.get(params={**HERE, "limit": "500"})
        problem(body, 400, "invalid_parameter", "limit")
    assert value(served, "query_duration_seconds_count") == 2
    assert value(served, "cache_entries") == 0


def test_a_change_is_seen_at_once_and_only_where_it_is(cached, database):
    served = cached()
    elsewhere = {"lat": "51.5", "lng": "-0.1"}
    one = "/api/tailors/t3"
    for years in range(100, 110):
        for ask in ({"params": HERE}, {"params": elsewhere}, {"path": one}):
            served.get(**ask)
            assert status(served.get(**ask)) == HIT
        database.execute(f'UPDATE "Tailor" SET "yearsExperience" = {years} WHERE id = \'t3\'')
        wait_until(lambda: shown_years(served) == years, SECONDS_TO_SEE)
        assert served.get(one).json()["data"]["yearsExperience"] == years
        assert status(served.get(params=elsewhere)) == HIT
    assert value(served, "cache_misses_total") == 2 * 11 + 1


def shown_years(served):
    response = served.get(params=HERE)
    assert status(response) in (HIT, REPLACED, COLLAPSED)  # the last one joins a refresh in the background
    return {each["id"]: each["yearsExperience"] for each in response.json()["data"]}["t3"]


def test_users_and_works_that_are_shown(cached, database):
    served = cached()
    page_without = {**HERE, "maxDistance": "2"}  # t1 alone
    served.get(params=HERE), served.get(params=page_without)
    database.execute("UPDATE \"User\" SET name = 'Renamed' WHERE id = 'u5'")
    wait_until(lambda: "Renamed" in served.get(params=HERE).text, SECONDS_TO_SEE)
    assert status(served.get(params=page_without)) == HIT


def test_users_of_any_id(cached, database):
    """An answer's ids are kept as PostgreSQL's JSON has them, and a change's id is looked for there."""
    odd = "".join(map(chr, [*range(1, 32), *b"\"\\/'", 127, 0x80, 0xE9, 0x2028, 0xFFFD, 0x1F9F5]))
    there = {"lat": "-33", "lng": "151"}
    literal = "E'" + odd.replace("\\", "\\\\").replace("'", "''") + "'"
    database.execute(f"INSERT INTO \"User\" (id, email, password, name, \"updatedAt\") VALUES ({literal}, 'odd@example.org', '', 'Odd', now())",
                     f"INSERT INTO \"Tailor\" (id, \"userId\", latitude, longitude, \"updatedAt\") VALUES ({literal}, {literal}, -33, 151, now())")  # fmt: skip
    served = cached()
    name = lambda: [tailor["user"]["name"] for tailor in served.get(params=there).json()["data"]]
    assert name() == ["Odd"] and served.get(params=there).json()["data"][0]["id"] == odd
    assert status(served.get(params=there)) == HIT
    database.execute("UPDATE \"User\" SET name = 'Renamed' WHERE email = 'odd@example.org'")
    wait_until(lambda: name() == ["Renamed"], SECONDS_TO_SEE)
    database.execute("DELETE FROM \"User\" WHERE email = 'odd@example.org'")


def test_what_comes_into_being_is_found(cached, database):
    served = cached()
    ask_place, ask_one = {"params": {"location": "NEW"}}, {"path": "/api/tailors/t99"}
    for _ in range(2):
        problem(served.get(**ask_one), 404, "not_found")
        missing = served.get(**ask_place)
        problem(missing, 400, "unknown_location", "location")
    assert missing.headers["Cache-Status"] == HIT
    database.execute("INSERT INTO tailor_place (name, latitude, longitude) VALUES ('NEW', 12.97, 77.59)",
                     "INSERT INTO \"User\" (id, email, password, name, \"updatedAt\") VALUES ('u99', 'n@example.org', '', '', now())",
                     "INSERT INTO \"Tailor\" (id, \"userId\", \"updatedAt\") VALUES ('t99', 'u99', now())")
    wait_until(lambda: served.get(**ask_place).status_code == 200, SECONDS_TO_SEE)
    wait_until(lambda: served.get(**ask_one).status_code == 200, SECONDS_TO_SEE)
    # A place that moves takes its searches along.
    database.execute("UPDATE tailor_place SET latitude = 51.5, longitude = -0.1 WHERE name = 'NEW'")
    wait_until(lambda: served.get(**ask_place).json()["data"] == [], SECONDS_TO_SEE)


def test_it_lives_by_time_alone_where_nobody_tells_of_changes(frontend, new_database):
    database = new_database()  # without triggers
    served = frontend(database.url(), cache_bytes="1MiB", cache_ttl_without_notifications=0.5, cache_stale=0)
    wait_until(lambda: "event=notifications_down" in served.log())
    assert status(served.get(params=HERE)) == MISS
    database.execute("UPDATE \"Tailor\" SET \"yearsExperience\" = 77 WHERE id = 't3'")
    wait_until(lambda: shown_years(served) == 77, SECONDS_TO_SEE)
    for _ in range(2):
        problem(served.get("/api/tailors/nobody"), 404, "not_found")
    assert "hit" not in served.get("/api/tailors/nobody").headers["Cache-Status"]


def test_what_is_past_its_time_is_served_while_it_is_computed_again(cached, database):
    served = cached(cache_ttl=0.3, cache_stale=1000)
    served.get(params=HERE)
    time.sleep(0.4)
    with locked(database):  # who waited for the computation would wait for ever
        response = served.get(params=HERE)
        assert status(response).startswith("tailor-frontend; hit; ttl=-")
        assert status(response).endswith("; detail=stale-while-revalidate")
    wait_until(lambda: value(served, "cache_stale_total", reason="revalidating") >= 1)
    wait_until(lambda: status(served.get(params=HERE)) == HIT)


def test_thousands_at_once_are_one_query(cached, database):
    patient = {each: 2 * HANG for each in ("keep_alive_timeout", "request_timeout", "query_timeout")}
    served = cached(max_connections=AT_ONCE + 10, connection_limit=2, **patient)
    request = b"GET /api/tailors?lat=12.9&lng=77.5&maxDistance=50 HTTP/1.0\r\n\r\n"
    with contextlib.ExitStack() as open_ones:
        with locked(database):
            asking = [open_ones.enter_context(socket.create_connection(("127.0.0.1", served.port))) for _ in range(AT_ONCE)]
            for each in asking:
                each.sendall(request)
            wait_until(lambda: value(served, "cache_coalesced_total") == AT_ONCE - 1)
            assert database.activity("wait_event_type = 'Lock'") == 1  # of the two that could
        with concurrent.futures.ThreadPoolExecutor(4) as threads:
            answers = list(threads.map(whole, asking))
    assert len(answers) == AT_ONCE and all(answer.startswith("HTTP/1.1 200") for answer in answers)
    assert len({answer.split("\r\n\r\n")[1] for answer in answers}) == 1
    assert sum("fwd=miss; collapsed" in answer for answer in answers) == AT_ONCE - 1
    assert value(served, "query_duration_seconds_count") == 1


def test_old_answers_while_the_database_is_away(cached, own_cluster):
    server = own_cluster.start()
    database = Database(server, f"cache_{os.getpid()}").create()
    database.execute("CALL tailor_search_setup(notify_changes => true)")
    served = cached(database.url(connect_timeout=2), cache_ttl=1000)
    fresh = served.get(params=HERE)
    assert status(fresh) == MISS
    own_cluster.stop("immediate")
    wait_until(lambda: "stale-if-error" in status(served.get(params=HERE)))
    old = served.get(params=HERE)
    assert old.content == fresh.content
    assert old.headers["Cache-Control"] == "public, max-age=0, stale-if-error=60"
    problem(served.get(params={**HERE, "page": "2"}), 503, "database_unavailable")
    own_cluster.start()
    wait_until(lambda: "stale-if-error" not in status(served.get(params=HERE)))
    wait_until(lambda: status(served.get(params=HERE)) == HIT)


def test_old_answers_for_a_bounded_time(cached, own_cluster):
    database = Database(own_cluster.start(), f"cache_{os.getpid()}")
    served = cached(database.url(connect_timeout=2), cache_ttl=0.5, cache_stale=0, cache_stale_if_error=1)
    assert status(served.get(params=HERE)) == MISS
    own_cluster.stop("immediate")
    wait_until(lambda: served.get(params=HERE).status_code == 503)
    own_cluster.start()
    wait_until(lambda: served.get(params=HERE).status_code == 200)
