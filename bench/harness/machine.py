"""What was measured on: the machine, the versions, the commit."""

import datetime
import hashlib
import os
import platform

import cluster
from places import APP, BENCH, TOP, json_of, output_of


def _first(path, key):
    with open(path, encoding="utf-8") as file:
        return next((line.split(":", 1)[1].strip() for line in file if line.startswith(key)), "unknown")


def describe():
    return {
        "cpu": _first("/proc/cpuinfo", "model name"),
        "cores": os.cpu_count(),
        "memory_gib": round(int(_first("/proc/meminfo", "MemTotal").split()[0]) / 1024**2, 1),
        "huge_pages_mib": int(_first("/proc/meminfo", "HugePages_Total")) * int(_first("/proc/meminfo", "Hugepagesize").split()[0]) // 1024,
        "kernel": platform.release(),
        "system": platform.freedesktop_os_release()["PRETTY_NAME"],
        "load_before": os.getloadavg()[0],
    }


def _package(name):
    return output_of("dpkg-query", "--show", "--showformat=${Version}", name)


def versions(database):
    locked = json_of("node", "-p", "JSON.stringify(require('./package-lock.json').packages)", folder=APP)
    return {
        "postgresql": cluster.value(database, "SHOW server_version"),
        "postgis": cluster.value(database, "SELECT extversion FROM pg_extension WHERE extname = 'postgis'"),
        "tailor_search": cluster.value(database, "SELECT extversion FROM pg_extension WHERE extname = 'tailor_search'"),
        "node": output_of("node", "--version").strip().lstrip("v"),
        "prisma": locked["node_modules/@prisma/client"]["version"],
        "redis": _package("redis-server"),
        "nginx": _package("nginx-light"),
        "wrk": _package("wrk"),
        "cpp-httplib": _package("libcpp-httplib-dev"),
    }


def commit():
    """The commit, with a plus sign if what is measured differs from it."""
    git = ("git", "-C", TOP)
    changed = output_of(*git, "status", "--porcelain", "--", "extension", "frontend", "bench", "data")
    return output_of(*git, "rev-parse", "--short=10", "HEAD").strip() + ("+" if changed.strip() else "")


def now():
    return datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%MZ")


def data_fingerprint():
    """Of all that the contents of a database depend on."""
    digest = hashlib.sha256()
    for path in [*sorted((TOP / "data").iterdir()), *sorted((BENCH / "sql").glob("*.setup.sql"))]:
        if path.is_file():
            digest.update(path.read_bytes())
    return digest.hexdigest()[:16]
