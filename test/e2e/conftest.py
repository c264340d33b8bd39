"""The real front end before a real PostgreSQL. scripts/check sets PGHOST, PGPORT and PGUSER for a private cluster."""

import contextlib
import os
import re
import shutil
import socket
import subprocess

import pytest
from faults import Cluster
from harness import PASSWORD, ROLE, Database, Frontend, Server, numbers, wait_until
from nginx import free_port
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
def pgbouncer(database, tmp_path):
    """The address of a PgBouncer in transaction mode with a single server connection."""
    port = free_port()
    server = database.server
    settings = tmp_path / "pgbouncer.ini"
    settings.write_text(
        f"[databases]\n* = host={server.host} port={server.port} user={ROLE}\n"
        f"[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\nunix_socket_dir =\nauth_type = any\n"
        "pool_mode = transaction\ndefault_pool_size = 1\n"
    )
    program = shutil.which("pgbouncer", path=os.environ["PATH"] + ":/usr/sbin")
    if pgbouncer_version(program) >= (1, 21):  # which can keep prepared statements: as an older one, it shall not
        with settings.open("a") as more:
            more.write("max_prepared_statements = 0\n")
    command = [program, "/dev/stdin"]
    if os.geteuid() == 0:
        command = ["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups", *command]
    process = subprocess.Popen(command, stdin=settings.open(), stderr=subprocess.DEVNULL)
    wait_until(lambda: connects(port) or process.poll() is not None)
    assert process.poll() is None
    yield port
    process.kill()  # later releases end at SIGTERM only when their clients have left
    process.wait(timeout=10)


def pgbouncer_version(program):
    said = subprocess.check_output([program, "--version"], text=True)
    return tuple(map(int, re.search(r"(\d+)\.(\d+)", said).groups()))


def connects(port):
    with contextlib.suppress(OSError):
        socket.create_connection(("127.0.0.1", port)).close()
        return True
    return False
