"""Packages from npm, for tests of what JavaScript uses."""

import fcntl
import pathlib
import shutil
import subprocess

from harness import TOP


def installed(folder):
    """build/npm/NAME with the packages that the folder's lock file names, and the folder's other files. A second process of
    pytest waits for the first."""
    folder = pathlib.Path(folder)
    place = TOP / "build/npm" / folder.name
    place.mkdir(parents=True, exist_ok=True)
    with open(place / ".lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        shutil.copytree(folder, place, dirs_exist_ok=True, ignore=shutil.ignore_patterns("node_modules", "dist"))
        locked = (folder / "package-lock.json").read_text()
        stamp = place / "installed"
        if not stamp.exists() or stamp.read_text() != locked:
            subprocess.run(["npm", "ci", "--no-progress", "--loglevel=error"], cwd=place, check=True)
            stamp.write_text(locked)
    return place
