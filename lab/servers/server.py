"""What the lab knows of a server: what it needs, how it is started, and when it is there."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from lab.place import HOST, Place

QUIET = {
    "ZENML_ANALYTICS_OPT_IN": "false",
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "DO_NOT_TRACK": "true",
    "PYTHONWARNINGS": "ignore",
}


def inherited() -> dict[str, str]:
    """Return the environment of servers: that of this process without anything that speaks of stacks or secrets."""
    ours = ("ZENML_", "MLFLOW_", "TAGSTACK_", "AWS_", "DOCKER_", "CONTAINERS_", "AIRFLOW_")
    return {name: value for name, value in os.environ.items() if not name.startswith(ours)} | QUIET


def nothing(place: Place) -> None:
    """Do nothing."""


@dataclass(frozen=True)
class Server:
    """One server.

    Attributes:
        name: As `status` shows it.
        command: What is executed.
        is_ready: Whether it answers; errors mean that it does not yet.
        program: The program that must be there, and the Debian package that brings it; empty where a wheel does.
        prepare: What is done before it starts: files of configuration, a new data folder.
        finish: What is done once it answers: databases, buckets, accounts. Both may be repeated.
        environment: Added to the environment that all servers get.
        user: Who runs it where the lab is root; None is root.
        after: Servers that must be up before.
    """

    name: str
    command: Callable[[Place], list[str]]
    is_ready: Callable[[Place], bool]
    program: str = ""
    package: str = ""
    prepare: Callable[[Place], None] = nothing
    finish: Callable[[Place], None] = nothing
    environment: Callable[[Place], Mapping[str, str]] = field(default=lambda _place: {})
    user: str | None = None
    after: tuple[str, ...] = ()


def listens(port: str) -> Callable[[Place], bool]:
    """Return a test of whether someone accepts connections at a port of the lab."""

    def check(place: Place) -> bool:
        with socket.create_connection((HOST, place.ports[port]), timeout=1):
            return True

    return check


def write_private(file: Path, text: str) -> Path:
    """Write a file that only its owner reads."""
    file.unlink(missing_ok=True)
    file.touch(mode=0o600)
    file.write_text(text)
    return file
