"""clients/typescript: made of the description, packed, installed, and used against the real server."""

import glob
import json
import os
import shutil
import subprocess

import npm
import pytest
from harness import HANG, TOP

HERE = TOP / "clients/typescript"


def run(place, *command, **environment):
    done = subprocess.run(
        command, cwd=place, env={**os.environ, **environment}, capture_output=True, text=True, timeout=5 * HANG, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="module")
def client():
    """The client's sources, with what builds them."""
    return npm.installed(HERE)


@pytest.fixture(scope="module")
def user(client, tmp_path_factory):
    """A package that uses the client as `npm pack` makes it."""
    run(client, "npx", "--no-install", "tsc")
    run(client, "npm", "pack", "--silent")
    user = tmp_path_factory.mktemp("user")
    (user / "package.json").write_text(json.dumps({"type": "module", "private": True}))
    run(user, "npm", "install", "--offline", "--silent", *glob.glob(str(client / "tailor-search-*.tgz")))
    for file in (HERE / "test").iterdir():
        shutil.copy(file, user)
    return user


def test_types_are_those_of_the_description(client):
    run(client, "npx", "--no-install", "openapi-typescript", TOP / "docs/openapi.json", "--output", "again.ts")
    assert (client / "again.ts").read_text() == (HERE / "src/api.ts").read_text(), "npm run generate makes src/api.ts anew"


def test_types(client, user):
    options = ["--strict", "--noEmit", "--module", "NodeNext", "--target", "ES2022", "--lib", "ES2022,DOM"]
    run(user, client / "node_modules/.bin/tsc", *options, "types.ts")


def test_against_the_server(shared_frontend, new_database, frontend, user):
    database = new_database()
    busy = frontend(database.url(), query_timeout=0.2)
    with database.session() as session, session.cursor() as cursor:
        cursor.execute('LOCK TABLE "Tailor" IN ACCESS EXCLUSIVE MODE')
        run(user, "node", "--test", "client.test.mjs", BASE=shared_frontend.base + "/", BUSY=busy.base + "/")
    session.close()
