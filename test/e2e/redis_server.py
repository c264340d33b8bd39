"""A Redis of a test's own, with the settings of deploy/redis.conf, to be frozen, killed, filled and lied about."""

import contextlib
import os
import shutil
import signal
import socket
import subprocess

from harness import HANG, TOP, wait_until
from nginx import accepts, free_port


class Redis:
    def __init__(self, folder, port=None, **settings):
        self.folder, self.port, self.settings = folder, port or free_port(), settings
        self.start()

    @property
    def url(self):
        password = self.settings.get("requirepass")
        return f"redis://{f':{password}@' if password else ''}127.0.0.1:{self.port}"

    def start(self):
        options = {"port": self.port, "dir": self.folder, **self.settings}
        flags = [word for name, value in options.items() for word in (f"--{name.replace('_', '-')}", str(value))]
        command = [shutil.which("redis-server"), TOP / "deploy/redis.conf", *flags]
        self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        wait_until(lambda: accepts(self.port))

    def ask(self, *words):
        """The reply to one command, as it is on the wire."""
        command = b"".join(b"$%d\r\n%s\r\n" % (len(word), word) for word in map(to_bytes, words))
        with socket.create_connection(("127.0.0.1", self.port), timeout=HANG) as connection:
            connection.sendall(b"*%d\r\n" % len(words) + command)
            with connection.makefile("rb") as replies:
                return read_reply(replies)

    def keys(self):
        """Those that hold answers."""
        return [key for key in self.ask("KEYS", "tailor:1:*") if not key.endswith(b":claim")]

    @contextlib.contextmanager
    def frozen(self):
        self.process.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self.process.send_signal(signal.SIGCONT)

    def stop(self, by=signal.SIGKILL):
        if self.process.poll() is None:
            os.kill(self.process.pid, signal.SIGCONT)
            self.process.send_signal(by)
        self.process.wait(timeout=HANG)


def to_bytes(word):
    return word if isinstance(word, bytes) else str(word).encode()


def read_reply(replies):
    line = replies.readline().rstrip(b"\r\n")
    kind, rest = line[:1], line[1:]
    if kind == b"*":
        return [read_reply(replies) for _ in range(int(rest))]
    if kind == b"$":
        return None if rest == b"-1" else replies.read(int(rest) + 2)[:-2]
    return int(rest) if kind == b":" else line
