"""Packages from npm, for tests of what JavaScript uses."""

import contextlib
import fcntl
import glob
import os
import pathlib
import shutil
import subprocess

TOP = pathlib.Path(__file__).resolve().parents[1]
HANG = 300  # seconds; only bounds a failure


@contextlib.contextmanager
def locked(folder):
    """build/npm/NAME: the folder's files, and the packages that its lock file names. No other process of pytest changes it
    meanwhile."""
    folder = pathlib.Path(folder)
    place = TOP / "build/npm" / folder.name
    place.mkdir(parents=True, exist_ok=True)
    with open(place / ".lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        shutil.copytree(folder, place, dirs_exist_ok=True, ignore=shutil.ignore_patterns("node_modules", "dist"))
        names = (folder / "package-lock.json").read_text()
        stamp = place / "installed"
        if not stamp.exists() or stamp.read_text() != names:
            subprocess.run(["npm", "ci", "--no-progress", "--loglevel=error"], cwd=place, check=True)
            stamp.write_text(names)
        yield place


def installed(folder):
    with locked(folder) as place:
        return place


def unpacked(folder, to):
    """Builds the folder's package, and unpacks it as npm does, in the new folder `to`."""
    with locked(folder) as place:
        subprocess.run(["npm", "run", "--silent", "build"], cwd=place, check=True)
        name = subprocess.run(["npm", "pack", "--silent"], cwd=place, check=True, capture_output=True, text=True).stdout.strip()
        shutil.unpack_archive(place / name, to.parent)
    (to.parent / "package").rename(to)


def run_tests(place, name, **environment):
    """Runs the tests of NAME.test.mjs by Node.js's own runner."""
    nodes = glob.glob(str(place / "node_modules/node-linux-*/bin/node"))
    command = [nodes[0] if nodes else "node", "--test", "--test-reporter=spec", f"{name}.test.mjs"]
    done = subprocess.run(command, cwd=place, env={**os.environ, **environment}, capture_output=True, text=True, timeout=HANG, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
