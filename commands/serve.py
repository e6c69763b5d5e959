"""Serving a model over HTTP in this process. Nothing here imports ZenML or MLflow."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from pathlib import Path

import click

from tagstack.config import Settings
from tagstack.errors import ServiceError
from tagstack.model.tagmodel import TagModel, load_model
from tagstack.serving.access import read_keys
from tagstack.serving.app import create_app
from tagstack.serving.engine import Engine
from tagstack.serving.follower import Follower
from tagstack.serving.served import make_served
from tagstack.serving.server import Server, address_of, bind, ending_on_signals
from tagstack.serving.service import Service, open_service, require_keys
from tagstack.store.database import Store

Model = tuple[int, TagModel]
MakeFollower = Callable[[Engine, Store], Follower]
UNREGISTERED = 0
"""Version number of a model that no registry has numbered."""


def serve_folder(settings: Settings, folder: Path, *, host: str, port: int) -> None:
    """Serve the model of a folder until a signal.

    Raises:
        ModelError: The folder holds no intact model.
        UsageError: The port is taken, or keys are needed and missing.
    """
    with listen(settings, host, port) as taken:
        serve(settings, taken, first=(UNREGISTERED, load_model(folder)))


def listen(settings: Settings, host: str, port: int) -> socket.socket:
    """Take the port, so that a call that cannot work ends before anything is loaded; raises UsageError."""
    require_keys(settings, read_keys(os.environ), host=host)
    return bind(host, port)


def serve(
    settings: Settings, taken: socket.socket, *, first: Model | None, make_follower: MakeFollower | None = None
) -> None:
    """Serve on a socket until a signal, then answer what was accepted and return.

    Args:
        settings: The whole tree.
        taken: A bound socket.
        first: Version and model to begin with; None where the follower finds it.
        make_follower: Makes what follows the store's target; None to stay with `first`.
    """
    service = open_service(settings, host=taken.getsockname()[0], make_follower=make_follower)
    if first:
        service.engine.serve(make_served(*first))
    address = address_of(taken)
    server = Server(
        create_app(service),
        settings.service,
        is_ready=lambda: service.engine.served is not None,
        on_ready=lambda: click.echo(_greeting(service, address)),
    )
    with ending_on_signals():
        server.run(sockets=[taken])
    if not server.started:
        raise ServiceError(f"The service could not start on {address}; its log says why.")


def _greeting(service: Service, address: str) -> str:
    served = service.require_served()
    which = "the model of the folder" if served.version == UNREGISTERED else f"version {served.version}"
    return f"Serving {which} on {address} (Ctrl-C ends it)"
