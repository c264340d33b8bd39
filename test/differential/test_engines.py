"""The native engine, by either way to read indexes, against the SQL engine: the same document, to the last character.

TAILOR_ENGINE_REQUESTS: how many requests in all; a failure prints the request.
"""

import math
import random

import pytest
from amounts import amount
from random_requests import random_request
from random_tailors import fill, partition
from search_sessions import FIRST_SEED, TABLES, search_session
from ways import WAYS

REQUESTS = amount("TAILOR_ENGINE_REQUESTS", 5000, 1_000_000)
SEEDS = list(range(FIRST_SEED, FIRST_SEED + TABLES))
PARTITIONED_SEEDS = SEEDS[: TABLES // 2]


@pytest.mark.parametrize("seed", SEEDS)
def test_same_document(new_database, seed):
    database = new_database()
    filling = database.connect().cursor()
    fill(filling, seed)
    compare(database, filling, seed)


@pytest.mark.parametrize("seed", PARTITIONED_SEEDS)
def test_same_document_from_partitions(new_database, seed):
    database = new_database()
    filling = database.connect().cursor()
    partition(filling)
    fill(filling, seed, count=900)
    compare(database, filling, seed)


def compare(database, filling, seed):
    sessions = {way: search_session(database, way) for way in WAYS}
    filling.execute('SELECT latitude, longitude FROM "Tailor" WHERE latitude IS NOT NULL ORDER BY id')
    located = filling.fetchall()
    rng = random.Random(f"engines {seed}")
    for _ in range(math.ceil(REQUESTS / len(SEEDS + PARTITIONED_SEEDS))):
        request = random_request(filling, rng, located)
        documents = {}
        for way, cursor in sessions.items():
            cursor.execute(f"SELECT tailor_search_json({request.arguments()})::text")
            documents[way] = cursor.fetchone()[0]
        assert documents["native"] == documents["sql"], f"the engines differ:\n{request}"
        assert documents["native_am"] == documents["sql"], f"the engines differ with index_access = am:\n{request}"
