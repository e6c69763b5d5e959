"""Evidently's service: where drift runs put their snapshots."""

from __future__ import annotations

import sys
from pathlib import Path

import httpx

from lab.place import HOST, Place
from lab.servers.server import Server


def _command(place: Place) -> list[str]:
    # Its own option for the secret would show it in the list of processes.
    return [str(Path(sys.executable).parent / "evidently"), "ui", "--workspace", str(place.of("evidently")), "--host",
            HOST, "--port", str(place.ports["evidently"])]  # fmt: skip


def _environment(place: Place) -> dict[str, str]:
    return {"EVIDENTLY_SECRET": place.secrets["evidently"]}


def _is_ready(place: Place) -> bool:
    return httpx.get(place.url("evidently"), timeout=2).is_success


SERVER = Server("evidently", _command, _is_ready, environment=_environment)
