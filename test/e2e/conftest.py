"""The real front end before a real PostgreSQL. scripts/check sets PGHOST, PGPORT and PGUSER for a private cluster."""

import os
import pathlib
import sys

import pytest

sys.path.append(str(pathlib.Path(__file__).parents[1] / "differential"))  # random searches, for test_regions.py

from faults import Cluster
from harness import PASSWORD, ROLE, Database, Frontend, Server, numbers
from pooler import PgBouncer
from redis_server import Redis


@pytest.fixture(scope="session")
def server():
    if "PGHOST" not in os.environ:
        pytest.exit("PGHOST is not set: run scripts/check pytest")
    server = Server(os.environ["PGHOST"], int(os.environ["PGPORT"]), os.environ["PGUSER"])
    with_extension = Database(server, f"e2e_{os.getpid()}_template").create(filled=False)
    server.template = with_extension.name
    yield server
    with_extension.drop()


@pytest.fixture(scope="session")
def new_database(server):
    """Makes databases: new_database(schema=…)."""
    made = []

    def make(schema="public"):
        made.append(Database(server, f"e2e_{os.getpid()}_{next(numbers)}", schema).create())
        return made[-1]

    yield make
    for database in made:
        database.drop()


@pytest.fixture(scope="module")
def database(new_database):
    return new_database()


@pytest.fixture(scope="module")
def told_database(new_database):
    """One whose changes are told of."""
    database = new_database()
    database.execute("CALL tailor_search_setup(notify_changes => true)")
    return database


@pytest.fixture
def redis(tmp_path):
    redis = Redis(tmp_path)
    yield redis
    redis.stop()


@pytest.fixture(scope="module")
def shared_frontend(database, tmp_path_factory):
    """One front end for all tests of a module that only ask."""
    frontend = Frontend(database.url(), tmp_path_factory.mktemp("frontend") / "log")
    yield frontend
    assert frontend.stop() == 0
    assert PASSWORD not in frontend.log()


@pytest.fixture
def frontend(tmp_path):
    """Starts front ends: frontend(url, query_timeout=1, …). Each must end well on SIGTERM and keep the password."""
    started = []

    def start(url, **settings):
        started.append(Frontend(url, tmp_path / f"log-{len(started)}", **settings))
        return started[-1]

    yield start
    codes = [each.stop() for each in started]
    assert codes == [0] * len(started), started[-1].log()
    assert all(PASSWORD not in each.log() for each in started)


@pytest.fixture(scope="module")
def own_cluster(tmp_path_factory):
    """A cluster that a module may stop and break."""
    cluster = Cluster(tmp_path_factory.mktemp("cluster") / "cluster", max_connections=12)
    yield cluster
    cluster.remove()


@pytest.fixture
def pooler(server):
    """Starts PgBouncers: pooler(pool_mode="session", …)."""
    started = []

    def start(*databases, **settings):
        started.append(PgBouncer(server, databases or ("* =",), **settings))
        return started[-1]

    yield start
    for each in started:
        each.stop()


@pytest.fixture
def pgbouncer(pooler):
    """The port of a PgBouncer in transaction mode with a single server connection."""
    return pooler(f"* = user={ROLE}", pool_mode="transaction", default_pool_size=1).port
