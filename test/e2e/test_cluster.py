"""`make cluster`, and each of its parts lost in turn while clients search: no request fails, and changes are seen."""

import collections
import json
import os
import pathlib
import re
import signal
import subprocess
import threading
import urllib.request

import psycopg2
import pytest
import requests
from amounts import LONG, amount
from harness import HANG, TOP, wait_until
from nginx import free_port

pytestmark = pytest.mark.skipif(not LONG, reason="Patroni, etcd and minutes: part of make check-long")
CLIENTS = 4
START = 600  # seconds; only bounds a failure
ROUNDS = amount("TAILOR_CLUSTER_ROUNDS", 1, 1)  # of losses, each of every part
FOLDER = TOP / ".cluster"
SERVERS = ("pg1", "pg2", "pg3")


class Cluster:
    def __init__(self, log):
        self.log = log
        self.port = free_port()
        env = {**os.environ, "PORT": str(self.port), "DEMO_TAILORS": "2000"}
        with open(log, "wb") as out:
            self.process = subprocess.Popen([TOP / "scripts/demo-cluster"], stdout=out, stderr=out, stdin=subprocess.DEVNULL, env=env,
                                            start_new_session=True)  # fmt: skip
        wait_until(lambda: "Serving until" in log.read_text() or self.process.poll() is not None, START)
        assert self.process.poll() is None, log.read_text()
        self.base = json.loads((FOLDER / "parts.json").read_text())["base"]

    def pid(self, name):
        """Of the part as it runs now: those that were started again are said so in the log."""
        text = self.log.read_text()
        again = re.findall(rf"^[\d:]+ {name} starts again, process (\d+)$", text, re.MULTILINE)
        return int(again[-1]) if again else json.loads((FOLDER / "parts.json").read_text())["pids"][name]

    def postmaster(self, name):
        return int((FOLDER / name / "data/postmaster.pid").read_text().split()[0])

    def processes(self, name):
        """Patroni, PostgreSQL and its sessions: all that a frozen machine would freeze."""
        postmaster = self.postmaster(name)
        children = pathlib.Path(f"/proc/{postmaster}/task/{postmaster}/children").read_text().split()
        return [self.pid(name), postmaster, *map(int, children)]

    def role(self, name):
        """primary, replica, or None where Patroni does not answer."""
        try:
            with urllib.request.urlopen(f"http://127.0.1.{name[2:]}:{self.base + 2}/patroni", timeout=2) as answer:
                return json.load(answer)["role"].replace("master", "primary")
        except OSError:
            return None

    def primary(self):
        return next((name for name in SERVERS if self.role(name) == "primary"), None)

    def standby(self):
        return next(name for name in SERVERS if self.role(name) == "replica")

    def execute(self, statement):
        """On the primary, as the application would write."""
        return self.execute_at(self.primary(), statement)

    def execute_at(self, name, statement):
        connection = psycopg2.connect(host=f"127.0.1.{name[2:]}", port=self.base, user="postgres", passfile=FOLDER / "pgpass", dbname="tailors")
        with connection, connection.cursor() as cursor:
            cursor.execute(statement)
            return cursor.fetchone()

    def wait_until_replayed(self, standby):
        """All that the primary has written until now."""
        (written,) = self.execute("SELECT pg_current_wal_lsn()")
        wait_until(lambda: self.execute_at(standby, f"SELECT pg_last_wal_replay_lsn() >= '{written}'")[0], 2 * HANG)

    def is_ready(self, front_end):
        try:
            return requests.get(f"http://127.0.0.1:{self.base + 20 + int(front_end[-1])}/readyz", timeout=2).ok
        except OSError:
            return False

    def get(self, session, after=None, **parameters):
        """`after`: a position of the write-ahead log that the answer must contain."""
        headers = {"Read-After": after} if after else {}
        return session.get(f"http://127.0.0.1:{self.port}/api/tailors", params=parameters, headers=headers, timeout=HANG)

    def stop(self):
        self.process.terminate()
        self.process.wait(timeout=2 * HANG)


