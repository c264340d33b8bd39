"""A part of the cluster: one program, started, watched, started again and stopped."""

import os
import signal
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Callable

TOP = Path(os.environ["TOP"])
PATIENCE = 180  # seconds for a part to be ready
AGAIN = 3  # seconds after which a part that has ended is started again, as systemd does on real machines


def as_server(folder, *command):
    """The command, run in the folder by the user that may run PostgreSQL."""
    return [TOP / "scripts/cluster.sh", "run", folder, *command]


@dataclass
class Part:
    name: str
    command: list
    log: Path
    ready: Callable[[], bool]
    url: str = ""
    what: str = ""
    env: dict = field(default_factory=dict)
    process: subprocess.Popen | None = None
    ended: float = 0

    def start(self):
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen([str(word) for word in self.command], env={**os.environ, **self.env}, stdin=subprocess.DEVNULL,
                                            stdout=log, stderr=log, start_new_session=True)  # fmt: skip
        self.ended = 0

    def wait(self):
        """Until it is ready."""
        end = time.monotonic() + PATIENCE
        while not self.ready():
            if self.process.poll() is not None or time.monotonic() > end:
                tail = self.log.read_text(errors="replace")[-3000:]
                raise SystemExit(f"{tail}\ndemo-cluster: {self.name} does not get ready: see {self.log}")
            time.sleep(0.2)

    def watch(self):
        """Starts it again, a moment after it has ended. Says so."""
        if self.process.poll() is None:
            return
        if not self.ended:
            self.ended = time.monotonic()
            print(f"{time.strftime('%H:%M:%S')} {self.name} has ended", flush=True)
        elif time.monotonic() > self.ended + AGAIN:
            self.start()
            print(f"{time.strftime('%H:%M:%S')} {self.name} starts again, process {self.pid()}", flush=True)

    def pid(self):
        """Of the program itself: a script that starts one becomes it."""
        return self.process.pid

    def stop(self):
        """Asks its process group to end, and does not ask after half a minute. One that was frozen goes on first."""
        if self.process is None:
            return
        end = time.monotonic() + 30
        self._signal(signal.SIGTERM)
        while self._signal(signal.SIGCONT if time.monotonic() < end else signal.SIGKILL):
            self.process.poll()
            time.sleep(0.1)

    def _signal(self, number):
        """False if no process of the group is left."""
        try:
            os.killpg(self.process.pid, number)
        except ProcessLookupError:
            return False
        return True
