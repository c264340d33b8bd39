"""The HTTP servers: ours, the application's stack, the ceiling, and nginx before several of them."""

import os
import socket
import subprocess
import time
import urllib.error
import urllib.request
from dataclasses import dataclass, field

import cluster
from places import APP, BUILD, FRONTEND, LOAD, Failed, output_of

READY = "/api/tailors?lat=12.9716&lng=77.5946&maxDistance=1&limit=1"


@dataclass(frozen=True)
class Peer:
    """A server that can be started, on any port."""

    name: str
    title: str
    command: tuple  # with {port} and {admin_port}
    environment: dict = field(default_factory=dict)
    pool: int = 0
    cached: bool = False
    shares: bool = False  # what it keeps, with other instances, by Redis
    overloaded_from: int = 1_000_000  # connections, from which it is run for longer


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


class Server:
    """A running one. Ends with the harness, whatever becomes of that."""

    def __init__(self, name, command, environment=None, port=None):
        self.port, self.admin_port = port or free_port(), free_port()
        log = BUILD / "work" / f"{name}.log"
        filled = [str(word).format(port=self.port, admin_port=self.admin_port) for word in command]
        with open(log, "ab") as output:
            self._process = subprocess.Popen(
                ["setpriv", "--pdeathsig", "TERM", "--", *filled],
                env={**os.environ, **(environment or {}), "PORT": str(self.port)},
                stdin=subprocess.DEVNULL, stdout=output, stderr=output,
            )  # fmt: skip
        try:
            self._wait_until_ready(name, log)
        except BaseException:
            self.stop()
            raise

    def _wait_until_ready(self, name, log):
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        for _ in range(300):
            if self._process.poll() is not None:
                break
            try:
                with opener.open(f"http://127.0.0.1:{self.port}{READY}", timeout=10):
                    return
            except (OSError, urllib.error.HTTPError):
                time.sleep(0.05)
        raise Failed(f"{name} does not get ready; its log ends: {log.read_text(errors='replace')[-2000:]}")

    def stop(self):
        """What it still has to answer is of no interest."""
        self._process.terminate()
        try:
            self._process.wait(timeout=2)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def start(peer, **environment):
    return Server(peer.name, peer.command, {**peer.environment, **environment})


# --- Who there is ----------------------------------------------------------------------------------------------------


def ours(database):
    """Our front end, with its cache off, and on as it is unless told otherwise."""
    environment = {"DATABASE_URL": cluster.url(database), "TAILOR_LOG_LEVEL": "warning"}
    pool = max(2, os.cpu_count())  # its default
    command = (FRONTEND, "--port={port}", "--admin-port={admin_port}", f"--connection-limit={pool}")
    shares = "--redis-url" in output_of(FRONTEND, "--help")
    return [
        Peer("ours", "tailor_search, cache off", (*command, "--cache-bytes=0"), environment, pool),
        Peer("ours-cached", "tailor_search, cache on", command, environment, pool, cached=True, shares=shares),
    ]


def application(database):
    def peer(pool, cached):
        return Peer(
            f"app-{pool}" + ("-cached" if cached else ""),
            f"Node + Prisma, pool {pool}, " + ("cached" if cached else "uncached"),
            ("node", APP / "server.mjs"),
            {"DATABASE_URL": cluster.url(database), "POOL": str(pool), "CACHE": str(int(cached)), "NODE_ENV": "production"},
            pool, cached, overloaded_from=1_000_000 if cached else 500,
        )  # fmt: skip

    return [peer(pool, cached) for cached in (False, True) for pool in (10, 20)]


def ceiling(body):
    path = BUILD / "work" / "ceiling.json"
    path.write_bytes(body)
    return Peer("ceiling", f"cpp-httplib, fixed {len(body) / 1000:.1f} kB", (LOAD / "ceiling", "{port}", path))


# --- nginx -----------------------------------------------------------------------------------------------------------

NGINX = """
daemon off;
worker_processes 1;
pid {folder}/nginx.pid;
error_log stderr error;
events {{ worker_connections 4096; }}
http {{
  access_log off;
  client_body_temp_path {folder}/client_body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  proxy_max_temp_file_size 0;
  proxy_buffers 16 8k;
  upstream instances {{
    {servers}
    keepalive 512;
  }}
  server {{
    listen 127.0.0.1:{port} backlog=1024;
    keepalive_requests 1000000;
    location / {{
      proxy_pass http://instances;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
    }}
  }}
}}
"""


def nginx(instances):
    folder = BUILD / "work" / "nginx"
    folder.mkdir(parents=True, exist_ok=True)
    port = free_port()
    servers = "\n    ".join(f"server 127.0.0.1:{instance.port};" for instance in instances)
    configuration = folder / "nginx.conf"
    configuration.write_text(NGINX.format(folder=folder, servers=servers, port=port), encoding="utf-8")
    return Server("nginx", ("/usr/sbin/nginx", "-e", "stderr", "-p", folder, "-c", configuration), port=port)
