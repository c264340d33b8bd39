"""Both engines in one snapshot, while another session changes, detaches, attaches and rewrites tables and indexes, a third one
cancels the searches, and rows change all the time.

TAILOR_CONCURRENT_SECONDS: twice as long as it takes. A failure prints the search and the statements before it.
"""

import collections
import random
import threading
import time

import psycopg2
from amounts import amount, random_seed
from moving_tailors import moving
from random_tailors import partition
from search_sessions import COVERING_INDEX as UNNAMED
from ways import WAYS, choose

SECONDS = amount("TAILOR_CONCURRENT_SECONDS", 8.0, 300.0) / 2
COVERING_INDEX = UNNAMED.replace("CREATE INDEX", "CREATE INDEX covering")
ATTACH = "ALTER TABLE h2 ATTACH PARTITION low FOR VALUES FROM (MINVALUE) TO (2)"
# Each is a list of transactions. REINDEX alone locks the table less than its indexes, a deadlock with sessions that hold both.
CHANGES = {
    "reindex": ["LOCK TABLE low; REINDEX TABLE low"],
    "reindex concurrently": ["REINDEX TABLE CONCURRENTLY h0"],
    "reindex users": ['LOCK TABLE "User"; REINDEX TABLE "User"'],
    "rewrite a partition": ["VACUUM (FULL) high"],
    "rewrite works": ['VACUUM (FULL) "SampleWork"'],
    "sort users": ['CLUSTER "User" USING "User_pkey"'],
    "no covering index": ["DROP INDEX covering", COVERING_INDEX],
    "another covering index": [f"DROP INDEX covering; {COVERING_INDEX.replace(', skills', '')}"],
    "detach and attach": [f"ALTER TABLE h2 DETACH PARTITION low; {ATTACH}"],
    "detach": [
        "ALTER TABLE h2 DETACH PARTITION low",
        # An id that was inserted again meanwhile is there once: documents have no order for equal ones.
        'LOCK TABLE "Tailor"; DELETE FROM low USING "Tailor" t WHERE low.id = t.id;'
        f" WITH m AS (DELETE FROM high WHERE rating < 2 RETURNING *) INSERT INTO low SELECT * FROM m; {ATTACH}",
    ],
    "another type": ['ALTER TABLE "User" ALTER name TYPE varchar(99)', 'ALTER TABLE "User" ALTER name TYPE text'],
    "empty works": ['TRUNCATE "SampleWork"'],
    "works without an index": ['DROP INDEX "SampleWork_tailorId_idx"', 'CREATE INDEX "SampleWork_tailorId_idx" ON "SampleWork" ("tailorId")'],
}


class Others:
    """A session that runs the changes in random order, and one that cancels `pid`, until the block ends."""

    def __init__(self, database, pid, seed):
        self.stopping, self.errors, self.done = threading.Event(), [], collections.deque(maxlen=10)
        self.counts = collections.Counter()
        work = ((self.change, random.Random(f"change {seed}")), (self.cancel, random.Random(f"cancel {seed}"), pid))
        self.threads = [threading.Thread(target=self.guarded, args=(database, *each)) for each in work]
        for thread in self.threads:
            thread.start()

    def guarded(self, database, work, *arguments):
        connection = database.connect()
        try:
            work(connection.cursor(), *arguments)
        except psycopg2.Error as error:
            self.errors.append(error)
        finally:
            connection.close()

    def change(self, cursor, rng):
        while not self.stopping.is_set():
            for name in rng.sample(list(CHANGES), len(CHANGES)):
                for transaction in CHANGES[name]:
                    self.done.append(transaction)
                    cursor.execute(transaction)
                self.counts[name] += 1
                if self.stopping.is_set():
                    return

    def cancel(self, cursor, rng, pid):
        while not self.stopping.wait(rng.uniform(0.05, 0.4)):
            cursor.execute("SELECT pg_cancel_backend(%s)", (pid,))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stopping.set()
        for thread in self.threads:
            thread.join()


def random_search(rng):
    return (f"tailor_search_json({rng.gauss(13, 0.005)!r}, {rng.gauss(77.6, 0.005)!r}, {rng.uniform(0.05, 3)!r},"
            f" sort_by => '{rng.choice(('distance', 'rating', 'experience'))}', page => {rng.randint(1, 2)}, page_size => {rng.choice((1, 12, 100))},"
            f" min_rating => {rng.choice(('NULL', '1', '2.5'))}, skills => {rng.choice(('NULL', 'ARRAY[$$HEMMING$$]'))},"
            f" include_unlocated => {rng.random() < 0.5})::text")


def documents_of(cursor, search, rng):
    """By all ways in one transaction. What the native engine cannot serve is the SQL engine's."""
    documents = {}
    for way in rng.sample(list(WAYS), len(WAYS)):
        choose(cursor, way, local=True)
        if way != "sql":
            cursor.execute("SET LOCAL tailor_search.engine = auto")
        cursor.execute(f"SELECT {search}")
        documents[way] = cursor.fetchone()[0]
    return documents


def test_changes_and_cancels_between_and_within_searches(new_database):
    database = new_database()
    partition(database.connect().cursor())
    database.execute(COVERING_INDEX)
    seed = random_seed()
    rng = random.Random(seed)
    session = database.session()
    session.set_session(isolation_level="REPEATABLE READ")
    counts = collections.Counter()
    with moving(database), Others(database, session.get_backend_pid(), seed) as others:
        end, hang = time.monotonic() + SECONDS, time.monotonic() + SECONDS + 60
        while time.monotonic() < end or (time.monotonic() < hang and (min(counts["found"], counts["native"]) < 20 or not counts["57014"])):
            search = random_search(rng)
            try:
                with session.cursor() as cursor:
                    documents = documents_of(cursor, search, rng)
                    cursor.execute(f"SELECT engine FROM {search.replace('_json', '_explain').removesuffix('::text')}")
                    counts[cursor.fetchone()[0]] += 1
                session.commit()
            except (psycopg2.errors.QueryCanceled, psycopg2.errors.DeadlockDetected) as error:
                counts[error.pgcode] += 1
                session.rollback()
                continue
            assert len(set(documents.values())) == 1, f"seed {seed}: {search} after {list(others.done)}: {documents}"
            counts["found"] += '"id"' in documents["sql"]
    assert not others.errors, list(others.done)
    session.close()
    print(dict(counts), dict(others.counts))
    assert min(counts["found"], counts["native"]) >= 20 and counts["57014"], counts
