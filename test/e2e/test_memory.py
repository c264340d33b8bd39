"""The front end's memory: small with a thousand clients, and no more of it after more requests."""

import pathlib
import re
import selectors
import socket

import pytest
from amounts import amount
from harness import read_answer

CONNECTIONS = 1000
MEGABYTE = 1 << 20
PATHS = ["/api/tailors?location=MG_ROAD", "/api/tailors?location=MG_ROAD&limit=2", "/api/tailors/t1", "/api/tailors/nobody"]
CODINGS = ["identity", "gzip", "br"]


def resident(frontend):
    status = pathlib.Path(f"/proc/{frontend.process.pid}/status").read_text()
    return int(re.search(r"^VmRSS:\s+(\d+) kB", status, re.MULTILINE)[1]) * 1024


class Clients:
    """A thousand that are connected all the time, and all ask at the same time."""

    def __init__(self, port):
        self.sockets = [socket.create_connection(("127.0.0.1", port), timeout=10) for _ in range(CONNECTIONS)]

    def ask(self, number):
        path, coding = PATHS[number % len(PATHS)], CODINGS[number % len(CODINGS)]
        for each in self.sockets:
            each.sendall(f"GET {path} HTTP/1.1\r\nHost: a\r\nAccept-Encoding: {coding}\r\n\r\n".encode())
        return {read_answer(each) for each in self.sockets}

    def close(self):
        for each in self.sockets:
            each.close()


@pytest.mark.parametrize("cache_bytes", [0, 4 * MEGABYTE])
def test_memory_is_small_and_flat(frontend, database, cache_bytes):
    served = frontend(database.url(), cache_bytes=cache_bytes, keep_alive_timeout=60, log_level="warning")
    clients = Clients(served.port)
    sizes = []
    for number in range(amount("TAILOR_MEMORY_ROUNDS", 72, 1200)):
        assert clients.ask(number) <= {200, 404}
        sizes.append(resident(served))
    clients.close()
    assert max(sizes) < 64 * MEGABYTE
    # How many threads compress at the same moment is chance, and so are some megabytes.
    assert max(sizes) < 1.1 * max(sizes[: len(sizes) // 2]), "it grows"
