"""Threads of a running program, stopped one at a time as a debugger does it. From one thread alone: the kernel wants that."""

import contextlib
import ctypes
import os
import pathlib

ATTACH, INTERRUPT, DETACH = 0x4206, 0x4207, 17  # PTRACE_SEIZE, PTRACE_INTERRUPT, PTRACE_DETACH
ANY_THREAD = 0x40000000  # __WALL
libc = ctypes.CDLL(None, use_errno=True)
libc.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]


def named(process, name):
    """The ids of the threads of that name."""
    tasks = pathlib.Path(f"/proc/{process.pid}/task")
    return sorted(int(task.name) for task in tasks.iterdir() if (task / "comm").read_text() == name + "\n")


def trace(request, thread):
    if libc.ptrace(request, thread, None, None) != 0:
        raise OSError(ctypes.get_errno(), "ptrace")


@contextlib.contextmanager
def stopped(thread):
    """This one does nothing meanwhile, and all others go on."""
    trace(ATTACH, thread)
    trace(INTERRUPT, thread)
    os.waitpid(thread, ANY_THREAD)
    try:
        yield
    finally:
        trace(DETACH, thread)
