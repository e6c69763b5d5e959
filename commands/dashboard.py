"""ZenML's dashboard on this machine."""

from __future__ import annotations

import os
import socket
import sys
from pathlib import Path

import click
from zenml.client import Client

from tagstack.errors import UsageError


def serve_dashboard(port: int) -> None:
    """Bring ZenML's own server and dashboard up until Ctrl-C; they share the store of command-line runs.

    Raises:
        UsageError: The port is taken.
    """
    _require_free(port)
    _skip_survey()
    address = f"http://127.0.0.1:{port}"
    click.echo(f"ZenML's dashboard: {address} (Ctrl-C ends it)")
    for run in Client().list_pipeline_runs(sort_by="desc:created", size=1).items:
        click.echo(f"The newest run:    {address}/projects/{run.project.name}/runs/{run.id}")
    sys.stdout.flush()
    zenml = str(Path(sys.executable).with_name("zenml"))
    # In place of this process, so that Ctrl-C and signals reach the server itself.
    os.execv(zenml, [zenml, "login", "--local", "--blocking", "--port", str(port)])  # noqa: S606 - fixed words, a number


def _require_free(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            raise UsageError(f"Port {port} is taken; choose another with --port.") from None


def _skip_survey() -> None:
    """Spare the local user the form that asks for a name and an e-mail address before it shows anything."""
    client = Client()
    user = client.active_user
    if client.zen_store.config.url.startswith("sqlite") and user.email_opted_in is None:
        metadata = {**user.user_metadata, "finished_onboarding_survey": True}
        client.update_user(user.id, updated_email_opt_in=False, updated_metadata=metadata)
