"""The end of an instance: no client notices it."""

import signal

import pytest
import requests
from faults import repeats
from harness import HANG, Frontend, in_background, wait_until
from holding import locked
from instances import Instances, NginxLoad
from metric_values import value


@pytest.fixture
def instances(database, tmp_path):
    instances = Instances(database, tmp_path)
    yield instances
    assert instances.stop() == [0, 0]


def test_restarts_behind_nginx(instances):
    with NginxLoad(instances) as load:
        for _ in repeats(3, 20):
            for i in (0, 1):
                load.await_answer(200)
                assert instances.restart(i) == 0
                load.await_answer(200)
    assert {status for _, status in load.answers} == {200}


def test_all_instances_away(instances):
    """nginx then says what the front end would."""
    for each in instances.running:
        assert each.stop() == 0
    answer = requests.get(instances.base + "/api/tailors?location=MG_ROAD", timeout=HANG)
    assert (answer.status_code, answer.headers["Content-Type"]) == (503, "application/problem+json")
    assert answer.headers["Retry-After"] == "1" and answer.json()["success"] is False
    assert requests.get(instances.base + "/metrics", timeout=HANG).status_code == 404


def test_not_ready_while_it_drains(database, tmp_path):
    """For a balancer that asks /readyz: it is still served meanwhile, and told to come on another connection."""
    served = Frontend(database.url(), tmp_path / "log", drain_delay=10 * HANG)
    assert "close" not in served.search().headers.get("Connection", "")
    served.process.send_signal(signal.SIGTERM)
    wait_until(lambda: served.ready().status_code == 503)
    assert served.ready().text == "stopping\n"
    assert "[-]stopping\n" in served.ready("?verbose").text
    for _ in range(3):
        answer = served.search()
        assert (answer.status_code, answer.headers["Connection"]) == (200, "close")
    assert served.http.get(served.admin + "/livez", timeout=HANG).status_code == 200
    assert served.stop() == 128 + signal.SIGTERM  # at the second signal it drains no longer


def test_ends_when_it_has_drained(database, tmp_path):
    served = Frontend(database.url(), tmp_path / "log", drain_delay=1)
    assert served.stop() == 0


def test_what_came_before_the_end_is_answered(database, tmp_path):
    """On many connections at a time."""
    served = Frontend(database.url(connection_limit=1), tmp_path / "log", query_timeout=HANG, pool_timeout=HANG)
    with locked(database):
        answers = [in_background(lambda: Frontend.search(served)) for _ in range(20)]
        wait_until(lambda: value(served, "http_requests_in_flight") == 20)
        served.process.send_signal(signal.SIGTERM)
    assert {answer.result().status_code for answer in answers} == {200}
    assert served.process.wait(timeout=HANG) == 0
    served.stop()
