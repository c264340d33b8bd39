"""debian/, without building anything."""

import pathlib
import re

TOP = pathlib.Path(__file__).resolve().parents[2]
TOOLS = {"debhelper-compat", "help2man"}  # of the packaging alone
TESTS = {"libgtest-dev", "libgmock-dev"}
ESSENTIAL = {"g++", "make"}  # there before any package is built


def test_build_dependencies_are_those_of_scripts_setup():
    [depends] = re.findall(r"^Build-Depends:\n((?: .*\n)+)", (TOP / "debian/control.in").read_text(), re.M)
    packages = {line.split()[0].strip(",") for line in depends.splitlines()}
    [group] = re.findall(r"^\[build\]\n((?:.+\n)+)", (TOP / "scripts/packages.txt").read_text(), re.M)
    listed = {line.split()[0].replace("-NN", "-all") for line in group.splitlines()}
    assert packages - TOOLS == listed - TESTS - ESSENTIAL


def test_control_is_that_of_its_template():
    """For Debian 12, where it is used as it stands."""
    template = (TOP / "debian/control.in").read_text()
    assert (TOP / "debian/control").read_text() == template.replace("PGVERSION", "15")
