"""An upgrade while requests come through nginx: of the extension and then the front ends, and the other way round."""

import pytest
import requests
from harness import HANG, wait_until
from instances import Instances, NginxLoad
from staged import CURRENT, EARLIER, UPDATE, Files

# The version after this one: the search has an argument more, which the library of this one refuses to know. Its function of
# the version before is still there, under another name.
NEXT = """
ALTER EXTENSION tailor_search DROP FUNCTION tailor_search_page;
ALTER FUNCTION tailor_search_page RENAME TO former_page;
DO $do$ BEGIN
  EXECUTE format('CREATE FUNCTION tailor_search_page(%s, later int DEFAULT NULL, OUT "json" json, OUT shown json) LANGUAGE sql STABLE
                  AS $$ SELECT p.json, p.shown FROM public.former_page(%s) AS p $$',
    (SELECT split_part(pg_get_function_arguments(oid), ', OUT ', 1) FROM pg_proc WHERE proname = 'former_page'),
    (SELECT string_agg(format('%1$I => tailor_search_page.%1$I', name), ', ')
     FROM pg_proc AS p, unnest(p.proargnames[:p.pronargs]) AS name WHERE p.proname = 'former_page'));
END $do$;
"""


@pytest.fixture(scope="module")
def files():
    files = Files()
    files.add(earlier=EARLIER, earlier__current=UPDATE, current__next=NEXT)
    yield files
    files.remove()


@pytest.fixture
def behind_nginx(new_database, files, tmp_path):
    """Makes a database with a version of the extension, and two instances of the front end."""
    made = []

    def make(version):
        database = new_database()
        database.execute("DROP EXTENSION tailor_search CASCADE")
        extension(database, files, f"CREATE EXTENSION tailor_search VERSION '{version}'")
        made.append(Instances(database, tmp_path))
        return made[-1]

    yield make
    for instances in made:
        assert instances.stop() == [0, 0]


def extension(database, files, statement):
    with database.server.connected(database.name) as connection:
        files.use(connection)
        connection.cursor().execute(statement)


def restart(instances, load):
    """One after the other, each when it is ready."""
    for i in (0, 1):
        assert instances.restart(i) == 0
        wait_until(lambda: instances.running[i].ready().status_code == 200)
        load.await_answer(200)


def update(instances, files, load, version):
    extension(instances.database, files, f"ALTER EXTENSION tailor_search UPDATE TO '{version}'")
    load.await_answer(200)


def test_extension_first(behind_nginx, files):
    """Front ends that do not know the new argument."""
    instances = behind_nginx(CURRENT)
    with NginxLoad(instances) as load:
        load.await_answer(200)
        update(instances, files, load, "next")
        restart(instances, load)
    assert {status for _, status in load.answers} == {200}


def test_front_ends_first(behind_nginx, files):
    """Front ends that know more arguments than the extension."""
    instances = behind_nginx("earlier")
    with NginxLoad(instances) as load:
        load.await_answer(200)
        restart(instances, load)
        answer = search(instances, nearest=2)
        assert (answer.status_code, answer.json()["parameter"]) == (400, "nearest")
        assert "ALTER EXTENSION tailor_search UPDATE" in instances.running[0].log()
        update(instances, files, load, CURRENT)
        wait_until(lambda: {search(instances, nearest=2).status_code for _ in range(4)} == {200})
    assert {status for _, status in load.answers} == {200}


def search(instances, **parameters):
    return requests.get(instances.base + "/api/tailors", {"location": "MG_ROAD", **parameters}, timeout=HANG)
