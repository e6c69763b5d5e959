"""What the container engine itself says of the containers that ran: which step, as whom, from which image."""

from __future__ import annotations

import itertools
import json
from dataclasses import dataclass
from typing import Any

from lab.place import Place
from lab.servers.engine import podman

STEP_OPTIONS = ("--step_name", "--step-name")


@dataclass(frozen=True)
class Container:
    """A container that runs or has run.

    Attributes:
        id: Of the engine.
        stack: The id of the ZenML stack that started it; empty for others.
        step: The step that its command names; empty for other commands.
        user: Whom its process runs as; empty is root.
        image: Its image.
        state: `running`, `exited` ...
        code: Exit code.
    """

    id: str
    stack: str
    step: str
    user: str
    image: str
    state: str
    code: int


def containers(place: Place, stack: str, *, ended: bool = True) -> list[Container]:
    """List the containers that a stack, given by its id, has started; those that run, or also those that have ended."""
    ids = podman(place, "ps", "--quiet", "--no-trunc", *(["--all"] if ended else [])).split()
    known = json.loads(podman(place, "inspect", *ids, check=False) or "[]") if ids else []  # one may be gone by now
    return [one for one in map(_container, known) if one.stack == stack]


def running(place: Place, stack: str, step: str) -> Container | None:
    """Return the container that runs a step of a stack now."""
    return next((one for one in containers(place, stack, ended=False) if one.step == step), None)


def forget(place: Place) -> None:
    """Remove the containers that have ended, so that the next run's are the only ones."""
    podman(place, "container", "prune", "--force")


def forget_images(place: Place) -> None:
    """Take their names from the images of an earlier lab; their layers stay, so that nothing is built twice."""
    for known in json.loads(podman(place, "images", "--format", "json")):
        if any("/zenml:" in name for name in known.get("Names") or []):
            podman(place, "untag", known["Id"])


def _container(known: dict[str, Any]) -> Container:
    config, state = known["Config"], known["State"]
    entry = config.get("Entrypoint") or []
    command = [*(entry.split() if isinstance(entry, str) else entry), *(config.get("Cmd") or [])]
    variables = dict(variable.split("=", 1) for variable in config.get("Env") or [] if "=" in variable)
    return Container(
        known["Id"], variables.get("ZENML_ACTIVE_STACK_ID", ""), _step(command), config.get("User") or "",
        known["ImageName"], state["Status"], state["ExitCode"],
    )  # fmt: skip


def _step(command: list[str]) -> str:
    for option, value in itertools.pairwise(command):
        if option in STEP_OPTIONS:
            return value
    return ""


@dataclass(frozen=True)
class Image:
    """An image: its name, its size in bytes uncompressed, and whom it runs as."""

    name: str
    bytes: int
    user: str


def images(place: Place) -> list[Image]:
    """List the images with a name that are not base images of the lab, each by one of its names."""
    known = {one["Id"]: one.get("Names") or [] for one in json.loads(podman(place, "images", "--format", "json"))}
    names = [min(named) for named in known.values() if named and not any("tagstack-lab/" in one for one in named)]
    told = json.loads(podman(place, "image", "inspect", *names)) if names else []
    return [Image(name, one["Size"], one["Config"].get("User", "")) for name, one in zip(names, told, strict=True)]
