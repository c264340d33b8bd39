"""What `make cluster` runs, in order; it watches until it is ended. scripts/demo-cluster starts this."""

import contextlib
import fcntl
import json
import os
import shutil
import signal
import subprocess
import sys
import time
import urllib.request

import psycopg2

import files
from files import CLUSTER, DATABASE, FRONT_ENDS, SERVERS, server_address
from parts import TOP, Part, as_server

TAILORS = os.environ.get("DEMO_TAILORS", "100000")
PORT = int(os.environ.get("PORT", "8080"))


def say(text):
    print(f"\n== {text}", flush=True)


def _answers(url):
    with contextlib.suppress(OSError), urllib.request.urlopen(url, timeout=2) as answer:
        return answer.status == 200
    return False


def stop_server(folder):
    """A PostgreSQL whose Patroni was killed, and one that was frozen, too."""
    with contextlib.suppress(OSError, ValueError):
        os.kill(int((folder / "data/postmaster.pid").read_text().split()[0]), signal.SIGCONT)
    subprocess.run([TOP / "scripts/cluster.sh", "stop", folder, "immediate"], stdout=subprocess.DEVNULL, check=False)


class Cluster:
    def __init__(self):
        self.ports, self.secret = files.choose_ports(), files.make_passwords()
        self.parts = []

    def add(self, *parts):
        for part in parts:
            self.parts.append(part)
            part.start()
        for part in parts:
            part.wait()
            print(f"  {part.name}", flush=True)

    def start(self):
        say("Starting etcd, and three PostgreSQL servers under Patroni")
        self.add(self._etcd())
        servers = [self._patroni(number) for number in range(1, SERVERS + 1)]
        self.add(servers[0])
        self._load()
        self.add(*servers[1:])
        say("Starting a PgBouncer before each of them, Redis, three front ends and nginx")
        self.add(*(self._pgbouncer(number) for number in range(1, SERVERS + 1)), self._redis())
        settings = files.front_end(self.ports, self.secret)
        self.add(*(self._front_end(number, settings) for number in range(1, FRONT_ENDS + 1)))
        self.add(self._nginx())

    def stop(self):
        for part in reversed(self.parts):
            part.stop()
        for folder in CLUSTER.glob("pg*/"):
            stop_server(folder)

    # --- Parts -------------------------------------------------------------------------------------------------------

    def _etcd(self):
        client, peer = (f"http://127.0.0.1:{port}" for port in (self.ports.etcd, self.ports.etcd_peers))
        command = ["etcd", "--name=etcd", f"--data-dir={CLUSTER / 'etcd'}", f"--listen-client-urls={client}", f"--advertise-client-urls={client}",
                   f"--listen-peer-urls={peer}", f"--initial-advertise-peer-urls={peer}", f"--initial-cluster=etcd={peer}"]  # fmt: skip
        return Part("etcd", command, CLUSTER / "etcd.log", lambda: _answers(f"{client}/health"), client, "which server is the primary",
                    env={"ETCD_UNSUPPORTED_ARCH": "arm64"})  # fmt: skip

    def _patroni(self, number):
        folder, url = CLUSTER / f"pg{number}", f"http://{server_address(number)}:{self.ports.patroni}"
        files.make_folder(folder)
        command = as_server(folder, "patroni", files.patroni(number, self.ports, self.secret))
        return Part(f"pg{number}", command, CLUSTER / f"pg{number}.log", lambda: _answers(f"{url}/readiness"),
                    f"{server_address(number)}:{self.ports.postgres}", "PostgreSQL under Patroni")  # fmt: skip

    def _pgbouncer(self, number):
        folder = CLUSTER / f"pg{number}"
        command = as_server(folder, shutil.which("pgbouncer", path=os.environ["PATH"] + ":/usr/sbin"),
                            files.pgbouncer(number, self.ports, self.secret))  # fmt: skip
        return Part(f"pgbouncer{number}", command, CLUSTER / f"pgbouncer{number}.log", lambda: self._connects(number),
                    f"{server_address(number)}:{self.ports.pgbouncer}", f"the application's way to pg{number}")  # fmt: skip

    def _connects(self, number):
        with contextlib.suppress(psycopg2.Error):
            self.connect(server_address(number), self.ports.pgbouncer, "tailor_web").close()
            return True
        return False

    def _redis(self):
        def ready():
            return subprocess.run(["redis-cli", "-p", str(self.ports.redis), "ping"], capture_output=True, check=False).stdout == b"PONG\n"

        return Part("redis", ["redis-server", files.redis(self.ports)], CLUSTER / "redis.log", ready, f"127.0.0.1:{self.ports.redis}",
                    "answers that front ends share")  # fmt: skip

    def _front_end(self, number, settings):
        admin = f"http://127.0.0.1:{self.ports.admin(number)}"
        command = [os.environ["FRONTEND"], f"--config={settings}", f"--port={self.ports.front_end(number)}", f"--admin-port={self.ports.admin(number)}",
                   "--explorer=true", f"--explorer-files={os.path.dirname(os.environ['FRONTEND'])}/explorer"]  # fmt: skip
        return Part(f"frontend{number}", command, CLUSTER / f"frontend{number}.log", lambda: _answers(f"{admin}/readyz"), f"{admin}/", "its status page")

    def _nginx(self):
        program = shutil.which("nginx", path=os.environ["PATH"] + ":/usr/sbin")
        url = f"http://127.0.0.1:{PORT}/"
        command = [program, "-p", CLUSTER, "-e", "stderr", "-c", files.nginx(self.ports, PORT)]
        return Part("nginx", command, CLUSTER / "nginx.log", lambda: _answers(f"{url}api/tailors?location=MG_ROAD"), url, "what clients ask")

    # --- Data --------------------------------------------------------------------------------------------------------

    def connect(self, host, port, user, database=DATABASE):
        connection = psycopg2.connect(host=host, port=port, user=user, password=self.secret[user], dbname=database)
        connection.autocommit = True
        return connection

    def _load(self):
        """In the first server, which is the primary while it is the only one."""
        say(f"Loading {TAILORS} synthetic tailors")
        host, port = server_address(1), self.ports.postgres
        with contextlib.closing(self.connect(host, port, "postgres", "postgres")) as connection:
            connection.cursor().execute(f"CREATE DATABASE {DATABASE}")
        env = {**os.environ, "PGHOST": host, "PGPORT": str(port), "PGUSER": "postgres", "PGPASSFILE": str(files.PASSWORDS),
               "PGDATABASE": DATABASE, "PGOPTIONS": "-c client_min_messages=warning", "TAILOR_WEB_PASSWORD": self.secret["tailor_web"]}  # fmt: skip
        subprocess.run([TOP / "data/load.sh", TAILORS], env=env, check=True)
        subprocess.run(["psql", "-qX", "--set=ON_ERROR_STOP=1", "-f", TOP / "scripts/demo.sql"], env=env, check=True, stdout=subprocess.DEVNULL)

    # --- Words -------------------------------------------------------------------------------------------------------

    def primary(self):
        for number in range(1, SERVERS + 1):
            if _answers(f"http://{server_address(number)}:{self.ports.patroni}/primary"):
                return number
        return None

    def describe(self):
        width = max(len(part.name) for part in self.parts)
        lines = [f"  {part.name:{width}}  {part.url:28}  {part.what}, process {part.pid()}" for part in self.parts]
        pid = {part.name: part.pid() for part in self.parts}
        return "\n".join(lines) + f"""

The primary is pg{self.primary()}. To break a part, in another terminal; what ends is started again after 3 seconds:
  a front end       kill -9 {pid['frontend1']}
  Redis             kill -9 {pid['redis']}
  a PgBouncer       kill -9 {pid['pgbouncer2']}
  etcd              kill -STOP {pid['etcd']}; sleep 20; kill -CONT {pid['etcd']}
  a server          kill -9 $(head -qn 1 {CLUSTER}/pg3/data/postmaster.pid)
  the primary       kill -STOP {pid['pg1']} $(head -qn 1 {CLUSTER}/pg1/data/postmaster.pid), and see pg2 or pg3 promoted; kill -CONT both
  its role, orderly patronictl -c {CLUSTER}/pg1/patroni.yml switchover --force
  replay on pg2     {self._pause()}
See it from outside: while sleep 0.2; do curl -so /dev/null -w '%{{http_code}} %{{time_total}}\\n' 'http://127.0.0.1:{PORT}/api/tailors?location=MG_ROAD'; done"""

    def _pause(self):
        return f"PGPASSFILE={files.PASSWORDS} psql -h {server_address(2)} -p {self.ports.postgres} -U postgres -c 'SELECT pg_wal_replay_pause()'"


