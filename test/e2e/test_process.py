"""The program: its settings, its start, its end."""

import concurrent.futures
import os
import re
import signal
import socket
import subprocess

import harness
import pytest
from harness import BINARY, HANG, PASSWORD, TOP, Frontend, in_background, wait_until
from holding import locked
from metric_values import value
from nginx import accepts

# As the documentation has them: name, variable and default.
SETTINGS = re.findall(
    r"^\| `--([\w-]+)`[^|]* \| `(\w+)` \| ([^|]+) \|", (TOP / "docs/configuration.md").read_text(), re.MULTILINE
)


def run(*arguments, **environment):
    return subprocess.run([BINARY, *arguments], env=environment, capture_output=True, text=True, timeout=HANG)


def test_help_and_documentation_show_the_same_settings():
    result = run("--help")
    assert result.returncode == 0
    # The default as NAME=1 or, by CLI11 2.6, as NAME [1].
    shown = re.findall(r"^ +--([\w-]+) [^ =]+(?:=| \[)?(.*?)\]? +\(Env:(\w+)\) *$", result.stdout, re.MULTILINE)
    shown = {name: (variable, re.sub(r": \d+$", "", default)) for name, default, variable in shown}
    for name, variable, default in SETTINGS:
        default = "" if default in ("none", "required") else default.replace("`", "")
        assert shown.pop(name) == (variable, default), name
    assert not shown


def test_version():
    result = run("--version")
    assert (result.returncode, result.stderr) == (0, "")
    assert re.fullmatch(r"tailor-frontend \d+\.\d+\.\d+\n", result.stdout)


@pytest.mark.parametrize(
    "arguments, environment, said",
    [
        ([], {}, "DATABASE_URL is not set"),
        (["--port=x"], {}, "--port"),
        (["--port=65536"], {}, "--port"),
        (["--snap-km=0.05"], {}, "must be 0, or a number from 0.1 to 10"),
        ([], {"TAILOR_SNAP_KM": "nan"}, "must be 0, or a number from 0.1 to 10"),
        (["--cors-origins=https://shop.example/"], {}, "must be * alone, or origins as browsers send them"),
        (["--nonsense"], {}, "--nonsense"),
        (["--config=/no/such/file"], {}, "/no/such/file"),
        ([], {"TAILOR_POOL_TIMEOUT": "0"}, "without a limit"),
        ([], {"TAILOR_LOG_LEVEL": "loud"}, "log-level"),
        (["--trusted-proxies=10.0.0.0/33"], {}, "must be addresses and networks"),
        ([], {"DATABASE_URL": "mysql://u:{password}@h/d"}, "must begin with postgresql://"),
        ([], {"DATABASE_URL": "postgresql://u:{password}@h/d?connection_limit=abc"}, "connection_limit must be"),
        ([], {"DATABASE_URL": "postgresql://u:{password}@h/d?pool_timeout=0"}, "pool_timeout must not be 0"),
        ([], {"DATABASE_URL": "postgresql://u:{password}@h/d?sslaccept=strict"}, "sslmode=verify-full"),
        ([], {"DATABASE_URL": "postgresql://u:{password}@h/d?sslnonsense=1"}, "sslnonsense"),
        ([], {"DATABASE_URL": "postgresql://u:{password}@h/d?sslmode=no-verify"}, "sslmode=require"),
        ([], {"DATABASE_URL": "postgresql://u:{password}@h:99999/d"}, "port must be a number from 1 to 65535"),
        ([], {"DATABASE_URL": "postgresql://u:{password}@h/d?target_session_attrs=primry"}, "target_session_attrs must be any,"),
        ([], {"DATABASE_URL": "postgresql://u:{password}/rest@h/d"}, "percent-encode the password"),
        ([], {"DATABASE_URL": "postgresql://u:x@{password}@h/d"}, "percent-encode the password"),
        ([], {"DATABASE_URL": "postgresql://u:{password}%@h/d"}, "percent-encode the password"),
        ([], {"DATABASE_URL": '"postgresql://u:{password}@h/d"'}, "leave the quotes out"),
        ([], {"DATABASE_URL": "prisma+postgres://h/?api_key={password}"}, "the database's own URL"),
        ([], {"DATABASE_URL": "postgresql://h/d", "TAILOR_LISTEN_URL": "mysql://u:{password}@h/d"}, "listen-url must begin with postgresql://"),
        (["--listen-url=postgresql://u:{password}/rest@h/d"], {"DATABASE_URL": "postgresql://h/d"}, "percent-encode the password"),
        ([], {"DATABASE_URL": "postgresql://h/d", "REDIS_URL": "'redis://u:{password}@h'"}, "leave the quotes out"),
        ([], {"DATABASE_URL": "postgresql://h/d", "REDIS_URL": "http://u:{password}@h"}, "REDIS_URL must begin with redis://"),
        ([], {"DATABASE_URL": "postgresql://h/d", "REDIS_URL": "rediss://u:{password}@h"}, "TLS"),
        (["--redis-url=redis://u:{password}@h/x"], {"DATABASE_URL": "postgresql://h/d"}, "database that is not a number"),
        (["--redis-url=redis://u:{password}@h", "--cache-bytes=0"], {"DATABASE_URL": "postgresql://h/d"}, "cache-bytes must not be 0"),
        (["--databaseurl=postgresql://u:{password}@h/d"], {}, "databaseurl"),
    ],
)
def test_bad_settings(arguments, environment, said):
    arguments = [argument.format(password=PASSWORD) for argument in arguments]
    environment = {name: value.format(password=PASSWORD) for name, value in environment.items()}
    result = run(*arguments, **environment)
    assert result.returncode == 2 and result.stdout == ""
    assert result.stderr.startswith("tailor-frontend: ") and said in result.stderr
    assert PASSWORD not in result.stderr


