"""Containers without a container engine: buildah builds and runs them, and each has an address of a network that they share."""

import ipaddress
import json
import pathlib
import shutil
import subprocess

from system import TOP

BUILD = TOP / "build/containers"
BASE = "localhost/base"
BUILDAH = ["buildah", f"--root={BUILD}/root", f"--runroot={BUILD}/run"]
# Which a container has that asks for nothing.
CAPABILITIES = "AUDIT_WRITE CHOWN DAC_OVERRIDE FOWNER FSETID KILL MKNOD NET_BIND_SERVICE NET_RAW SETFCAP SETGID SETPCAP SETUID SYS_CHROOT".split()
# A bridge without a way out, which the machine's own network does not see. What is mounted and started here ends with its process 1.
NETWORK = """set -e
mkdir -p /run/netns && mount -t tmpfs tmpfs /run/netns
ip link set lo up && ip link add inside type bridge && ip link set inside up && ip address add "$0" dev inside
echo up && exec cat
"""
HOST = """set -e
name=$1 address=$2
ip netns add "$name" && ip -n "$name" link set lo up
ip link add "to$3" type veth peer name eth0 netns "$name" && ip link set "to$3" master inside up
ip -n "$name" address add "$address" dev eth0 && ip -n "$name" link set eth0 up
"""


def output(command, **options):
    result = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace", **options)
    assert result.returncode == 0, f"{command}\n{result.stdout}"
    return result.stdout.strip()


def buildah(*words):
    """What it mounts is gone when it ends."""
    return output(["unshare", "--mount", *BUILDAH, *words], timeout=1800)


def make_base(system):
    """An image of a system, which starts no service when a package is installed, as Debian's own images do not."""
    shutil.rmtree(BUILD, ignore_errors=True)
    BUILD.mkdir(parents=True)
    policy = BUILD / "policy-rc.d"
    policy.write_text("#!/bin/sh\nexit 101\n")
    policy.chmod(0o755)
    container = buildah("from", "scratch")
    buildah("copy", "--quiet", container, system, "/")
    buildah("copy", "--quiet", container, policy, "/usr/sbin/policy-rc.d")
    buildah("commit", "--quiet", container, BASE)
    buildah("rm", container)


def build(tag, file, context):
    buildah("bud", "--isolation=chroot", f"--build-arg=BASE={BASE}", f"--tag={tag}", f"--file={file}", str(context))


class Container:
    """One service of a compose file, as docker-compose writes it, with an image in place of its own."""

    def __init__(self, network, name, service, image, volumes):
        self.network, self.name, self.service, self.image = network, name, service, image
        self.id = buildah("from", image)
        self.options = [f"--env={key}={value}" for key, value in service.get("environment", {}).items()]
        if service.get("cap_drop") == ["ALL"]:  # buildah would drop what is added, too
            self.options += [f"--cap-drop=CAP_{name}" for name in CAPABILITIES if name not in service.get("cap_add", [])]
        self.options += [f"--user={service['user']}"] if "user" in service else []
        self.options += ["--no-hosts", *(f"--volume={volume}" for volume in [f"{network.hosts}:/etc/hosts:ro", *volumes])]
        self.log = network.folder / f"{name}.log"

    def command(self, *words):
        privileges = ["setpriv", "--no-new-privs"] if "no-new-privileges:true" in self.service.get("security_opt", []) else []
        run = [*BUILDAH, "run", "--isolation=chroot", *self.options, self.id, "--", *map(unescaped, words)]
        return self.network.on(self.name, *privileges, *run)

    def output(self, *words):
        """Of another command in it."""
        return output(self.command(*words), stdin=subprocess.DEVNULL, timeout=60)

    def start(self, command=None):
        """Runs the service's command, or the image's entry point."""
        entry = json.loads(buildah("inspect", "--type=image", self.image))["OCIv1"]["config"].get("Entrypoint")
        self.process = subprocess.Popen(
            self.command(*(command or self.service.get("command") or entry)),
            stdin=subprocess.DEVNULL, stdout=open(self.log, "ab"), stderr=subprocess.STDOUT,
        )  # fmt: skip
        return self

    def is_healthy(self):
        """By its health check; an error once it has ended."""
        assert self.process.poll() is None, f"{self.name} ended\n{self.log.read_text(errors='replace')}"
        [kind, *words] = self.service["healthcheck"]["test"]
        assert kind == "CMD"
        return subprocess.run(self.command(*words), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode == 0


def unescaped(word):
    """A dollar that is no variable is doubled in a compose file."""
    return word.replace("$$", "$")


class Network:
    """One for all containers, which know each other by the services' names. Its end is the end of its processes."""

    def __init__(self, services, name, subnet, folder):
        subnet, self.folder = ipaddress.ip_network(subnet), pathlib.Path(folder)
        [gateway, *free] = map(str, subnet.hosts())
        wanted = {key: ((service["networks"] or {}).get(name) or {}).get("ipv4_address") for key, service in services.items()}
        free = (address for address in reversed(free) if address not in wanted.values())
        self.addresses = {key: address or next(free) for key, address in wanted.items()}
        self.hosts = self.folder / "hosts"
        self.hosts.write_text("127.0.0.1 localhost\n" + "".join(f"{address} {key}\n" for key, address in self.addresses.items()))
        self.process = subprocess.Popen(
            ["unshare", "--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc", "bash", "-c", NETWORK, f"{gateway}/{subnet.prefixlen}"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        assert self.process.stdout.readline() == "up\n"
        [self.pid] = pathlib.Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        for number, (key, address) in enumerate(self.addresses.items()):
            self.output("bash", "-c", HOST, "host", key, f"{address}/{subnet.prefixlen}", str(number))

    def close(self):
        self.process.kill()
        self.process.wait()

    def enter(self, *words):
        return ["nsenter", "--net", "--mount", "--pid", f"--target={self.pid}", *words]

    def on(self, name, *words):
        """Where a service is: it has a network of its own, which is nothing but its address on this one. What is mounted is all
        containers' own: buildah counts who uses a container's root, and unmounts it after the last."""
        return self.enter("nsenter", f"--net=/run/netns/{name}", *words)

    def output(self, *words, **options):
        """Of a command beside the containers, at the network's first address."""
        return output(self.enter(*words), timeout=60, **options)
