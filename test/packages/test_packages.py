"""The Debian packages: built, installed where there is no compiler, and a search answered."""

import json
import os
import re
import shutil
import subprocess
import time

import pytest
from amounts import LONG
from system import TOP, System, fresh, packages, wait_until

pytestmark = pytest.mark.skipif(
    not LONG or os.geteuid() != 0, reason="makes systems of Debian, for minutes: part of make check-long, as root"
)
POSTGRESQL = {"bookworm": 15, "trixie": 17}
INSTALL = ["apt-get", "install", "--yes", "--quiet", "--no-install-recommends"]
PLACES = """
INSERT INTO "User" (id, email, password, name, role, "updatedAt") VALUES ('u', 'mira@example.com', 'x', 'Mira', 'TAILOR', now());
INSERT INTO "Tailor" (id, "userId", location, latitude, longitude, skills, rating, "updatedAt")
VALUES ('t', 'u', 'Bengaluru', 12.9717, 77.5947, '{BRIDAL_WORK}', 4.5, now());
"""


class Installed:
    def __init__(self, release):
        self.release, self.postgresql = release, POSTGRESQL[release]
        self.packages = packages(release)
        self.root = fresh(TOP / "build/systems" / release, TOP / "build/systems" / f"{release}.test")
        (self.root / "packages").mkdir()
        for package in self.packages:
            shutil.copy(package, self.root / "packages")
        shutil.copy(TOP / "data/schema.sql", self.root / "packages")
        self.files = [f"/packages/{package.name}" for package in self.packages]


@pytest.fixture(scope="module", params=POSTGRESQL)
def installed(request):
    """A system of Debian, with systemd. What the packages depend on is fetched, and not installed yet."""
    installed = Installed(request.param)
    system = System(installed.root, booted=False)
    system.run("apt-get", "update", "--quiet")
    system.run(*INSTALL, "systemd-sysv")
    system.run(*INSTALL, "--download-only", *installed.files)
    system.close()
    yield installed
    shutil.rmtree(installed.root)


@pytest.fixture(scope="module")
def system(installed):
    system = System(installed.root, booted=True)
    yield system
    system.close()


def search(system, port):
    """The answer, when there is one."""
    status, body = system.get(f"http://127.0.0.1:{port}/api/tailors?location=MG_ROAD")
    return json.loads(body) if status == 200 else None


def test_from_install_to_search(installed, system):
    """In less than 30 seconds, where PostgreSQL and PostGIS are installed: theirs are printed too."""
    begun = time.monotonic()
    system.run(*INSTALL, f"postgresql-{installed.postgresql}", f"postgresql-{installed.postgresql}-postgis-3")
    postgis_in = time.monotonic()
    system.run(*INSTALL, *installed.files)
    packages_in = time.monotonic()
    system.run("runuser", "-u", "postgres", "createdb", "app")
    system.sql("app", file="/packages/schema.sql")
    system.sql("app", PLACES)
    system.sql("app", "CREATE EXTENSION tailor_search CASCADE", "CALL tailor_search_setup(notify_changes => true)")
    system.sql("app", file="/usr/share/doc/tailor-frontend/examples/role.sql")
    system.sql("app", "ALTER ROLE tailor_web PASSWORD 'secret'")
    system.run("systemctl", "enable", "--now", "tailor-frontend@8081")
    wait_until(lambda: search(system, 8081))
    ended = time.monotonic()
    answer = search(system, 8081)
    assert system.get("http://127.0.0.1:18081/readyz")[0] == 200
    print(
        f"\n{installed.release}: {postgis_in - begun:.1f} s for PostgreSQL and PostGIS, {packages_in - postgis_in:.1f} s for apt install of"
        f" the packages, {ended - packages_in:.1f} s from there to the first answer"
    )
    assert ended - postgis_in < 30
    assert [row["id"] for row in answer["data"]] == ["t"] and answer["pagination"]["total"] == 1
    assert system.sql("app", "SELECT engine FROM tailor_search_explain(12.9716, 77.5946)").strip() == "native"


