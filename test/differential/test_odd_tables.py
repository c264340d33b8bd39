"""Both engines over tables without constraints: NULL in every column, long and empty ids, mixed collations, no primary key.

TAILOR_ODD_SEARCHES: how many searches by each engine. A failure prints the seed's tables and the search.
"""

import random

import pytest
from amounts import amount
from psycopg2.extras import execute_values
from ways import WAYS, options_of

SEEDS = list(range(1, 1 + amount("TAILOR_ODD_SEEDS", 8, 40)))
SEARCHES = amount("TAILOR_ODD_SEARCHES", 1600, 80_000)

# What the native engine cannot serve is the SQL engine's.
AUTO = {"native": {"engine": "auto"}, "native_am": {"engine": "auto"}}
DETERMINISTIC = ("default", "C", "en-x-icu", "de-x-icu")
COLLATIONS = DETERMINISTIC + ("loose",)
TABLES = """
CREATE COLLATION IF NOT EXISTS loose (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
CREATE TABLE "Tailor" (id text COLLATE "{tailor_id}", "userId" text COLLATE "{user_id_of_tailor}", location text, latitude float8, longitude float8,
  skills text[] COLLATE "{skills}", "yearsExperience" int, "profilePhoto" text, "contactPhone" text, "contactEmail" text, rating float8,
  "reviewCount" int, "createdAt" timestamp, "updatedAt" timestamp, "locationPoint" geography(Point, 4326));
CREATE TABLE "User" (id text COLLATE "{user_id}", name text, email text, "createdAt" timestamp);
CREATE TABLE "SampleWork" (id text COLLATE "{work_id}", "tailorId" text COLLATE "{tailor_id_of_work}", "imageUrl" text, description text,
  "createdAt" timestamp);
CREATE INDEX ON "Tailor" USING gist ("locationPoint");
"""
COVERING_INDEXES = tuple(f'CREATE INDEX ON "Tailor" (tailor_cell("locationPoint"){columns})' for columns in
                         (', "yearsExperience", rating, tailor_indexed_skills(skills) COLLATE "C"', ', tailor_indexed_skills(skills), rating) INCLUDE ("yearsExperience"',
                          ') INCLUDE ("yearsExperience", rating, skills', ') INCLUDE (rating, "yearsExperience"'))
# One of each is made. What they leave out is NULLS FIRST, DESC and INCLUDE in every mixture.
USER_INDEXES = ('CREATE INDEX ON "User" (id)', 'CREATE INDEX ON "User" (id DESC)', 'CREATE INDEX ON "User" (id NULLS FIRST) INCLUDE (name, email)',
                'CREATE INDEX ON "User" (id COLLATE "C")', 'CREATE INDEX ON "User" (id text_pattern_ops)')
WORK_INDEXES = ('CREATE INDEX ON "SampleWork" ("tailorId")', 'CREATE INDEX ON "SampleWork" ("tailorId" COLLATE "C")',
                'CREATE INDEX ON "SampleWork" ("tailorId", "createdAt" DESC)', 'CREATE INDEX ON "SampleWork" ("tailorId", "createdAt" DESC NULLS LAST)',
                'CREATE INDEX ON "SampleWork" ("tailorId" DESC, "createdAt" DESC) INCLUDE (id, "imageUrl", description)')
# Between searches: what changes the tables, their files, or what is all-visible.
CHANGES = ('VACUUM "Tailor", "User", "SampleWork"', 'VACUUM (FULL) "SampleWork"', 'REINDEX TABLE "Tailor"', 'REINDEX TABLE CONCURRENTLY "User"',
           'CLUSTER "SampleWork"', 'ALTER TABLE "User" ALTER name TYPE varchar', 'UPDATE "Tailor" SET rating = rating + 1 WHERE rating < 4',
           'DELETE FROM "SampleWork" WHERE ctid IN (SELECT ctid FROM "SampleWork" LIMIT 3)', 'UPDATE "User" SET name = upper(name)',
           'CREATE INDEX ON "SampleWork" ("tailorId")', 'ANALYZE')
SKILLS = ["Hemming", "HEMMING", "hemming", "éclair", "", "x" * 300, "x" * 2100]


def random_collations(rng):
    """Mostly those that the native engine serves: no two collations of their own in one comparison."""
    if rng.random() < 0.3:
        return {name: rng.choice(COLLATIONS) for name in ("tailor_id", "user_id_of_tailor", "skills", "user_id", "work_id", "tailor_id_of_work")}
    tailor, user = rng.choice(DETERMINISTIC), rng.choice(DETERMINISTIC)
    return {"tailor_id": tailor, "tailor_id_of_work": rng.choice((tailor, "default")), "user_id": user, "user_id_of_tailor": rng.choice((user, "default")),
            "work_id": rng.choice(DETERMINISTIC), "skills": rng.choice(COLLATIONS)}


def random_id(rng):
    letters = rng.choice(("ab", "aAbB", "aáAÁ-_", "xyz019"))
    return rng.choice((None, "", "a" * 2500 + rng.choice(letters), "".join(rng.choices(letters, k=rng.randint(1, 4)))))