class Clients(threading.Thread):
    """Search without a pause, at many places."""

    def __init__(self, cluster):
        super().__init__()
        self.cluster, self.statuses, self.failures, self.stopped = cluster, collections.Counter(), [], False

    def run(self):
        threads = [threading.Thread(target=self._search, args=(number,)) for number in range(CLIENTS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def _search(self, number):
        session = requests.Session()
        while not self.stopped:
            answer = self.cluster.get(session, lat=12.9 + sum(self.statuses.values()) % 97 / 500, lng=77.5 + number / 100, maxDistance=5)
            self.statuses[answer.status_code] += 1
            if answer.status_code != 200:
                self.failures.append((answer.status_code, answer.text))

    def forgive(self):
        """Forgets the failures so far, which may only be those of a server that is away."""
        assert all(status == 503 for status, _ in self.failures), self.failures
        self.failures.clear()

    def wait_for(self, more):
        """Until so many searches were answered from now on."""
        until = sum(self.statuses.values()) + more
        wait_until(lambda: sum(self.statuses.values()) >= until)


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    made = Cluster(pathlib.Path(tmp_path_factory.mktemp("cluster")) / "log")
    yield made
    made.stop()
    assert not (FOLDER / "pg1/data/postmaster.pid").exists()


@pytest.fixture(params=range(1, ROUNDS + 1), ids=lambda number: f"round {number}")
def clients(cluster, request):
    started = Clients(cluster)
    started.start()
    started.wait_for(50)
    yield started
    started.wait_for(50)
    started.stopped = True
    started.join()
    assert not started.failures, started.failures[:3]


def assert_changes_are_seen(cluster):
    """A change committed now is in the answer to a request with Read-After, and soon in every answer. The one before was cached."""
    session = requests.Session()
    (tailor,) = cluster.execute('SELECT id FROM "Tailor" WHERE "locationPoint" IS NOT NULL LIMIT 1')
    lat, lng = cluster.execute(f"""SELECT latitude, longitude FROM "Tailor" WHERE id = '{tailor}'""")

    def rating(after=None):
        answer = cluster.get(session, after, lat=lat, lng=lng, maxDistance=0.001)
        assert answer.status_code == 200, answer.text
        return next(row["rating"] for row in answer.json()["data"] if row["id"] == tailor)

    new = (rating() + 1) % 5
    cluster.execute(f"""UPDATE "Tailor" SET rating = {new} WHERE id = '{tailor}' RETURNING 1""")
    (after,) = cluster.execute("SELECT pg_current_wal_insert_lsn()")
    assert rating(after) == new
    wait_until(lambda: rating() == new)


@pytest.mark.parametrize("name", ["frontend2", "redis", "pgbouncer1", "pgbouncer3"])
def test_a_part_is_killed(cluster, clients, name):
    killed = cluster.pid(name)
    os.kill(killed, signal.SIGKILL)
    wait_until(lambda: cluster.pid(name) != killed)
    clients.wait_for(200)
    assert_changes_are_seen(cluster)


def test_a_standby_is_killed(cluster, clients):
    standby = cluster.standby()
    killed = cluster.postmaster(standby)
    os.kill(killed, signal.SIGKILL)
    wait_until(lambda: cluster.role(standby) == "replica" and cluster.postmaster(standby) != killed, 2 * HANG)
    clients.wait_for(200)
    assert_changes_are_seen(cluster)


def test_replay_is_paused_on_a_standby(cluster, clients):
    standby = cluster.standby()
    cluster.execute_at(standby, "SELECT pg_wal_replay_pause()")
    try:
        assert_changes_are_seen(cluster)
        clients.wait_for(200)
    finally:
        cluster.execute_at(standby, "SELECT pg_wal_replay_resume()")
    cluster.wait_until_replayed(standby)
    assert_changes_are_seen(cluster)


def test_the_network_between_the_primary_and_a_standby_stalls(cluster, clients):
    """Its connection stays, and nothing comes: the primary's process that sends the log to it is stopped."""
    standby = cluster.standby()
    sender = cluster.execute(f"SELECT pid FROM pg_stat_replication WHERE application_name = '{standby}'")[0]
    os.kill(sender, signal.SIGSTOP)
    try:
        assert_changes_are_seen(cluster)
        clients.wait_for(200)
    finally:
        os.kill(sender, signal.SIGCONT)
    cluster.wait_until_replayed(standby)
    assert_changes_are_seen(cluster)


@pytest.mark.parametrize("name", ["frontend1", "frontend2", "frontend3"])
def test_front_ends_are_restarted_in_turn(cluster, clients, name):
    """As for a new release of the program: the next one when this one is ready again."""
    ended = cluster.pid(name)
    os.kill(ended, signal.SIGTERM)
    wait_until(lambda: cluster.pid(name) != ended)
    wait_until(lambda: cluster.is_ready(name))
    clients.wait_for(200)
    assert_changes_are_seen(cluster)


def test_etcd_freezes_for_longer_than_the_lease(cluster, clients):
    """Then no server may be primary, and searches go on."""
    etcd = cluster.pid("etcd")
    os.kill(etcd, signal.SIGSTOP)
    try:
        wait_until(lambda: cluster.primary() is None, 2 * HANG)
        clients.wait_for(200)
    finally:
        os.kill(etcd, signal.SIGCONT)
    wait_until(cluster.primary, 2 * HANG)
    assert_changes_are_seen(cluster)


def test_the_primary_freezes(cluster, clients):
    """No search fails but those that it was computing. A standby is promoted. When the former primary goes on, one of both becomes a standby: without a watchdog the former
    one can take Patroni's lock back."""
    former = wait_until(cluster.primary)
    frozen = cluster.processes(former)
    for process in frozen:
        os.kill(process, signal.SIGSTOP)
    try:
        wait_until(lambda: cluster.primary() not in (None, former), 2 * HANG)
        clients.forgive()  # searches that the primary was computing
        assert_changes_are_seen(cluster)
        clients.wait_for(200)
    finally:
        for process in frozen:
            os.kill(process, signal.SIGCONT)
    wait_until(lambda: sorted(str(cluster.role(name)) for name in SERVERS) == ["primary", "replica", "replica"], 2 * HANG)
    assert_changes_are_seen(cluster)


def test_an_orderly_switchover(cluster, clients):
    former = wait_until(cluster.primary)
    subprocess.run(["patronictl", "-c", FOLDER / former / "patroni.yml", "switchover", "--force"], check=True, capture_output=True)
    wait_until(lambda: cluster.primary() not in (None, former), 2 * HANG)
    clients.wait_for(200)
    assert_changes_are_seen(cluster)
