"""Evidently's dashboard on the workspace of drift runs."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click
import uvicorn
from zenml.client import Client

from stacks.activation import use_stack
from stacks.evidently_validator import FLAVOR, EvidentlyWorkspaceValidator, same_id
from tagstack.config import Settings
from tagstack.errors import UsageError
from tagstack.serving.server import address_of, bind, ending_on_signals

if TYPE_CHECKING:
    from litestar import Litestar

LOOPBACK = "127.0.0.1"


def monitor(settings: Settings, *, stack: str | None, port: int) -> None:
    """Bring Evidently's dashboard up until Ctrl-C; where the stack has a remote service, only say its address.

    It listens on the loopback address, as it asks nobody for a password. Runs that end meanwhile appear in it.

    Args:
        settings: The model whose project is pointed to.
        stack: The stack; None is the active one.
        port: 0 takes a free one.

    Raises:
        UsageError: The stack has no workspace, no drift run has written to it yet, or the port is taken.
    """
    use_stack(stack)
    validator = _find_validator()
    if validator.config.url:
        click.echo(f"Evidently's dashboard: {validator.address}")
        return
    folder, project = validator.config.folder, str(same_id(settings.model_name))
    if not (folder / project).is_dir():
        raise UsageError(
            f"No drift run of {settings.model_name} is in the Evidently workspace {folder} yet; start with "
            "`python run.py --pipeline drift`."
        )
    _serve(folder, project, port)


def _find_validator() -> EvidentlyWorkspaceValidator:
    stack = Client().active_stack
    if not isinstance(stack.data_validator, EvidentlyWorkspaceValidator):
        raise UsageError(f"Stack {stack.name!r} has no data validator of flavor {FLAVOR}; choose one with --stack.")
    return stack.data_validator


def _serve(folder: Path, project: str, port: int) -> None:
    with bind(LOOPBACK, port) as taken:  # before anything slow is imported
        server = uvicorn.Server(uvicorn.Config(_make_app(folder), log_level="error", access_log=False))
        click.echo(f"Evidently's dashboard: {address_of(taken)}/projects/{project} (Ctrl-C ends it)")
        sys.stdout.flush()
        with ending_on_signals():
            server.run(sockets=[taken])


def _make_app(folder: Path) -> Litestar:
    """Return the application that `evidently ui --workspace` runs."""
    os.environ.setdefault("DO_NOT_TRACK", "true")
    from evidently.ui.service.app import create_app, get_config  # noqa: PLC0415 - takes seconds

    return create_app(get_config(host=LOOPBACK, workspace=str(folder)))
