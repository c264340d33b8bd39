"""The server gives a search up for the sake of another session, or has no memory for it."""

import contextlib

import pytest
from backend_memory import limit_address_space
from faults import Cluster, Load, connections, repeats
from harness import HANG, ROLE, Database, in_background, wait_until

LOCK_TABLE = 'BEGIN; LOCK TABLE "Tailor" IN ACCESS EXCLUSIVE MODE; COMMIT'
PAUSE, GATE = 7, 8  # the advisory locks at which a search waits, one after the other


def guard(database, body):
    """Has every search pass through a function. It also has statistics told at once, not after 10 s."""
    body += "; PERFORM pg_stat_force_next_flush()"
    database.execute(
        f"CREATE FUNCTION allow() RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN {body}; RETURN true; END $$",
        'ALTER TABLE "Tailor" ENABLE ROW LEVEL SECURITY',
        f'CREATE POLICY allowed ON "Tailor" TO {ROLE} USING ((SELECT allow()))',
    )


def waiting(database, kind):
    return database.execute(
        "SELECT count(*) FROM pg_locks JOIN pg_stat_activity USING (pid)"
        f" WHERE NOT granted AND locktype = '{kind}' AND datname = '{database.name}'"
    )[0][0]


def test_deadlock(frontend, new_database):
    """Of a search and a change that wait for each other the search is given up, and runs again."""
    database = new_database()
    guard(database, f"PERFORM pg_advisory_xact_lock_shared({PAUSE}), pg_advisory_xact_lock_shared({GATE})")
    database.execute(f"ALTER ROLE {ROLE} IN DATABASE {database.name} SET deadlock_timeout = '50ms'")
    served = frontend(database.url(connection_limit=1))
    deadlocks = f"SELECT deadlocks FROM pg_stat_database WHERE datname = '{database.name}'"
    for number in repeats(2, 20):
        with locking(database, f"SELECT pg_advisory_lock({PAUSE})") as pause:
            with locking(database, "SET deadlock_timeout = '60s'", f"SELECT pg_advisory_lock({GATE})") as change:
                answer = in_background(served.search)
                wait_until(lambda: waiting(database, "advisory") == 1)
                # It holds the table. Who begins to wait last looks for deadlocks: the change first, then the search.
                lock = in_background(lambda: change.execute('LOCK TABLE "Tailor" IN ACCESS EXCLUSIVE MODE'))
                wait_until(lambda: waiting(database, "relation") == 1)
                pause.execute(f"SELECT pg_advisory_unlock({PAUSE})")
                lock.result(timeout=HANG)
        assert answer.result().json()["pagination"]["total"] == 7
        wait_until(lambda: database.execute(deadlocks)[0][0] == number + 1)
    wait_until(lambda: database.activity() == 1)


@contextlib.contextmanager
def locking(database, *statements):
    """A session in a transaction, after these statements."""
    with contextlib.closing(database.session()) as session, session.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
        yield cursor


@pytest.fixture
def standby(tmp_path, own_cluster):
    """The application's database on a primary, and on a standby that waits for no query."""
    primary = Database(own_cluster.start(), "app").create()
    guard(primary, "PERFORM pg_sleep(0.05)")
    cluster = Cluster.standby(tmp_path / "standby", primary.server)
    try:
        with open(cluster.place / "data/postgresql.conf", "a") as conf:
            conf.write("max_standby_streaming_delay = 0\n")
        yield primary, Database(cluster.start(), "app")
    finally:
        cluster.remove()


def test_standby_cancels_queries(frontend, standby):
    """What the primary did comes first, and takes away what a query is reading. It runs again."""
    primary, copy = standby
    cancelled = "SELECT confl_lock FROM pg_stat_database_conflicts WHERE datname = 'app'"
    served = frontend(copy.url(connection_limit=2))
    with Load(served, clients=2) as load:
        for number in repeats(3, 20):
            load.await_answer(200)
            before = copy.execute(cancelled)[0][0]
            wait_until(lambda: primary.execute(LOCK_TABLE) or copy.execute(cancelled)[0][0] > before)
            load.await_answer(200)
        load.await_steady()
    assert copy.activity() == 2


def test_no_memory_for_a_search(frontend, new_database):
    """What the kernel does not give, PostgreSQL cannot. The sessions are kept, and serve when there is memory again."""
    database = new_database()
    # More than 32 MiB malloc takes from the kernel each time. What is constant would be computed once.
    guard(database, "PERFORM length(repeat(clock_timestamp()::text, 1500000))")
    served = frontend(database.url(connection_limit=2))
    own = f"datname = '{database.name}' AND usename = '{ROLE}' AND application_name = 'tailor-frontend'"
    sessions = f"SELECT pid FROM pg_stat_activity WHERE {own} ORDER BY 1"
    wait_until(lambda: connections(served) == (2, 2))
    before = database.execute(sessions)
    with Load(served, clients=3) as load:
        for _ in repeats(3, 20):
            limit_memory(before, "1")
            load.await_answer(503)
            limit_memory(before, "unlimited")
            load.await_answer(200)
    assert "out of memory" in served.log()
    assert database.execute(sessions) == before


def limit_memory(sessions, size):
    for (pid,) in sessions:
        limit_address_space(pid, size)
