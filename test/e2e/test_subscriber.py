"""Our server as a subscriber of logical replication, beside a database that has neither the extension nor points."""

import re

import pytest
from faults import Cluster
from harness import ROLE, TOP, Database, wait_until
from metric_values import value

TABLES = ("User", "Tailor", "SampleWork")
GRANT = f"GRANT SELECT ON ALL TABLES IN SCHEMA public TO {ROLE}"
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


@pytest.mark.parametrize("databases", ["plain"], indirect=True)
def test_a_paused_or_broken_subscription_is_reported(frontend, databases):
    publisher, subscriber = databases
    subscriber.execute(GRANT)
    served = frontend(subscriber.url(), heartbeat=0.5)
    shown = lambda: re.search(r"^\[.\]subscription.*$", served.ready("?verbose").text, re.MULTILINE)
    wait_until(lambda: "event=listening" in served.log())
    assert not shown() and value(served, "subscriptions") == 0
    subscribe(publisher, subscriber)
    wait_until(lambda: shown() and re.fullmatch(r"\[\+\]subscription app ok: [\d.]+ s behind", shown()[0]))
    assert (value(served, "subscriptions"), value(served, "subscriptions_applying")) == (1, 1)

    subscriber.execute("ALTER SUBSCRIPTION app DISABLE")
    wait_until(lambda: shown()[0].startswith("[!]subscription app is disabled (ALTER SUBSCRIPTION app ENABLE), "))
    assert served.ready().status_code == 200, "answers are late, but there are answers"
    behind = value(served, "subscription_lag_seconds")
    wait_until(lambda: value(served, "subscription_lag_seconds") > behind + 1)
    assert (value(served, "subscriptions"), value(served, "subscriptions_applying")) == (1, 0)

    # A row that the subscriber has already ends the worker, again and again.
    new = """INSERT INTO "User" (id, email, password, "updatedAt") VALUES ('twice', '{}', '', now())"""
    subscriber.execute(new.format("one"))
    publisher.execute(new.format("two"))
    subscriber.execute("ALTER SUBSCRIPTION app ENABLE")
    wait_until(lambda: shown()[0].startswith("[!]subscription app fails: the database server's log has the reason, "))
    before = value(served, "subscription_lag_seconds")
    wait_until(lambda: value(served, "subscription_lag_seconds") > before + 1)
    wait_until(lambda: value(served, "subscriptions_applying") == 0)
    subscriber.execute("DELETE FROM \"User\" WHERE id = 'twice'")
    wait_until(lambda: "[+]subscription app ok" in served.ready("?verbose").text)
    wait_until(lambda: value(served, "subscription_lag_seconds") < before)
    states = re.findall(r"event=subscription name=app state=(\w+)", served.log())
    assert {"disabled", "failing"} <= set(states) and states[-1] == "ok"


class Documented:
    """docs/managed.md, whose blocks of SQL are run in their order, each on the server that it names."""

    def __init__(self, publisher, subscriber):
        text = (TOP / "docs/managed.md").read_text()
        self.blocks = re.findall(r"^```sql\n-- (managed|own)\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
        self.databases = {"managed": publisher, "own": subscriber}
        place = f"host={publisher.server.host} port={publisher.server.port} user={publisher.server.user} dbname={publisher.name}"
        self.words = {r"CONNECTION '.*?'": f"CONNECTION '{place}'", r"DATABASE shop": f'DATABASE "{subscriber.name}"'}

    def run(self, blocks=1):
        """The result of the last statement."""
        for _ in range(blocks):
            server, text = self.blocks.pop(0)
            for word, replacement in self.words.items():
                text = re.sub(word, replacement, text)
            result = self.databases[server].execute(*(each for each in text.split(";") if each.strip()))
        return result


@pytest.fixture
def beside_managed(servers):
    """A managed database with the application's tables alone, and an empty one of our own."""
    publisher, subscriber = (Database(server, "managed") for server in servers)
    publisher.create()
    publisher.execute('ALTER TABLE "Tailor" DROP "locationPoint"', "DROP EXTENSION tailor_search CASCADE", "DROP EXTENSION postgis CASCADE")
    subscriber.server.create_role()
    subscriber.server.execute("postgres", f"CREATE DATABASE {subscriber.name}")
    yield publisher, subscriber
    subscriber.execute("DROP SUBSCRIPTION IF EXISTS tailor_search")
    publisher.drop()
    subscriber.drop()


def test_the_documented_way_beside_a_managed_server(frontend, beside_managed):
    publisher, subscriber = beside_managed
    steps = Documented(publisher, subscriber)
    steps.run(3)  # publication, tables, subscription
    wait_until(lambda: subscriber.execute("SELECT bool_and(srsubstate = 'r') FROM pg_subscription_rel")[0][0])
    missing = [row for row in steps.run() if not row[1]]
    # A worker's transaction may have kept VACUUM from marking pages all-visible: then the check asks for it again.
    assert all(need.startswith("vacuumed") for need, *_ in missing), missing
    vacuum, check = 'VACUUM (ANALYZE) "User", "Tailor", "SampleWork"', "SELECT need, detail FROM tailor_search_check(true) WHERE NOT ok"
    wait_until(lambda: subscriber.execute(vacuum, check) == [])
    assert subscriber.execute("SELECT engine FROM tailor_search_explain(12.98, 77.59)") == [("native",)]

    subscriber.execute(GRANT)
    served = frontend(subscriber.url(), cache_bytes="1MiB")
    wait_until(lambda: "event=listening" in served.log())
    near = lambda latitude: served.get(params={"lat": latitude, "lng": 77.59, "maxDistance": 0.5}).json()
    ids = lambda latitude: [tailor["id"] for tailor in near(latitude)["data"]]
    assert (ids(12.98), ids(20)) == (["t1"], [])
    publisher.execute("""UPDATE "Tailor" SET latitude = 20 WHERE id = 't1'""")
    wait_until(lambda: (ids(12.98), ids(20)) == ([], ["t1"]))

    name, active, bytes_behind = steps.run()[0]
    assert (name, active) == ("tailor_search", True) and bytes_behind >= 0
    publisher.execute('ALTER TABLE "Tailor" ADD COLUMN "vacation" boolean')
    publisher.execute("""UPDATE "Tailor" SET "vacation" = true, latitude = 21 WHERE id = 't1'""")
    wait_until(lambda: ids(21) == ["t1"])

    assert "contactEmail" in near(21)["data"][0]
    steps.run(3)  # a field is hidden, and no longer replicated
    wait_until(lambda: "contactEmail" not in near(21)["data"][0])
    publisher.execute("""UPDATE "Tailor" SET latitude = 22 WHERE id = 't1'""")
    wait_until(lambda: ids(22) == ["t1"])

    steps.run()  # copied anew
    assert not steps.blocks
    wait_until(lambda: ids(22) == [])
    publisher.execute("SELECT pg_drop_replication_slot('tailor_search')")
    steps = Documented(publisher, subscriber)
    del steps.blocks[:2]
    steps.run()
    wait_until(lambda: ids(22) == ["t1"])
