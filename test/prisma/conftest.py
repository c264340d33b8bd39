"""The application of docs/prisma.md, with Prisma and Node.js from npm."""

import os
import re
import shutil
import subprocess

import npm
import pytest
from amounts import LONG
from project import HERE, PASSWORD, TOP, Application, on_server

MODULES = TOP / "build/prisma"


def pytest_collection_modifyitems(items):
    if not LONG:
        reason = pytest.mark.skip(reason="a minute or two of Prisma's CLI, and npm: part of make check-long")
        for item in items:
            if HERE in item.path.parents:
                item.add_marker(reason)


@pytest.fixture(scope="session")
def modules():
    """Prisma and Node.js from npm, as locked, in build/prisma/."""
    locked = (HERE / "package-lock.json").read_text()
    stamp = MODULES / "installed"
    if not stamp.exists() or stamp.read_text() != locked:
        MODULES.mkdir(parents=True, exist_ok=True)
        for name in (".npmrc", "package.json", "package-lock.json"):
            shutil.copy(HERE / name, MODULES)
        subprocess.run(["npm", "ci", "--no-progress", "--loglevel=error"], cwd=MODULES, check=True)
        stamp.write_text(locked)
    return MODULES / "node_modules"


@pytest.fixture
def shop(application):
    """Scripts of the application with the package of clients/typescript."""
    place = application.folder / "shop"
    (place / "node_modules").mkdir(parents=True)
    npm.unpacked(TOP / "clients/typescript", place / "node_modules/tailor-search")
    for name in ("near.mjs", "near.ts", "typed.ts"):
        shutil.copy(HERE / name, place)
    return place


@pytest.fixture(scope="session")
def role():
    """A superuser with a password, for TCP."""
    name = f"prisma_{os.getpid()}"
    on_server(f"CREATE ROLE {name} LOGIN SUPERUSER PASSWORD '{PASSWORD}'")
    yield name
    on_server(f"DROP ROLE {name}")


@pytest.fixture
def plain_role(role):
    """One that owns databases, and may make some."""
    name = f"{role}_plain"
    on_server(f"CREATE ROLE {name} LOGIN CREATEDB PASSWORD '{PASSWORD}'")
    yield name
    on_server(f"DROP ROLE {name}")


@pytest.fixture
def extensions_in_template1():
    """What docs/prisma.md lets a superuser do there."""
    text = (TOP / "docs/prisma.md").read_text()
    [statements] = re.findall(r"(?:^    (?:CREATE|GRANT) .*;\n)+", text, re.MULTILINE)
    on_server(statements, "template1")
    yield
    on_server("DROP SCHEMA tailor_search CASCADE", "template1")


@pytest.fixture
def application(tmp_path, modules, role):
    made = Application(tmp_path, modules, role, f"{role}_{tmp_path.name.replace('-', '_').lower()}")
    yield made
    made.drop()
