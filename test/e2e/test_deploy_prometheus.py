"""deploy/: what Prometheus and Grafana are given, with a real Prometheus that reads a real front end."""

import json
import re
import shutil
import subprocess

import pytest
import requests
from harness import HANG, TOP, wait_until
from nginx import free_port

DEPLOY = TOP / "deploy"
PLACE = DEPLOY / "prometheus"
DASHBOARD = DEPLOY / "grafana-dashboard.json"
RULES = (PLACE / "tailor-frontend.rules.yml").read_text()
TESTS = TOP / "test/e2e/alerts_test.yml"


def promtool(*words):
    result = subprocess.run(["promtool", *words], capture_output=True, text=True, timeout=60)
    assert result.returncode == 0, result.stdout + result.stderr


def test_configuration_and_rules():
    promtool("check", "config", PLACE / "prometheus.yml")
    promtool("check", "rules", "--lint=all", "--lint-fatal", PLACE / "tailor-frontend.rules.yml")


def test_every_alert_fires_when_it_should(tmp_path):
    for file in (TESTS, PLACE / "tailor-frontend.rules.yml"):
        shutil.copy(file, tmp_path)
    promtool("test", "rules", tmp_path / TESTS.name)
    fired = re.findall(r"alertname: (\w+)\n +exp_alerts:", TESTS.read_text())
    assert sorted(fired) == sorted(re.findall(r"- alert: (\w+)", RULES))


class Prometheus:
    """One with the configuration, but for where the front end is, and less patience."""

    def __init__(self, place, target):
        for file in PLACE.iterdir():
            shutil.copy(file, place)
        example = (place / "prometheus.yml").read_text()
        text = example.replace("interval: 15s", "interval: 200ms").replace("127.0.0.1:18081", target)
        text = text.replace("          - 127.0.0.1:18082\n", "")
        assert text.count("200ms") == 2 and text.count("127.0.0.1") == 1
        (place / "prometheus.yml").write_text(text)
        port = free_port()
        self.base = f"http://127.0.0.1:{port}/api/v1/"
        self.log = place / "log"
        self.process = subprocess.Popen(
            ["prometheus", f"--config.file={place}/prometheus.yml", f"--storage.tsdb.path={place}/data",
             f"--web.listen-address=127.0.0.1:{port}"],
            stdout=subprocess.DEVNULL, stderr=open(self.log, "wb"),
        )  # fmt: skip

    def get(self, path, **parameters):
        with requests.Session() as http:
            http.trust_env = False
            answer = http.get(self.base + path, params=parameters, timeout=HANG).json()
        assert answer["status"] == "success", answer
        return answer["data"]

    def query(self, expression):
        return self.get("query", query=expression)["result"]

    def has(self, expression):
        """The same while it starts."""
        try:
            return self.query(expression)
        except requests.RequestException:
            assert self.process.poll() is None, self.log.read_text()

    def stop(self):
        self.process.terminate()
        self.process.wait(timeout=HANG)


@pytest.fixture
def served(frontend, database):
    """A front end that has answered something of each kind."""
    served = frontend(database.url(connection_limit=2))
    for parameters in ({}, {"page": "x"}):
        served.search(**parameters)
    return served


@pytest.fixture
def prometheus(served, tmp_path):
    prometheus = Prometheus(tmp_path, served.admin.removeprefix("http://"))
    try:
        yield prometheus
    finally:
        prometheus.stop()


def expressions(dashboard):
    return {
        (panel["title"], target["refId"]): target["expr"].replace("$instance", ".*").replace("$__rate_interval", "10s")
        for panel in dashboard["panels"]
        for target in panel["targets"]
    }


def test_every_panel_and_alert_reads_what_the_front_end_tells(served, prometheus):
    dashboard = json.loads(DASHBOARD.read_text())
    wait_until(lambda: prometheus.has('count_over_time(up{job="tailor-frontend"}[10s]) > 3'))
    # Something must happen while it watches.
    wait_until(lambda: served.search().ok and prometheus.query("rate(tailor_frontend_query_duration_seconds_count[10s]) > 0"))
    for place, expression in expressions(dashboard).items():
        assert wait_until(lambda expression=expression: prometheus.query(expression)), place
    rules = lambda: prometheus.get("rules")["groups"][0]["rules"]
    wait_until(lambda: all(rule["health"] != "unknown" for rule in rules()))
    assert {(rule["health"], rule["state"]) for rule in rules()} == {("ok", "inactive")}
    for name in set(re.findall(r"\btailor_frontend_\w+", RULES)):
        assert prometheus.query(f'{{__name__=~"{name}(_count)?"}}'), name


def test_dashboard_is_one_that_grafana_imports():
    """No Grafana in Debian: what its model asks for."""
    dashboard = json.loads(DASHBOARD.read_text())
    assert dashboard["uid"] and dashboard["title"] and dashboard["schemaVersion"] > 30
    panels = dashboard["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels)
    cells = [(panel["gridPos"]["x"], panel["gridPos"]["y"]) for panel in panels]
    assert len(set(cells)) == len(cells)
    assert all(panel["datasource"]["uid"] == "${datasource}" for panel in panels)
    assert all(panel["gridPos"]["x"] + panel["gridPos"]["w"] <= 24 for panel in panels)
    assert {variable["name"] for variable in dashboard["templating"]["list"]} == {"datasource", "instance"}