def fill(cursor, rng, count):
    ids = [random_id(rng) for _ in range(count)]
    users = [random_id(rng) for _ in range(count)]
    tailors = []
    for number, key in enumerate(ids):
        # Distances differ where order would otherwise be left open: by NULL, or by ids that are equal.
        point = None if rng.random() < 0.1 else f"SRID=4326;POINT({number / 1000} {rng.choice((0, 0, 0.001))})"
        skills = rng.choice((None, [], rng.sample(SKILLS, 2), [rng.choice(SKILLS), None], [None]))
        tailors.append((key, rng.choice(users), rng.choice((None, "", "q\"\\\n", "l" * 3000)), skills, rng.choice((None, 0, 5, 10)),
                        rng.choice((None, 0, 2.5, 5, float("nan"))), rng.choice((None, "2024-01-01", "infinity")), point))
    execute_values(cursor, 'INSERT INTO "Tailor" (id, "userId", location, skills, "yearsExperience", rating, "createdAt", "locationPoint") VALUES %s',
                   tailors, template="(%s, %s, %s, %s::text[], %s, %s, %s::timestamp, %s::geography)")
    # One user an id, whatever the collation; the works of one tailor and date have ids of their own.
    known = {user.lower(): user for user in users if user is not None}.values()
    execute_values(cursor, 'INSERT INTO "User" VALUES %s', [(user, rng.choice((None, "", "n" * 3000)), rng.choice((None, "e")), None) for user in known])
    works = [(rng.choice(("", "", "a" * 2500)) + f"{rng.choice('aBcDé-')}{number}", rng.choice(ids), rng.choice((None, "u")), rng.choice((None, "d" * 3000)),
              rng.choice((None, "2024-01-01", "2024-01-02", "-infinity"))) for number in range(2 * count)]
    works += [(None, key, None, None, f"2025-01-01 00:00:{number % 60:02}.{number:03}") for number, key in enumerate(ids)]
    execute_values(cursor, 'INSERT INTO "SampleWork" VALUES %s', works)


def random_arguments(rng):
    arguments = [f"{rng.choice((0, 0, 0.001))}", f"{rng.uniform(0, 0.1)}", f"{rng.choice((0.2, 2, 20))}"]
    options = {"skills": lambda: f"ARRAY[{', '.join(repr(s) for s in rng.sample(SKILLS, 2))}]::text[]", "min_rating": lambda: rng.choice((0, 2.5)),
               "min_experience": lambda: 1, "max_experience": lambda: 5, "sort_by": lambda: rng.choice(("'distance'", "'rating'", "'experience'")),
               "page": lambda: rng.randint(1, 3), "page_size": lambda: rng.choice((1, 5, 100)), "sample_works": lambda: rng.choice((0, 1, 2, 100))}
    return ", ".join(arguments + [f"{name} => {choose()}" for name, choose in options.items() if rng.random() < 0.3])


def outcome(cursor, arguments):
    """The document, or the SQLSTATE."""
    cursor.execute("SELECT value, code FROM outcome_of(%s)", (arguments,))
    return cursor.fetchone()


OUTCOME = """
CREATE FUNCTION outcome_of(arguments text, OUT value text, OUT code text) LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE format('SELECT tailor_search_json(%s)::text', arguments) INTO value;
EXCEPTION WHEN OTHERS THEN
  code := SQLSTATE;
END $$"""


@pytest.fixture(scope="module")
def database(new_database):
    made = new_database("template1")
    made.execute("CREATE EXTENSION tailor_search CASCADE", OUTCOME)
    return made


@pytest.mark.parametrize("seed", SEEDS)
def test_both_engines_over_odd_tables(database, seed):
    rng = random.Random(f"odd {seed}")
    schema = f"odd{seed}"
    sessions = {way: database.connect(options=f"-c search_path={schema},public {options_of(way, **AUTO.get(way, {}))}").cursor() for way in WAYS}
    making = database.connect(options=f"-c search_path={schema},public").cursor()
    collations = random_collations(rng)
    making.execute(f"CREATE SCHEMA {schema}")
    making.execute(TABLES.format(**collations))
    for index in (COVERING_INDEXES[seed % 2], rng.choice(USER_INDEXES), rng.choice(WORK_INDEXES)):
        making.execute(index)
    fill(making, rng, 80)
    making.execute('VACUUM "Tailor", "User", "SampleWork"')
    for number in range(SEARCHES // len(SEEDS)):
        if number % 10 == 9:
            change(making, rng.choice(CHANGES))
        arguments = random_arguments(rng)
        outcomes = {way: outcome(cursor, arguments) for way, cursor in sessions.items()}
        assert len(set(outcomes.values())) == 1, f"seed {seed}, {collations}: tailor_search_json({arguments}) differs: {outcomes}"


def change(cursor, statement):
    if statement.startswith("CLUSTER"):
        cursor.execute("SELECT indexrelid::regclass FROM pg_index WHERE indrelid = '\"SampleWork\"'::regclass LIMIT 1")
        statement += f" USING {cursor.fetchone()[0].split('.')[-1]}"
    cursor.execute(statement)


def test_the_native_engine_serves_some_of_them(database):
    """Else the comparison above compares the SQL engine with itself."""
    served = []
    for seed in SEEDS:
        cursor = database.connect(options=f"-c search_path=odd{seed},public").cursor()
        cursor.execute("SET tailor_search.engine = native")
        served.append(outcome(cursor, "0, 0")[1] is None)
    assert sum(served) >= len(served) / 4, served
