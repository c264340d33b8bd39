"""What a session remembers of the B-trees' inner pages is of another day: pages were split, emptied, used again, moved, cut off.

Then, too, both engines give the same documents.
"""

import pytest
from conftest import COVERING_INDEX, Session
from ways import WAYS, choose

NARROW = ('CREATE INDEX ON "User" (id)', 'CREATE INDEX ON "SampleWork" ("tailorId")')
WIDE = (
    'CREATE INDEX ON "User" (id) INCLUDE (name, email)',
    'CREATE INDEX ON "SampleWork" ("tailorId", "createdAt" DESC) INCLUDE (id, "imageUrl", description)',
)
# Nothing before or behind that the bytes' order does not know, but for the second: there a stands beside A.
COLLATIONS = {"by bytes": "C", "by letters": "en-US-x-icu"}
COLLATE = """
ALTER TABLE "SampleWork" DROP CONSTRAINT "SampleWork_tailorId_fkey";
ALTER TABLE "Tailor" DROP CONSTRAINT "Tailor_userId_fkey";
ALTER TABLE "User" ALTER id TYPE text COLLATE "{0}";
ALTER TABLE "SampleWork" ALTER "tailorId" TYPE text COLLATE "{0}";
"""
NAME = "CASE n % 2 WHEN 0 THEN md5(n::text) ELSE upper(md5(n::text)) END"


def fill(first, last, works=3):
    """A tailor in eight has no works, and one in five hundred as many as a page of the index does not hold."""
    numbers = f"generate_series({first}, {last}) n"
    return (
        f"""INSERT INTO "User" (id, email, password, name, "updatedAt") SELECT {NAME}, n, 'x', 'N ' || n, '2024-01-01' FROM {numbers}""",
        f"""INSERT INTO "Tailor" (id, "userId", "updatedAt", "locationPoint")
            SELECT {NAME}, {NAME}, '2024-01-01', format('POINT(%s %s)', n % 97 / 200.0, n % 89 / 200.0)::geography FROM {numbers}""",
        f"""INSERT INTO "SampleWork" (id, "tailorId", "imageUrl", "createdAt", "updatedAt")
            SELECT n || '-' || w, {NAME}, 'url', timestamp '2024-01-01' + w * interval '1 h', '2024-01-01'
            FROM {numbers}, generate_series(1, CASE WHEN n % 500 = 0 THEN 200 WHEN n % 8 = 0 THEN 0 ELSE {works} END) w""",
    )


CHANGES = (
    fill(3001, 9000),  # pages are split
    ("""DELETE FROM "SampleWork" WHERE "tailorId" < 'b'""", """DELETE FROM "Tailor" WHERE id < 'a'""", """DELETE FROM "User" WHERE id < '9'"""),
    ("VACUUM", "VACUUM"),  # … emptied, and free
    fill(20001, 24000),  # … used again
    tuple(statement for n in range(9001, 9041) for statement in fill(n, n)),
    ('REINDEX TABLE "User"', 'REINDEX TABLE "SampleWork"', "VACUUM FULL"),
    ('TRUNCATE "User", "Tailor", "SampleWork"', *fill(1, 50)),
)  # fmt: skip


def same_documents(session):
    for page in (1, 2, 9, 20):
        documents = []
        for way in WAYS:
            choose(session.cursor, way)
            documents.append(session.value(f"SELECT tailor_search_json(0.2, 0.2, 100, page => {page}, page_size => 100)::text"))
        assert len(set(documents)) == 1, f"page {page}"


@pytest.mark.parametrize("collation", COLLATIONS)
@pytest.mark.parametrize("indexes", [NARROW, WIDE], ids=["rows from the tables", "rows from the indexes"])
def test_trees_that_change(new_database, indexes, collation):
    database = new_database()
    database.execute(COLLATE.format(COLLATIONS[collation]), COVERING_INDEX, *indexes, *fill(1, 3000), "VACUUM ANALYZE")
    session = Session(database)
    same_documents(session)
    for statements in CHANGES:
        same_documents(session)
        database.execute(*statements)
        same_documents(session)


def test_a_file_that_became_shorter(new_database):
    """A table of the same transaction is emptied in place: page numbers that were remembered are beyond its end."""
    database = new_database()
    session = Session(database)
    session.execute("BEGIN")
    session.execute("CREATE SCHEMA short")
    for table in ("User", "Tailor", "SampleWork"):
        session.execute(f'CREATE TABLE short."{table}" (LIKE public."{table}" INCLUDING ALL)')
    session.execute("SET LOCAL search_path = short, public")
    for statement in (COVERING_INDEX, *WIDE, *fill(1, 3000)):
        session.execute(statement)
    same_documents(session)
    session.execute('TRUNCATE "User", "Tailor", "SampleWork"')
    for statement in fill(1, 600):
        session.execute(statement)
    same_documents(session)
