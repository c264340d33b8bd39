"""The real front end before a real PostgreSQL. scripts/check sets PGHOST, PGPORT and PGUSER for a private cluster."""

import os

import pytest
from harness import PASSWORD, Database, Frontend, Server, numbers


@pytest.fixture(scope="session")
def server():
    if "PGHOST" not in os.environ:
        pytest.exit("PGHOST is not set: run scripts/check pytest")
    return Server(os.environ["PGHOST"], int(os.environ["PGPORT"]), os.environ["PGUSER"])


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
