"""ZenML's dashboard on this machine."""

from __future__ import annotations

import socket
import subprocess
import sys
from pathlib import Path

import click
from zenml.client import Client

from tagstack.errors import TagstackError, UsageError


def serve_dashboard(port: int) -> None:
    """Bring ZenML's own server and dashboard up until Ctrl-C; they share the store of command-line runs.

    Raises:
        UsageError: The port is taken.
        TagstackError: The server did not start.
    """
    _require_free(port)
    _skip_survey()
    address = f"http://127.0.0.1:{port}"
    click.echo(f"ZenML's dashboard: {address} (Ctrl-C ends it)")
    for run in Client().list_pipeline_runs(sort_by="desc:created", size=1).items:
        click.echo(f"The newest run:    {address}/projects/{run.project.name}/runs/{run.id}")
    zenml = Path(sys.executable).with_name("zenml")
    try:
        command = [zenml, "login", "--local", "--blocking", "--port", str(port)]
        done = subprocess.run(command, check=False, stdout=subprocess.DEVNULL)  # noqa: S603 - fixed words and a number
    except KeyboardInterrupt:
        return
    if done.returncode:
        raise TagstackError(f"ZenML's server ended with code {done.returncode}; `zenml logs` says why.")


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