def test_parameters_that_prisma_ignores(frontend, database):
    """Not one of libpq's names, nor of ours; and a line break at the end, as a mounted secret has it."""
    url = database.url(connection_limit=2, supa="base-pooler.x") + "\n"
    served = frontend(url, listen_url=url.replace("supa=", "neon="))
    assert served.search().status_code == 200
    for setting, name in (("DATABASE_URL", "supa"), ("listen-url", "neon")):
        assert f" warning event=parameter_ignored setting={setting} parameter={name} reason=" in served.log()


def test_settings_from_a_file(frontend, database, tmp_path):
    file = tmp_path / "tailor-frontend.toml"
    file.write_text(f'database-url = "{database.url()}"\nconnection-limit = 3\nlog-level = "debug"\n')
    served = frontend("", config=file)
    assert served.search().status_code == 200
    wait_until(lambda: "3 of 3 connections" in served.ready("?verbose").text)


@pytest.mark.parametrize("setting", ["port", "admin_port"])
def test_port_in_use(frontend, database, setting):
    served = frontend(database.url())
    port = served.port if setting == "port" else int(served.admin.rsplit(":", 1)[1])
    flags = {"port": 0, "admin_port": 0, setting: port}
    result = run(*(f"--{name.replace('_', '-')}={value}" for name, value in flags.items()), DATABASE_URL=database.url())
    assert result.returncode == 1
    assert f"cannot listen on 127.0.0.1 port {port}: Address already in use" in result.stderr
    assert served.search().status_code == 200


def test_address_of_another_machine(database):
    result = run("--listen=192.0.2.1", DATABASE_URL=database.url())
    assert result.returncode == 1 and "cannot listen on 192.0.2.1" in result.stderr


@pytest.mark.parametrize("by", [signal.SIGTERM, signal.SIGINT])
def test_ends_at_once_when_idle(frontend, database, by):
    served = frontend(database.url(), keep_alive_timeout=2 * HANG)
    assert served.search().status_code == 200
    idle = [socket.create_connection(("127.0.0.1", served.port)) for _ in range(5)]
    assert served.stop(by) == 0  # long before they would end by themselves
    wait_until(lambda: database.activity() == 0)
    for connection in idle:
        connection.close()


def test_requests_in_flight_are_answered(frontend, database):
    served = frontend(database.url(), query_timeout=HANG)
    with locked(database):
        answer = in_background(served.search)
        wait_until(lambda: database.activity("wait_event_type = 'Lock'") == 1)
        served.process.send_signal(signal.SIGTERM)
        wait_until(lambda: not accepts(served.port))
    response = answer.result()
    assert response.status_code == 200 and response.json()["success"]
    assert served.process.wait(timeout=HANG) == 0


def test_second_signal_ends_at_once(database, tmp_path):
    from harness import Frontend

    served = Frontend(database.url(), tmp_path / "log", query_timeout=2 * HANG, request_timeout=2 * HANG)
    with locked(database):
        answer = in_background(served.search)
        wait_until(lambda: database.activity("wait_event_type = 'Lock'") == 1)
        served.process.send_signal(signal.SIGTERM)
        wait_until(lambda: "event=stopping" in served.log())
        assert served.stop() == 128 + signal.SIGTERM
        assert answer.exception() is not None


@pytest.fixture
def few_descriptors(tmp_path, monkeypatch):
    """Front ends may open 150 files."""
    limited = tmp_path / "limited"
    limited.write_text(f'#!/bin/sh\nulimit -n 150\nexec {BINARY} "$@"\n')
    limited.chmod(0o755)
    monkeypatch.setattr(harness, "BINARY", str(limited))


@pytest.mark.usefixtures("few_descriptors")
def test_fewer_descriptors_than_connections(frontend, database):
    """It has no more connections than it may open files, and so never stops accepting."""
    served = frontend(database.url(connection_limit=2), threads=2)
    assert "event=few_descriptors limit=150 max_connections=76 effect=" in served.log()
    idle = [socket.create_connection(("127.0.0.1", served.port), timeout=HANG) for _ in range(300)]
    assert served.search().status_code == 200
    for connection in idle:
        connection.close()


@pytest.mark.usefixtures("few_descriptors")
def test_all_wait_for_the_database_with_few_descriptors(frontend, database):
    """As many as there may be connections wait in the front end, the others to be accepted."""
    served = frontend(database.url(connection_limit=1, pool_timeout=HANG), query_timeout=HANG, request_timeout=HANG)
    most = int(re.search(r"event=few_descriptors .*max_connections=(\d+)", served.log())[1])
    with concurrent.futures.ThreadPoolExecutor(120) as clients:
        with locked(database):
            answers = [clients.submit(served.search, page=str(number)) for number in range(1, 121)]
            wait_until(lambda: value(served, "http_requests_in_flight") == most)
        assert {answer.result().status_code for answer in answers} == {200}


@pytest.mark.skipif(os.geteuid() != 0, reason="only root becomes another user")
def test_a_user_without_a_name(tmp_path, monkeypatch):
    """As systemd's DynamicUser= is where libnss-systemd is not installed, and --user in a container."""
    program = tmp_path / "program"
    reach = "+dac_read_search,+dac_override"  # the program may lie below /root
    program.write_text(
        f'#!/bin/sh\nexec setpriv --reuid=61234 --clear-groups --inh-caps={reach} --ambient-caps={reach} "{BINARY}" "$@"\n'
    )
    program.chmod(0o755)
    monkeypatch.setattr(harness, "BINARY", program)
    served = Frontend("postgresql://u:p@127.0.0.1:1/d", tmp_path / "log")
    assert served.http.get(served.admin + "/livez", timeout=HANG).status_code == 200
    assert served.stop() == 0
