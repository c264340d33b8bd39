"""The explorer page in Debian's Chromium: explorer/*.test.mjs, against the real front end and database."""

import hashlib
import io
import os
import pathlib
import subprocess
import sys

import npm
import pytest
from harness import CLUSTER, HANG, TOP, Database, Frontend
from nginx import free_port

sys.path.insert(0, str(TOP / "data"))
import generate  # noqa: E402

HERE = pathlib.Path(__file__).with_name("explorer")
FILES = pathlib.Path(os.environ.get("TAILOR_EXPLORER_FILES", TOP / "build/frontend/explorer"))
PAGE = TOP / "frontend/explorer"
PICTURES = TOP / "docs/images"
# Where the tailors of the tests are: the name, the position, and the population that spreads them.
PLACES = [("Bengaluru, IN", 12.97194, 77.59369, 8_000_000), ("Berlin, DE", 52.52437, 13.41053, 6_000_000)]
PLACES = PLACES * 3 + [("Mysore, IN", 12.29791, 76.63925, 500_000)]


class Cities:
    """Stands for the generator's cities."""

    def draw(self, rng, count):
        return rng.choices(PLACES, k=count)


@pytest.fixture(scope="module")
def modules():
    """Playwright, axe-core and Node.js, and the tests."""
    return npm.installed(HERE)


def fill(database, tailors=600):
    """The generator's tailors, all in few places."""
    database.execute('TRUNCATE "User" CASCADE')
    tables = generate.make_batch(Cities(), 0, tailors)
    with database.session() as session, session.cursor() as cursor:
        for table, lines in tables.items():
            columns = ", ".join(f'"{column}"' for column in generate.COLUMNS[table].split())
            cursor.copy_expert(f'COPY "{table}" ({columns}) FROM stdin', io.StringIO(lines))
    session.close()
    database.execute("CALL tailor_search_setup(notify_changes => true)", "ANALYZE")


def serve(database, log, **settings):
    return Frontend(database.url(), log, explorer="true", explorer_files=FILES, **settings)


@pytest.fixture(scope="module")
def served(new_database, tmp_path_factory):
    database = new_database()
    fill(database)
    frontend = serve(database, tmp_path_factory.mktemp("explorer") / "log", cache_bytes="64MiB")
    yield database, frontend
    assert frontend.stop() == 0


def test_search(modules, served):
    database, frontend = served
    npm.run_tests(modules, "search", BASE=frontend.base, DATABASE=database.name)


def page_hash():
    """Changes with every file of the page's own."""
    digest = hashlib.sha256()
    for file in sorted(PAGE.iterdir()):
        if file.is_file():
            digest.update(file.read_bytes())
    return digest.hexdigest()[:16] + "\n"


def test_looks(modules, served):
    """The pictures of the documentation are of this page. TAILOR_PICTURES=1 takes them again."""
    version = PICTURES / "explorer.version"
    taking = "TAILOR_PICTURES" in os.environ
    npm.run_tests(modules, "looks", BASE=served[1].base, **({"PICTURES": str(PICTURES)} if taking else {}))
    if taking:
        version.write_text(page_hash())
    assert version.read_text() == page_hash(), "the page has changed: TAILOR_PICTURES=1 takes new pictures of it; look at them"


def test_faults(modules, own_cluster, tmp_path):
    server = own_cluster.start()
    database = Database(server, "explorer").create()
    fill(database)
    frontend = serve(database, tmp_path / "log", connection_limit=1, pipeline=1, max_waiting=1, query_timeout=HANG, request_timeout=HANG)
    where = f"host={server.host} port={server.port} user={server.user} dbname={database.name}"
    npm.run_tests(modules, "faults", BASE=frontend.base, STOPPABLE=frontend.base, STOPPABLE_DATABASE=where, CLUSTER=CLUSTER,
        CLUSTER_PLACE=str(own_cluster.place))  # fmt: skip
    assert frontend.stop() == 0


def test_pages_of_other_origins(modules, frontend, database):
    """cors-origins, as a browser sees it."""
    port = free_port()
    allowing = frontend(database.url(), cors_origins=f"http://127.0.0.1:{port}")
    others = frontend(database.url(), cors_origins="https://shop.example")
    npm.run_tests(modules, "origins", SHOP_PORT=str(port), ALLOWING=allowing.base, OTHERS=others.base)


# --- What is served, without a browser ------------------------------------------------------------------------------


def test_page_is_revalidated_and_its_files_are_not(served):
    frontend = served[1]
    page = frontend.get("/")
    assert page.headers["Cache-Control"] == "no-cache" and page.headers["Content-Type"] == "text/html; charset=utf-8"
    assert frontend.get("/", headers={"If-None-Match": page.headers["ETag"]}).status_code == 304
    policy = page.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy and "unsafe" not in policy and "http" not in policy
    names = [part.split('"')[0] for part in page.text.split('="explorer/')[1:]]
    assert len(names) >= 5
    for name in names:
        file = frontend.get("/explorer/" + name)
        assert file.status_code == 200 and file.headers["Cache-Control"] == "public, max-age=31536000, immutable"
        assert file.headers["X-Content-Type-Options"] == "nosniff"
    version = names[0].split("/")[0]
    assert frontend.get(f"/explorer/{version}/cities.csv").headers["Content-Encoding"] == "br"  # larger than any answer


@pytest.mark.parametrize("path", ["/explorer/", "/explorer/x/main.js", "/index.html", "/explorer/../main.js", "/explorer/%2e%2e/"])
def test_nothing_else_is_served(served, path):
    assert served[1].get(path).status_code == 404


def test_other_methods(served):
    assert served[1].get("/", method="HEAD").text == ""
    assert served[1].get("/", method="OPTIONS").status_code == 204
    assert served[1].get("/", method="POST").status_code == 405


def test_off_by_default(shared_frontend):
    assert shared_frontend.get("/").status_code == 404


def test_a_directory_without_the_page_is_an_error(database, tmp_path):
    command = [os.environ.get("TAILOR_FRONTEND", TOP / "build/frontend/tailor-frontend"), "--port=0", "--admin-port=0", "--explorer"]
    environment = {"DATABASE_URL": database.url(), "TAILOR_EXPLORER_FILES": str(tmp_path)}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=HANG, check=False)
    assert done.returncode == 1 and f"there is no {tmp_path}/index.html" in done.stderr
