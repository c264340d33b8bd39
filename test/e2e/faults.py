"""What the fault tests work with: a PostgreSQL to kill, clients that check every answer, a network that fails."""

import asyncio
import contextlib
import json
import os
import pathlib
import random
import re
import signal
import subprocess
import threading
import time

import requests
from amounts import LONG
from harness import CLUSTER, HANG, PASSWORD, Server, wait_until


def repeats(usual, long):
    """How often a fault is repeated: in `make check`, and in its long form."""
    return range(long if LONG else usual)


class Cluster:
    """A PostgreSQL of a test's own, to be stopped, killed and frozen."""

    def __init__(self, place, **settings):
        self.place = pathlib.Path(place)
        self.run("init", "--unsafe")
        with open(self.place / "data/postgresql.conf", "a") as conf:
            conf.writelines(f"{name} = '{value}'\n" for name, value in settings.items())

    @classmethod
    def standby(cls, place, primary):
        """A new cluster that follows a server by streaming replication."""
        standby = cls.__new__(cls)
        standby.place = pathlib.Path(place)
        standby.place.mkdir()
        command = ["pg_basebackup", "--pgdata", standby.place / "data", "--checkpoint=fast", "--no-sync"]
        command += ["--write-recovery-conf", "--host", primary.host, "--port", str(primary.port), "--username", primary.user]
        subprocess.run(command, check=True, timeout=2 * HANG)
        if os.geteuid() == 0:
            subprocess.run(["chown", "--recursive", "postgres:", standby.place], check=True)
        return standby

    def run(self, command, *more):
        subprocess.run([CLUSTER, command, self.place, *more], check=True, timeout=2 * HANG)

    def start(self):
        self.run("start")
        script = 'eval "$("$1" env "$2")"; echo "$PGHOST"; echo "$PGPORT"; echo "$PGUSER"'
        lines = subprocess.check_output(["bash", "-c", script, "-", CLUSTER, self.place], text=True).splitlines()
        return Server(lines[0], int(lines[1]), lines[2])

    def stop(self, mode="fast"):
        self.run("stop", mode)

    def remove(self):
        self.run("remove")

    def log(self):
        return (self.place / "server.log").read_text()

    @property
    def postmaster(self):
        return int((self.place / "data/postmaster.pid").read_text().split()[0])

    def kill(self):
        """Without a farewell, as the machine's end would be."""
        os.kill(self.postmaster, signal.SIGKILL)

    @contextlib.contextmanager
    def killed(self):
        """Up again at the end, whatever a test finds meanwhile: the next one needs it."""
        self.kill()
        try:
            yield
        finally:
            self.start()

    @contextlib.contextmanager
    def frozen(self):
        """Connections are up, and nobody answers."""
        stopped = [self.postmaster]
        os.kill(self.postmaster, signal.SIGSTOP)  # first, so that there are no more children than we see
        try:
            children = pathlib.Path(f"/proc/{self.postmaster}/task/{self.postmaster}/children").read_text()
            for child in map(int, children.split()):
                os.kill(child, signal.SIGSTOP)
                stopped.append(child)
            yield
        finally:
            for process in reversed(stopped):
                os.kill(process, signal.SIGCONT)


def by_place(i):
    """The nearest to a point is the tailor there."""
    parameters = {"lat": f"{12.97 + i * 0.01:.2f}", "lng": "77.59", "limit": "1"}
    return "", parameters, lambda body: ids(body) == [f"t{i}"] and body["pagination"]["total"] == 7


def by_skill(i):
    parameters = {"location": "MG_ROAD", "skill": f"skill {i}"}
    return "", parameters, lambda body: ids(body) == [f"t{i}"] and body["pagination"]["total"] == 1


def by_page(i):
    parameters = {"location": "MG_ROAD", "sortBy": "experience", "limit": "1", "page": str(8 - i)}
    return "", parameters, lambda body: ids(body) == [f"t{i}"] and body["pagination"]["page"] == 8 - i


def by_id(i):
    return f"/t{i}", None, lambda body: body["data"]["id"] == f"t{i}" and body["data"]["user"]["name"] == f"User {i}"


def ids(body):
    return [each["id"] for each in body["data"]]


