"""Processes of the lab, by name and pid: started, found again after the lab was killed, and ended."""

from __future__ import annotations

import json
import os
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import psutil

from lab.place import Place

STOP_SECONDS = 20.0
_recording = threading.Lock()


@dataclass(frozen=True)
class Daemon:
    """A process that leads a session of its own.

    Attributes:
        name: Of the server.
        pid: Of the process, and so of its session.
        started: When the machine says that it was created, seconds; a later process with this pid is another one.
    """

    name: str
    pid: int
    started: float

    def processes(self) -> list[psutil.Process]:
        """Return those of its session that live, itself first; its children are found where it has died."""
        found = []
        for process in psutil.process_iter():
            try:
                ours = os.getsid(process.pid) == self.pid and process.create_time() >= self.started - 1
                if ours and process.status() != psutil.STATUS_ZOMBIE:
                    found.append(process)
            except (OSError, psutil.Error):
                continue
        return sorted(found, key=lambda process: process.pid != self.pid)

    def is_alive(self) -> bool:
        """Say whether it runs itself."""
        return any(process.pid == self.pid for process in self.processes())


def start(
    place: Place,
    name: str,
    command: Sequence[str],
    *,
    environment: Mapping[str, str],
    folder: Path,
    user: str | None = None,
) -> Daemon:
    """Start a daemon and write down who it is; its output goes to the log of its name."""
    with place.log(name).open("ab") as log:
        process = subprocess.Popen(
            command, env=dict(environment), cwd=folder, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            start_new_session=True, user=user, group="nogroup" if user else None, extra_groups=[] if user else None,
        )  # fmt: skip
    daemon = Daemon(name, process.pid, psutil.Process(process.pid).create_time())
    _record(place, name, daemon)
    return daemon


def stop(place: Place, daemon: Daemon, *, seconds: float = STOP_SECONDS) -> int:
    """End a daemon and what it started: asked first, then forced. Return how many processes were ended."""
    lead = daemon.processes()
    for process in lead[:1] or []:
        process.terminate()
    end = time.monotonic() + seconds
    while daemon.processes() and time.monotonic() < end:
        _reap(daemon.pid)
        time.sleep(0.1)
    for process in daemon.processes():
        process.kill()
    psutil.wait_procs(lead, timeout=1)
    _record(place, daemon.name, None)
    return len(lead)


def kill(daemon: Daemon) -> None:
    """End a daemon and what it started at once, as a machine that fails does; it stays written down."""
    for process in daemon.processes():
        process.kill()
    _reap(daemon.pid)


def recorded(place: Place) -> list[Daemon]:
    """Return all daemons that were started and not ended, alive or not."""
    file = _file(place)
    return [Daemon(**known) for known in json.loads(file.read_text())] if file.exists() else []


def end_runs(place: Place) -> int:
    """End the runs and services that clients of this lab have started and that outlived them; return how many.

    They are told by what is the lab's alone: they work in its copy of the code, or log into its folder.
    """
    ours = [process for process in psutil.process_iter() if process.pid != os.getpid() and _is_client(place, process)]
    for process in ours:
        process.terminate()
    _gone, alive = psutil.wait_procs(ours, timeout=STOP_SECONDS)
    for process in alive:
        process.kill()
    return len(ours)


def _is_client(place: Place, process: psutil.Process) -> bool:
    try:
        if Path(process.cwd()) == place.folder / "code":
            return True
        command = process.cmdline()
    except (psutil.Error, OSError):
        return False
    logs = any(part.startswith(f"{place.folder / 'clients'}/") for part in command)
    return logs and "zenml.deployers.server.app" in command


def _record(place: Place, name: str, daemon: Daemon | None) -> None:
    """Write down who has a name now, or that nobody has it."""
    with _recording:
        others = [known for known in recorded(place) if known.name != name]
        part = _file(place).with_suffix(".part")
        part.write_text(json.dumps([asdict(one) for one in [*others, *([daemon] if daemon else [])]], indent=1))
        part.replace(_file(place))


def _file(place: Place) -> Path:
    return place.folder / "daemons.json"


def _reap(pid: int) -> None:
    """Let a child of this very process go; those of an earlier lab are not ours to wait for."""
    try:
        os.waitpid(pid, os.WNOHANG)
    except ChildProcessError:
        return
