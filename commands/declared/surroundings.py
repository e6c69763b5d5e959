"""Commands that show what Tagstack works with."""

from __future__ import annotations

from typing import Any

import click


@click.command("settings")
@click.pass_obj
def show_settings(obj: dict[str, Any]) -> None:
    """List every setting with its value and meaning."""
    from commands.settings import print_settings

    print_settings(obj["settings"])


@click.command()
@click.option("--port", type=click.IntRange(1, 65535), default=8237, show_default=True)
def dashboard(port: int) -> None:
    """Bring ZenML's dashboard up; it runs until Ctrl-C."""
    from commands.dashboard import serve_dashboard

    serve_dashboard(port)
