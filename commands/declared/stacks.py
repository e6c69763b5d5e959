"""Commands about stacks: which there are, what they consist of, and whether they would work."""

from __future__ import annotations

from typing import Any

import click

_variables = click.option("--var", "variables", multiple=True, metavar="NAME=value", help="A variable; repeatable.")
_name = click.argument("name")


@click.group()
def stacks() -> None:
    """Where pipelines run, store and track: list, show, apply, check and remove stacks."""


@stacks.command("list")
def list_stacks() -> None:
    """List the stacks, where they run, and what is missing to use them."""
    from commands.stacks import print_stacks

    print_stacks()


@stacks.command()
@_name
@_variables
def show(name: str, variables: tuple[str, ...]) -> None:
    """Show a stack with its variables put in; secrets stay references."""
    from commands.stacks import show as print_stack

    print_stack(name, variables=variables)


@stacks.command()
@_name
@_variables
@click.option("--dry-run", is_flag=True, help="Show what would change, change nothing.")
def apply(name: str, **given: Any) -> None:  # noqa: ANN401 - the options, as click read them
    """Register a stack in ZenML as its file says, or bring it up to date."""
    from commands.stacks import apply as apply_stack

    apply_stack(name, **given)


@stacks.command()
@_name
@_variables
def check(name: str, variables: tuple[str, ...]) -> None:
    """Find what would fail late on a stack, each with the command that mends it."""
    from commands.stacks import check as check_stack

    check_stack(name, variables=variables)


@stacks.command()
@_name
def remove(name: str) -> None:
    """Take a stack out of ZenML; artifacts stay where they are."""
    from commands.stacks import remove as remove_stack

    remove_stack(name)
