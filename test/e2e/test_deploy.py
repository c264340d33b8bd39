"""deploy/: each file is loaded by the program that it is for."""

import re
import shutil
import subprocess

import pytest
from harness import BINARY, HANG, TOP, wait_until
from nginx import PROGRAM as NGINX
from nginx import accepts, configure, free_port

DEPLOY = TOP / "deploy"
UNIT = (DEPLOY / "tailor-frontend@.service").read_text()


def run(*command, **options):
    return subprocess.run(command, capture_output=True, text=True, timeout=60, **options)


def test_nginx(tmp_path):
    result = run(NGINX, "-t", "-p", tmp_path, "-e", tmp_path / "errors", "-c", configure(tmp_path, free_port(), [1, 2]))
    assert result.returncode == 0 and "[" not in result.stderr.replace("[notice]", ""), result.stderr


@pytest.fixture
def unit(tmp_path):
    """An instance of the unit, with the program where it is now."""
    installed = "ExecStart=/usr/local/bin/tailor-frontend "
    assert installed in UNIT
    file = tmp_path / "tailor-frontend@8081.service"
    file.write_text(UNIT.replace(installed, f"ExecStart={BINARY} "))
    return file


def test_unit(unit):
    result = run("systemd-analyze", "verify", unit)
    assert (result.returncode, result.stdout + result.stderr) == (0, "")


def test_unit_is_hardened(unit):
    result = run("systemd-analyze", "security", "--offline=true", "--threshold=15", "--no-pager", unit)
    assert result.returncode == 0, result.stdout  # exposure of at most 1.5 of 10


def test_unit_starts_the_program(frontend, database, tmp_path):
    """With the settings of the example, and the ports of the instance's name."""
    example = (DEPLOY / "tailor-frontend.toml").read_text()
    settings = re.sub(r'(?<=database-url = ").*(?=")', database.url(), example)
    assert database.url() in settings
    (tmp_path / "settings").write_text(settings)
    instance = next(port for port in range(8081, 10000) if not accepts(port) and not accepts(10000 + port))
    environment = re.search(r"^Environment=(.*)$", UNIT, re.M)[1].replace("%i", str(instance))
    ports = dict(word.removeprefix("TAILOR_").lower().split("=") for word in environment.split())
    served = frontend("", config=tmp_path / "settings", **ports)
    assert served.base.endswith(f":{instance}") and served.admin.endswith(f":1{instance}")
    assert served.search().status_code == 200


@pytest.fixture
def redis(tmp_path):
    """redis-cli to a server with the configuration, but for the port and less memory, to be full soon."""
    port = str(free_port())
    command = [shutil.which("redis-server"), DEPLOY / "redis.conf", "--port", port, "--dir", tmp_path, "--maxmemory", "4mb"]
    server = subprocess.Popen(command, stdout=open(tmp_path / "log", "wb"))
    wait_until(lambda: accepts(int(port)) or server.poll() is not None)
    assert server.poll() is None, (tmp_path / "log").read_text()
    yield lambda *words, **options: run("redis-cli", "-p", port, *words, **options).stdout.strip()
    server.terminate()
    assert server.wait(timeout=HANG) == 0
    assert not list(tmp_path.glob("*.rdb"))  # nothing is written, not even at the end


def test_redis(redis):
    """When memory is full, writing goes on and something else goes. Which, Redis decides by a sample and a clock of seconds."""
    answers = redis(input="".join(f"set {i} {'x' * 20000}\n" for i in range(500)))
    assert answers.split() == ["OK"] * 500
    assert 20 < int(redis("dbsize")) < 300
    assert redis("exists", "499") == "1"
    assert redis("config", "get", "maxmemory-policy").split() == ["maxmemory-policy", "allkeys-lru"]
    assert redis("config", "get", "save") == "save"
