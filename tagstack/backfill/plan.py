"""Which shard encodes which questions: ranges of Ids, decided once and without reading a text."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from itertools import accumulate, pairwise

from pydantic import BaseModel, ConfigDict

from tagstack.config import SourceSettings
from tagstack.errors import UsageError
from tagstack.questions.reader import read_blocks
from tagstack.questions.source import Source
from tagstack.questions.watermark import Block

MOST_SHARDS = 1000


class Shard(BaseModel):
    """A range of Ids, both ends among them."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    number: int
    """From 1 on."""
    first_id: int
    last_id: int
    questions: int
    """When it was planned."""


class BackfillPlan(BaseModel):
    """What is encoded, and by which shard."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    source: str
    """The database's address, without a password."""
    since: dt.date | None
    until: dt.date | None
    questions: int
    unnumbered: int
    """Questions whose Id is no number: the contract sets them aside, so that no shard has them."""
    shards: tuple[Shard, ...]


def plan_shards(source: Source, settings: SourceSettings, *, shards: int, name: str | None = None) -> BackfillPlan:
    """Divide the window's questions into shards of about equal numbers.

    One grouped query counts questions by cells of 1,024 Ids; the number of cells and not that of questions decides how
    much memory it takes. Shards end where cells end, so their sizes differ by a cell at most.

    Args:
        source: An open database.
        settings: The window.
        shards: How many are wanted; fewer come out where there are fewer cells.
        name: What to call the source; its address where None.

    Raises:
        SourceError: The window holds no question, or the database fails.
        UsageError: The number of shards is out of range, or no question has an Id.
    """
    check_shards(shards)
    blocks = read_blocks(source, settings, questions=1)
    numbered = [block for block in blocks if block.least_id is not None]
    if not numbered:
        raise UsageError(f"No question of {source.url} has an Id that is a number, so none can be encoded.")
    return BackfillPlan(
        source=name or source.url,
        since=settings.since,
        until=settings.until,
        questions=sum(block.questions for block in blocks),
        unnumbered=sum(block.questions for block in blocks if block.least_id is None),
        shards=tuple(_shards(numbered, shards)),
    )


def check_shards(shards: int) -> None:
    """Check a number of shards.

    Raises:
        UsageError: It is not between 1 and `MOST_SHARDS`.
    """
    if not 1 <= shards <= MOST_SHARDS:
        raise UsageError(f"{shards} is no number of shards; choose one from 1 to {MOST_SHARDS}, as `--shards 8`.")


def _shards(blocks: Sequence[Block], shards: int) -> Iterator[Shard]:
    for number, (begin, end) in enumerate(balanced([block.questions for block in blocks], shards), start=1):
        part = blocks[begin:end]
        first, last = part[0].least_id, part[-1].greatest_id
        assert first is not None
        assert last is not None
        yield Shard(number=number, first_id=first, last_id=last, questions=sum(block.questions for block in part))


def balanced(sizes: Sequence[int], parts: int) -> list[tuple[int, int]]:
    """Cut a sequence into at most `parts` runs, none of them empty, whose sums are about equal.

    >>> balanced([5, 1, 1, 1, 4], 2)
    [(0, 2), (2, 5)]
    """
    before = [0, *accumulate(sizes)]
    cuts = {0, len(sizes)}
    at = 0
    for part in range(1, parts):
        wanted = before[-1] * part / parts
        while at < len(sizes) and abs(before[at + 1] - wanted) < abs(before[at] - wanted):
            at += 1
        cuts.add(at)
    return list(pairwise(sorted(cuts)))
