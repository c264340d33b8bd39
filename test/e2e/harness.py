"""What the end-to-end tests work with: servers, databases, the front end, and exchanges with it."""

import concurrent.futures
import contextlib
import itertools
import os
import pathlib
import re
import signal
import socket
import subprocess
import time
import urllib.parse

import psycopg2
import requests
from copies import copy_database

TOP = pathlib.Path(__file__).resolve().parents[2]
BINARY = os.environ.get("TAILOR_FRONTEND", str(TOP / "build/frontend/tailor-frontend"))
CLUSTER = os.environ.get("TAILOR_CLUSTER", str(TOP / "scripts/cluster.sh"))
PASSWORD = "hunter2-never-to-be-seen"
ROLE = "tailor_web"
HANG = 60  # seconds, after which a test takes whatever it waits for to hang, on any machine
numbers = itertools.count(1)

TAILORS = """
INSERT INTO "User" (id, email, password, role, name, "updatedAt")
  SELECT 'u' || i, 'u' || i || '@example.org', 'user-secret', 'TAILOR', 'User ' || i, now() FROM generate_series(1, 8) AS i;
INSERT INTO "Tailor" (id, "userId", latitude, longitude, skills, "yearsExperience", rating, "updatedAt", "locationPoint")
  SELECT 't' || i, 'u' || i, 12.97 + i * 0.01, 77.59, ARRAY['shirts', 'skill ' || i, 'a,"b"\\{}'], i, i / 2.0, now(),
         public.ST_SetSRID(public.ST_MakePoint(77.59, 12.97 + i * 0.01), 4326)::public.geography
  FROM generate_series(1, 7) AS i;
INSERT INTO "Tailor" (id, "userId", skills, "updatedAt") VALUES ('t8', 'u8', '{shirts}', now());
INSERT INTO "SampleWork" (id, "tailorId", "imageUrl", "createdAt", "updatedAt")
  SELECT 'w' || i, 't1', 'https://example.org/' || i, timestamp '2026-01-01' + i * interval '1 day', now()
  FROM generate_series(1, 6) AS i;
"""
GRANTS = """
GRANT USAGE ON SCHEMA {schema} TO tailor_web;
GRANT SELECT ON {schema}."Tailor", {schema}."SampleWork" TO tailor_web;
GRANT SELECT (id, name, email, "createdAt") ON {schema}."User" TO tailor_web;
"""
# TAILOR_FAST=1: every search is as fast as it can be, for tests that must not rely on a slow one.
FAST = (
    'CREATE INDEX ON "Tailor" (tailor_cell("locationPoint"), "yearsExperience", rating, tailor_indexed_skills(skills) COLLATE "C")',
    'ANALYZE "Tailor"',
)


def wait_until(condition, seconds=HANG):
    """Waits until condition() is true, and returns its value. The time bounds a hang, and decides nothing else."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        value = condition()
        if value:
            return value
        time.sleep(0.02)
    raise AssertionError("did not happen in time")


def in_time(seconds, attempt, times=5):
    """Returns what attempt() returns. A failure is repeated where the attempt took longer than a limit of the program's
    that it must keep below: the machine was too busy for it."""
    for left in reversed(range(times)):
        began = time.monotonic()
        try:
            return attempt()
        except AssertionError:
            if left == 0 or time.monotonic() - began < seconds:
                raise


class Server:
    """A PostgreSQL server by its socket directory and port."""

    template = "template1"  # of which databases are copies

    def __init__(self, host, port, user):
        self.host, self.port, self.user = host, port, user

    @contextlib.contextmanager
    def connected(self, database):
        connection = psycopg2.connect(host=self.host, port=self.port, user=self.user, dbname=database)
        connection.autocommit = True
        try:
            yield connection
        finally:
            connection.close()

    def execute(self, database, *statements):
        with self.connected(database) as connection, connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)
            return cursor.fetchall() if cursor.description else None

    def create_role(self):
        if not self.execute("postgres", f"SELECT 1 FROM pg_roles WHERE rolname = '{ROLE}'"):
            self.execute("postgres", f"CREATE ROLE {ROLE} LOGIN")


class Database:
    """A database with the application's tables in `schema`."""

    def __init__(self, server, name, schema="public"):
        self.server, self.name, self.schema = server, name, schema

    def execute(self, *statements):
        return self.server.execute(self.name, *statements)

    def create(self, filled=True):
        self.server.create_role()
        with self.server.connected("postgres") as connection:
            copy_database(connection, self.name, self.server.template)
        self.execute("CREATE EXTENSION IF NOT EXISTS tailor_search CASCADE")
        if filled:
            self.fill()
        return self

    def fill(self):
        schema = '"' + self.schema.replace('"', '""') + '"'
        tables = (TOP / "data/schema.sql").read_text()
        self.execute(
            f"CREATE SCHEMA IF NOT EXISTS {schema}",
            f"SET search_path = {schema}, public",
            tables,
            TAILORS,
            GRANTS.format(schema=schema),
            *(FAST if os.environ.get("TAILOR_FAST") else ()),
        )

    def drop(self):
        self.server.execute("postgres", f'DROP DATABASE IF EXISTS "{self.name}" WITH (FORCE)')

    def url(self, **parameters):
        parameters = {"host": self.server.host, "port": self.server.port, **parameters}
        return f"postgresql://{ROLE}:{PASSWORD}@/{self.name}?{urllib.parse.urlencode(parameters, quote_via=urllib.parse.quote)}"

    def session(self):
        """An open superuser's session, to hold locks in."""
        server = self.server
        return psycopg2.connect(host=server.host, port=server.port, user=server.user, dbname=self.name)

    def activity(self, condition="true"):
        """The number of the front end's sessions, without the one that listens for changes."""
        return self.execute(
            f"SELECT count(*) FROM pg_stat_activity WHERE usename = '{ROLE}' AND datname = '{self.name}'"
            f" AND application_name NOT LIKE '% listener' AND {condition}"
        )[0][0]


