"""From SQL to a full vector cache: a whole history, in shards that run each on its own."""

from __future__ import annotations

from zenml import pipeline, unmapped
from zenml.enums import ExecutionMode

from steps.encode_shard import encode_shard
from steps.identify import identify
from steps.plan import plan
from steps.summarise import summarise
from tagstack.config import Settings


@pipeline(
    name="backfill",
    dynamic=True,
    execution_mode=ExecutionMode.CONTINUE_ON_FAILURE,  # a shard that fails leaves the others to their work
    depends_on=[identify, plan, encode_shard, summarise],
)
def backfill(settings: Settings) -> None:
    """Plan the shards, encode each, and report."""
    encoder = identify(settings.encoder)
    planned = plan(settings.source, settings.backfill.shards)
    done = encode_shard.map(planned, unmapped(encoder), unmapped(settings))
    summarise(planned, done, encoder)
