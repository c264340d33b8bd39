"""Both engines over tables without constraints: NULL in every column, long and empty ids, mixed collations, no primary key.

TAILOR_ODD_SEARCHES: how many searches by each engine. A failure prints the seed's tables and the search.
"""

import random

import pytest
from amounts import amount
from odd_tables import COVERING_INDEXES, SKILLS, TABLES, USER_INDEXES, WORK_INDEXES, fill, random_collations
from ways import WAYS, options_of

SEEDS = list(range(1, 1 + amount("TAILOR_ODD_SEEDS", 8, 40)))
SEARCHES = amount("TAILOR_ODD_SEARCHES", 1600, 80_000)

# What the native engine cannot serve is the SQL engine's.
AUTO = {"native": {"engine": "auto"}, "native_am": {"engine": "auto"}}
# Between searches: what changes the tables, their files, or what is all-visible.
CHANGES = ('VACUUM "Tailor", "User", "SampleWork"', 'VACUUM (FULL) "SampleWork"', 'REINDEX TABLE "Tailor"', 'REINDEX TABLE CONCURRENTLY "User"',
           'CLUSTER "SampleWork"', 'ALTER TABLE "User" ALTER name TYPE varchar', 'UPDATE "Tailor" SET rating = rating + 1 WHERE rating < 4',
           'DELETE FROM "SampleWork" WHERE ctid IN (SELECT ctid FROM "SampleWork" LIMIT 3)', 'UPDATE "User" SET name = upper(name)',
           'CREATE INDEX ON "SampleWork" ("tailorId")', 'ANALYZE')


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
