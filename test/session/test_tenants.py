"""A session that searches more schemas than it remembers: each tenant's own answer, whatever order its indexes have."""

import random

import pytest
from amounts import amount
from ways import WAYS, options_of

SEARCHES = amount("TAILOR_TENANT_SEARCHES", 600, 3000)
# Ids as nanoid makes them: letters of both cases, digits, - and _. The order of each tenant's index is another collation's.
COLLATIONS = ("en-x-icu", "C", "default", "de-x-icu")
ID = "translate(encode(sha256(({tenant} || '/' || i)::text::bytea), 'base64'), '+/=', '-_')"
TABLES = """
SET search_path = tenant{tenant}, public;
CREATE TABLE "User" (id text COLLATE "{collation}" PRIMARY KEY, name text, email text, "createdAt" timestamp);
CREATE TABLE "Tailor" (id text COLLATE "{collation}", "userId" text COLLATE "{collation}", location text, latitude float8, longitude float8,
  skills text[], "yearsExperience" int, "profilePhoto" text, "contactPhone" text, "contactEmail" text, rating float8, "reviewCount" int,
  "createdAt" timestamp, "updatedAt" timestamp, "locationPoint" geography(Point, 4326));
CREATE TABLE "SampleWork" (id text, "tailorId" text COLLATE "{collation}", "imageUrl" text, description text, "createdAt" timestamp);
INSERT INTO "User" SELECT {id}, 'tenant {tenant}' FROM generate_series(1, {tailors}) i;
INSERT INTO "Tailor" (id, "userId", "locationPoint")
  SELECT reverse(id), id, ST_SetSRID(ST_MakePoint(row_number() OVER (ORDER BY id COLLATE "C") / 100000.0, 0), 4326)::geography FROM "User";
INSERT INTO "SampleWork" SELECT 'w' || i || id, id, 'tenant {tenant}', 'd', '2024-01-01' FROM "Tailor", generate_series(1, 2) i;
CREATE INDEX works ON "SampleWork" ("tailorId");
CREATE INDEX covering ON "Tailor" (tailor_cell("locationPoint"), "yearsExperience", rating, tailor_indexed_skills(skills) COLLATE "C");
CREATE INDEX ON "Tailor" USING gist ("locationPoint");
"""
# What changes an index or a table below a session's feet.
CHANGES = ('REINDEX INDEX works', 'REINDEX TABLE "User"', 'VACUUM (FULL) "SampleWork"', 'VACUUM "Tailor"', 'CLUSTER "Tailor" USING covering',
           'TRUNCATE "SampleWork"', 'ALTER TABLE "User" ALTER name TYPE varchar(99)', 'DROP INDEX works; CREATE INDEX works ON "SampleWork" ("tailorId", "createdAt" DESC)')


def make_tenants(database, count, tailors):
    for tenant in range(count):
        collation = COLLATIONS[tenant % len(COLLATIONS)]
        database.execute(f"CREATE SCHEMA tenant{tenant}",
                         TABLES.format(tenant=tenant, collation=collation, tailors=tailors, id=ID.format(tenant=tenant)))


class Tenants:
    """Each way in a session of its own: all that it remembers of a hundred tenants."""

    def __init__(self, database):
        self.sessions = {way: database.connect(options=options_of(way)).cursor() for way in WAYS}

    def answers(self, tenant, arguments):
        for cursor in self.sessions.values():
            cursor.execute(f"SET search_path = tenant{tenant}, public")
            cursor.execute(f"SELECT tailor_search_json({arguments})::text")
            yield cursor.fetchone()[0]

    def assert_same(self, tenant, arguments):
        native, native_am, sql = self.answers(tenant, arguments)
        assert native == sql, f"tenant {tenant}: the engines differ: {arguments}"
        assert native_am == sql, f"tenant {tenant}: the engines differ with index_access = am: {arguments}"
        assert f'"name":"tenant {tenant}"' in native


@pytest.mark.parametrize("tenants, tailors", [(30, 2000), (100, 20)])
def test_each_tenant_has_its_own_answer(new_database, tenants, tailors):
    database = new_database()
    make_tenants(database, tenants, tailors)
    both = Tenants(database)
    rng = random.Random(tenants)
    for number in range(SEARCHES):
        lng = rng.uniform(0, tailors / 100000)
        # A page of a hundred from the native engine alone costs little: its answer is compared now and then.
        if number % 10 == 0:
            both.assert_same(rng.randrange(tenants), f"0, {lng}, 5, page_size => {rng.choice((1, 12, 100))}")
        else:
            cursor = both.sessions["native"]
            cursor.execute(f"SET search_path = tenant{rng.randrange(tenants)}, public; SELECT tailor_search_json(0, {lng}, 5, page_size => 100)")


def test_tables_that_change_between_searches(new_database):
    """Other tables stand where the session's memory says that something was."""
    database = new_database()
    tenants = 40
    make_tenants(database, tenants, 60)
    both = Tenants(database)
    changing = database.connect().cursor()
    rng = random.Random(1)
    for number in range(SEARCHES // 5):
        tenant = rng.randrange(tenants)
        changing.execute(f"SET search_path = tenant{tenant}, public")
        for statement in rng.choice(CHANGES).split("; "):
            changing.execute(statement)
        for _ in range(3):
            both.assert_same(rng.choice((tenant, rng.randrange(tenants))), f"0, {rng.uniform(0, 0.0006)}, 1, page_size => {rng.choice((1, 12, 100))}")


def test_temporary_tables_of_one_session(new_database):
    """Made and dropped, again and again: their numbers come back for other tables."""
    database = new_database()
    cursor = database.connect(options="-c tailor_search.engine=native").cursor()
    for number in range(80):
        cursor.execute(TABLES.format(tenant=number, collation=COLLATIONS[number % 4], tailors=20, id=ID.format(tenant=number))
                       .replace(f"SET search_path = tenant{number}, public", "DROP TABLE IF EXISTS \"User\", \"Tailor\", \"SampleWork\"")
                       .replace("CREATE TABLE", "CREATE TEMP TABLE"))
        cursor.execute("SELECT tailor_search_json(0, 0, 1, page_size => 100)")
        data = cursor.fetchone()[0]["data"]
        assert len(data) == 20 and {t["user"]["name"] for t in data} == {f"tenant {number}"}
        assert all(len(t["sampleWorks"]) == 2 for t in data)
