"""Questions about images: what builds them, where they go, and whether they can be pulled."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Mapping
from typing import cast

from zenml.client import Client
from zenml.container_registries.base_container_registry import BaseContainerRegistryConfig
from zenml.enums import StackComponentType
from zenml.models import PipelineBuildResponse
from zenml.stack.stack_component import StackComponentConfig

from stacks.containers import require_base_image, require_engine, require_image, require_registry
from stacks.images import BASE_VARIABLE
from stacks.plan import find_stack
from tagstack.errors import ConfigError, ServiceError

Answer = tuple[bool, str]
BASE_IMAGE = "docker.io/library/python:3.11-slim-bookworm"
"""What the Dockerfile builds on where nothing else is named."""


def container_engine() -> Iterator[Answer]:
    """Ask the container engine of this machine, which builds images and runs local containers."""
    try:
        yield True, require_engine()
    except ServiceError as error:
        yield False, f"{error}; `systemctl start docker`, or set DOCKER_HOST"


def images(client: Client, stack: str, configs: Mapping[StackComponentType, StackComponentConfig]) -> Iterator[Answer]:
    """Ask for the image that ours are built on, and for those of the newest build of the stack.

    Where the engine, or the registry, does not answer at all, nothing is said: other questions tell that.
    """
    with contextlib.suppress(ServiceError):
        require_engine()
        yield from _base_image()
    registered = find_stack(client, stack)
    registry = cast("BaseContainerRegistryConfig | None", configs.get(StackComponentType.CONTAINER_REGISTRY))
    if registered is None or registry is None:
        return
    builds = client.list_builds(stack_id=registered.id, sort_by="desc:created", size=1, hydrate=True).items
    with contextlib.suppress(ServiceError):
        require_registry(registry.uri, auth=_login(client, registry))
        for build in builds:
            if not build.is_local:
                yield from _built(build, auth=_login(client, registry))


def _base_image() -> Iterator[Answer]:
    base = os.environ.get(BASE_VARIABLE) or BASE_IMAGE
    try:
        yield True, require_base_image(base)
    except ServiceError as error:
        yield False, f"{error}; name another with {BASE_VARIABLE}"


def _built(build: PipelineBuildResponse, *, auth: tuple[str, str] | None) -> Iterator[Answer]:
    for image in sorted({item.image for item in build.images.values()}):
        try:
            yield True, require_image(image, auth=auth)
        except ServiceError as error:
            yield False, f"{error}; `zenml pipeline builds delete {build.id}`, and the next run builds it again"


def container_registry(client: Client, _stack: str, config: StackComponentConfig) -> Iterator[Answer]:
    """Ask the registry whether it is one, and whether it takes user and password."""
    given = cast("BaseContainerRegistryConfig", config)
    try:
        yield True, require_registry(given.uri, auth=_login(client, given))
    except ServiceError as error:
        yield False, f"{error}; `docker login {given.uri}`, or set its address"


def _login(client: Client, registry: BaseContainerRegistryConfig) -> tuple[str, str] | None:
    if not registry.authentication_secret:
        return None
    values = client.get_secret_by_name_and_private_status(name=registry.authentication_secret).secret_values
    missing = {"username", "password"} - values.keys()
    if missing:
        raise ConfigError(f"the secret {registry.authentication_secret} has no {', '.join(sorted(missing))}")
    return values["username"], values["password"]
