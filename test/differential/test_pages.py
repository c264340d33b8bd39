"""Page after page by its cursor: the pages that OFFSET gives over an unchanged table; while others change rows, each row that
did not change is seen once, in order.

TAILOR_PAGE_WALKS: how many walks in each way.
"""

import json
import random

import pytest
from amounts import amount
from random_requests import Request, random_request
from random_tailors import BENGALURU, fill, partition
from search_sessions import search_session
from ways import WAYS

WALKS = amount("TAILOR_PAGE_WALKS", 30, 1000)


def page(cursor, request, **options):
    cursor.execute(f"SELECT tailor_search_json({Request(request.lat, request.lng, request.options | options).arguments()})::text")
    return json.loads(cursor.fetchone()[0])


def walk(cursor, request, changes=lambda: None):
    """All pages, in order. A search has no more than the 300 tailors, so a walk that does not end fails."""
    pages = [page(cursor, request)]
    while "next" in pages[-1]["pagination"]:
        changes()
        pages.append(page(cursor, request, after=pages[-1]["pagination"]["next"]))
        assert len(pages) < 1000, request
    return pages


def walkable(cursor, rng, located):
    """A search with several pages."""
    while True:
        request = random_request(cursor, rng, located)
        if "nearest" in request.options:
            continue
        request.options |= {"page": 1, "page_size": rng.choice((1, 2, 5, 12))}
        if "west" not in request.options:
            request.options["max_distance_km"] = rng.choice((request.options["max_distance_km"], 100.0, 20.0))
        if page(cursor, request)["pagination"]["totalPages"] > 2:
            return request


@pytest.mark.parametrize("partitioned", [False, True])
def test_pages_by_cursor_are_those_by_number(new_database, partitioned):
    database = new_database()
    filling = database.connect().cursor()
    if partitioned:
        partition(filling)
    fill(filling, seed=7)
    sessions = {way: search_session(database, way) for way in WAYS}
    filling.execute('SELECT latitude, longitude FROM "Tailor" WHERE latitude IS NOT NULL ORDER BY id')
    located, rng = filling.fetchall(), random.Random(f"pages {partitioned}")
    for _ in range(WALKS):
        request = walkable(sessions["native"], rng, located)
        walks = {way: walk(cursor, request) for way, cursor in sessions.items()}
        assert walks["native"] == walks["native_am"] == walks["sql"], f"the engines differ:\n{request}"
        by_number = [page(sessions["sql"], request, page=number) for number in range(1, len(walks["sql"]) + 1)]
        assert walks["sql"] == by_number, f"pages by number differ:\n{request}"
        assert len(by_number) == by_number[0]["pagination"]["totalPages"], request


@pytest.mark.parametrize("way", WAYS)
def test_what_did_not_change_is_seen_once(new_database, way):
    database = new_database()
    changing = database.connect().cursor()
    fill(changing, seed=8)
    sessions = {each: search_session(database, each) for each in ("native", way)}
    changing.execute('SELECT latitude, longitude FROM "Tailor" WHERE latitude IS NOT NULL ORDER BY id')
    located, rng = changing.fetchall(), random.Random(f"changing pages {way}")
    changing.execute('SELECT id FROM "Tailor" ORDER BY id')
    ids = [row[0] for row in changing]
    restless = rng.sample(ids, 60)

    def change():
        latitude, longitude = rng.choice(located) if rng.random() < 0.5 else BENGALURU
        point = f"SRID=4326;POINT({longitude!r} {latitude!r})"
        changing.execute("""UPDATE "Tailor" SET latitude = %s, longitude = %s, "locationPoint" = %s::geography, rating = %s, "yearsExperience" = %s
                            WHERE id = ANY (%s)""", (latitude, longitude, point, rng.randint(0, 50) / 10, rng.randint(0, 20), rng.sample(restless, 3)))
        changing.execute('DELETE FROM "Tailor" WHERE id LIKE \'new %\'')
        changing.execute("""INSERT INTO "Tailor" (id, "userId", latitude, longitude, "locationPoint", skills, "yearsExperience", rating, "updatedAt")
                            SELECT 'new ' || id, 'new ' || id, latitude, longitude, "locationPoint", skills, "yearsExperience", rating, now()
                            FROM "Tailor" WHERE id = ANY (%s)""", (rng.sample(ids, 5),))

    changing.execute('ALTER TABLE "Tailor" DROP CONSTRAINT "Tailor_userId_fkey"')
    for _ in range(WALKS):
        request = walkable(sessions["native"], rng, located)
        still = lambda pages: [tailor["id"] for each in pages for tailor in each["data"] if tailor["id"] in ids and tailor["id"] not in restless]
        before = still(walk(sessions[way], request))
        assert still(walk(sessions[way], request, change)) == before, request
