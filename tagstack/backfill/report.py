"""What a backfill did: each shard and the whole."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from pydantic import BaseModel, ConfigDict

from tagstack.backfill.plan import BackfillPlan


class ShardReport(BaseModel):
    """What one shard did."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    number: int
    first_id: int
    last_id: int
    questions: int
    """Read; where questions came or went since the plan, another number than planned."""
    kept: int
    """Questions that fulfil the contract."""
    documents: int
    """Questions that are left when empty and repeated ones are dropped."""
    texts: int
    """Distinct texts of each block of questions, added up."""
    found: int
    """Texts whose vector was in the cache."""
    encoded: int
    tokens: int
    """Of the texts that were encoded; 0 where the encoder does not tell."""
    seconds: float
    reading_seconds: float
    preparing_seconds: float
    loading_seconds: float
    """Of the encoder; shards that share a process load it once."""
    encoding_seconds: float
    storing_seconds: float

    @property
    def tokens_per_second(self) -> float | None:
        """Tokens in a second of the whole shard; None where nothing was encoded."""
        return self.tokens / self.seconds if self.tokens and self.seconds else None


class BackfillReport(BaseModel):
    """What all shards did."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    source: str
    since: dt.date | None
    until: dt.date | None
    planned: int
    """Questions when the shards were planned."""
    unnumbered: int
    questions: int
    kept: int
    documents: int
    texts: int
    found: int
    encoded: int
    tokens: int
    shard_seconds: float
    """Of all shards, one after the other; those that run at once take less."""
    dimension: int
    """Numbers of a vector of one text."""
    shards: tuple[ShardReport, ...]

    @property
    def line(self) -> str:
        """Say it in one line."""
        new = f"{self.encoded:,} encoded" if self.encoded else "none to encode"
        speed = f", {self.tokens / self.shard_seconds:,.0f} tokens/s a shard" if self.tokens else ""
        count = f"{len(self.shards)} shard{'s' if len(self.shards) != 1 else ''}"
        return (
            f"{self.questions:,} questions in {count}: {self.texts:,} texts, {self.found:,} found in the cache, {new} "
            f"in {self.shard_seconds:,.0f} s{speed}."
        )


def summarise(plan: BackfillPlan, shards: Sequence[ShardReport], *, dimension: int) -> BackfillReport:
    """Add the shards up.

    Args:
        plan: What they were to do.
        shards: What they did.
        dimension: Numbers of a vector of one text.
    """
    sums = {
        name: sum(getattr(shard, name) for shard in shards)
        for name in ("questions", "kept", "documents", "texts", "found", "encoded", "tokens")
    }
    return BackfillReport(
        source=plan.source,
        since=plan.since,
        until=plan.until,
        planned=plan.questions,
        unnumbered=plan.unnumbered,
        **sums,
        shard_seconds=sum(shard.seconds for shard in shards),
        dimension=dimension,
        shards=tuple(sorted(shards, key=lambda shard: shard.number)),
    )
