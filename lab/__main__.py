"""`python -m lab`: servers up and down, and the whole lab."""

from __future__ import annotations

import shutil
import sys

import click

from lab import daemons
from lab.place import FOLDER, open_place
from lab.servers.all import SERVERS, LabError, chosen, down, is_up, missing_packages, start_all


@click.group()
def cli() -> None:
    """Real servers on this machine, and the pipelines on every stack that they make possible."""


@cli.command()
def packages() -> None:
    """List the Debian packages that are missing."""
    click.echo(" ".join(missing_packages(SERVERS)))


@cli.command()
@click.argument("names", nargs=-1, type=click.Choice([server.name for server in SERVERS]))
def up(names: tuple[str, ...]) -> None:
    """Start servers (all, or the named with what they need) and wait until they answer."""
    start_all(open_place(), chosen(names), lambda server, took: click.echo(f"{server.name:<12} up, {took:.1f} s"))


@cli.command("down")
@click.option("--purge", is_flag=True, help="Delete the lab's folder as well: data, images, secrets.")
def take_down(purge: bool) -> None:
    """End every server that a lab in this folder has started, those of a killed lab too."""
    if not FOLDER.exists():
        return
    for name, ended in down(open_place()).items():
        click.echo(f"{name:<12} ended, {ended} processes" if ended else f"{name:<12} was gone")
    if purge:
        shutil.rmtree(FOLDER, ignore_errors=True)


@cli.command()
def status() -> None:
    """Say which servers run, under which pid and port."""
    place = open_place()
    known = {daemon.name: daemon for daemon in daemons.recorded(place)}
    for server in SERVERS:
        daemon = known.get(server.name)
        state = "up" if is_up(place, server) else "not answering" if daemon else "down"
        pid, port = daemon.pid if daemon else "-", place.ports.get(server.name, "-")
        click.echo(f"{server.name:<12} {state:<14} pid {pid!s:<8} port {port}")


if __name__ == "__main__":
    try:
        cli(standalone_mode=False)
    except (LabError, RuntimeError) as error:
        sys.exit(f"Error: {error}")
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