class Frontend:
    """A running tailor-frontend on ports of its own."""

    def __init__(self, url, log, environment=None, **settings):
        # Without a cache, so that every request asks the database: tests of the cache give its size.
        settings = {"port": 0, "admin_port": 0, "cache_bytes": 0, **settings}
        flags = [f"--{name.replace('_', '-')}={value}" for name, value in settings.items()]
        environment = {"PATH": os.environ["PATH"], "DATABASE_URL": url, **(environment or {})}
        self.log_path = log
        self.process = subprocess.Popen(
            [BINARY, *flags], env=environment, stdout=subprocess.PIPE, stderr=open(log, "wb"), text=True
        )
        if settings.get("log_format") == "json":
            line = wait_until(lambda: re.search(r'.*"event":"serving".*', self.log()))[0]
        else:
            line = self.process.stdout.readline()
        assert line, self.log()
        self.base, self.admin = re.findall(r'http://[^\s",]+', line)
        self.port = int(self.base.rsplit(":", 1)[1])
        self.http = requests.Session()
        self.http.trust_env = False

    def get(self, path="/api/tailors", params=None, method="GET", **options):
        return self.http.request(method, self.base + path, params=params, timeout=HANG, **options)

    def search(self, **parameters):
        return self.get(params={"location": "MG_ROAD", **parameters})

    def ready(self, query=""):
        return self.http.get(self.admin + "/readyz" + query, timeout=HANG)

    def log(self):
        return pathlib.Path(self.log_path).read_text()

    def stop(self, by=signal.SIGTERM):
        if self.process.poll() is None:
            self.process.send_signal(by)
        code = self.process.wait(timeout=HANG)
        self.process.stdout.close()
        self.http.close()
        assert "wait_in_destructor" not in self.log()
        return code


def problem(response, status, code, parameter=None):
    """Checks that a response is a problem of this kind, with all members that a client may rely on."""
    assert response.status_code == status, response.text
    assert response.headers["Content-Type"] == "application/problem+json"
    body = response.json()
    assert (body["status"], body["code"], body.get("parameter")) == (status, code, parameter)
    assert body["success"] is False and body["error"] == body["detail"] and body["title"] and body["type"]
    assert ("Retry-After" in response.headers) == (status in (429, 503))
    for secret in (PASSWORD, "SELECT", "tailor_search_page", ROLE):
        assert secret not in response.text
    return body


def exchange(frontend, data, seconds=HANG):
    """Sends bytes and returns all that comes back until the server closes."""
    with socket.create_connection(("127.0.0.1", frontend.port), timeout=seconds) as connection:
        connection.sendall(data)
        answer = b""
        while True:
            part = connection.recv(65536)
            if not part:
                return answer.decode()
            answer += part


def read_answer(connection):
    """The status of one answer on a connection that is kept, which is read whole: its head says how long the body is."""
    answer = b""
    while b"\r\n\r\n" not in answer:
        answer += connection.recv(65536)
    head, _, body = answer.partition(b"\r\n\r\n")
    length = int(re.search(rb"Content-Length: (\d+)", head)[1])
    while len(body) < length:
        body += connection.recv(65536)
    return int(head.split()[1])


def statuses(answer):
    return [int(status) for status in re.findall(r"HTTP/1\.1 (\d+) ", answer)]


def in_background(function):
    executor = concurrent.futures.ThreadPoolExecutor(1)
    future = executor.submit(function)
    executor.shutdown(wait=False)
    return future
