"""A system of another release without a compiler, and the packages installed into it."""

import fcntl
import os
import pathlib
import shutil
import subprocess
import time

TOP = pathlib.Path(__file__).resolve().parents[2]
ENVIRONMENT = {"HOME": "/root", "PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C.UTF-8", "DEBIAN_FRONTEND": "noninteractive"}


# What would act on the machine, or needs devices that a container does not have.
MASKED = """systemd-sysctl.service systemd-modules-load.service systemd-remount-fs.service systemd-tmpfiles-setup-dev.service
systemd-pstore.service systemd-random-seed.service systemd-update-utmp.service console-getty.service getty-static.service getty@.service
dev-hugepages.mount sys-fs-fuse-connections.mount sys-kernel-debug.mount sys-kernel-tracing.mount proc-sys-fs-binfmt_misc.automount""".split()

# Mounts are of these namespaces alone, and what is of the machine cannot be written. The folder becomes their root: in a chroot
# the kernel allows no user namespace, which the front end's unit asks for.
ENTER = """set -e
mount --make-rprivate / && mount --bind "$0" "$0"
mount -t proc proc "$0/proc" && mount --bind "$0/proc/sys" "$0/proc/sys" && mount -o remount,ro,bind "$0/proc/sys"
mount -t sysfs -o ro sysfs "$0/sys"
mount --rbind /dev "$0/dev"
mount -t tmpfs tmpfs "$0/run"
become_root() {
  cd "$0" && pivot_root . . && umount --lazy . && cd /
}
"""
COMMANDS = ENTER + "become_root && echo ready && exec cat"
BOOT = ENTER + """mount -t cgroup2 cgroup2 "$0/sys/fs/cgroup"
ip link set lo up
become_root && exec env --ignore-environment container=test PATH=/usr/sbin:/usr/bin:/sbin:/bin /lib/systemd/systemd
"""


class System:
    """A folder that is a system, in namespaces of its own: commands run in it, or, where it is booted, systemd. Then it has a
    network of its own, so that all ports are free, and nothing can be fetched."""

    def __init__(self, root, booted):
        self.root = root
        for unit in MASKED if booted else ():
            (root / "etc/systemd/system" / unit).symlink_to("/dev/null")
        namespaces = ["--mount", "--pid", *(["--net", "--uts", "--ipc", "--cgroup"] if booted else [])]
        self.enter = ["nsenter", *namespaces]
        self.process = subprocess.Popen(
            ["unshare", *namespaces, "--fork", "--kill-child", "bash", "-c", BOOT if booted else COMMANDS, root],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        )  # fmt: skip
        if not booted:
            assert self.process.stdout.readline() == "ready\n"
        wait_until(lambda: self.children() or self.process.poll() is not None)
        [self.pid] = self.children()
        if booted:
            wait_until(lambda: self.is_running() or self.process.poll() is not None)

    def children(self):
        """As the machine numbers them."""
        return (pathlib.Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")).read_text().split()

    def is_running(self):
        state = subprocess.run(self.command("systemctl", "is-system-running"), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        return state.stdout.strip() in ("running", "degraded")

    def close(self):
        self.process.kill()
        self.process.wait()

    def command(self, *words):
        return [*self.enter, f"--target={self.pid}", *words]

    def run(self, *words, **options):
        """What it prints; an error where it fails."""
        result = subprocess.run(
            self.command(*words), env=ENVIRONMENT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace",
            timeout=1800, **options
        )  # fmt: skip
        assert result.returncode == 0, f"{words}\n{result.stdout}"
        return result.stdout

    def sql(self, database, *statements, file=None):
        words = [word for statement in statements for word in ("-c", statement)] + (["-f", file] if file else [])
        return self.run("runuser", "-u", "postgres", "--", "psql", "-XqAt", "--set=ON_ERROR_STOP=1", "-d", database, *words)

    def get(self, url):
        """As a client on this system would."""
        command = ["nsenter", "--net", f"--target={self.pid}", "curl", "--silent", "--max-time", "5", "--write-out", "\n%{http_code}", url]
        result = subprocess.run(command, stdout=subprocess.PIPE, text=True)
        body, _, status = result.stdout.rpartition("\n")
        return int(status or 0), body


def packages(release):
    """A release's packages, built once in a run of the tests, by the process that comes first."""
    folder = TOP / "build/packages"
    folder.mkdir(parents=True, exist_ok=True)
    run, stamp = os.environ.get("PYTEST_XDIST_TESTRUNUID", str(os.getpid())), folder / f"{release}.run"
    with open(folder / "lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not stamp.exists() or stamp.read_text() != run:
            subprocess.run([TOP / "scripts/packages", release], check=True)
            stamp.write_text(run)
    return sorted((folder / release).glob("*.deb"))


def fresh(base, root):
    """A copy of a system."""
    shutil.rmtree(root, ignore_errors=True)
    subprocess.run(["cp", "--archive", base, root], check=True)
    return root


def wait_until(condition, seconds=120):
    """A bound on a hang: it decides nothing else."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it does not happen"
        time.sleep(0.1)
