"""Searches over random tables by each engine, against the plain PostGIS query: rows, order, digits, relations, total, in every form.

TAILOR_DIFFERENTIAL_REQUESTS: how many requests of each engine, _TABLES: over how many tables, _SEED: where their seeds begin.
"""

import json
import math
import random

import pytest
from amounts import amount
from plain_query import TAILOR, TIME, plain_answer
from random_requests import random_request
from random_tailors import fill
from search_sessions import FIRST_SEED, TABLES, search_session

REQUESTS = amount("TAILOR_DIFFERENTIAL_REQUESTS", 800, 40_000)
ROW = ", ".join(TIME % f'"{name}"' if name in ("createdAt", "updatedAt") else f'"{name}"' for name in TAILOR)


def rows_answer(cursor, request, near=False):
    """As the set of rows gives it. Beyond the last page there is no row to tell the total."""
    function = "tailor_search_near" if near else "tailor_search"
    cursor.execute(f'SELECT {ROW}, distance, "user", "sampleWorks", total FROM {function}({request.arguments(near)})')
    rows = cursor.fetchall()
    totals = {row[-1] for row in rows}
    assert len(totals) <= 1
    return totals.pop() if totals else None, [dict(zip(TAILOR + ["distance", "user", "sampleWorks"], row)) for row in rows]


def json_answer(cursor, request, near=False):
    function = "tailor_search_json_near" if near else "tailor_search_json"
    cursor.execute(f"SELECT {function}({request.arguments(near)})::text")
    text = cursor.fetchone()[0]
    assert text.startswith('{"data":[')
    document = json.loads(text)
    page, size = request.values["page"], request.values["page_size"]
    total = document["pagination"]["total"]
    nearest = request.values["nearest"]
    assert ("next" in document["pagination"]) == (page * size < total and not nearest)
    document["pagination"].pop("next", None)
    if nearest:
        found = [tailor["distance"] for tailor in document["data"]]
        assert document["radius"] == (found[-1] if total == nearest else request.values["max_distance_km"])
    assert document["pagination"] == {"page": page, "limit": size, "total": total, "totalPages": math.ceil(total / size)}
    return total, document["data"]


def exact(tailor):
    """Comparable to the last bit; 5 and 5.0 are the same number."""
    reals = ("latitude", "longitude", "rating", "distance")
    return {name: float(value).hex() if name in reals and value is not None else value for name, value in tailor.items()}


def assert_same(request, form, expected, answer):
    (expected_total, expected_tailors), (total, tailors) = expected, answer
    message = f"{form} differs from the plain query:\n{request}"
    assert [t["id"] for t in tailors] == [t["id"] for t in expected_tailors], message
    for tailor, wanted in zip(tailors, expected_tailors):
        assert list(tailor) == list(wanted), message
        assert exact(tailor) == exact(wanted), message
    assert total == expected_total or (total is None and not tailors), message


def plain_session(database):
    """Reads every row: an index that leaves rows out cannot mislead it."""
    return database.connect(options="-c enable_indexscan=off -c enable_bitmapscan=off -c enable_indexonlyscan=off").cursor()


@pytest.mark.parametrize("engine", ["sql", "native"])
@pytest.mark.parametrize("seed", range(FIRST_SEED, FIRST_SEED + TABLES))
def test_random_searches(new_database, seed, engine):
    database = new_database()
    plain = plain_session(database)
    fill(plain, seed)
    searched = search_session(database, engine)
    plain.execute('SELECT latitude, longitude FROM "Tailor" WHERE latitude IS NOT NULL ORDER BY id')
    located = plain.fetchall()
    rng = random.Random(f"requests {seed}")
    matches = 0
    for _ in range(REQUESTS // TABLES):
        request = random_request(plain, rng, located)
        expected = plain_answer(plain, request)
        near = rng.random() < 0.5
        assert_same(request, f"tailor_search(near: {near})", expected, rows_answer(searched, request, near))
        assert_same(request, f"tailor_search_json(near: {not near})", expected, json_answer(searched, request, not near))
        matches += expected[0] > 0
    assert matches > REQUESTS // TABLES / 4, "too few requests that find anything: the test is blunt"


def test_single_tailors(new_database):
    database = new_database()
    cursor = database.connect().cursor()
    fill(cursor, FIRST_SEED)
    cursor.execute(f"""
        SELECT t.id, tailor_by_id_json(t.id)->'data', json_build_object('id', u.id, 'name', u.name, 'email', u.email, 'createdAt', {TIME % 'u."createdAt"'}),
               (SELECT coalesce(json_agg(w.id ORDER BY w."createdAt" DESC, w.id), '[]') FROM "SampleWork" w WHERE w."tailorId" = t.id),
               t.rating, t.skills
        FROM "Tailor" t JOIN "User" u ON u.id = t."userId\"""")
    for tailor_id, document, user, works, rating, skills in cursor:
        assert list(document) == TAILOR + ["user", "sampleWorks"]
        assert (document["id"], document["user"], document["rating"], document["skills"]) == (tailor_id, user, rating, skills)
        assert [work["id"] for work in document["sampleWorks"]] == works
