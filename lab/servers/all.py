"""Starting and ending the servers."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

from lab import daemons
from lab.place import Place, open_place
from lab.servers import (
    airflow,
    docker_api,
    engine,
    evidently,
    kubernetes,
    mail,
    mariadb,
    mlflow,
    postgresql,
    registry,
    s3,
    sagemaker,
    sshd,
    zenml,
)
from lab.servers.server import Server, inherited

SERVERS: tuple[Server, ...] = (
    postgresql.SERVER, s3.SERVER, mlflow.SERVER, mariadb.SERVER, zenml.SERVER, evidently.SERVER, mail.SERVER,
    engine.SERVER, docker_api.SERVER, registry.SERVER, kubernetes.SERVER, sagemaker.SERVER, sshd.SERVER, airflow.SERVER,
)  # fmt: skip
PATIENCE_SECONDS = 180.0


class LabError(Exception):
    """Something of the lab itself does not work; one line that says what to do."""


def find(name: str) -> Server:
    """Return the server of a name."""
    return next(server for server in SERVERS if server.name == name)


def chosen(names: Iterable[str]) -> list[Server]:
    """Return the named servers and those that they need, in the order in which they start; all where none is named."""
    wanted = set(names) or {server.name for server in SERVERS}
    for server in reversed(SERVERS):
        if server.name in wanted:
            wanted |= set(server.after)
    return [server for server in SERVERS if server.name in wanted]


def missing_packages(servers: Iterable[Server]) -> list[str]:
    """Return the Debian packages that some of the servers need and that are not installed."""
    return [package for server in servers if server.program and not shutil.which(server.program)
            for package in server.package.split()]  # fmt: skip


def start(place: Place, server: Server) -> Place:
    """Start a server unless it runs, wait until it answers, and bring its accounts in order.

    Returns:
        The place with the secrets that servers have made.

    Raises:
        LabError: A package is missing, or the server does not come up.
    """
    if missing := missing_packages([server]):
        raise LabError(f"{server.name} needs {' '.join(missing)}; `make lab-packages` installs it.")
    if not is_up(place, server):
        leave(place, server.name)
        server.prepare(place)
        variables = {**inherited(), **server.environment(place)}
        command = server.command(place)
        daemons.start(place, server.name, command, environment=variables, folder=_project(), user=server.user)
        wait(place, server)
    server.finish(place)
    return open_place(place.folder)


def start_all(place: Place, servers: Sequence[Server], told: Callable[[Server, float], None]) -> Place:
    """Start servers at once, each when those that it needs are up, and tell of each how many seconds it took.

    Args:
        place: Where.
        servers: In the order of `chosen`.
        told: Called with a server and its seconds, from a thread of its own.

    Returns:
        The place with the secrets that servers have made.

    Raises:
        LabError: A package is missing, or a server does not come up.
    """
    begun: dict[str, Future[None]] = {}

    def bring_up(server: Server) -> None:
        for name in server.after:
            begun[name].result()
        began = time.monotonic()
        start(open_place(place.folder), server)
        told(server, time.monotonic() - began)

    with ThreadPoolExecutor(len(servers)) as pool:
        for server in servers:
            begun[server.name] = pool.submit(bring_up, server)
    for one in begun.values():
        one.result()
    return open_place(place.folder)


def wait(place: Place, server: Server) -> None:
    """Wait until a server answers; raises LabError where it dies or stays silent."""
    end = time.monotonic() + PATIENCE_SECONDS
    while not answers(place, server):
        daemon = _daemon(place, server.name)
        if daemon is None or not daemon.is_alive() or time.monotonic() > end:
            raise LabError(f"{server.name} does not come up; see {place.log(server.name)}.")
        time.sleep(0.2)


def answers(place: Place, server: Server) -> bool:
    """Say whether a server answers now."""
    try:
        return server.is_ready(place)
    except Exception:  # noqa: BLE001 - each client library has errors of its own for a server that is not there yet
        return False


def is_up(place: Place, server: Server) -> bool:
    """Say whether our own server runs and answers."""
    daemon = _daemon(place, server.name)
    return daemon is not None and daemon.is_alive() and answers(place, server)


def leave(place: Place, name: str) -> int:
    """End a server of this lab or of one that was killed before; return how many processes were ended."""
    daemon = _daemon(place, name)
    return daemons.stop(place, daemon) if daemon else 0


def down(place: Place) -> dict[str, int]:
    """End everything, newest first: what clients have started, containers, then their engine and the servers."""
    daemons.end_runs(place)
    if place.own_faults.is_dir():
        down(open_place(place.own_faults))
    if _daemon(place, "engine") is not None and shutil.which("podman"):
        engine.podman(place, "rm", "--all", "--force", "--depend", "--time=1", check=False)
    return {daemon.name: daemons.stop(place, daemon) for daemon in reversed(daemons.recorded(place))}


def _daemon(place: Place, name: str) -> daemons.Daemon | None:
    return next((known for known in daemons.recorded(place) if known.name == name), None)


def _project() -> Path:
    from tagstack.paths import PROJECT  # noqa: PLC0415 - the project as it is installed here

    return PROJECT
