"""The network to the database refuses, swallows, breaks off in the middle of an answer."""

import random

import pytest
from faults import Load, Proxy, repeats
from harness import HANG, wait_until
from metric_values import value


@pytest.fixture
def proxy(database):
    proxy = Proxy(database.server)
    yield proxy
    proxy.close()


@pytest.fixture
def served(request, frontend, database, proxy):
    """A front end that reaches the database through the proxy alone. The parameter is its query timeout: where no test
    has a query hang, none may end by it on a slow machine."""
    url = database.url(host="127.0.0.1", port=proxy.port, connection_limit=3, connect_timeout=2, pool_timeout=15)
    served = frontend(url, query_timeout=getattr(request, "param", HANG), request_timeout=HANG)
    yield served
    wait_until(lambda: database.activity() == 3)  # nothing is left over on the server


def test_refused(served, proxy):
    with Load(served) as load:
        for _ in repeats(2, 20):
            load.await_answer(200)
            with proxy.refusing():
                load.await_answer(503)
                wait_until(lambda: served.ready().status_code == 503)
                assert "Connection refused" in served.ready().text
                failures = value(served, "database_connect_failures_total")
                wait_until(lambda: value(served, "database_connect_failures_total") >= failures + 8)  # by then it asks seldom
            load.await_answer(200)
            load.await_steady()


@pytest.mark.parametrize("served", [2], indirect=True)
def test_black_hole(served, proxy):
    with Load(served, ("query_timeout", "wait_too_long", "pool_timeout", "database_unavailable")) as load:
        for _ in repeats(2, 20):
            load.await_answer(200)
            with proxy.stalled():
                load.await_answer(503)
                with pytest.raises(AssertionError):
                    load.await_answer(200, seconds=3)
            load.await_answer(200)
            load.await_steady()


def test_cut_in_the_middle_of_an_answer(served, proxy):
    with Load(served) as load:
        for _ in repeats(20, 400):
            proxy.cut(random.randint(1, 900))
            load.await_answer(200)
        load.await_steady()
