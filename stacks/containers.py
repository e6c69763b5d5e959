"""The container engine of this machine, and images in registries."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from stacks.endpoints import ask
from tagstack.errors import ServiceError
from tagstack.loopback import is_loopback
from tagstack.privacy import error_line

ENGINE_SECONDS = 5
MANIFESTS = ", ".join(
    f"application/vnd.{kind}+json"
    for kind in (
        "oci.image.manifest.v1", "oci.image.index.v1", "docker.distribution.manifest.v2",
        "docker.distribution.manifest.list.v2",
    )
)  # fmt: skip
"""What an image may be described by; a registry that is not asked for it says that there is none."""


def require_engine() -> str:
    """Return the name and version of the container engine that answers.

    Raises:
        ServiceError: None does.
    """
    import docker  # noqa: PLC0415 - only where a stack needs it
    import requests  # noqa: PLC0415 - as above

    host = os.environ.get("DOCKER_HOST") or "unix:///var/run/docker.sock"
    if host.startswith("unix://") and not Path(host.removeprefix("unix://")).exists():
        raise ServiceError(f"no container engine answers at {host} (no such socket)")
    try:
        client = docker.from_env(timeout=ENGINE_SECONDS)
        version: dict[str, Any] = client.version()
        client.close()
    except docker.errors.DockerException as error:
        reason = error_line(error).rpartition("(")[2].strip("()' ")[:80]
        raise ServiceError(f"no container engine answers at {host} ({reason})") from None
    except requests.Timeout:
        raise ServiceError(f"the container engine at {host} takes longer than {ENGINE_SECONDS} s to answer") from None
    names = [part.get("Name", "") for part in version.get("Components", [])]
    engine = next((name for name in names if "engine" in name.lower()), "Docker Engine")
    return f"{engine} {version.get('Version', '')} at {host}"


def require_base_image(image: str) -> str:
    """Say where the image is that ours are built on: here already, or in its registry.

    Raises:
        ServiceError: Neither, or no container engine answers.
    """
    require_engine()
    import docker  # noqa: PLC0415 - as above
    import requests  # noqa: PLC0415 - as above

    try:
        client = docker.from_env(timeout=ENGINE_SECONDS)
        try:
            client.images.get(image)
        finally:
            client.close()
    except docker.errors.ImageNotFound:
        return require_image(image, auth=None)
    except (docker.errors.DockerException, requests.Timeout) as error:
        raise ServiceError(f"{image} was not looked for: {error_line(error)[:80]}") from None
    return f"{image} is here"


def require_registry(uri: str, *, auth: tuple[str, str] | None) -> str:
    """Return what the registry says to a first request.

    Raises:
        ServiceError: It does not answer, is no registry, or refuses the credentials.
    """
    base = _address(uri)
    answer = ask(f"{base}/v2/", auth=auth)
    if answer.status_code == 401 and auth:
        raise ServiceError(f"{base} refuses user and password")
    if answer.status_code not in {200, 401, 403}:
        raise ServiceError(f"{base} is no image registry (it answers {answer.status_code} to /v2/)")
    return f"{base} answers" + ("" if answer.status_code == 200 else " and asks for a login")


def require_image(image: str, *, auth: tuple[str, str] | None) -> str:
    """Ask the registry for an image, as a pull does first, and return what it says.

    Args:
        image: Its name, as `registry.example.org/tagstack:1` or with `@sha256:`.
        auth: User and password of the registry.

    Raises:
        ServiceError: It is not there.
    """
    host, _, rest = image.partition("/")
    repository, separator, reference = rest.partition("@")
    if not separator:
        repository, _, reference = rest.rpartition(":")
    answer = ask(f"{_address(host)}/v2/{repository}/manifests/{reference}", auth=auth, accept=MANIFESTS)
    if answer.status_code == 404:
        raise ServiceError(f"image {image} is not in the registry")
    return f"{image} can be pulled" if answer.status_code == 200 else f"{image}: its registry asks for a login"


def _address(uri: str) -> str:
    host = uri.partition("/")[0]
    if host == "docker.io":
        return "https://registry-1.docker.io"
    scheme = "http" if is_loopback(host.partition(":")[0]) else "https"
    return f"{scheme}://{host}"
