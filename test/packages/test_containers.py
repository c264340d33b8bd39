"""deploy/containers/: the images are built from a base of debootstrap, and run as the compose file says."""

import json
import os
import shutil
import subprocess

import pytest
from amounts import LONG
from containers import BUILD, Container, Network, build, make_base
from system import TOP, packages, wait_until

pytestmark = pytest.mark.skipif(not LONG or os.geteuid() != 0, reason="builds images, for minutes: part of make check-long, as root")

COMPOSE = TOP / "deploy/containers/compose.yaml"
SECRETS = {"TAILOR_WEB_PASSWORD": "not-to-be-seen-1", "POSTGRES_PASSWORD": "not-to-be-seen-2"}
# What the official images of Redis and nginx have, and Debian's packages do otherwise.
OTHERS = """
ARG BASE
FROM ${BASE}
RUN apt-get update && apt-get install --yes --no-install-recommends nginx-light redis-server curl \
 && rm /etc/nginx/sites-enabled/default && ln -sf /dev/stderr /var/log/nginx/error.log && ln -sf /dev/stdout /var/log/nginx/access.log
"""
# What the entry point of the official image does with an empty volume.
ENTRY = """set -e
bin=$(echo /usr/lib/postgresql/*/bin)
as() { runuser -u postgres -- "$@"; }
install --directory --owner=postgres --mode=700 /data
printf %s "$POSTGRES_PASSWORD" >/tmp/password && chmod 644 /tmp/password
as "$bin/initdb" -D /data --auth-host=scram-sha-256 --pwfile=/tmp/password
echo 'host all all all scram-sha-256' >>/data/pg_hba.conf
as "$bin/pg_ctl" -D /data -w -o "-c listen_addresses=''" start
as createdb "$POSTGRES_DB"
for file in /docker-entrypoint-initdb.d/*; do as psql --no-psqlrc --set=ON_ERROR_STOP=1 --dbname="$POSTGRES_DB" --file="$file"; done
as "$bin/pg_ctl" -D /data -w stop
exec runuser -u postgres -- "$bin/postgres" -D /data -c listen_addresses='*'
"""


@pytest.fixture(scope="module")
def compose():
    """As docker-compose understands the file, and each image that it builds."""
    import yaml  # which only check-long installs

    packages("bookworm")
    command = ["docker-compose", "-f", COMPOSE, "config"]
    compose = yaml.safe_load(subprocess.run(command, check=True, stdout=subprocess.PIPE, env={**os.environ, **SECRETS}).stdout)
    make_base(TOP / "build/systems/bookworm")
    (BUILD / "Containerfile").write_text(OTHERS)
    build("localhost/others", BUILD / "Containerfile", BUILD)
    for image, place in {service["image"]: service["build"] for service in compose["services"].values() if "build" in service}.items():
        build(f"localhost/{image}", os.path.join(place["context"], place["dockerfile"]), place["context"])
    yield compose
    shutil.rmtree(BUILD)


def files(service):
    """Those that are mounted from the project: a named volume is not."""
    volumes = [volume if isinstance(volume, str) else f"{volume['source']}:{volume['target']}:ro" for volume in service.get("volumes", [])]
    return [volume for volume in volumes if volume.startswith("/")]


@pytest.fixture(scope="module")
def containers(compose, tmp_path_factory):
    """All of them, started in the order of their dependencies, each when these are healthy."""
    services, folder = compose["services"], tmp_path_factory.mktemp("containers")
    [name] = services["frontend1"]["networks"]
    network = Network(services, name, compose["networks"][name]["ipam"]["config"][0]["subnet"], folder)
    containers = {}

    def start(name):
        service = services[name]
        for other, needed in service.get("depends_on", {}).items():
            assert needed == {"condition": "service_healthy"}
            if other not in containers:
                start(other)
        image = f"localhost/{service['image'] if 'build' in service else 'others'}"
        containers[name] = Container(network, name, service, image, files(service))
        containers[name].start(["sh", "-c", ENTRY] if name == "postgresql" else None)
        wait_until(containers[name].is_healthy)

    try:
        for name in services:
            if name not in containers:
                start(name)
        yield containers
    finally:
        network.close()
        for log in sorted(folder.glob("*.log")):
            print(f"--- {log.name}\n{log.read_text(errors='replace')[-2000:]}")


