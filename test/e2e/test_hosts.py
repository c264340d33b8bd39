"""Several hosts in one URL: a primary and two standbys that stream from it. And TLS."""

import itertools
import os
import subprocess

import pytest
from faults import Cluster, Load, repeats
from harness import HANG, PASSWORD, ROLE, Database, wait_until
from metric_values import value
from pooler import PgBouncer


class Host:
    """A cluster, and the application's database on it."""

    def __init__(self, cluster):
        self.cluster = cluster
        self.start()

    def start(self):
        self.server = self.cluster.start()
        self.app = Database(self.server, "app")


@pytest.fixture(scope="module")
def primary(own_cluster):
    primary = Host(own_cluster)
    primary.app.create()
    return primary


@pytest.fixture(scope="module")
def standbys(primary, tmp_path_factory):
    place = tmp_path_factory.mktemp("standbys")
    clusters = [Cluster.standby(place / name, primary.server) for name in ("first", "second")]
    yield [Host(cluster) for cluster in clusters]
    for cluster in clusters:
        cluster.remove()


@pytest.fixture
def served(frontend, primary, standbys):
    hosts = [primary, *standbys]
    url = primary.app.url(
        host=",".join(each.server.host for each in hosts),
        port=",".join(str(each.server.port) for each in hosts),
        target_session_attrs="prefer-standby",
        connection_limit=4,
    )
    return frontend(url, connection_lifetime=4)  # long enough for all to be up at once on a slow machine


def await_sessions(*expected):
    """Waits until each host has its number of sessions: (host, number)."""
    wait_until(lambda: all(host.app.activity() == count for host, count in expected))


def test_reads_are_spread_over_the_standbys(served, primary, standbys):
    first, second = standbys
    await_sessions((primary, 0), (first, 2), (second, 2))
    # And stay so, though every connection is replaced now and then.
    before = sessions(first)
    with Load(served, codes=()):
        wait_until(lambda: not before & sessions(first))
    await_sessions((primary, 0), (first, 2), (second, 2))


def sessions(host):
    return set(host.app.execute(f"SELECT pid FROM pg_stat_activity WHERE usename = '{ROLE}'"))


def test_a_pooler_that_leads_to_a_standby(frontend, primary, standbys):
    """What is searched there is late, whatever is heard of the primary: answers live for a short time."""
    primary.app.execute("CALL tailor_search_notify_changes()")
    bouncer = PgBouncer(primary.server, pool_mode="transaction")
    try:
        url = bouncer.url(primary.app.name, pgbouncer="true")
        cached = {"cache_bytes": "1MiB", "cache_ttl": 3600, "cache_ttl_without_notifications": 0.001, "cache_stale": 0}
        served = frontend(url, listen_url=primary.app.url(), heartbeat=HANG, **cached)
        wait_until(lambda: "event=listening" in served.log())
        places = itertools.count(1)  # so that nothing is cached

        def lives():
            place = {"lat": next(places) / 1000, "lng": 1}
            return [served.get(params=place).headers["Cache-Status"] for _ in range(2)][1] == "tailor-frontend; hit"

        assert lives()
        bouncer.lead_to(standbys[0].server)  # the next heartbeat is far away
        wait_until(lambda: not lives())
        assert value(served, "listening") == 1
        again = frontend(url, listen_url=primary.app.url(), cache_bytes="1MiB")
        wait_until(lambda: "during recovery" in again.log())
        assert value(again, "listening") == 0
    finally:
        bouncer.stop()


def test_a_host_dies_and_comes_back(served, primary, standbys):
    first, second = standbys
    with Load(served) as load:
        for _ in repeats(1, 10):
            await_sessions((primary, 0), (first, 2), (second, 2))
            first.cluster.kill()
            await_sessions((primary, 0), (second, 4))
            load.await_steady()
            second.cluster.kill()
            await_sessions((primary, 4))
            load.await_steady()
            first.start()
            second.start()
            await_sessions((primary, 0), (first, 2), (second, 2))
            load.await_steady()


def test_a_host_freezes(frontend, primary, standbys):
    """Its connections wait for an answer that does not come; the others serve."""
    first, second = standbys
    url = primary.app.url(
        host=f"{first.server.host},{second.server.host}",
        port=f"{first.server.port},{second.server.port}",
        connection_limit=4,
        connect_timeout=2,
    )
    served = frontend(url, connection_lifetime=4, query_timeout=2)
    with Load(served, ("query_timeout", "database_unavailable")) as load:
        await_sessions((first, 2), (second, 2))
        with first.cluster.frozen():
            load.await_answer(503)
            await_sessions((second, 4))
            load.await_answer(200)
        await_sessions((first, 2), (second, 2))
        load.await_steady()


@pytest.fixture(scope="module")
def certificate(primary):
    """The server's own, for the name localhost; it has TLS from now on."""
    place = primary.cluster.place / "data"
    made = subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
         "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost",
         "-keyout", place / "server.key", "-out", place / "server.crt"],
        capture_output=True, timeout=30,
    )
    assert made.returncode == 0, made.stderr
    owner = (place / "PG_VERSION").stat()
    for name in ("server.key", "server.crt"):
        (place / name).chmod(0o600)
        os.chown(place / name, owner.st_uid, owner.st_gid)
    (place / "ca.crt").write_text((place / "server.crt").read_text())
    primary.app.execute(f"ALTER ROLE {ROLE} PASSWORD '{PASSWORD}'", "ALTER SYSTEM SET ssl = on", "SELECT pg_reload_conf()")
    wait_until(lambda: primary.app.execute("SHOW ssl") == [("on",)])
    return place / "ca.crt"


def test_tls(frontend, primary, certificate):
    encrypted = f"SELECT count(*) FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) WHERE ssl AND usename = '{ROLE}'"

    def ask(host, **parameters):
        served = frontend(primary.app.url(host=host, connection_limit=2, **parameters))
        return served, served.ready().text

    for trusted in ({"sslmode": "require"}, {"sslmode": "verify-full", "sslrootcert": certificate}):
        served, reason = ask("localhost", **trusted)
        assert served.search().json()["pagination"]["total"] == 7, reason
        wait_until(lambda: primary.app.execute(encrypted)[0][0] >= 2)
        assert served.stop() == 0
        wait_until(lambda: primary.app.execute(encrypted)[0][0] == 0)
    assert "certificate verify failed" in ask("localhost", sslmode="verify-full", sslrootcert="/etc/ssl/certs/ca-certificates.crt")[1]
    assert "does not match host name" in ask("127.0.0.1", sslmode="verify-full", sslrootcert=certificate)[1]
