"""The configuration of each part: the files of deploy/, with this machine's ports and folders."""

import configparser
import os
import re
import secrets
import shutil
import socket
import subprocess
from dataclasses import dataclass
from pathlib import Path

import yaml

from parts import TOP

CLUSTER = TOP / ".cluster"
PASSWORDS = CLUSTER / "pgpass"
DEPLOY = TOP / "deploy"
SERVERS = 3
FRONT_ENDS = 3
DATABASE = "tailors"


@dataclass(frozen=True)
class Ports:
    """Below the range from which the kernel takes ports for connections. Servers have loopback addresses of their own."""

    base: int

    postgres = property(lambda self: self.base)
    pgbouncer = property(lambda self: self.base + 1)
    patroni = property(lambda self: self.base + 2)
    etcd = property(lambda self: self.base + 3)
    etcd_peers = property(lambda self: self.base + 4)
    redis = property(lambda self: self.base + 5)

    def front_end(self, number):
        return self.base + 10 + number

    def admin(self, number):
        return self.base + 20 + number


def server_address(number):
    return f"127.0.1.{number}"


def _is_free(address, port):
    with socket.socket() as tried:
        tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            tried.bind((address, port))
        except OSError:
            return False
    return True


def choose_ports():
    while True:
        base = 20000 + secrets.randbelow(12000 - 30)
        if all(_is_free(address, base + i) for i in range(30) for address in ("127.0.0.1", *map(server_address, range(1, SERVERS + 1)))):
            return Ports(base)


def make_passwords():
    """{role: password}; PASSWORDS has those for psql."""
    made = {role: secrets.token_hex(12) for role in ("postgres", "replicator", "rewinder", "tailor_web")}
    PASSWORDS.touch(mode=0o600)
    PASSWORDS.write_text("".join(f"*:*:*:{role}:{password}\n" for role, password in made.items()))
    return made


def write(path, text):
    """Readable by its owner alone: it has passwords."""
    path.touch(mode=0o600)
    path.write_text(text)
    give_to_server(path)


def make_folder(path):
    path.mkdir(mode=0o700, exist_ok=True)
    give_to_server(path)


def give_to_server(path):
    """root cannot run PostgreSQL: the user postgres does."""
    if os.geteuid() == 0:
        shutil.chown(path, "postgres", "postgres")


# --- Patroni, PgBouncer ----------------------------------------------------------------------------------------------


def _find_extension():
    """Where the extension is staged: see scripts/cluster.sh."""
    stage = os.environ["STAGE"]
    if int(os.environ["POSTGRESQL"]) < 18:
        return {"extension_destdir": stage}

    def installed(what):
        return subprocess.check_output([os.environ["PG_CONFIG"], f"--{what}"], text=True).strip()

    return {"extension_control_path": f"{stage}{installed('sharedir')}:$system",
            "dynamic_library_path": f"{stage}{installed('pkglibdir')}:$libdir"}  # fmt: skip


def patroni(number, ports, secret):
    config = yaml.safe_load((DEPLOY / "cluster/patroni.yml").read_text())
    folder, address = CLUSTER / f"pg{number}", server_address(number)
    config["name"] = f"pg{number}"
    config["etcd3"] = {"hosts": f"127.0.0.1:{ports.etcd}"}
    config["restapi"] = dict.fromkeys(("listen", "connect_address"), f"{address}:{ports.patroni}")
    postgresql = config["postgresql"]
    postgresql |= dict.fromkeys(("listen", "connect_address"), f"{address}:{ports.postgres}")
    postgresql |= {"data_dir": str(folder / "data"), "bin_dir": str(Path(os.environ["PG_CONFIG"]).parent), "pgpass": str(folder / "pgpass")}
    for user in postgresql["authentication"].values():
        user["password"] = secret[user["username"]]
    postgresql["pg_hba"] = [re.sub(r"10\.0\.0\.0/24", "127.0.0.0/16", line) for line in postgresql["pg_hba"]]
    postgresql["parameters"] |= {"unix_socket_directories": "", **_find_extension()}
    file = folder / "patroni.yml"
    write(file, yaml.safe_dump(config, sort_keys=False))
    return file


def pgbouncer(number, ports, secret):
    config = configparser.ConfigParser(interpolation=None)
    config.read(DEPLOY / "cluster/pgbouncer.ini")
    folder, address = CLUSTER / f"pg{number}", server_address(number)
    config["databases"][DATABASE] = f"host={address} port={ports.postgres}"
    users = folder / "userlist.txt"
    write(users, f'"tailor_web" "{secret["tailor_web"]}"\n')
    config["pgbouncer"].update({"listen_addr": address, "listen_port": str(ports.pgbouncer), "auth_file": str(users)})
    file = folder / "pgbouncer.ini"
    with open(file, "w", encoding="utf-8") as out:
        config.write(out)
    give_to_server(file)
    return file


# --- Front ends, Redis, nginx ----------------------------------------------------------------------------------------


def front_end(ports, secret):
    """Its settings, with the addresses of deploy/cluster/tailor-frontend.toml turned into this machine's."""
    text = (DEPLOY / "cluster/tailor-frontend.toml").read_text().replace(":secret@", f":{secret['tailor_web']}@")
    text = text.replace("10.0.0.4:6379", f"127.0.0.1:{ports.redis}")
    for number in range(1, SERVERS + 1):
        text = text.replace(f"10.0.0.{number}:5432", f"{server_address(number)}:{ports.postgres}")
    file = CLUSTER / "tailor-frontend.toml"
    write(file, text)
    return file


def redis(ports):
    text = (DEPLOY / "redis.conf").read_text()
    file = CLUSTER / "redis.conf"
    file.write_text(re.sub(r"^port .*", f"port {ports.redis}\ndir {CLUSTER}", text, flags=re.MULTILINE))
    return file


def nginx(ports, port):
    """deploy/nginx.conf with a line an instance. The page with the map is at /, for this demo."""
    site = (DEPLOY / "nginx.conf").read_text().replace("listen 80;", f"listen 127.0.0.1:{port};")
    lines = "".join(f"    server 127.0.0.1:{ports.front_end(number)} max_fails=0;\n" for number in range(1, FRONT_ENDS + 1))
    site = re.sub(r"(    server 127\.0\.0\.1:\d+ max_fails=0;\n)+", lines, site)
    site = site.replace("location ~ ^/api/tailors(/|$) {", "location / {")
    (CLUSTER / "site.conf").write_text(site)
    temporary = "".join(f"{name}_temp_path {CLUSTER}/{name};" for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
    user = "user root;" if os.geteuid() == 0 else ""
    file = CLUSTER / "nginx.conf"
    file.write_text(f"daemon off; {user} pid {CLUSTER}/nginx.pid; error_log stderr warn; worker_processes 1;"
                    f"events {{}} http {{ access_log off; {temporary} include {CLUSTER}/site.conf; }}\n")  # fmt: skip
    return file
