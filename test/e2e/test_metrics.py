"""/metrics, read as Prometheus reads it."""

import re

import pytest
from clients import frontend_search
from harness import HANG, TOP, exchange, in_background, wait_until
from holding import locked
from metric_values import PREFIX, counted, families, value


def test_every_metric_is_documented_and_there_from_the_start(frontend, database):
    found = {}
    for family in families(frontend(database.url())):
        # The parser cuts _total off a counter's name.
        found[family.name + ("_total" if family.type == "counter" else "")] = family.type
        assert family.documentation.endswith("."), family.name
        assert family.samples, family.name
    rows = re.findall(rf"^\| `({PREFIX}\w+)` \| (\w+) \|", (TOP / "docs/metrics.md").read_text(), re.MULTILINE)
    assert found == dict(rows)


def test_requests_by_route_and_status(frontend, database):
    served = frontend(database.url())
    for _ in range(3):
        assert served.search().status_code == 200
    served.get("/api/tailors/t1")
    served.get("/api/tailors/nobody")
    served.get(params={"page": "x"})
    served.get("/elsewhere")
    exchange(served, b"GET / HTTP/9\r\nHost: a\r\n\r\n")
    exchange(served, b"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nx")
    counted(served, 3, "http_requests_total", route="search", status="200")
    counted(served, 1, "http_requests_total", route="search", status="400")
    counted(served, 1, "http_requests_total", route="tailor", status="200")
    counted(served, 1, "http_requests_total", route="tailor", status="404")
    counted(served, 1, "http_requests_total", route="other", status="404")
    counted(served, 1, "http_requests_total", route="other", status="400")
    counted(served, 1, "http_requests_total", route="other", status="413")
    assert value(served, "http_request_duration_seconds_count", route="search") == 4
    assert value(served, "http_request_duration_seconds_bucket", route="search", le="+Inf") == 4
    assert value(served, "http_request_duration_seconds_sum", route="search") > 0
    assert value(served, "pool_wait_seconds_count") == 5  # what was refused before needs no connection
    assert value(served, "query_duration_seconds_count") == 5
    wait_until(lambda: value(served, "http_requests_in_flight") == 0)


def test_connections(frontend, database):
    served = frontend(database.url(), keep_alive_timeout=HANG)
    served.search()
    served.search()
    assert value(served, "http_connections_total", listener="api") == 1
    assert value(served, "http_connections_open", listener="api") == 1
    served.http.close()
    wait_until(lambda: value(served, "http_connections_open", listener="api") == 0)
    wait_until(lambda: value(served, "http_connections_open", listener="admin") == 1)


def test_the_pool_when_it_is_exhausted(frontend, database):
    served = frontend(database.url(connection_limit=1, pool_timeout=3), query_timeout=HANG)
    wait_until(lambda: [value(served, f"pool_connections_{name}") for name in ("max", "open", "available")] == [1, 1, 1])
    with locked(database):
        first = in_background(served.search)
        wait_until(lambda: value(served, "pool_connections_available") == 0)
        second = in_background(lambda: frontend_search(served))
        wait_until(lambda: value(served, "pool_waiting") == 1)
        assert value(served, "http_requests_in_flight") == 2
        assert second.result().status_code == 503
    assert first.result().status_code == 200
    assert value(served, "pool_timeouts_total") == 1
    counted(served, 1, "http_refusals_total", reason="pool_timeout")
    assert value(served, "pool_wait_seconds_count") == 2
    assert value(served, "pool_wait_seconds_sum") >= 3


def test_lost_connections_and_timeouts(frontend, database):
    served = frontend(database.url(connection_limit=1, application_name="e2e-metrics"), query_timeout=1)
    assert value(served, "database_reconnects_total") == 0
    database.execute(
        "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE application_name = 'e2e-metrics'"
    )
    wait_until(lambda: value(served, "database_reconnects_total") == 1)
    with locked(database):
        assert served.search().status_code == 503
    counted(served, 1, "query_timeouts_total")
    counted(served, 1, "http_refusals_total", reason="query_timeout")


@pytest.mark.parametrize("parameters, failures", [({}, 0), ({"port": 1}, 1)])
def test_failures_to_connect(frontend, database, parameters, failures):
    served = frontend(database.url(**parameters))
    if failures:
        wait_until(lambda: value(served, "database_connect_failures_total") > 0)
    else:
        assert value(served, "database_connect_failures_total") == 0
    assert value(served, "build_info") == 1
