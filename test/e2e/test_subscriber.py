"""Our server as a subscriber of logical replication, beside a database that has neither the extension nor points."""

import pytest
from faults import Cluster
from harness import TOP, Database, wait_until

TABLES = ("User", "Tailor", "SampleWork")
# As after CREATE TABLE … PARTITION BY from the beginning; a foreign key to it would need the partition key.
PARTITIONED = """
ALTER TABLE "SampleWork" DROP CONSTRAINT "SampleWork_tailorId_fkey";
ALTER TABLE "Tailor" RENAME TO plain;
CREATE TABLE "Tailor" (LIKE plain INCLUDING DEFAULTS, PRIMARY KEY (id)) PARTITION BY HASH (id);
CREATE TABLE part_0 PARTITION OF "Tailor" FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE part_1 PARTITION OF "Tailor" FOR VALUES WITH (MODULUS 2, REMAINDER 1);
INSERT INTO "Tailor" SELECT * FROM plain;
DROP TABLE plain;
"""


@pytest.fixture(scope="module")
def servers(tmp_path_factory):
    place = tmp_path_factory.mktemp("subscriber")
    clusters = [Cluster(place / "publisher", wal_level="logical"), Cluster(place / "subscriber")]
    try:
        servers = [cluster.start() for cluster in clusters]
        for server in servers:
            server.template = Database(server, "with_extension").create(filled=False).name
        yield servers
    finally:
        for cluster in reversed(clusters):
            cluster.remove()


@pytest.fixture(params=["plain", "partitioned"])
def databases(servers, request):
    """A publisher with tailors, and a subscriber that has its tables, set up for searches, and no rows yet."""
    publisher, subscriber = (Database(server, request.param) for server in servers)
    publisher.create()
    publisher.execute('ALTER TABLE "Tailor" DROP "locationPoint"', "DROP EXTENSION tailor_search CASCADE")
    subscriber.create(filled=False).execute((TOP / "data/schema.sql").read_text())
    if request.param == "partitioned":
        publisher.execute(PARTITIONED)
        subscriber.execute(PARTITIONED)
    publisher.execute('CREATE PUBLICATION app FOR TABLE "User", "Tailor", "SampleWork"')
    subscriber.execute("CALL tailor_search_setup(notify_changes => true)")
    yield publisher, subscriber
    subscriber.execute("DROP SUBSCRIPTION IF EXISTS app")
    publisher.drop()
    subscriber.drop()


def subscribe(publisher, subscriber):
    server = publisher.server
    place = f"host={server.host} port={server.port} user={server.user} dbname={publisher.name}"
    subscriber.execute(f"CREATE SUBSCRIPTION app CONNECTION '{place}' PUBLICATION app")
    wait_until(lambda: subscriber.execute("SELECT bool_and(srsubstate = 'r') FROM pg_subscription_rel")[0][0])


def found(database, latitude):
    return database.execute(f"SELECT coalesce(string_agg(id, ' '), '') FROM tailor_search({latitude}, 77.59, 0.5)")[0][0]


def await_rating(database, tailor, rating):
    wait_until(lambda: database.execute(f"SELECT rating FROM \"Tailor\" WHERE id = '{tailor}'") == [(rating,)])


def test_copied_and_streamed_tailors_are_found_where_they_are(databases):
    publisher, subscriber = databases
    subscribe(publisher, subscriber)
    assert found(subscriber, 12.98) == "t1", "the initial copy"

    session = subscriber.session()
    session.autocommit = True
    session.cursor().execute("LISTEN tailor_search")
    publisher.execute("""UPDATE "Tailor" SET latitude = 20, rating = 4.75 WHERE id = 't1'""")
    await_rating(subscriber, "t1", 4.75)
    assert (found(subscriber, 12.98), found(subscriber, 20)) == ("", "t1"), "moved"
    session.cursor().execute("SELECT 1")
    assert [note.payload.partition(',"tailor"')[2] for note in session.notifies] == [':"t1","at":[[12.98,77.59],[20,77.59]]}']
    session.close()

    publisher.execute("""INSERT INTO "User" (id, email, password, "updatedAt") VALUES ('new', 'new', '', now())""",
                      """INSERT INTO "Tailor" (id, "userId", latitude, longitude, rating, "updatedAt")
                         VALUES ('new', 'new', -30, 77.59, 4.5, now())""")
    await_rating(subscriber, "new", 4.5)
    assert found(subscriber, -30) == "new", "a new one"


def test_tables_that_were_set_up_before_are_mended(databases):
    """Their triggers were merely enabled: the doctor says so, and setup mends them and their points."""
    publisher, subscriber = databases
    for table in TABLES:
        subscriber.execute(f'ALTER TABLE "{table}" ENABLE TRIGGER ALL')
    subscribe(publisher, subscriber)
    assert found(subscriber, 12.98) == ""
    wrong = {need for (need,) in subscriber.execute("SELECT need FROM tailor_search_check(true) WHERE NOT ok")}
    assert {'trigger for "locationPoint"', "points", "notification of changes"} <= wrong
    subscriber.execute("CALL tailor_search_setup(notify_changes => true)")
    assert found(subscriber, 12.98) == "t1"
    publisher.execute("""UPDATE "Tailor" SET latitude = 20, rating = 4.75 WHERE id = 't1'""")
    await_rating(subscriber, "t1", 4.75)
    assert found(subscriber, 20) == "t1"
