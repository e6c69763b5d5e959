"""Listing, showing, applying, checking and removing stacks."""

from __future__ import annotations

from collections.abc import Sequence

import click
from rich.table import Table
from zenml.client import Client
from zenml.models import StackResponse

from commands.tables import print_table
from stacks import application
from stacks.activation import known_stacks
from stacks.application import given_before
from stacks.check import examine
from stacks.extras import missing_packages
from stacks.files import read_stack, stack_names
from stacks.nearest import nearest
from stacks.plan import APPLIED, Change, Plan, find_stack, flat, owned
from stacks.resolution import Resolved, resolve
from stacks.secret_references import missing_secrets
from tagstack.errors import ConfigError, ServiceError, UsageError


def print_stacks() -> None:
    """Print every stack: where its steps run, whether it is registered and active, and what is missing to use it."""
    client = Client()
    active = client.active_stack_model.name
    table = Table("", "stack", "steps run", "registered", "missing", title="Stacks (* is active in ZenML)", box=None)
    for name in known_stacks(client):
        stack = find_stack(client, name)
        runs, registered, missing = _row(client, name, stack)
        table.add_row("*" if name == active else "", name, runs, registered, missing)
    print_table(table)


def show(name: str, *, variables: Sequence[str]) -> None:
    """Print a stack with its variables put in; secrets stay references.

    Raises:
        UsageError: There is no file of the stack, or a variable is unknown.
        ConfigError: The file is broken.
    """
    client = Client()
    stack = find_stack(client, name)
    resolved = _resolved(name, variables, stack)
    file = resolved.file
    click.echo(f"{name}: {file.description}")
    click.echo(f"steps run:  {file.runs}")
    click.echo(f"extras:     {', '.join(file.extras) or 'none'}")
    click.echo(f"registered: {_registered(resolved, stack)}")
    for variable, value in resolved.values.items():
        shown = f"{value.value} ({value.source})" if value.value else f"({value.source})"
        click.echo(f"  {variable:<22} {shown}")
    for kind, part in resolved.parts.items():
        click.echo(f"{kind.value}: {part.flavor}")
        for key, text in flat(part.configuration):
            click.echo(f"  {key:<30} {text}")
    for kind, reason in file.without.items():
        click.echo(f"no {kind.value}: {reason}")


def apply(name: str, *, variables: Sequence[str], dry_run: bool) -> None:
    """Make a stack in ZenML as its file says; print what changes, before it does.

    Raises:
        UsageError: There is no file of the stack, a variable is unknown or not set, or a stack of the name is not ours.
        ConfigError: The file, or the configuration of a component, is impossible.
    """
    client = Client()
    resolved = _resolved(name, variables, find_stack(client, name))
    plan, _ = application.apply(client, resolved, dry_run=dry_run, before=_print_plan)
    for component in plan.kept:
        click.echo(f"kept: {component.type.value} {component.name}, which is not of the file")
    for secret in missing_secrets(client, *(part.configuration for part in resolved.parts.values())):
        click.echo(f"missing: {secret.problem}; {secret.command}", err=True)
    if plan.changes and not dry_run:
        click.echo(f"Stack {name} is registered. Use it:  python run.py --pipeline training --stack {name}")


def check(name: str, *, variables: Sequence[str]) -> None:
    """Print a line a finding.

    Raises:
        ServiceError: Something would fail.
    """
    client = Client()
    resolved = _resolved(name, variables, find_stack(client, name))
    ill = 0
    for finding in examine(client, resolved):
        ill += not finding.well
        click.echo(f"{'ok ' if finding.well else 'BAD'}  {finding.subject:<18} {finding.detail}")
    if ill:
        what = "1 finding is" if ill == 1 else f"{ill} findings are"
        raise ServiceError(f"{what} not well; the lines above say what to do.")


def remove(name: str) -> None:
    """Take a stack and the components made from its file out of ZenML; artifacts stay.

    Raises:
        UsageError: It is unknown, not ours, active, or a service runs under its deployer.
    """
    client = Client()
    if find_stack(client, name) is None and name in stack_names():
        click.echo("unchanged: it is not registered")
        return
    _require_known(client, name)
    deleted, kept = application.remove(client, name)
    for component in deleted:
        click.echo(f"- {component.type.value} {component.name}")
    for component, reason in kept:
        click.echo(f"kept: {component.type.value} {component.name}, as {reason}")
    click.echo(f"Stack {name} is removed.")


def _resolved(name: str, variables: Sequence[str], stack: StackResponse | None) -> Resolved:
    if name not in stack_names():
        _require_known(Client(), name)
        raise UsageError(f"Stack {name!r} is in ZenML only; there is no stacks/{name}.yaml.")
    return resolve(read_stack(name), variables, applied=given_before(stack))


def _require_known(client: Client, name: str) -> None:
    known = known_stacks(client)
    if name not in known:
        advice = nearest(name, known) or f"choose one of: {', '.join(known)}."
        raise UsageError(f"There is no stack {name!r}; {advice}")


def _row(client: Client, name: str, stack: StackResponse | None) -> tuple[str, str, str]:
    if name not in stack_names():
        return "", "not of a file", ""
    try:
        resolved = resolve(read_stack(name), applied=given_before(stack))
    except ConfigError as error:
        return "", "yes" if stack else "no", str(error)
    extras = [f"extra {extra}" for extra in resolved.file.extras if missing_packages(extra)]
    secrets = missing_secrets(client, *(part.configuration for part in resolved.parts.values()))
    missing = [*resolved.unset, *extras, *(f"secret {secret.name}" for secret in secrets)]
    return resolved.file.runs, _registered(resolved, stack), ", ".join(missing)


def _registered(resolved: Resolved, stack: StackResponse | None) -> str:
    if stack is None:
        return "no"
    if not owned(stack):
        return "not of a file"
    applied = (stack.labels or {}).get(APPLIED)
    return "yes" if resolved.unset or applied == resolved.digest else "differs"


def _print_plan(plan: Plan) -> None:
    name = plan.resolved.file.name
    if plan.is_empty:
        click.echo("unchanged")
        return
    click.echo(f"{'+' if plan.stack is None else '~'} stack {name}")
    for change in plan.changes:
        _print_change(change)


def _print_change(change: Change) -> None:
    click.echo(f"  {change.sign} {change.kind.value} {change.flavor}")
    for attribute in change.attributes:
        sides = [side for side in (attribute.before, attribute.after) if side is not None]
        click.echo(f"      {attribute.sign} {attribute.name:<28} {' -> '.join(sides)}")
