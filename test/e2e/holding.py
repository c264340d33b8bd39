"""Preconditions made by holding something, so that they are the same on a machine of any speed."""

import contextlib
import fcntl
import os
import pathlib
import signal
import socket
import struct
import termios

from harness import wait_until


def threads_are_stopped(pid):
    """SIGSTOP reaches one thread after another."""
    states = [(task / "stat").read_text().rsplit(")", 1)[1].split()[0] for task in pathlib.Path(f"/proc/{pid}/task").iterdir()]
    return set(states) == {"T"}


@contextlib.contextmanager
def stopped(pid):
    """A process that does nothing meanwhile."""
    os.kill(pid, signal.SIGSTOP)
    try:
        wait_until(lambda: threads_are_stopped(pid))
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


def delivered(connection):
    """Waits until the other side's kernel has all that was sent, whether or not a program has read it."""
    unsent = lambda: struct.unpack("i", fcntl.ioctl(connection, termios.TIOCOUTQ, struct.pack("i", 0)))[0]
    wait_until(lambda: unsent() == 0)


def unaccepted(port):
    """How many connections the kernel has made on this port of 127.0.0.1 that the program has not accepted."""
    local = f"{socket.htonl(0x7F000001):08X}:{port:04X}"
    rows = [row.split() for row in pathlib.Path("/proc/net/tcp").read_text().splitlines()[1:]]
    (queues,) = [row[4] for row in rows if row[1] == local and row[3] == "0A"]  # listening
    return int(queues.split(":")[1], 16)


class Pipe:
    """A file of mode FIFO that a program writes to: its writes block from stall() to flow(), and are collected."""

    CAPACITY = 4096

    def __init__(self, path):
        os.mkfifo(path)
        self.reader = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
        self.writer = os.open(path, os.O_WRONLY | os.O_NONBLOCK)
        fcntl.fcntl(self.writer, fcntl.F_SETPIPE_SZ, self.CAPACITY)
        self.text = ""
        self.filling = 0

    def read(self):
        """What was written so far."""
        with contextlib.suppress(BlockingIOError):
            while part := os.read(self.reader, 1 << 16):
                ours, self.filling = min(self.filling, len(part)), max(0, self.filling - len(part))
                self.text += part[ours:].decode()
        return self.text

    def stall(self):
        self.read()
        with contextlib.suppress(BlockingIOError):
            while True:
                self.filling += os.write(self.writer, b"\n")

    def close(self):
        os.close(self.writer)
        os.close(self.reader)


@contextlib.contextmanager
def locked(database):
    """Searches wait for the lock meanwhile."""
    session = database.session()
    with session.cursor() as cursor:
        cursor.execute('LOCK TABLE "Tailor" IN ACCESS EXCLUSIVE MODE')
        try:
            yield
        finally:
            session.rollback()
            session.close()
