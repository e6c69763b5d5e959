"""Encoding a whole history into the vector cache, so that training finds everything there."""

from __future__ import annotations

import os
from typing import cast

import click
from zenml.client import Client
from zenml.constants import ENV_ZENML_DYNAMIC_PIPELINE_WORKER_COUNT

from commands.launch import launch
from tagstack.backfill.plan import check_shards
from tagstack.backfill.report import BackfillReport
from tagstack.backfill.shard import check_cache
from tagstack.config import Settings
from tagstack.errors import TagstackError

PIPELINE = "backfill"


def backfill(settings: Settings, *, stack: str | None, cache: bool, shards: int | None = None) -> None:
    """Run the backfill pipeline and print what it did.

    Args:
        settings: What it runs with.
        stack: The stack; None is the active one.
        cache: As of the other pipelines; no step of this one is taken from an earlier run.
        shards: How many; None is `backfill.shards`.

    Raises:
        UsageError: The number is out of range, there is no cache to fill, or the stack cannot run it.
        TagstackError: A shard failed.
    """
    check_cache(settings)
    wanted = settings.backfill.shards if shards is None else shards
    check_shards(wanted)
    parts = settings.backfill.model_copy(update={"shards": wanted})
    settings = settings.model_copy(update={"backfill": parts})
    # Where shards share one process they run one after the other: each computes on all its cores already. A stack of
    # containers tells them so in its file.
    os.environ.setdefault(ENV_ZENML_DYNAMIC_PIPELINE_WORKER_COUNT, "1")
    before = _newest()
    try:
        run = launch(PIPELINE, settings, stack=stack, cache=cache)
    except TagstackError as error:
        raise type(error)(f"{error}{_finished(before)}") from None
    report = cast("BackfillReport", run.steps["summarise"].regular_outputs["backfill_report"].load())
    click.echo(report.line)


def _newest() -> str | None:
    runs = Client().list_pipeline_runs(pipeline=PIPELINE, sort_by="desc:created", size=1).items
    return str(runs[0].id) if runs else None


def _finished(before: str | None) -> str:
    """Say what came of the other shards of the run that just failed, if it came to shards."""
    newest = _newest()
    if newest is None or newest == before:
        return ""
    steps = Client().get_pipeline_run(newest).steps
    shards = [step for name, step in steps.items() if "encode_shard" in name]
    if not shards:
        return ""
    done = sum(step.status.is_successful for step in shards)
    return f" {done} of {len(shards)} shards are finished; the same command goes on from there."
