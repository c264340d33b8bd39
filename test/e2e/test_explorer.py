"""The explorer page in Debian's Chromium: explorer/*.test.mjs, against the real front end and database."""

import hashlib
import io
import os
import pathlib
import subprocess
import sys
import threading

import npm
import pytest
from harness import CLUSTER, HANG, TOP, Database, Frontend, wait_until
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


def serve(database, log, pgbouncer="false", **settings):
    return Frontend(database.url(pgbouncer=pgbouncer), log, explorer="true", explorer_files=FILES, **settings)


@pytest.fixture(scope="module")
def served(new_database, tmp_path_factory):
    database = new_database()
    fill(database, tailors=2400)
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


def test_looks(modules, served, tmp_path):
    """The pictures of the documentation are of this page. TAILOR_PICTURES=1 takes them again."""
    version = PICTURES / "explorer.version"
    taking = "TAILOR_PICTURES" in os.environ
    port = free_port()
    url, attribution = f"http://127.0.0.1:{port}/streets/{{z}}/{{x}}/{{y}}.png", '<a href="/copyright">The mappers</a>'
    with_tiles = serve(served[0], tmp_path / "log", explorer_tiles=url, explorer_tiles_attribution=attribution)
    policy = with_tiles.get("/").headers["Content-Security-Policy"]
    assert f"img-src 'self' http://127.0.0.1:{port};" in policy and policy.count("http") == 1
    pictures = {"PICTURES": str(PICTURES)} if taking else {}
    npm.run_tests(modules, "looks", BASE=served[1].base, WITH_TILES=with_tiles.base, TILES_PORT=str(port), **pictures)
    assert with_tiles.stop() == 0
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


def test_pages_of_other_origins(modules, frontend, database, tmp_path):
    """cors-origins, as a browser sees it, and the typed client there, as npm packs it."""
    npm.unpacked(TOP / "clients/typescript", tmp_path / "client")
    port = free_port()
    allowing = frontend(database.url(), cors_origins=f"http://127.0.0.1:{port}")
    others = frontend(database.url(), cors_origins="https://shop.example")
    npm.run_tests(modules, "origins", SHOP_PORT=str(port), CLIENT=str(tmp_path / "client/dist"), ALLOWING=allowing.base, OTHERS=others.base)


# --- A search's time by an engine -----------------------------------------------------------------------------------

SEARCH = {"lat": 12.97, "lng": 77.59, "facets": "true", "zoom": 9, "skill": "HEMMING"}


def test_the_answer_of_an_engine(served):
    """That of /api/tailors, computed anew each time."""
    usual = served[1].get(params=SEARCH).json()
    assert usual["pagination"]["total"] > 12
    for engine in ("auto", "sql", "sql"):
        response = served[1].get(f"/explorer/engine/{engine}", params=SEARCH)
        assert response.json() == usual
        assert response.headers["Cache-Control"] == "no-store" and "db;dur=" in response.headers["Server-Timing"]


def test_the_engine_is_the_one_requested(new_database, tmp_path):
    """Only the SQL engine reads the table through its GiST index, or all of it."""
    database = new_database()
    fill(database, tailors=60)
    scans = """SELECT sum(s.idx_scan) + (SELECT seq_scan FROM pg_stat_user_tables WHERE relid = '"Tailor"'::regclass)
      FROM pg_stat_user_indexes s JOIN pg_class c ON c.oid = s.indexrelid JOIN pg_am ON pg_am.oid = c.relam
      WHERE s.relid = '"Tailor"'::regclass AND amname = 'gist'"""

    def scans_of(path, **parameters):
        """How many there are from a front end's start to its end, when its sessions report them."""
        before = database.execute(scans)[0][0]
        frontend = serve(database, tmp_path / "log", **parameters)
        assert frontend.get(path, params=SEARCH).ok
        assert frontend.stop() == 0
        wait_until(lambda: database.activity() == 0)
        return lambda: database.execute(scans)[0][0] - before

    usual = scans_of("/api/tailors")()
    assert scans_of("/explorer/engine/auto")() == usual
    for parameters in ({}, {"pgbouncer": "true"}):
        counted = scans_of("/explorer/engine/sql", **parameters)
        wait_until(lambda counted=counted: counted() > usual)


def test_engines_compute_one_search_at_a_time(served, tmp_path):
    database = served[0]
    frontend = serve(database, tmp_path / "log", query_timeout=HANG)
    with database.session() as session, session.cursor() as cursor:
        cursor.execute('LOCK TABLE "Tailor" IN ACCESS EXCLUSIVE MODE')
        answers = []
        first = threading.Thread(target=lambda: answers.append(frontend.get("/explorer/engine/sql", params=SEARCH)))
        first.start()
        wait_until(lambda: database.activity("wait_event_type = 'Lock'") == 1)
        refused = frontend.get("/explorer/engine/auto", params=SEARCH)
        assert (refused.status_code, refused.json()["code"], refused.headers["Retry-After"]) == (503, "queue_full", "1")
    session.close()
    first.join()
    assert answers[0].ok
    faulty = frontend.get("/explorer/engine/sql", params={**SEARCH, "limit": 0})
    assert (faulty.status_code, faulty.json()["parameter"]) == (400, "limit")
    assert frontend.get("/explorer/engine/sql", params=SEARCH).ok
    assert frontend.stop() == 0


def test_other_engines_do_not_exist(served, shared_frontend):
    for frontend, engine in ((served[1], "native"), (served[1], ""), (served[1], "sql/x"), (shared_frontend, "sql")):
        assert frontend.get(f"/explorer/engine/{engine}", params=SEARCH).status_code == 404, engine
    assert served[1].get("/explorer/engine/sql").json()["code"] == "invalid_parameter"


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
