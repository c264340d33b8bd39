"""SERIALIZABLE: a search locks what it saw and what it did not find.

A searcher reads; a writer reads the ledger, changes something that the search would have seen, and commits; then the searcher writes
into the ledger. No order of the two explains that, so the searcher must fail. That every change is found out is this file's matter.
"""

import psycopg2
import pytest
from conftest import COVERING_INDEX
from ways import choose

RELATION_INDEXES = (
    'CREATE INDEX ON "User" (id) INCLUDE (name, email)',
    'CREATE INDEX ON "SampleWork" ("tailorId", "createdAt" DESC) INCLUDE (id, "imageUrl", description)',
)
EMPTY = """
CREATE TABLE ledger (entry text);
ALTER TABLE "Tailor" SET (autovacuum_enabled = off);
ALTER TABLE "User" SET (autovacuum_enabled = off);
ALTER TABLE "SampleWork" SET (autovacuum_enabled = off);
INSERT INTO "User" (id, email, password, name, "updatedAt") SELECT n, n, 'x', 'N', now() FROM unnest('{near,nowhere}'::text[]) n;
"""
# Along the equator, 1.1 km from one to the next: the page is 500 and 501, and 492 to 508 are counted, but for 505, which has no rating.
# Two rows and no more: PostgreSQL makes one lock of the page of three.
ROWS = """
INSERT INTO "User" (id, email, password, name, "updatedAt") SELECT n, n, 'x', 'N', now() FROM generate_series(1, 3000) n;
INSERT INTO "Tailor" (id, "userId", rating, "updatedAt", "locationPoint")
  SELECT n, n, CASE n WHEN 505 THEN 0 ELSE 5 END, now(), format('POINT(%s 0)', n * 0.01)::geography FROM generate_series(1, 3000) n;
INSERT INTO "SampleWork" (id, "tailorId", "imageUrl", "updatedAt") SELECT n, n, 'url', now() FROM generate_series(1, 3000) n WHERE n <> 501;
"""
SEARCH = "SELECT tailor_search_json(0, {longitude}, page_size => 2, min_rating => 1, include_unlocated => {unlocated})"


def search(longitude=5.001, unlocated=False):
    return SEARCH.format(longitude=longitude, unlocated=unlocated)


def insertion(tailor, point):
    return f"""INSERT INTO "Tailor" (id, "userId", rating, "updatedAt", "locationPoint") VALUES ('{tailor}', '{tailor}', 5, now(), {point})"""


# What the search is, and what is changed.
CHANGES = {
    "a tailor comes": (search(), insertion("near", "'POINT(5.08 0.001)'")),
    "… where nobody is": (search(-70), insertion("near", "'POINT(-70.01 0.001)'")),
    "… without a point": (search(unlocated=True), insertion("nowhere", "NULL")),
    "one moves in": (search(), """UPDATE "Tailor" SET "locationPoint" = 'POINT(4.95 0.001)' WHERE id = '2500'"""),
    "one on the page moves out": (search(), """UPDATE "Tailor" SET "locationPoint" = 'POINT(80 0)' WHERE id = '501'"""),
    "one that is only counted moves out": (search(), """UPDATE "Tailor" SET "locationPoint" = 'POINT(80 0)' WHERE id = '507'"""),
    "one that is only counted goes": (search(), """DELETE FROM "Tailor" WHERE id = '494'"""),
    "one comes to pass the filter": (search(), """UPDATE "Tailor" SET rating = 5 WHERE id = '505'"""),
    "one on the page gets a photo": (search(), """UPDATE "Tailor" SET "profilePhoto" = 'url' WHERE id = '500'"""),
    "a user on the page gets a name": (search(), """UPDATE "User" SET name = 'Another' WHERE id = '501'"""),
    "a work comes": (search(), """INSERT INTO "SampleWork" (id, "tailorId", "imageUrl", "updatedAt") VALUES ('w', '500', 'url', now())"""),
    "the first work comes": (search(), """INSERT INTO "SampleWork" (id, "tailorId", "imageUrl", "updatedAt") VALUES ('w', '501', 'url', now())"""),
    "a work goes": (search(), """DELETE FROM "SampleWork" WHERE id = '500'"""),
    "a work gets another picture": (search(), """UPDATE "SampleWork" SET "imageUrl" = 'other' WHERE id = '500'"""),
}  # fmt: skip


@pytest.fixture(scope="module", params=["native, not vacuumed", "native, all-visible", "native, relations from their indexes", "native_am, relations from their indexes", "sql"])
def situation(request, new_database):
    """A way to search, and a database to be copied for each case."""
    way, _, state = request.param.partition(", ")
    database = new_database()
    database.execute(EMPTY, COVERING_INDEX, ROWS)
    if state.endswith("indexes"):
        database.execute(*RELATION_INDEXES)
    database.execute("ANALYZE" if state == "not vacuumed" else "VACUUM (FREEZE, ANALYZE)")
    return way, database


@pytest.fixture
def copy(situation):
    way, source = situation
    database = source.copy()
    yield way, database
    database.drop()


def serializable(database, way):
    session = database.session()
    session.set_session(isolation_level="SERIALIZABLE")
    choose(session.cursor(), way)
    session.commit()
    return session


def outcome(way, database, query, change):
    """What becomes of the searcher."""
    searcher, writer = serializable(database, way), serializable(database, way)
    try:
        searcher.cursor().execute(query)
        searcher.commit()
        searcher.cursor().execute(query)  # by what the session remembers of the first time
        writer.cursor().execute("SELECT FROM ledger")
        writer.cursor().execute(change)
        writer.commit()
        searcher.cursor().execute("INSERT INTO ledger VALUES ('searched')")
        searcher.commit()
    except psycopg2.errors.SerializationFailure:
        return "serialization failure"
    finally:
        searcher.close()
        writer.close()
    return "committed"


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_of_what_was_read_is_found_out(copy, change):
    assert outcome(*copy, *CHANGES[change]) == "serialization failure"


def test_the_first_tailor_of_all(situation, new_database):
    """Nothing is in the index that could be locked but all of it."""
    database = new_database()
    database.execute(EMPTY, COVERING_INDEX)
    assert outcome(situation[0], database, search(), insertion("near", "'POINT(5 0)'")) == "serialization failure"


def test_what_was_not_read_does_not_matter(copy):
    """Else all of the above would be of no worth."""
    change = """UPDATE "User" SET name = 'Another' WHERE id = '2500'"""
    assert outcome(*copy, search(), change) == "committed"
