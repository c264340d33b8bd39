"""A private nginx with deploy/nginx.conf, before instances of the front end."""

import contextlib
import os
import random
import re
import shutil
import socket
import subprocess

from harness import HANG, TOP, wait_until

SITE = TOP / "deploy/nginx.conf"
PROGRAM = shutil.which("nginx", path=os.environ["PATH"] + ":/usr/sbin")


def free_port():
    """A port for a server that cannot choose one: below the range from which the kernel takes ports for connections,
    and none that another process of pytest-xdist may get."""
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0")[2:])
    while True:
        port = 10000 + 1000 * (worker % 8) + random.randrange(1000)
        with contextlib.suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return port


def accepts(port):
    with contextlib.suppress(OSError):
        socket.create_connection(("127.0.0.1", port)).close()
        return True
    return False


def configure(place, port, upstreams):
    """Writes a configuration that includes the site, with these ports for its own. Returns the file."""
    site = SITE.read_text()
    assert site.count("listen 80;") == 1
    site = site.replace("listen 80;", f"listen 127.0.0.1:{port};")
    ports = iter(upstreams)
    site = re.sub(r"(?<=server 127\.0\.0\.1:)\d+", lambda _: str(next(ports)), site)
    assert next(ports, None) is None, "the site has fewer instances"
    (place / "site.conf").write_text(site)
    temporary = "".join(
        f"{name}_temp_path {place}/{name};" for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    # Without a user of its own a worker would run as nobody, who may not enter the directory.
    user = "user root;" if os.geteuid() == 0 else ""
    (place / "nginx.conf").write_text(
        f"daemon off; {user} pid {place}/pid; error_log {place}/error.log warn; worker_processes 1;"
        f"events {{}} http {{ access_log off; {temporary} include {place}/site.conf; }}"
    )
    return place / "nginx.conf"


class Nginx:
    def __init__(self, place, upstreams):
        self.port = free_port()
        self.base = f"http://127.0.0.1:{self.port}"
        file = configure(place, self.port, upstreams)
        self.errors = place / "error.log"
        self.process = subprocess.Popen([PROGRAM, "-p", place, "-e", self.errors, "-c", file])
        wait_until(lambda: accepts(self.port) or self.process.poll() is not None)
        assert self.process.poll() is None, self.errors.read_text()

    def stop(self):
        self.process.terminate()
        assert self.process.wait(timeout=HANG) == 0
