"""Saying whether everything is well, and putting right what can be."""

from __future__ import annotations

import click

from stacks import health, promotion, recovery
from stacks.activation import use_stack
from stacks.live_service import LiveService
from stacks.standing import in_production
from tagstack.config import Settings
from tagstack.errors import ServiceError
from tagstack.store.database import Store, open_store


def run_doctor(settings: Settings, *, stack: str | None, repair: bool) -> None:
    """Print a line a finding.

    Args:
        settings: Which model, store and database.
        stack: The stack; None is the active one.
        repair: Undo an interrupted promotion, make MLflow and the service follow the Model Control Plane, and start
            the service where it should run and does not.

    Raises:
        ServiceError: Something is not well.
    """
    use_stack(stack)
    with open_store(settings.store.url) as store:
        if repair:
            _repair(settings, store)
        ill = 0
        for finding in health.examine(settings, store):
            ill += not finding.well
            click.echo(f"{'ok ' if finding.well else 'BAD'}  {finding.subject:<10} {finding.detail}")
    if ill:
        what = "1 finding is" if ill == 1 else f"{ill} findings are"
        raise ServiceError(f"{what} not well; the lines above say what to do.")


def _repair(settings: Settings, store: Store) -> None:
    name = settings.model_name
    if repaired := recovery.repair(name, store, LiveService(settings, store, snapshot=None)):
        click.echo(repaired)
    if aligned := promotion.align(name, store):
        click.echo(aligned)
    if in_production(name) is not None:
        _serve(settings, store)


def _serve(settings: Settings, store: Store) -> None:
    """Start the service where it does not run, as it ran before."""
    service = LiveService(settings, store, snapshot=None)
    if service.address() is None:
        from pipelines.service import make_snapshot  # noqa: PLC0415 - only where a service was never started

        service = LiveService(settings, store, make_snapshot(settings))
    service.bring_up()
