"""The archive for PGXN: its META.json, and what the client of PGXN makes of it."""

import json
import os
import pathlib
import re
import subprocess
import zipfile

import jsonschema
import pytest
from amounts import LONG

HERE = pathlib.Path(__file__).parent
TOP = HERE.parents[1]
META = json.loads((TOP / "META.json").read_text())
PG_CONFIG = os.environ.get("PG_CONFIG", "pg_config")


def found(pattern, file):
    return re.search(pattern, (TOP / file).read_text(), re.M)[1]


def test_meta():
    jsonschema.validate(META, json.loads((HERE / "pgxn-meta.schema.json").read_text()))


@pytest.mark.parametrize("change", [{"version": "1.0"}, {"license": "PostgreSQL"}, {"tag": ["a"]}, {"provides": {"tailor_search": {}}}])
def test_what_is_no_meta(change):
    """That the schema refuses anything at all."""
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({**META, **change}, json.loads((HERE / "pgxn-meta.schema.json").read_text()))


def test_versions_agree():
    version = META["version"]
    extension = found(r"^default_version = '(.*)'", "extension/tailor_search.control")
    assert version in (extension, extension + ".0")
    assert META["provides"]["tailor_search"]["version"] == version
    assert META["provides"]["tailor_search"]["file"] == f"extension/tailor_search--{extension}.sql"
    assert found(r"^project\(tailor-frontend VERSION (\S+)", "frontend/CMakeLists.txt") == version
    assert found(r"\A\S+ \((.*)-[^-]*\)", "debian/changelog") == version


@pytest.fixture(scope="module")
def archive():
    if not (TOP / ".git").exists():
        pytest.skip("a copy without its git repository, of which the archive is made")
    name = subprocess.run([TOP / "scripts/dist"], check=True, stdout=subprocess.PIPE, text=True).stdout.strip()
    assert name == f"build/dist/tailor_search-{META['version']}.zip"
    return TOP / name


def test_archive(archive):
    prefix = f"tailor_search-{META['version']}/"
    names = {name.removeprefix(prefix) for name in zipfile.ZipFile(archive).namelist() if not name.endswith("/")}
    committed = subprocess.run(
        ["git", "-C", TOP, "ls-tree", "-r", "--name-only", "-z", "HEAD"], check=True, stdout=subprocess.PIPE, text=True
    ).stdout.split("\0")
    assert names == set(filter(None, committed))
    provided = META["provides"]["tailor_search"]
    assert {"META.json", "Makefile", "README.md", "LICENSE", provided["file"], provided["docfile"]} <= names


@pytest.mark.skipif(not LONG, reason="builds the extension once more: part of make check-long")
def test_pgxn_client_installs_it(archive, tmp_path):
    environment = {**os.environ, "DESTDIR": str(tmp_path)}
    subprocess.run(["pgxn", "install", "--nosudo", "--pg_config", PG_CONFIG, archive], env=environment, check=True)
    names = {file.name for file in tmp_path.rglob("*") if file.is_file()}
    assert {"tailor_search.so", "tailor_search.control", pathlib.Path(META["provides"]["tailor_search"]["file"]).name} <= names
