"""Where things are, and how programs are run."""

import json
import os
import subprocess
import time
from pathlib import Path

BENCH = Path(__file__).resolve().parent.parent
TOP = BENCH.parent
BUILD = TOP / "build" / "bench"
LOAD = BUILD / "load"  # the programs of bench/load
APP = BUILD / "app"
FRONTEND = TOP / "build" / "frontend" / "tailor-frontend"
PG_BIN = Path(os.environ["PG_CONFIG"]).parent

started = time.monotonic()


class Failed(Exception):
    """Something that the run cannot go on without, or that makes its numbers worthless."""


def say(text):
    print(f"[{time.monotonic() - started:6.1f} s] {text}", flush=True)


def output_of(*command, env=None, folder=None, seconds=600):
    """What a command prints. Its own words if it fails."""
    done = subprocess.run(
        [str(word) for word in command],
        env={**os.environ, **(env or {})}, cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=seconds,
    )  # fmt: skip
    if done.returncode:
        raise Failed(f"{Path(command[0]).name} ended with status {done.returncode}:\n{done.stdout}{done.stderr}")
    return done.stdout


def json_of(*command, **options):
    """The line of JSON with which a program's output ends."""
    return json.loads(output_of(*command, **options).splitlines()[-1])
