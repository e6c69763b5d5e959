"""Bringing a version into production, and taking it back."""

from __future__ import annotations

import os
from typing import cast

import click
from zenml import log_metadata
from zenml.models import PipelineRunResponse

from commands.launch import launch
from stacks import promotion, recovery, versions
from stacks.activation import use_stack
from stacks.live_service import LiveService
from stacks.passwords import take_up_passwords
from stacks.promotion import Move
from stacks.rollout import Outcome, roll_out
from stacks.standing import read_standing
from tagstack.config import Settings
from tagstack.errors import TagstackError, UsageError
from tagstack.nomination import Nomination
from tagstack.policy import PromotionDecision
from tagstack.store import ledger
from tagstack.store.database import Store, open_store


def deploy(settings: Settings, *, stack: str | None, candidate: str | None, dry_run: bool, cache: bool) -> None:
    """Run the deployment pipeline, carry out what it decided, and print what came out.

    Promotion and service are this process's work and no step's: a container has no engine to start a service with, and
    needs no right to.

    Args:
        settings: What it runs with.
        stack: The stack; None is the active one.
        candidate: The version; None is the one in staging.
        dry_run: Judge only, change nothing.
        cache: Whether earlier results may be used.

    Raises:
        TagstackError: A step failed, or the promotion did and was changed back.
    """
    use_stack(stack)
    take_up_passwords(os.environ)
    if not dry_run:  # before anything is nominated: an interrupted promotion may have left its version in production
        with open_store(settings.store.url) as store:
            _repair(settings.model_name, store)
    run = launch("deployment", settings, stack=stack, cache=cache, candidate=candidate)
    outcome = _carry_out(run, settings, dry_run=dry_run)
    click.echo(outcome.line)
    if outcome.address:
        _introduce(outcome.address)


def _carry_out(run: PipelineRunResponse, settings: Settings, *, dry_run: bool) -> Outcome:
    """Do what a run has decided, and note at the run what came of it."""
    from pipelines.service import make_snapshot  # noqa: PLC0415 - after the stack is chosen, which it is made for

    nomination = cast("Nomination", run.steps["nominate"].regular_outputs["nomination"].load())
    decision = cast("PromotionDecision", run.steps["judge"].regular_outputs["decision"].load())
    try:
        outcome = roll_out(nomination, decision, settings, lambda: make_snapshot(settings), dry_run=dry_run)
    except TagstackError as error:
        log_metadata({"line": str(error), "changed": False}, run_id_name_or_prefix=run.id)
        raise
    log_metadata(outcome.as_metadata(), run_id_name_or_prefix=run.id)
    return outcome


def roll_back(settings: Settings, *, stack: str | None, to: int | None) -> None:
    """Bring the version that was in production before back into it.

    Raises:
        UsageError: There is no such version.
        PromotionError: It failed and was changed back.
    """
    use_stack(stack)
    take_up_passwords(os.environ)
    name = settings.model_name
    with open_store(settings.store.url) as store:
        _repair(name, store)
        standing = read_standing(name, store)
        number = to if to is not None else _before(name, store, standing.production)
        version = next((v for v in versions.list_versions(name) if v.number == number), None)
        if version is None:
            raise UsageError(f"Model {name!r} has no version {number}; `python run.py models` lists them.")
        if standing.production == number:
            raise UsageError(f"Version {number} is in production already; name another with --to.")
        service = LiveService(settings, store, snapshot=None)
        reason = "asked for by a person"
        move = Move(name, number, "rollback", reason=reason, metrics=version.metrics, based_on=standing)
        promotion.carry_out(move, store, service)
        click.echo(f"Version {number} is back in production.")
        if address := service.address():
            _introduce(address)


def _repair(model_name: str, store: Store) -> None:
    if repaired := recovery.repair(model_name, store):
        click.echo(repaired, err=True)


def _before(model_name: str, store: Store, now: int | None) -> int:
    """Return the version that the one in production now took the place of when it was promoted."""
    if now is None:
        raise UsageError("Nothing is in production, so there is nothing to roll back.")
    for row in ledger.history(store, model_name):
        brought = row.kind == "promotion" and row.status == "done" and row.to_version == now
        if brought and row.from_version and row.from_version != now:  # one that was only put right again replaced none
            return row.from_version
    raise UsageError(f"The ledger knows no version before {now}; name one with --to.")


def _introduce(address: str) -> None:
    click.echo(f"The service:  {address}")
    body = '{"title": "Group rows by month", "body": "<p>With pandas ...</p>"}'
    click.echo(f"Try it:  curl -s {address}/suggest -H 'Content-Type: application/json' -d '{body}'")