class Load:
    """Clients that ask without a pause. What each of them gets must be the answer to what it asked, or a 503 that says
    why, after `slowest` seconds at most: later than that, it hung."""

    def __init__(self, frontend, codes=("database_unavailable",), clients=6, slowest=HANG / 2):
        self.frontend, self.codes, self.slowest = frontend, codes, slowest
        self.answers = []  # (began, status), as they came
        self.wrong = []
        self.ended = threading.Event()
        self.threads = [threading.Thread(target=self.ask) for _ in range(clients)]

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, exception, *_):
        self.ended.set()
        for thread in self.threads:
            thread.join()
        if not exception:
            self.check()

    def ask(self):
        with requests.Session() as http:
            http.trust_env = False
            while not self.ended.is_set():
                try:
                    self.ask_one(http)
                except Exception as error:  # whatever it is, it is not an answer
                    self.wrong.append(repr(error))
                    return

    def ask_one(self, http):
        path, parameters, is_answer = random.choice([by_place, by_skill, by_page, by_id])(random.randint(1, 7))
        began = time.monotonic()
        response = http.get(self.frontend.base + "/api/tailors" + path, params=parameters, timeout=HANG)
        ended = time.monotonic()
        self.answers.append((began, response.status_code))
        body = response.json()
        if response.status_code == 503 and body["code"] in self.codes and response.headers["Retry-After"]:
            self.ended.wait(0.01)
        elif response.status_code != 200 or not is_answer(body):
            self.wrong.append(f"{path} {parameters}: {response.status_code} {json.dumps(body)[:600]}")
        if ended - began > self.slowest:
            self.wrong.append(f"{path} {parameters}: {response.status_code} after {ended - began:.1f} s")

    def check(self):
        assert not self.wrong, self.wrong[:3]
        assert self.frontend.process.poll() is None
        assert PASSWORD not in self.frontend.log()

    def await_answer(self, status, seconds=HANG):
        """Waits for an answer that comes from now on."""
        before = len(self.answers)
        wait_until(lambda: self.wrong or any(answer[1] == status for answer in self.answers[before:]), seconds)
        self.check()

    def await_steady(self):
        """Waits until the pool is as it was, from when on there is no 503."""
        wait_until(self.is_steady)
        self.check()

    def is_steady(self):
        """A 503 is no fault only if a connection that counted as open was lost: the pool was not yet as it was."""
        wait_until(lambda: is_whole(self.frontend))
        reconnects = database_reconnects(self.frontend)
        now, before = time.monotonic(), len(self.answers)
        wait_until(lambda: self.wrong or len(self.answers) > before + 50)
        seen = {status for began, status in self.answers[before:] if began > now}
        if self.wrong or seen == {200}:
            return True
        assert not is_whole(self.frontend) or database_reconnects(self.frontend) > reconnects, seen
        return False


def is_whole(frontend):
    up, wanted = connections(frontend)
    return up == wanted


def database_reconnects(frontend):
    metrics = frontend.http.get(frontend.admin + "/metrics", timeout=HANG).text
    return float(re.search(r"^tailor_frontend_database_reconnects_total (\S+)$", metrics, re.MULTILINE)[1])


def connections(frontend):
    """How many connections the front end has to the database, and how many it wants."""
    words = frontend.ready("?verbose").text.replace(";", " ").split()
    at = words.index("of")
    return int(words[at - 1]), int(words[at + 1])


class Proxy:
    """A TCP port that leads to a PostgreSQL's socket, or to another port, unless the test has it stall, refuse or cut."""

    def __init__(self, server):
        self.server = server
        self.pairs = set()
        self.port = 0
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self.loop.run_forever)
        self.thread.start()
        self.call(self.begin)

    def call(self, function, *arguments):
        """Runs a coroutine in the proxy's thread."""
        return asyncio.run_coroutine_threadsafe(function(*arguments), self.loop).result(timeout=HANG)

    async def begin(self):
        self.flowing = asyncio.Event()
        self.flowing.set()
        await self.listen()

    async def listen(self):
        self.listener = await asyncio.start_server(self.serve, "127.0.0.1", self.port)
        self.port = self.listener.sockets[0].getsockname()[1]

    async def serve(self, reader, writer):
        await self.flowing.wait()
        pair = None
        with contextlib.suppress(OSError):
            up_reader, up_writer = await self.connect()
            pair = Pair([writer, up_writer])
            self.pairs.add(pair)
            await asyncio.gather(self.pump(reader, up_writer), self.pump(up_reader, writer, pair))
        writer.transport.abort()
        if pair:
            self.pairs.discard(pair)
            pair.abort()

    def connect(self):
        if isinstance(self.server, int):
            return asyncio.open_connection("127.0.0.1", self.server)
        return asyncio.open_unix_connection(f"{self.server.host}/.s.PGSQL.{self.server.port}")

    async def pump(self, source, sink, pair=None):
        while data := await source.read(65536):
            await self.flowing.wait()
            if pair and pair.passes is not None:
                data, pair.passes = data[: pair.passes], pair.passes - len(data)
                sink.write(data)
                if pair.passes <= 0:
                    await sink.drain()
                    pair.abort()
            else:
                sink.write(data)
            await sink.drain()
        sink.close()

    @contextlib.contextmanager
    def stalled(self):
        """Connections are accepted and kept, and nothing passes."""
        self.call(self.set_flowing, False)
        try:
            yield
        finally:
            self.call(self.set_flowing, True)

    async def set_flowing(self, flows):
        self.flowing.set() if flows else self.flowing.clear()

    @contextlib.contextmanager
    def refusing(self):
        """All connections end, and new ones are refused."""
        self.call(self.refuse)
        try:
            yield
        finally:
            self.call(self.listen)

    async def refuse(self):
        self.listener.close()
        for pair in list(self.pairs):
            pair.abort()

    def cut(self, passes):
        """Of what the server sends next on each connection only so many bytes pass, then the connection ends."""
        self.call(self.set_passes, passes)

    async def set_passes(self, passes):
        for pair in self.pairs:
            pair.passes = passes

    async def end(self):
        await self.refuse()
        self.flowing.set()
        await asyncio.sleep(0.05)

    def close(self):
        self.call(self.end)
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join()
        self.loop.close()


class Pair:
    """The two ends of a connection through the proxy."""

    def __init__(self, writers):
        self.writers = writers
        self.passes = None  # bytes that the server may still send; None: all

    def abort(self):
        for writer in self.writers:
            writer.transport.abort()
