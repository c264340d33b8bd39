"""Versions: one for all that is here, and the front end while the extension becomes another one."""

import json
import subprocess
import threading

import pytest
from harness import BINARY, TOP, Frontend, wait_until
from staged import CURRENT, SCRIPT, Files, statements_of

PAGE = "tailor_search_page"
# The version after this one, which makes functions anew that this one has; and the way back.
ANEW = f"DROP FUNCTION {PAGE};\n" + "".join(statements_of(PAGE)) + "".join(statements_of("tailor_by_id_page")).replace("CREATE F", "CREATE OR REPLACE F")
# As a session behaves that loaded the library before an upgrade, where the upgrade gave the function an argument.
OUTDATED = f"""
ALTER EXTENSION tailor_search DROP FUNCTION {PAGE};
ALTER FUNCTION {PAGE} RENAME TO real_page;
CREATE TABLE upgraded AS SELECT clock_timestamp() AS at;
GRANT SELECT ON upgraded TO public;
DO $do$ BEGIN
  EXECUTE format($sql$
    CREATE FUNCTION {PAGE}(%s, OUT "json" json, OUT shown json) LANGUAGE plpgsql STABLE AS $$
    BEGIN
      IF (SELECT backend_start FROM pg_stat_get_activity(pg_backend_pid())) < (SELECT at FROM public.upgraded) THEN
        RAISE invalid_function_definition USING MESSAGE = 'declared by another version';
      END IF;
      SELECT p.json, p.shown INTO json, shown FROM public.real_page(%s) AS p;
    END $$ $sql$,
    (SELECT split_part(pg_get_function_arguments(oid), ', OUT ', 1) FROM pg_proc WHERE proname = 'real_page'),
    (SELECT string_agg(format('%1$I => {PAGE}.%1$I', name), ', ')
     FROM pg_proc AS p, unnest(p.proargnames[:p.pronargs]) AS name WHERE p.proname = 'real_page'));
END $do$
"""


def test_one_version(database):
    """Of the programs, the extension and the archives."""
    version = json.loads((TOP / "META.json").read_text())["version"]
    assert CURRENT in (version, version.removesuffix(".0"))
    assert database.execute("SELECT extversion, tailor_search_version() FROM pg_extension WHERE extname = 'tailor_search'") == [(CURRENT, CURRENT)]
    assert subprocess.run([BINARY, "--version"], check=True, capture_output=True, text=True).stdout.split() == ["tailor-frontend", version]


class Requests:
    """One request after another, until it is left."""

    def __init__(self, frontend):
        self.frontend, self.failures, self.answered, self.stopping = frontend, [], 0, False
        self.thread = threading.Thread(target=self.run)

    def run(self):
        while not self.stopping:
            for response in (self.frontend.search(), self.frontend.get("/api/tailors/t1")):
                if response.status_code == 200:
                    self.answered += 1
                else:
                    self.failures.append(response.text)

    def more(self):
        """Waits for requests that begin from now on."""
        before = self.answered + len(self.failures)
        wait_until(lambda: self.answered + len(self.failures) > before + 6)

    def __enter__(self):
        self.thread.start()
        self.more()
        return self

    def __exit__(self, *_):
        self.stopping = True
        self.thread.join()


@pytest.fixture
def files():
    files = Files()
    files.add(next=SCRIPT, current__next=ANEW, next__current=ANEW)
    yield files
    files.remove()


@pytest.fixture
def frontend(new_database, tmp_path):
    database = new_database()
    frontend = Frontend(database.url(connection_limit=2), tmp_path / "log")
    frontend.database = database
    yield frontend
    frontend.stop()


def test_an_update_fails_no_request(frontend, files):
    database = frontend.database
    with Requests(frontend) as requests:
        for version in ("next", CURRENT, "next", CURRENT):
            with database.server.connected(database.name) as connection:
                files.use(connection)
                connection.cursor().execute(f"ALTER EXTENSION tailor_search UPDATE TO '{version}'")
            requests.more()
    assert requests.failures == [], frontend.log()


def test_an_extension_that_is_too_old(new_database, tmp_path):
    """A front end that was upgraded first says what there is to do, and serves when it is done."""
    database = new_database()
    database.execute(f"ALTER EXTENSION tailor_search DROP FUNCTION {PAGE}; ALTER FUNCTION {PAGE} RENAME TO real_page")
    frontend = Frontend(database.url(), tmp_path / "log")
    try:
        assert frontend.search().status_code == 503
        reason = frontend.ready().text
        assert "does not exist" in reason and "ALTER EXTENSION tailor_search UPDATE" in reason
        database.execute(f"ALTER FUNCTION real_page RENAME TO {PAGE}")
        wait_until(lambda: frontend.search().status_code == 200)
    finally:
        frontend.stop()


def test_sessions_with_the_library_of_before_are_replaced(frontend):
    """No request fails, where the connections' sessions cannot serve any more, and new ones can."""
    with Requests(frontend) as requests:
        frontend.database.execute(OUTDATED)
        requests.more()
    assert requests.failures == [], frontend.log()
    assert frontend.database.activity("backend_start < (SELECT at FROM upgraded)") == 0
