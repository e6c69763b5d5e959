"""Which server of the stack an error is about: the libraries that ask it name an address at best."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from zenml.client import Client
from zenml.config.global_config import GlobalConfiguration

from stacks.endpoints import PORTS, require_address
from tagstack.errors import ServiceError

_ADDRESS = re.compile(r"https?://[^\s\"'<>]+")
_HOST_AND_PORT = re.compile(r"host='([^']+)', port='?(\d+)")
"""As urllib3 writes it."""
_TROUBLE = re.compile(
    r"connect|timed? ?out|max retries|unreachable|refused|reset by peer|broken pipe|"
    r"server disconnected|\b50[234]\b|bad gateway|service unavailable|name resolution",
    re.IGNORECASE,
)


def explain(error: str) -> str | None:
    """Say which server of the active stack did not answer; None where the error is not about one.

    Args:
        error: The text of an error of any library.
    """
    asked = set(_places(error))
    if not asked or not _TROUBLE.search(error):
        return None
    for part, address, stack in _servers():
        if _place(address) in asked:
            return (
                f"{part} at {_netloc(address)} {_state(address)}; `python run.py stacks check {stack}` asks every "
                "server of a stack. What is finished is kept: the same command goes on from there."
            )
    return None


def _servers() -> Iterator[tuple[str, str, str]]:
    """Yield every server that is configured with the stack's name, ZenML's first: only it knows the others."""
    store = GlobalConfiguration().store_configuration.url
    if store.startswith("http"):
        yield "ZenML's server", store, "NAME"
    try:
        stack = Client().get_stack(Client().active_stack_model.id)  # as it is now: the client keeps what it read
        components = [(one.type.value, one.configuration) for found in stack.components.values() for one in found]
    except Exception:  # noqa: BLE001 - whatever it is, the error that is being explained matters more
        return
    for kind, configuration in components:
        for address in _addresses(configuration):
            yield f"The {kind.replace('_', ' ')} of stack {stack.name}", address, stack.name


def _addresses(configuration: object) -> Iterator[str]:
    if isinstance(configuration, dict):
        for value in configuration.values():
            yield from _addresses(value)
    elif isinstance(configuration, str) and configuration.startswith(("http://", "https://")):
        yield configuration


def _places(error: str) -> Iterator[tuple[str, int]]:
    for found in _ADDRESS.finditer(error):
        if place := _place(found.group()):
            yield place
    for host, port in _HOST_AND_PORT.findall(error):
        yield host, int(port)


def _place(address: str) -> tuple[str, int] | None:
    parts = urlsplit(address)
    try:
        return (parts.hostname or "", parts.port or PORTS[parts.scheme])
    except ValueError:  # what looks like an address in an error need not be one
        return None


def _netloc(address: str) -> str:
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"


def _state(address: str) -> str:
    try:
        require_address(address)
    except ServiceError:
        return "does not answer"
    return "did not answer in time, and does now"
