"""Serving a registered version over HTTP."""

from __future__ import annotations

import socket

from commands.serve import Model, listen, serve
from stacks.activation import use_stack
from stacks.serving import make_follower
from stacks.versions import find_version, load_tag_model
from tagstack.config import Settings
from tagstack.serving.server import address_of
from tagstack.store.database import open_store
from tagstack.store.rollout import read_target


def serve_registered(settings: Settings, *, stack: str | None, which: str | None, host: str, port: int) -> None:
    """Serve a version until a signal.

    Args:
        settings: The whole tree.
        stack: Where its artifacts are.
        which: `production`, `staging`, `latest` or a number: this one, fixed. None follows what is in production, and
            before anything was deployed begins with the best there is.
        host: Address to listen on.
        port: Port to listen on.

    Raises:
        UsageError: The port is taken, keys are needed and missing, or there is no such version.
    """
    with listen(settings, host, port) as taken:
        use_stack(stack)
        if which:
            serve(settings, taken, first=_load(settings.model_name, which))
        else:
            _follow(settings, taken)


def _follow(settings: Settings, taken: socket.socket) -> None:
    with open_store(settings.store.url) as store:
        target = read_target(store, settings.model_name)
    first = None if target else _load(settings.model_name, None)
    serve(settings, taken, first=first, make_follower=make_follower(settings, address=address_of(taken)))


def _load(model_name: str, which: str | None) -> Model:
    version = find_version(model_name, which)
    return version.number, load_tag_model(version)
