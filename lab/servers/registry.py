"""An image registry."""

from __future__ import annotations

import httpx
import yaml

from lab.place import HOST, Place
from lab.servers.server import Server


def _prepare(place: Place) -> None:
    folder = place.of("registry")
    settings = {
        "version": 0.1,
        "storage": {"filesystem": {"rootdirectory": str(folder / "data")}, "delete": {"enabled": True}},
        "http": {"addr": f"{HOST}:{place.ports['registry']}"},
        "log": {"level": "warn"},
    }
    (folder / "config.yml").write_text(yaml.safe_dump(settings))


def _command(place: Place) -> list[str]:
    return ["docker-registry", "serve", str(place.of("registry") / "config.yml")]


def _is_ready(place: Place) -> bool:
    return httpx.get(f"{place.url('registry')}/v2/", timeout=2).is_success


SERVER = Server("registry", _command, _is_ready, program="docker-registry", package="docker-registry", prepare=_prepare)