def test_no_compiler(system):
    """Neither before nor by what the packages depend on."""
    assert not [name for name in ("cc", "c++", "gcc", "g++", "clang", "make") if (system.root / "usr/bin" / name).exists()]


def test_contents(installed, system):
    listed = system.run("dpkg", "--listfiles", f"postgresql-{installed.postgresql}-tailor-search", "tailor-frontend").splitlines()
    share, library = f"/usr/share/postgresql/{installed.postgresql}", f"/usr/lib/postgresql/{installed.postgresql}/lib"
    assert {
        f"{library}/tailor_search.so", f"{share}/extension/tailor_search.control", "/usr/bin/tailor-frontend", "/etc/tailor-frontend.toml",
        "/usr/share/man/man1/tailor-frontend.1.gz", "/usr/share/bash-completion/completions/tailor-frontend",
    } <= set(listed)  # fmt: skip
    assert (system.root / "etc/tailor-frontend.toml").stat().st_mode & 0o777 == 0o600


def test_no_symbol_of_s2_is_exported(installed, system):
    """Another extension of the same backend may have an S2 of its own."""
    library = system.root / f"usr/lib/postgresql/{installed.postgresql}/lib/tailor_search.so"
    symbols = subprocess.run(["nm", "--dynamic", "--defined-only", library], check=True, stdout=subprocess.PIPE, text=True).stdout
    assert "tailor_search" in symbols and "S2" not in symbols


def test_manual_names_every_option(system):
    options = {word.rstrip(",") for word in system.run("tailor-frontend", "--help").split() if word.startswith("--")}
    page = subprocess.run(
        ["gzip", "-dc", system.root / "usr/share/man/man1/tailor-frontend.1.gz"], check=True, stdout=subprocess.PIPE, text=True
    ).stdout.replace("\\-", "-")
    assert len(options) > 20 and [option for option in sorted(options) if option not in page] == []
    assert "cores" in page and not re.search(r"cores[^\n]*: \d", page)


@pytest.mark.parametrize(
    ("words", "expected"),
    [("--log-level d", {"debug"}), ("--log-format ", {"text", "json"}), ("--redis", {"--redis-url", "--redis-timeout", "--redis-prefix"})],
)
def test_completion(system, words, expected):
    script = f"""source /usr/share/bash-completion/completions/tailor-frontend
      COMP_WORDS=(tailor-frontend {words.rsplit(" ", 1)[0] if " " in words else ""} "$1"); COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1))
      _tailor_frontend tailor-frontend; echo "${{COMPREPLY[@]}}" """
    assert set(system.run("bash", "-c", script, "complete", words.rsplit(" ", 1)[-1]).split()) == expected


def main_process(system, port):
    return system.run("systemctl", "show", "--property=MainPID", "--value", f"tailor-frontend@{port}").strip()


def test_an_upgrade_interrupts_nothing(installed, system):
    """The instance that runs goes on, with the old program, until it is restarted."""
    before = main_process(system, 8081)
    system.run("dpkg", "--install", *installed.files)
    assert main_process(system, 8081) == before and search(system, 8081)
    system.run("systemctl", "restart", "tailor-frontend@8081")
    assert main_process(system, 8081) not in (before, "0")
    wait_until(lambda: search(system, 8081))


def test_removal_keeps_the_settings_and_purging_does_not(installed, system):
    settings = system.root / "etc/tailor-frontend.toml"
    system.run("apt-get", "remove", "--yes", "tailor-frontend", f"postgresql-{installed.postgresql}-tailor-search")
    assert settings.exists() and not (system.root / "usr/bin/tailor-frontend").exists()
    assert main_process(system, 8081) == "0"
    system.run("apt-get", "purge", "--yes", "tailor-frontend")
    assert not settings.exists()
    assert system.run("dpkg", "--audit") == ""
