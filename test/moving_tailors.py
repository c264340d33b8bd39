"""Tailors that are inserted, moved, changed, deleted and vacuumed all the time, and searches by both engines meanwhile.

A database is what has session(): a new connection, in transactions.
"""

import contextlib
import random
import threading
import time

import psycopg2
from ways import WAYS, choose

POINT = "ST_SetSRID(ST_MakePoint(%s, %s), 4326)::geography"
CHANGES = [
    f"""WITH u AS (INSERT INTO "User" (id, email, password, name, "updatedAt")
          SELECT 'u' || %(id)s, %(id)s || '@example.com', 'x', 'N', now() ON CONFLICT DO NOTHING)
        INSERT INTO "Tailor" (id, "userId", skills, rating, "yearsExperience", "updatedAt", "locationPoint")
        SELECT %(id)s, 'u' || %(id)s, %(skills)s, %(rating)s, %(years)s, now(), {POINT.replace('%s', '%(x)s', 1).replace('%s', '%(y)s', 1)}
        WHERE NOT EXISTS (SELECT FROM "Tailor" WHERE id = %(id)s)""",
    f'UPDATE "Tailor" SET "locationPoint" = {POINT.replace("%s", "%(x)s", 1).replace("%s", "%(y)s", 1)} WHERE id = %(id)s',
    'UPDATE "Tailor" SET "locationPoint" = NULL WHERE id = %(id)s',
    'UPDATE "Tailor" SET rating = %(rating)s, skills = %(skills)s WHERE id = %(id)s',
    'UPDATE "Tailor" SET location = %(skills)s::text WHERE id = %(id)s',  # HOT
    'DELETE FROM "Tailor" WHERE id = %(id)s',
    """INSERT INTO "SampleWork" (id, "tailorId", "imageUrl", "updatedAt")
       SELECT %(id)s || random(), id, 'https://example.com', now() FROM "Tailor" WHERE id = %(id)s""",
]


def change(database, stop, seed, errors):
    """Small transactions, some rolled back, all within a kilometre or so."""
    rng = random.Random(seed)
    connection = database.session()
    try:
        while not stop.is_set():
            with connection.cursor() as cursor:
                for _ in range(rng.randint(1, 5)):
                    cursor.execute(rng.choice(CHANGES), {
                        "id": f"t{seed}-{rng.randint(1, 300)}", "x": rng.gauss(77.6, 0.005), "y": rng.gauss(13, 0.005),
                        "skills": rng.sample(["HEMMING", "STITCHING", "EMBROIDERY"], 2), "rating": rng.randint(0, 50) / 10,
                        "years": rng.choice((None, 1, 5, 20))})
            (connection.rollback if rng.random() < 0.2 else connection.commit)()
    except psycopg2.Error as error:
        errors.append(error)
    finally:
        connection.close()


def vacuum(database, stop, errors):
    connection = database.session()
    connection.autocommit = True
    try:
        while not stop.is_set():
            connection.cursor().execute('VACUUM "Tailor", "User", "SampleWork"')
            time.sleep(0.05)
    except psycopg2.Error as error:
        errors.append(error)
    finally:
        connection.close()


def compare(database, isolation, until, seed, enough=100):
    """How many searches found somebody, all the same by both engines in one snapshot. A slow machine gets a minute more for enough."""
    rng = random.Random(seed)
    connection = database.session()
    connection.set_session(isolation_level=isolation)
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = '60s'")  # who hangs fails
    connection.commit()
    found = 0
    while time.monotonic() < until + (60 if found <= enough else 0):
        with connection.cursor() as cursor:
            for _ in range(3):
                search = (f"SELECT tailor_search_json({rng.gauss(13, 0.005)!r}, {rng.gauss(77.6, 0.005)!r}, {rng.uniform(0.05, 3)!r},"
                          f" sort_by => '{rng.choice(('distance', 'rating', 'experience'))}', page => {rng.randint(1, 3)},"
                          f" include_unlocated => {rng.random() < 0.5}, min_rating => {rng.choice(('NULL', '2.5'))},"
                          f" skills => {rng.choice(('NULL', 'ARRAY[$$HEMMING$$]'))})::text")
                documents = {}
                for way in rng.sample(list(WAYS), len(WAYS)):
                    choose(cursor, way, local=True)
                    cursor.execute(search)
                    documents[way] = cursor.fetchone()[0]
                assert documents["native"] == documents["sql"], search
                assert documents["native_am"] == documents["sql"], search
                found += '"id"' in documents["sql"]
        connection.commit()
    connection.close()
    return found


@contextlib.contextmanager
def moving(database):
    """Two sessions change and one vacuums, until the block ends."""
    stop, errors = threading.Event(), []
    others = [threading.Thread(target=change, args=(database, stop, seed, errors)) for seed in range(2)]
    others.append(threading.Thread(target=vacuum, args=(database, stop, errors)))
    for other in others:
        other.start()
    try:
        yield
    finally:
        stop.set()
        for other in others:
            other.join()
    assert not errors
