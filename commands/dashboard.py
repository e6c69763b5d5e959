"""ZenML's dashboard on this machine."""

from __future__ import annotations

import subprocess
import sys

import click

from tagstack.errors import TagstackError


def serve_dashboard(port: int) -> None:
    """Bring ZenML's own server and dashboard up until Ctrl-C; they share the store of command-line runs."""
    click.echo(f"ZenML's dashboard: http://127.0.0.1:{port} (user `default`, no password; Ctrl-C ends it)")
    command = [sys.executable, "-m", "zenml.cli.cli", "login", "--local", "--blocking", "--port", str(port)]
    try:
        code = subprocess.run(command, check=False).returncode  # noqa: S603 - fixed words and a number
    except KeyboardInterrupt:
        return
    if code:
        raise TagstackError(f"The dashboard did not start on port {port}; choose another with --port.")
