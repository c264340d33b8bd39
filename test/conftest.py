"""Databases for the tests, on the server that PGHOST, PGPORT and PGUSER name: scripts/check makes a private one."""

import itertools
import os
import pathlib

import psycopg2
import pytest
from copies import copy_database

TOP = pathlib.Path(__file__).resolve().parents[1]
_numbers = itertools.count(1)


def pytest_configure():
    """Each process of pytest-xdist uses its own server, because tests end sessions and count them."""
    worker = os.environ.get("PYTEST_XDIST_WORKER")
    for name in ("PGHOST", "PGPORT") if worker else ():
        if f"{name}_{worker}" not in os.environ:
            pytest.exit(f"{name}_{worker} is not set: run scripts/check pytest")
        os.environ[name] = os.environ[f"{name}_{worker}"]


# The files that take longest. They begin first, as all tests of a file run in one process: else it would be the last.
LONG_FILES = (
    "test_explorer.py", "test_dump.py", "test_engines.py", "test_facets.py", "test_redis.py", "test_poolers.py", "test_native_interrupted.py",
    "test_pages.py", "test_status_page.py", "test_memory.py", "test_tenants.py", "test_redis_faults.py", "test_serializable.py", "test_hosts.py", "test_changed_trees.py",
    "test_faults_server.py", "test_subscriber.py", "test_pipeline.py", "test_odd_tables.py", "test_cache.py", "test_database.py",
    "test_differential.py", "test_reset.py", "test_admission.py", "test_freshness_http.py", "test_faults_schema.py",
)  # fmt: skip


def pytest_collection_modifyitems(items):
    order = {name: number for number, name in enumerate(LONG_FILES)}
    items.sort(key=lambda item: order.get(item.path.name, len(order)))


def on_server(action):
    """Runs a statement, or a function of a connection."""
    connection = psycopg2.connect(dbname="postgres")
    connection.autocommit = True
    action(connection) if callable(action) else connection.cursor().execute(action)
    connection.close()


class Database:
    """A database of its own, dropped with drop()."""

    def __init__(self, template="template1"):
        self.name = f"tailor_test_{os.getpid()}_{next(_numbers)}"
        on_server(lambda connection: copy_database(connection, self.name, template))

    def copy(self):
        """As it is now; nobody may be connected."""
        return Database(self.name)

    def connect(self, **options):
        connection = psycopg2.connect(dbname=self.name, **options)
        connection.autocommit = True
        return connection

    def session(self):
        """A connection for transactions."""
        return psycopg2.connect(dbname=self.name)

    def execute(self, *statements):
        """Runs the statements; the rows of the last one."""
        connection = self.connect()
        try:
            with connection.cursor() as cursor:
                for statement in statements:
                    cursor.execute(statement)
                return cursor.fetchall() if cursor.description else None
        finally:
            connection.close()

    def drop(self):
        on_server(f"DROP DATABASE {self.name} WITH (FORCE)")


@pytest.fixture(scope="session")
def template():
    database = Database()
    database.execute("CREATE EXTENSION tailor_search CASCADE", (TOP / "data/schema.sql").read_text())
    yield database.name
    database.drop()


@pytest.fixture(scope="module")
def new_database(template):
    """Makes databases with the extension and the application's empty tables; they are dropped when the module ends."""
    made = []

    def make(template=template):
        made.append(Database(template))
        return made[-1]

    yield make
    for database in made:
        database.drop()
