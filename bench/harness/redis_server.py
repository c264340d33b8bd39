"""A Redis of the run's own, on a socket in build/ and, where asked for, a port."""

import subprocess
import time

from places import BUILD, TOP, Failed


class RedisServer:
    """Ends with the harness, whatever becomes of that."""

    def __init__(self, name, *options):
        self.socket = BUILD / "work" / f"{name}.sock"
        self.socket.unlink(missing_ok=True)
        self._process = subprocess.Popen(
            ["setpriv", "--pdeathsig", "TERM", "--", "redis-server", *map(str, options), "--unixsocket", self.socket,
             "--dir", self.socket.parent],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
        )  # fmt: skip
        for _ in range(100):
            if self.socket.exists():
                return
            time.sleep(0.1)
        self.stop()
        raise Failed("Redis does not start")

    def stop(self):
        self._process.terminate()
        self._process.wait(timeout=30)


def shared_cache(port):
    """The cache that several instances share, with the settings that are advised for it."""
    return RedisServer("cache", TOP / "deploy" / "redis.conf", "--port", port)
