"""This process, as the ledger names it, and whether one that it names still lives."""

from __future__ import annotations

import hashlib
import os
import socket
from pathlib import Path

import psutil

_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
_PROCESSES = Path("/proc/self/ns/pid")
_CLOCK_SECONDS = 2.0
"""How far two readings of one process's start may differ."""


def this_process() -> dict[str, object]:
    """Return the columns of the ledger that name this process."""
    pid = os.getpid()
    return {"host": place(), "pid": pid, "process_started": psutil.Process(pid).create_time()}


def place() -> str:
    """Return the name of this machine and, on Linux, a mark of its present run and of the container.

    Two containers may have one name and give their processes the same numbers. Only processes of one place can see
    whether another lives.
    """
    name = socket.gethostname()
    try:
        mark = _BOOT_ID.read_text(encoding="ascii").strip() + str(_PROCESSES.readlink())
    except OSError:
        return name
    return f"{name}/{hashlib.sha256(mark.encode()).hexdigest()[:12]}"


def lives(pid: int, *, started: float) -> bool:
    """Say whether a process of this place still lives.

    Args:
        pid: Its number, which another process may have got since.
        started: When it started, seconds since 1970.
    """
    try:
        process = psutil.Process(pid)
        same = abs(process.create_time() - started) <= _CLOCK_SECONDS
        return bool(same and process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False
    except psutil.AccessDenied:
        return True
