"""A real PgBouncer before the tests' server."""

import contextlib
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import tempfile

import psycopg2
from harness import HANG, ROLE, wait_until
from nginx import free_port

PROGRAM = shutil.which("pgbouncer", path=os.environ["PATH"] + ":/usr/sbin")
USERS = (ROLE, f"{ROLE}.tenant")


def version():
    said = subprocess.check_output([PROGRAM, "--version"], text=True)
    return tuple(map(int, re.search(r"(\d+)\.(\d+)", said).groups()))


def connects(port):
    with contextlib.suppress(OSError):
        socket.create_connection(("127.0.0.1", port)).close()
        return True
    return False


class PgBouncer:
    """Settings by their names in pgbouncer.ini; `databases` are lines of that section, without the server's address."""

    def __init__(self, server, databases=("* =",), **settings):
        self.server = server
        self.port = free_port()
        self.place = pathlib.Path(tempfile.mkdtemp(prefix="pgbouncer-"))
        self.place.chmod(0o755)  # it runs as another user
        if version() >= (1, 21):  # which can keep prepared statements: as an older one, it does not unless asked
            settings = {"max_prepared_statements": 0, **settings}
        users = self.place / "users.txt"
        users.write_text("".join(f'"{user}" ""\n' for user in (*USERS, server.user)))
        own = {"listen_addr": "127.0.0.1", "listen_port": self.port, "unix_socket_dir": "", "auth_type": "trust", "auth_file": users}
        lines = ["[databases]", *(f"{line} host={server.host} port={server.port}" for line in databases)]
        lines += ["[pgbouncer]", *(f"{name} = {value}" for name, value in {**own, **settings}.items())]
        self.ini = self.place / "pgbouncer.ini"
        self.ini.write_text("\n".join([*lines, ""]))
        command = [PROGRAM, self.ini]
        if os.geteuid() == 0:
            command = ["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups", *command]
        self.log = self.place / "log"
        self.process = subprocess.Popen(command, stderr=open(self.log, "wb"))
        wait_until(lambda: connects(self.port) or self.process.poll() is not None)
        assert self.process.poll() is None, self.log.read_text()

    def url(self, database, user=ROLE, **parameters):
        """As DATABASE_URL has it."""
        query = "&".join(f"{name}={value}" for name, value in parameters.items())
        return f"postgresql://{user}@127.0.0.1:{self.port}/{database}?{query}"

    def session(self, database, user=ROLE):
        """Another client's."""
        session = psycopg2.connect(host="127.0.0.1", port=self.port, user=user, dbname=database)
        session.autocommit = True
        return session

    def lead_to(self, server):
        """Another server from now on, for each of its connections as soon as a transaction ends."""
        before, after = (f"host={each.host} port={each.port}" for each in (self.server, server))
        self.ini.write_text(self.ini.read_text().replace(before, after))
        self.process.send_signal(signal.SIGHUP)

    def stop(self):
        self.process.kill()  # later releases end at SIGTERM only when their clients have left
        self.process.wait(timeout=HANG)
        shutil.rmtree(self.place)
