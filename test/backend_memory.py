"""How much address space a backend has, and may have."""

import os
import pathlib
import re
import subprocess


def address_space(pid, most=False):
    """Bytes: now, or the most that it ever had."""
    field = "VmPeak" if most else "VmSize"
    status = pathlib.Path(f"/proc/{pid}/status").read_text()
    return int(re.search(rf"{field}:\s+(\d+) kB", status).group(1)) * 1024


def limit_address_space(pid, size):
    """In bytes, or "unlimited"; what it has, it keeps. Its user may say so, root not everywhere."""
    owner = pathlib.Path(f"/proc/{pid}").stat()
    command = ["prlimit", f"--pid={pid}", f"--as={size}:unlimited"]
    if os.geteuid() == 0:
        command = ["setpriv", f"--reuid={owner.st_uid}", f"--regid={owner.st_gid}", "--clear-groups", *command]
    subprocess.run(command, check=True, timeout=10)
