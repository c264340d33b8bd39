"""Redis's GEOSEARCH: in memory, on a sphere, no filters, no relations. The outside reference."""

import subprocess

import cluster
import workload
from places import LOAD, json_of, output_of, say
from redis_server import RedisServer

KEY = "tailors"
PEERS = {"redis-12": ("Redis GEOSEARCH, top 12", 12), "redis-all": ("Redis GEOSEARCH, all", 0)}


def _command(*words):
    parts = [f"*{len(words)}\r\n"]
    parts += [f"${len(word.encode())}\r\n{word}\r\n" for word in words]
    return "".join(parts).encode()


class Redis(RedisServer):
    """One with the tailors of a database."""

    def __init__(self, database):
        super().__init__("redis", "--port", 0, "--save", "", "--appendonly", "no")
        say(f"Redis holds {self._fill(database):,} tailors")

    def _fill(self, database):
        points = cluster.rows(
            database,
            'SELECT id, ST_X("locationPoint"::geometry), ST_Y("locationPoint"::geometry) FROM "Tailor"'
            ' WHERE abs(ST_Y("locationPoint"::geometry)) < 85',
        )
        commands = b"".join(_command("GEOADD", KEY, repr(lng), repr(lat), member) for member, lng, lat in points)
        subprocess.run(["redis-cli", "-s", self.socket, "--pipe"], input=commands, check=True, capture_output=True)
        return len(points)

    def run(self, peer, work, centres, clients, seconds):
        _, count = PEERS[peer]
        path = workload.write_lines("centres.txt", (f"{lat} {lng}" for lat, lng in centres))
        return json_of(LOAD / "redis_search", self.socket, KEY, path, work.km, count, clients, max(seconds, 0.1), min(0.5, seconds / 4))

    def total(self, lat, lng, km):
        found = output_of("redis-cli", "-s", self.socket, "GEOSEARCH", KEY, "FROMLONLAT", lng, lat, "BYRADIUS", km, "km")
        return len(found.split())
