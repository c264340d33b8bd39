"""Facets of random searches, by each way to search, against GROUP BY written by hand.

TAILOR_FACET_REQUESTS: how many requests in all. A failure prints the request.
"""

import json
import math
import random

import pytest
from amounts import amount
from odd_tables import COVERING_INDEXES, SKILLS, TABLES, USER_INDEXES, WORK_INDEXES, fill as fill_odd, random_collations
from plain_query import MATCHES
from random_requests import DEFAULTS, random_request
from random_tailors import fill, partition
from search_sessions import COVERING_INDEX, FIRST_SEED, search_session
from ways import WAYS, options_of

REQUESTS = amount("TAILOR_FACET_REQUESTS", 600, 40_000)
SEEDS = list(range(FIRST_SEED, FIRST_SEED + 4))
NOT_OF_FACETS = ("sort_by", "page", "page_size", "sample_works", "nearest")

BY_SKILL = "(%(skills)s::text[] IS NULL OR CASE %(skill_match)s WHEN 'any' THEN skills && %(skills)s ELSE skills @> %(skills)s END)"
BY_EXPERIENCE = """(%(min_experience)s::int IS NULL OR "yearsExperience" >= %(min_experience)s)
  AND (%(max_experience)s::int IS NULL OR "yearsExperience" <= %(max_experience)s)"""
BY_RATING = "(%(min_rating)s::float8 IS NULL OR rating >= %(min_rating)s::float8)"
# Over rows with a number n each.
GROUPED = {
    "skill": f"""SELECT min(skill COLLATE "C"), count(DISTINCT n) FROM numbered, unnest(skills) AS skill
                 WHERE skill IS NOT NULL AND {BY_EXPERIENCE} AND {BY_RATING} GROUP BY skill ORDER BY 2 DESC, 1""",
    "rating": f"""SELECT stars::text, count(*) FROM numbered, generate_series(1, 5) AS stars
                  WHERE rating >= stars AND {BY_SKILL} AND {BY_EXPERIENCE} GROUP BY stars ORDER BY stars""",
    "experience": f"""SELECT (5 * band)::text, count(*) FROM numbered, least("yearsExperience" / 5, 10) AS band
                      WHERE "yearsExperience" >= 0 AND {BY_SKILL} AND {BY_RATING} GROUP BY band ORDER BY band""",
}


def expected_facets(cursor, matches, values):
    """By facet a list of (value, count)."""
    found = {}
    for facet, query in GROUPED.items():
        cursor.execute(f"{matches}, numbered AS (SELECT *, row_number() OVER () AS n FROM matches) {query}", values)
        found[facet] = cursor.fetchall()
    return found


def facets_of_rows(cursor, arguments, function="tailor_search_facets"):
    cursor.execute(f"SELECT facet, value, count, others FROM {function}({arguments})")
    found = {facet: [] for facet in GROUPED}
    others = set()
    for facet, value, count, other in cursor:
        found[facet].append((value, count))
        others |= {other} if facet == "skill" else set()
        assert facet == "skill" or other == 0
    assert len(others) <= 1
    return found, others.pop() if others else 0


def facets_of_json(document):
    """The same from the document, and what names a band."""
    facets = document["facets"]
    for band in facets["experience"]:
        first = band["minExperience"]
        assert first % 5 == 0 and (band["maxExperience"] == first + 4 if first < 50 else "maxExperience" not in band)
    return {
        "skill": [(each["skill"], each["count"]) for each in facets["skill"]],
        "rating": [(str(each["minRating"]), each["count"]) for each in facets["rating"]],
        "experience": [(str(each["minExperience"]), each["count"]) for each in facets["experience"]],
    }, facets["otherSkills"]


def facet_request(filling, rng, located):
    request = random_request(filling, rng, located)
    request.options = {name: value for name, value in request.options.items() if name not in NOT_OF_FACETS}
    return request


def compare(database, filling, seed, count):
    sessions = {way: search_session(database, way) for way in WAYS}
    filling.execute('SELECT latitude, longitude FROM "Tailor" WHERE latitude IS NOT NULL ORDER BY id')
    located = filling.fetchall()
    rng = random.Random(f"facets {seed}")
    matches = MATCHES[: MATCHES.index(", filtered AS")]
    counted = 0
    for _ in range(count):
        request = facet_request(filling, rng, located)
        expected = expected_facets(filling, matches, {**request.values, **request.centre}), 0
        counted += len(expected[0]["skill"]) > 1
        near = rng.random() < 0.5 and request.lat is not None
        page = {name: value for name, value in {"page": rng.choice((1, 2)), "sort_by": rng.choice(("distance", "rating"))}.items()}
        pages = ", ".join(f"{name} => {value!r}" for name, value in page.items())
        for way, cursor in sessions.items():
            function = "tailor_search_facets_near" if near else "tailor_search_facets"
            assert facets_of_rows(cursor, request.arguments(near), function) == expected, f"{way} differs:\n{request}"
            cursor.execute(f"SELECT tailor_search_json({request.arguments()}, {pages}, facets => true)::text")
            text = cursor.fetchone()[0]
            assert facets_of_json(json.loads(text)) == expected, f"{way} differs in JSON:\n{request}"
            cursor.execute(f"SELECT tailor_search_json({request.arguments()}, {pages})::text")
            assert text.startswith(cursor.fetchone()[0][:-1] + ',"facets":'), f"{way}: facets change the page:\n{request}"
    assert counted > count / 4, "too few requests with skills to count: the test is blunt"


