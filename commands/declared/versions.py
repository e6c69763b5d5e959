"""Commands about registered versions: which there are, which is in production, and whether all agree on it."""

from __future__ import annotations

from typing import Any

import click


@click.command()
@click.option("--history", is_flag=True, help="List every promotion and rollback instead.")
@click.option("--archive", "number", type=click.IntRange(1), metavar="VERSION", help="Retire a version.")
@click.option("--tracking-uri", is_flag=True, help="Print where MLflow keeps them, for its own commands.")
@click.pass_obj
def models(obj: dict[str, Any], history: bool, number: int | None, tracking_uri: bool) -> None:
    """List the registered versions."""
    from commands import models as command

    if tracking_uri:
        command.print_tracking_uri(stack=obj["stack"])
    elif number is not None:
        command.archive(obj["settings"], number, stack=obj["stack"])
    elif history:
        command.print_history(obj["settings"])
    else:
        command.print_versions(obj["settings"].model_name)


@click.command()
@click.option("--to", type=click.IntRange(1), metavar="VERSION", help="Which version (default: the one before).")
@click.pass_obj
def rollback(obj: dict[str, Any], to: int | None) -> None:
    """Bring the version that was in production before back: registry, alias and service."""
    from commands.deployment import roll_back

    roll_back(obj["settings"], stack=obj["stack"], to=to)


@click.command()
@click.option("--repair", is_flag=True, help="Put right what can be put right.")
@click.pass_obj
def doctor(obj: dict[str, Any], repair: bool) -> None:
    """Say whether registry, alias and service agree, and whether all that they need is there."""
    from commands.doctor import run_doctor

    run_doctor(obj["settings"], stack=obj["stack"], repair=repair)
