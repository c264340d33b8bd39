"""The native engine on a hot standby: what the SQL engine finds in the same snapshot, while the primary goes on."""

import time

import pytest
from amounts import amount
from faults import Cluster
from harness import Database, wait_until
from moving_tailors import POINT, compare, moving

SECONDS = amount("TAILOR_STANDBY_SECONDS", 4.0, 120.0)
COVERING_INDEX = 'CREATE INDEX covering ON "Tailor" (tailor_cell("locationPoint"), "yearsExperience", rating, tailor_indexed_skills(skills) COLLATE "C")'
HERE = POINT % (77.6, 13)
# VACUUM would lock a table to cut its end off: whose snapshot the standby's replay waits for may then wait for that lock,
# which replay holds, for ever, as nobody is cancelled here.
NEVER_CUT = "ALTER TABLE %s SET (vacuum_truncate = off, toast.vacuum_truncate = off)"
# Of the covering index, of one leaf page.
DEAD_ENTRIES = "SELECT count(*) FROM bt_page_items('covering', 1) WHERE dead"


@pytest.fixture(scope="module")
def hosts(tmp_path_factory):
    """The application's database on a primary, and on a standby that never cancels a query."""
    place = tmp_path_factory.mktemp("standby")
    first = Cluster(place / "primary", max_prepared_transactions=2, max_standby_streaming_delay=-1, autovacuum="off")
    clusters = [first]
    try:
        primary = Database(first.start(), "app").create()
        primary.execute(COVERING_INDEX, "CREATE EXTENSION pageinspect")
        primary.execute(*(NEVER_CUT % table for table in ('"Tailor"', '"User"', '"SampleWork"')))
        clusters.append(Cluster.standby(place / "standby", primary.server))
        yield primary, Database(clusters[1].start(), "app")
    finally:
        for cluster in reversed(clusters):
            cluster.remove()


def await_replay(primary, standby):
    """Waits until the standby has all that the primary has done."""
    done = primary.execute("SELECT pg_current_wal_flush_lsn()")[0][0]
    wait_until(lambda: standby.execute(f"SELECT pg_last_wal_replay_lsn() >= '{done}'")[0][0])


def found_by_both(cursor, arguments="13, 77.6, 1"):
    """The ids in one snapshot, by each engine."""
    found = []
    for engine in ("native", "sql"):
        cursor.execute(f"SET tailor_search.engine = {engine}")
        cursor.execute(f"SELECT coalesce(string_agg(id, ' '), '') FROM tailor_search({arguments})")
        found.append(cursor.fetchone()[0])
    return found


def repeatable(database):
    session = database.session()
    session.set_session(isolation_level="REPEATABLE READ")
    return session


def add(primary, *ids):
    for each in ids:
        primary.execute(
            f"""INSERT INTO "User" (id, email, password, "updatedAt") VALUES ('{each}', '{each}', 'x', now())""",
            f"""INSERT INTO "Tailor" (id, "userId", "updatedAt", "locationPoint") VALUES ('{each}', '{each}', now(), {HERE})""",
        )


def test_both_engines_agree_while_the_primary_goes_on(hosts):
    primary, standby = hosts
    with moving(primary):
        found = compare(standby, "REPEATABLE READ", time.monotonic() + SECONDS, seed=3)
    assert found > 100, "too few searches that find anybody: the test is blunt"
    await_replay(primary, standby)
    primary.execute("""DELETE FROM "Tailor" WHERE id ~ '-'""")


def test_entries_dead_on_the_primary_are_not_so_here(hosts):
    """What the primary knows as dead an older snapshot of the standby still sees."""
    primary, standby = hosts
    add(primary, "left", "stays")
    primary.execute('VACUUM "Tailor"', "REINDEX INDEX covering")  # one leaf page, nothing dead
    await_replay(primary, standby)
    session = repeatable(standby)
    with session.cursor() as cursor:
        assert found_by_both(cursor) == ["left stays"] * 2
        primary.execute("""DELETE FROM "Tailor" WHERE id = 'left'""")

        def killed():
            primary.execute(
                "SET enable_seqscan = off", "SET enable_bitmapscan = off",
                'SELECT count(skills), count(location) FROM "Tailor" WHERE tailor_cell("locationPoint") IS NOT NULL',
            )
            return primary.execute(DEAD_ENTRIES)[0][0] == 1

        wait_until(killed)
        primary.execute("CHECKPOINT")  # the next change logs the page as it is, with what is known as dead
        add(primary, "came")
        await_replay(primary, standby)
        assert standby.execute(DEAD_ENTRIES) == [(1,)]
        assert found_by_both(cursor) == ["left stays"] * 2
        session.rollback()
        assert found_by_both(cursor) == ["came stays"] * 2
    session.close()
    primary.execute("""DELETE FROM "Tailor" WHERE id IN ('came', 'stays')""")


def test_prepared_transactions(hosts):
    """Nobody sees what is prepared until it is committed."""
    primary, standby = hosts
    sessions = [repeatable(each) for each in hosts]

    def all_find(expected):
        await_replay(primary, standby)
        for session in sessions:
            with session.cursor() as cursor:
                assert found_by_both(cursor) == [expected] * 2
            session.rollback()

    for end, expected in (("ROLLBACK", "first"), ("COMMIT", "second")):
        add(primary, f"first {end}")
        primary.execute("BEGIN", f"""UPDATE "Tailor" SET id = 'second {end}' WHERE id = 'first {end}'""", "PREPARE TRANSACTION 'p'")
        all_find(f"first {end}")
        primary.execute(f"{end} PREPARED 'p'")
        all_find(f"{expected} {end}")
        primary.execute(f"""DELETE FROM "Tailor" WHERE id = '{expected} {end}'""")
    for session in sessions:
        session.close()