@pytest.mark.parametrize("seed", SEEDS)
def test_random_facets(new_database, seed):
    database = new_database()
    filling = database.connect().cursor()
    fill(filling, seed)
    compare(database, filling, seed, math.ceil(REQUESTS / len(SEEDS) / 2))


@pytest.mark.parametrize("seed", SEEDS[:2])
def test_random_facets_of_partitions(new_database, seed):
    database = new_database()
    filling = database.connect().cursor()
    partition(filling)
    fill(filling, seed, count=900)
    compare(database, filling, seed, math.ceil(REQUESTS / len(SEEDS) / 4))


# Skills in several spellings that are one by the column's collation, or not.
ODD_MATCHES = """WITH matches AS (SELECT * FROM "Tailor" WHERE ST_DWithin("locationPoint", ST_MakePoint(0, 0)::geography, %(km)s * 1000))"""


@pytest.mark.parametrize("seed", range(1, 9))
def test_spellings_of_skills(new_database, seed):
    rng = random.Random(f"spellings {seed}")
    database = new_database("template1")
    database.execute("CREATE EXTENSION tailor_search CASCADE")
    making = database.connect().cursor()
    collations = {**random_collations(rng), "skills": "loose" if seed % 2 else rng.choice(("default", "de-x-icu"))}
    making.execute(TABLES.format(**collations))
    for index in (COVERING_INDEXES[seed // 2 % len(COVERING_INDEXES)], USER_INDEXES[0], WORK_INDEXES[0]):
        making.execute(index)
    fill_odd(making, rng, 150)
    making.execute("UPDATE \"Tailor\" SET skills = skills || ARRAY[%s, 'HemmING', NULL] WHERE random() < 0.3", ["y" * 3000])
    making.execute('VACUUM "Tailor"')
    sessions = [database.connect(options=options_of(way, engine="auto")).cursor() for way in WAYS]
    for _ in range(REQUESTS // 50):
        values = {**DEFAULTS, "km": rng.choice((1, 5, 20))}
        given = {"skills": [rng.choice([skill for skill in SKILLS if len(skill) < 1000])], "skill_match": rng.choice(("any", "all")), "min_rating": 2.5, "min_experience": 1, "max_experience": 5}
        values |= {name: value for name, value in given.items() if rng.random() < 0.4}
        expected = expected_facets(making, ODD_MATCHES, values), 0
        arguments = making.mogrify(
            """0, 0, %(km)s, skills => %(skills)s, skill_match => %(skill_match)s, min_rating => %(min_rating)s,
               min_experience => %(min_experience)s, max_experience => %(max_experience)s""", values).decode()
        for cursor in sessions:
            assert facets_of_rows(cursor, arguments) == expected, f"seed {seed}, {collations}: tailor_search_facets({arguments})"


def test_many_skills(new_database):
    """The most frequent hundred are shown, however many there are; megabytes of different lists."""
    database = new_database()
    making = database.connect().cursor()
    fill(making, FIRST_SEED, count=900)
    making.execute("""UPDATE "Tailor" SET skills = 'of ' || id || (
                      SELECT array_agg('skill ' || (i * i + 17 * ascii(right(id, 1))) % 3000 || repeat('-', i % 7))
                      FROM generate_series(1, 100 + ascii(right(id, 1)) % 40) AS i)""")
    values = {**DEFAULTS, "lat": 12.97, "lng": 77.59, "west": -180.0, "south": -90.0, "east": 180.0, "north": 90.0}
    expected = expected_facets(making, MATCHES[: MATCHES.index(", filtered AS")], values)
    distinct = len(expected["skill"])
    assert distinct > 1000
    expected["skill"] = expected["skill"][:100]
    arguments = "west => -180, south => -90, east => 180, north => 90"
    making.execute(COVERING_INDEX)
    for way in WAYS:
        cursor = database.connect(options=options_of(way)).cursor()
        assert facets_of_rows(cursor, arguments) == (expected, distinct - 100)
        cursor.execute(f"SELECT tailor_search_json({arguments}, facets => true)")
        assert facets_of_json(cursor.fetchone()[0]) == (expected, distinct - 100)