def run():
    cluster = Cluster()
    try:
        cluster.start()
        say("The cluster")
        print(cluster.describe())
        (CLUSTER / "parts.json").write_text(json.dumps({"port": PORT, "base": cluster.ports.base, "pids": {part.name: part.pid() for part in cluster.parts}}))
        say(f"Serving until Ctrl-C: http://127.0.0.1:{PORT}/")
        while True:
            time.sleep(0.5)
            for part in cluster.parts:
                part.watch()
    finally:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        cluster.stop()


def locked(wait):
    """The file that only one cluster of a checkout locks."""
    CLUSTER.mkdir(exist_ok=True)
    lock = open(CLUSTER / "lock", "a+", encoding="ascii")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.seek(0)
        pid = int(lock.read() or 0)
        if not wait:
            raise SystemExit(f"demo-cluster: a cluster runs in this checkout already, process {pid}: make cluster-clean") from None
        os.kill(pid, signal.SIGTERM)
        fcntl.flock(lock, fcntl.LOCK_EX)
    lock.truncate(0)
    lock.write(str(os.getpid()))
    lock.flush()
    return lock


def main(words):
    if words not in ([], ["clean"]):
        raise SystemExit("usage: scripts/demo-cluster [clean]")
    if words and not CLUSTER.exists():
        return
    with locked(wait=bool(words)):
        for path in CLUSTER.iterdir():  # each run begins anew
            if path.name != "lock":
                shutil.rmtree(path) if path.is_dir() else path.unlink()
        if not words:
            run()
    if words:
        shutil.rmtree(CLUSTER)


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    with contextlib.suppress(KeyboardInterrupt):
        main(sys.argv[1:])
