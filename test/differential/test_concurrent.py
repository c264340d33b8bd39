"""Both engines in one snapshot, while other sessions insert, move, change and delete tailors, and VACUUM."""

import time

import psycopg2
import pytest
from amounts import amount
from moving_tailors import POINT, compare, moving
from random_tailors import partition
from search_sessions import COVERING_INDEX
from ways import choose

SECONDS = amount("TAILOR_CONCURRENT_SECONDS", 8.0, 300.0)

@pytest.mark.parametrize("partitioned", [False, True])
def test_one_snapshot_two_engines_one_answer(new_database, partitioned):
    """Where the table is partitioned, by rating among others, changed rows move between partitions."""
    database = new_database()
    if partitioned:
        partition(database.connect().cursor())
    database.execute(COVERING_INDEX)
    with moving(database):
        middle = time.monotonic() + SECONDS / 4
        found = compare(database, "REPEATABLE READ", middle, seed=1)
        found += compare(database, "SERIALIZABLE", middle + SECONDS / 4, seed=2)
    assert found > 100, "too few searches that find anybody: the test is blunt"


@pytest.mark.parametrize("way", ["native", "native_am"])
@pytest.mark.parametrize("partitioned", [False, True])
def test_serializable_sees_what_it_read(new_database, partitioned, way):
    """Write skew: each of two transactions counts the tailors near by and adds one. Not both may commit."""
    database = new_database()
    if partitioned:
        partition(database.connect().cursor())
    database.execute(COVERING_INDEX, """INSERT INTO "User" (id, email, password, "updatedAt") SELECT n, n, 'x', now() FROM generate_series(1, 2) n""")
    sessions = [psycopg2.connect(dbname=database.name) for _ in range(2)]
    codes = []
    for session in sessions:
        session.set_session(isolation_level="SERIALIZABLE")
        cursor = session.cursor()
        choose(cursor, way, local=True)
        cursor.execute("SELECT count(*) FROM tailor_search(13, 77.6)")
        assert cursor.fetchone() == (0,)
    for number, session in enumerate(sessions, 1):
        try:
            session.cursor().execute(
                f"""INSERT INTO "Tailor" (id, "userId", "updatedAt", "locationPoint") VALUES (%s, %s, now(), {POINT})""",
                (str(number), str(number), 77.6, 13))
            session.commit()
        except psycopg2.errors.SerializationFailure as error:
            codes.append(error.pgcode)
        session.close()
    assert codes == ["40001"]
