"""Servers and helpers as processes of their own: started, awaited, measured, and stopped whatever happens."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

BENCHMARKS = Path(__file__).resolve().parent
PROJECT = BENCHMARKS.parent
START_SECONDS, STOP_SECONDS = 180, 20
CALM_PERCENT = 10


@dataclass(frozen=True)
class Server:
    """A server that has answered.

    Attributes:
        name: What the results call it.
        port: Where it listens on 127.0.0.1.
        shape: Which requests it reads.
        process: Its first process.
        cold_seconds: From the start of the process to the first good answer.
    """

    name: str
    port: int
    shape: str
    process: subprocess.Popen[bytes]
    cold_seconds: float

    def memory(self) -> dict[str, float]:
        """Return MiB of all its processes: resident, and the proportional share of what is shared (PSS)."""
        found = [one.memory_full_info() for one in tree(self.process.pid)]
        return {"rss": sum(one.rss for one in found) / 2**20, "pss": sum(one.pss for one in found) / 2**20}

    def cpu_seconds(self) -> float:
        """Return the processor time of all its processes."""
        times = [one.cpu_times() for one in tree(self.process.pid)]
        return sum(one.user + one.system for one in times)


def tree(pid: int) -> list[psutil.Process]:
    """Return a process and those below it."""
    first = psutil.Process(pid)
    return [first, *first.children(recursive=True)]


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


@contextlib.contextmanager
def serving(
    name: str,
    command: Sequence[str],
    *,
    port: int,
    shape: str,
    message: bytes,
    folder: Path,
    environment: dict[str, str],
) -> Iterator[Server]:
    """Start a server, wait for its first good answer to `message`, and stop it in the end."""
    start = time.perf_counter()
    with started(command, folder / f"{shape}-{port}.log", environment) as process:
        while not _answers(port, message):
            if process.poll() is not None or time.perf_counter() - start > START_SECONDS:
                sys.exit(
                    f"{name} did not start; see what it said:\n{(folder / f'{shape}-{port}.log').read_text()[-2000:]}"
                )
            time.sleep(0.02)
        yield Server(name, port, shape, process, time.perf_counter() - start)


@contextlib.contextmanager
def started(command: Sequence[str], log: Path, environment: dict[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    """Run a process and all that it starts; end them in the end."""
    with log.open("wb") as said:
        process = subprocess.Popen(
            command, cwd=PROJECT, env=environment, stdout=said, stderr=subprocess.STDOUT, start_new_session=True
        )
    try:
        yield process
    finally:
        end(process)


def end(process: subprocess.Popen[bytes]) -> None:
    """Ask a process and all that it started to end, and kill what does not."""
    for sign in (signal.SIGTERM, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, sign)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(STOP_SECONDS)
    process.wait()


def _answers(port: int, message: bytes) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=60) as connection:
        connection.sendall(message)
        answer = http.client.HTTPResponse(connection)
        with contextlib.suppress(http.client.HTTPException):
            answer.begin()
            return answer.status == 200
    return False


class Helper:
    """A script beside this one that does jobs: a line of JSON in, a line of JSON out."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        self.hello = self._read()

    def __call__(self, **job: Any) -> dict[str, Any]:
        """Do a job."""
        assert self._process.stdin
        self._process.stdin.write(json.dumps(job) + "\n")
        self._process.stdin.flush()
        return self._read()

    def _read(self) -> dict[str, Any]:
        assert self._process.stdout
        line = self._process.stdout.readline()
        if not line:
            sys.exit("A helper of the benchmark ended early; its error is above.")
        return dict(json.loads(line))


@contextlib.contextmanager
def helper(script: str, *arguments: str, environment: dict[str, str]) -> Iterator[Helper]:
    """Start a helper and end it in the end."""
    process = subprocess.Popen(
        [sys.executable, str(BENCHMARKS / script), *arguments],
        cwd=PROJECT,
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        yield Helper(process)
    finally:
        process.kill()
        process.wait()


def wait_for_calm(seconds: float) -> None:
    """Wait until other work leaves the machine to us, or so long."""
    end = time.perf_counter() + seconds
    while time.perf_counter() < end and psutil.cpu_percent(2) > CALM_PERCENT:
        pass


@contextlib.contextmanager
def watched(mine: Callable[[], float]) -> Iterator[dict[str, float]]:
    """Measure what share of the machine's processors others took meanwhile, and what the hypervisor withheld.

    Args:
        mine: Returns the processor seconds of what is measured, so far.
    """
    found: dict[str, float] = {}
    before, own, start = psutil.cpu_times(), mine(), time.perf_counter()
    yield found
    after, seconds = psutil.cpu_times(), (time.perf_counter() - start) * (psutil.cpu_count() or 1)
    busy = sum(getattr(after, name) - getattr(before, name) for name in ("user", "nice", "system", "irq", "softirq"))
    found["own_seconds"] = mine() - own
    found["own"] = found["own_seconds"] / seconds
    found["others"] = max(0.0, busy / seconds - found["own"])
    found["stolen"] = (after.steal - before.steal) / seconds
