"""Redis's GEOSEARCH: in memory, on a sphere, no filters, no relations. The outside reference."""

import subprocess
import time

import cluster
import workload
from places import BUILD, LOAD, Failed, json_of, output_of, say

KEY = "tailors"
SOCKET = BUILD / "work" / "redis.sock"
PEERS = {"redis-12": ("Redis GEOSEARCH, top 12", 12), "redis-all": ("Redis GEOSEARCH, all", 0)}


def _command(*words):
    parts = [f"*{len(words)}\r\n"]
    parts += [f"${len(word.encode())}\r\n{word}\r\n" for word in words]
    return "".join(parts).encode()


def _fill(database):
    points = cluster.rows(
        database,
        'SELECT id, ST_X("locationPoint"::geometry), ST_Y("locationPoint"::geometry) FROM "Tailor"'
        ' WHERE abs(ST_Y("locationPoint"::geometry)) < 85',
    )
    commands = b"".join(_command("GEOADD", KEY, repr(lng), repr(lat), member) for member, lng, lat in points)
    subprocess.run(["redis-cli", "-s", SOCKET, "--pipe"], input=commands, check=True, capture_output=True)
    return len(points)


class Redis:
    """A server on a socket in build/, with the tailors of a database."""

    def __init__(self, database):
        SOCKET.unlink(missing_ok=True)
        self._process = subprocess.Popen(
            ["setpriv", "--pdeathsig", "TERM", "--", "redis-server", "--port", "0", "--unixsocket", SOCKET,
             "--save", "", "--appendonly", "no", "--dir", SOCKET.parent],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
        )  # fmt: skip
        for _ in range(100):
            if SOCKET.exists():
                break
            time.sleep(0.1)
        else:
            raise Failed("Redis does not start")
        say(f"Redis holds {_fill(database):,} tailors")

    def run(self, peer, work, centres, clients, seconds):
        _, count = PEERS[peer]
        path = workload.write_lines("centres.txt", (f"{lat} {lng}" for lat, lng in centres))
        return json_of(LOAD / "redis_search", SOCKET, KEY, path, work.km, count, clients, max(seconds, 0.1), min(0.5, seconds / 4))

    def total(self, lat, lng, km):
        found = output_of("redis-cli", "-s", SOCKET, "GEOSEARCH", KEY, "FROMLONLAT", lng, lat, "BYRADIUS", km, "km")
        return len(found.split())

    def close(self):
        self._process.terminate()
        self._process.wait(timeout=30)
