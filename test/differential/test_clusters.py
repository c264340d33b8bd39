"""Clusters of random searches, by each way to search, against GROUP BY written by hand.

TAILOR_CLUSTER_REQUESTS: how many requests in all. A failure prints the request.
"""

import json
import math
import random

import psycopg2
import pytest
from amounts import amount
from plain_query import MATCHES
from random_requests import random_request
from random_tailors import fill, partition
from search_sessions import COVERING_INDEX, FIRST_SEED, search_session
from ways import WAYS, options_of

REQUESTS = amount("TAILOR_CLUSTER_REQUESTS", 160, 40_000)
SEEDS = list(range(FIRST_SEED, FIRST_SEED + 4))
NOT_OF_CLUSTERS = ("sort_by", "page", "page_size", "sample_works", "nearest", "include_unlocated")
COLUMNS = "count, latitude, longitude, west, south, east, north, id"

# A cell of level n has the first 3 + 2 n bits of its leaf cells.
GROUPED = MATCHES + """
SELECT count(*), avg(latitude), avg(longitude), min(latitude), max(latitude), min(longitude), max(longitude), min(id)
FROM filtered GROUP BY tailor_cell("locationPoint") >> (61 - 2 * greatest(%(zoom)s, 1))"""
CELL = 2e-7  # degrees of latitude: a leaf cell and rounding


def same_place(cluster, group):
    """A leaf cell's centre is a centimetre from its points: on a meridian everywhere, on a parallel but at the poles."""
    count, latitude, longitude, west, south, east, north, alone = cluster
    tailors, mean_latitude, mean_longitude, least_latitude, most_latitude, least_longitude, most_longitude, one = group
    if tailors != count or (one if tailors == 1 else None) != alone or abs(latitude - mean_latitude) > CELL:
        return False
    if not (south <= least_latitude < south + 2e-6 and north >= most_latitude > north - 2e-6):
        return False
    error = CELL / max(1e-12, math.cos(math.radians(max(abs(least_latitude), abs(most_latitude)))))
    if error > 1:
        return True
    if not (west <= least_longitude < west + error + 2e-6 and east >= most_longitude > east - error - 2e-6):
        return False
    return abs(longitude - mean_longitude) <= error


def assert_same_clusters(clusters, groups, message):
    """The groups have no order, and digits that differ: each is that of one cluster."""
    assert sum(each[0] for each in clusters) == sum(each[0] for each in groups), message
    assert len(clusters) == len(groups), message
    assert [each[0] for each in clusters] == sorted((each[0] for each in groups), reverse=True), message
    left = list(groups)
    for cluster in clusters:
        match = next((group for group in left if same_place(cluster, group)), None)
        assert match is not None, f"{message}\nno group is {cluster}: {left[:20]}"
        left.remove(match)


def cluster_request(filling, rng, located):
    request = random_request(filling, rng, located)
    request.options = {name: value for name, value in request.options.items() if name not in NOT_OF_CLUSTERS}
    return request


def clusters_of(cursor, arguments, zoom, function="tailor_search_clusters"):
    cursor.execute(f"SELECT {COLUMNS} FROM {function}({arguments}, zoom => {zoom})")
    return cursor.fetchall()


def allowed_zoom(cursor, arguments, rng):
    """A random one, or the largest for the area, which an error says."""
    zoom = rng.randint(0, 30)
    try:
        clusters_of(cursor, arguments, zoom)
        return zoom
    except psycopg2.errors.InvalidParameterValue as error:
        assert error.diag.column_name == "zoom"
        return int(error.diag.message_primary.split()[5])


def clusters_of_json(document):
    rows = []
    for each in document["clusters"]:
        assert list(each) == ["count", "latitude", "longitude", "bbox"] + (["id"] if each["count"] == 1 else [])
        rows.append((each["count"], each["latitude"], each["longitude"], *each["bbox"], each.get("id")))
    return rows


def compare_request(sessions, filling, rng, request):
    zoom = allowed_zoom(sessions["sql"], request.arguments(), rng)
    filling.execute(GROUPED, {**request.values, **request.centre, "zoom": zoom})
    groups = filling.fetchall()
    expected = None
    for way, cursor in sessions.items():
        message = f"{way} differs, zoom {zoom}:\n{request}"
        near = rng.random() < 0.5 and request.lat is not None
        found = clusters_of(cursor, request.arguments(near), zoom, "tailor_search_clusters_near" if near else "tailor_search_clusters")
        if expected is None:
            assert_same_clusters(found, groups, message)
        expected = expected or found
        assert found == expected, message
        cursor.execute(f"SELECT tailor_search_json({request.arguments()}, page_size => 1, facets => true, zoom => {zoom})::text")
        document = json.loads(cursor.fetchone()[0])
        assert clusters_of_json(document) == expected, message
        assert document["pagination"]["total"] == sum(each[0] for each in found), message
    return len(groups)


def compare(database, filling, seed, count):
    sessions = {way: search_session(database, way) for way in WAYS}
    for cursor in sessions.values():
        cursor.connection.autocommit = True
    filling.execute('SELECT latitude, longitude FROM "Tailor" WHERE latitude IS NOT NULL ORDER BY id')
    located = filling.fetchall()
    rng = random.Random(f"clusters {seed}")
    counted = sum(compare_request(sessions, filling, rng, cluster_request(filling, rng, located)) > 1 for _ in range(count))
    assert counted > count / 10, "too few requests with several clusters: the test is blunt"


@pytest.mark.parametrize("seed", SEEDS)
def test_random_clusters(new_database, seed):
    database = new_database()
    filling = database.connect().cursor()
    fill(filling, seed)
    compare(database, filling, seed, math.ceil(REQUESTS / len(SEEDS) / 2))


@pytest.mark.parametrize("seed", SEEDS[:2])
def test_random_clusters_of_partitions(new_database, seed):
    database = new_database()
    filling = database.connect().cursor()
    partition(filling)
    fill(filling, seed, count=900)
    compare(database, filling, seed, math.ceil(REQUESTS / len(SEEDS) / 4))


def test_many_clusters(new_database):
    """Each in a cell of its own, all over the world: as many as an answer may have, and read in several steps."""
    database = new_database()
    making = database.connect().cursor()
    fill(making, FIRST_SEED, count=1)
    making.execute("""
        INSERT INTO "User" (id, email, password, name, "updatedAt") SELECT 'of ' || n, n, '', '', now() FROM generate_series(1, 6000) n;
        INSERT INTO "Tailor" (id, "userId", latitude, longitude, "updatedAt", "locationPoint")
        SELECT n, 'of ' || n, lat, lng, now(), ST_MakePoint(lng, lat)::geography FROM (
          SELECT n, degrees(asin(2 * (n - 0.5) / 6000 - 1)) AS lat, degrees(n * 2.399963) - 360 * round(degrees(n * 2.399963) / 360) AS lng
          FROM generate_series(1, 6000) n) spiral""")
    making.execute(COVERING_INDEX)
    world = "west => -180, south => -90, east => 180, north => 90"
    found = {way: clusters_of(database.connect(options=options_of(way)).cursor(), world, 5) for way in WAYS}
    assert found["native"] == found["native_am"] == found["sql"]
    assert len(found["sql"]) > 3000 and len({row[7] for row in found["sql"]}) > 1000
    making.execute('SELECT count(*) FROM "Tailor" WHERE "locationPoint" IS NOT NULL')
    assert sum(row[0] for row in found["sql"]) == making.fetchone()[0]