def get(containers, url):
    return containers["nginx"].network.output("curl", "--silent", "--show-error", "--max-time", "5", url)


def site(containers):
    """Where nginx listens for what docker passes on from the published port."""
    nginx = containers["nginx"]
    [port] = nginx.service["ports"]  # some versions of docker-compose take it apart
    published = f"{port.get('host_ip')}:{port['published']}:{port['target']}" if isinstance(port, dict) else port.removesuffix("/tcp")
    address, _, inner = published.rpartition(":")
    assert address == "127.0.0.1:8080"
    return f"http://{nginx.network.addresses['nginx']}:{inner}/api/tailors"


def load(containers):
    """As docs/install.md has it."""
    generated = subprocess.run([TOP / "data/generate.py", "20000"], check=True, stdout=subprocess.PIPE, text=True).stdout
    psql = containers["postgresql"].command("runuser", "-u", "postgres", "--", "psql", "--quiet", "--set=ON_ERROR_STOP=1", "app")
    subprocess.run(psql, input=generated, check=True, text=True)


def test_a_search_through_all_of_them(containers):
    search = f"{site(containers)}?location=MG_ROAD"
    assert f"    {get(containers, search)}\n" in (TOP / "docs/install.md").read_text()
    load(containers)
    wait_until(lambda: json.loads(get(containers, search))["data"])  # the front ends are notified


def test_instances_share_answers(containers):
    assert int(containers["redis"].output("redis-cli", "dbsize")) > 0


def test_an_instance_that_is_replaced(containers):
    """Requests do not fail meanwhile, nor afterwards, when the other one is away."""
    first, second = containers["frontend1"], containers["frontend2"]
    search = f"{site(containers)}?location=MG_ROAD"

    def stop(container):
        container.network.output("bash", "-c", "kill $(ip netns pids $0)", container.name)
        container.process.wait()

    stop(first)
    assert json.loads(get(containers, search))["success"]
    replaced = containers["frontend1"] = Container(first.network, first.name, first.service, first.image, []).start()
    wait_until(replaced.is_healthy)
    stop(second)
    assert json.loads(get(containers, search))["success"]
    second.start()
    wait_until(second.is_healthy)


PROGRAMS = {"redis": "redis-server", "frontend1": "tailor-frontend", "frontend2": "tailor-frontend", "nginx": "nginx"}
STATUS = """for pid in $(ip netns pids "$0"); do
  [[ $(cat /proc/$pid/comm) != "$1" ]] || grep -E '^(Uid|CapPrm|CapEff|NoNewPrivs):' /proc/$pid/status | cut -f2 | paste -sd' '
done"""


@pytest.mark.parametrize("name", PROGRAMS)
def test_privileges(containers, name):
    """Neither Redis nor a front end has any; nginx's workers have no more than these."""
    container = containers[name]
    processes = [line.split() for line in container.network.output("bash", "-c", STATUS, name, PROGRAMS[name]).splitlines()]
    assert processes and {no_new for *_, no_new in processes} == {"1"}
    users = {int(user) for user, *_ in processes}
    masks = {int(mask, 16) for _, *masks, _ in processes for mask in masks}
    if name == "nginx":
        assert len(users) == 2 and max(mask.bit_count() for mask in masks) == len(container.service["cap_add"])
    else:
        assert 0 not in users and masks == {0}


def test_nothing_is_written_where_nothing_can_be(containers):
    """In the root of a container that is read-only, which buildah's is not."""
    for name in ("redis", "frontend1", "frontend2"):
        container = containers[name]
        assert container.service["read_only"]
        script = "find / -xdev -newer /proc/1 -type f ! -path /etc/resolv.conf ! -path /etc/hostname ! -path /run/.containerenv 2>/dev/null || true"
        assert container.output("sh", "-c", script) == ""


def test_no_secret_is_in_an_image(compose):
    for folder in (BUILD / "root/overlay-images", BUILD / "root/vfs-images"):
        for file in folder.rglob("*") if folder.exists() else ():
            assert not file.is_file() or not any(secret.encode() in file.read_bytes() for secret in SECRETS.values())
