"""The status page on the admin port, in Debian's Chromium: explorer/status.test.mjs; and what serves it."""

import os
import pathlib
import re

import npm
import pytest
from harness import CLUSTER, TOP, Database, Frontend

MODULES = pathlib.Path(__file__).with_name("explorer")


@pytest.fixture(scope="module")
def served(own_cluster, tmp_path_factory):
    server = own_cluster.start()
    database = Database(server, "status").create()
    database.execute("CALL tailor_search_setup(notify_changes => true)")
    frontend = Frontend(database.url(), tmp_path_factory.mktemp("status") / "log", connection_limit=2, cache_bytes="64MiB")
    yield frontend, own_cluster
    assert frontend.stop() == 0


def test_status_page(served):
    frontend, cluster = served
    version = re.search(r'version="(.*?)"', frontend.http.get(frontend.admin + "/metrics").text)[1]
    pictures = {"PICTURES": str(TOP / "docs/images")} if "TAILOR_PICTURES" in os.environ else {}
    npm.run_tests(npm.installed(MODULES), "status", BASE=frontend.base, ADMIN=frontend.admin, VERSION=version, CLUSTER=CLUSTER,
                  CLUSTER_PLACE=str(cluster.place), **pictures)  # fmt: skip


@pytest.mark.parametrize("path", ["/", "/status/status.js", "/status/metrics.js", "/status/status.css", "/status/icon.svg"])
def test_files(served, path):
    answer = served[0].http.get(served[0].admin + path)
    assert answer.status_code == 200 and answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"] and "unsafe" not in answer.headers["Content-Security-Policy"]
    assert served[0].http.head(served[0].admin + path).headers["Content-Type"] == answer.headers["Content-Type"]
    assert served[0].http.post(served[0].admin + path).status_code == 405


@pytest.mark.parametrize("path", ["/status", "/status/", "/status/index.html", "/index.html"])
def test_no_other_files(served, path):
    assert served[0].http.get(served[0].admin + path).status_code == 404
    assert served[0].http.get(served[0].base + path).status_code == 404
