"""What a window of questions holds, told without reading it: the identity of a data set, and blocks to read it by.

A watermark counts questions and takes the least and greatest Id, CreationDate and (where the table has one)
LastEditDate. New and deleted questions, and edits that set LastEditDate, change it. It cannot see an old row that was
edited in place without LastEditDate, or a Score that changed: reading without the cache (``--no-cache``) sees those.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import math
from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal
from itertools import accumulate
from typing import NamedTuple

import sqlalchemy as sa
from pydantic import BaseModel, ConfigDict

from tagstack.config import SourceSettings
from tagstack.errors import SourceError
from tagstack.questions.database import sql_errors
from tagstack.questions.source import Source

CELL_IDS = 1024
"""Ids in a cell, the finest unit that a block is made of."""
BLOCK_ROWS = 4096
_ROOT = 2**52


class DatasetIdentity(BaseModel):
    """Which questions a run reads: where from, which window, and the window's watermark."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    source: str
    """The database's address, without a password."""
    since: dt.date | None
    until: dt.date | None
    questions: int
    greatest_id: int | None
    greatest_date: str | None
    """As the database writes it."""
    greatest_edit: str | None
    query_sha256: str

    @property
    def key(self) -> str:
        """A content address of this identity."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()


class Block(NamedTuple):
    """A range of Ids and the watermark of its questions; Ids are None where questions have none that is a number."""

    questions: int
    least_id: int | None
    greatest_id: int | None
    least_date: str | None
    greatest_date: str | None
    greatest_edit: str | None


def read_watermark(source: Source, settings: SourceSettings, *, name: str | None = None) -> DatasetIdentity:
    """Read the identity of the window's questions with one grouped query.

    Args:
        source: An open database.
        settings: The window.
        name: What to call the source; its address where None.

    Raises:
        SourceError: The window holds no question, or the database fails.
    """
    whole = _merge(read_blocks(source, settings))
    return DatasetIdentity(
        source=name or source.url,
        since=settings.since,
        until=settings.until,
        questions=whole.questions,
        greatest_id=whole.greatest_id,
        greatest_date=whole.greatest_date,
        greatest_edit=whole.greatest_edit,
        query_sha256=query_sha256(source),
    )


def read_blocks(
    source: Source, settings: SourceSettings, *, ids: tuple[int, int] | None = None, questions: int = BLOCK_ROWS
) -> list[Block]:
    """Divide the window's questions by Id into blocks of at most about `BLOCK_ROWS` questions, in order.

    Blocks are halves of halves of the space of Ids, so questions that come or go move the borders near them only.
    No text is read.

    Args:
        source: An open database.
        settings: The window.
        ids: Only these Ids, both ends among them; there may be no question.
        questions: About how many questions a block may have; 1 is a block a cell of `CELL_IDS`.

    Raises:
        SourceError: The window holds no question, or the database fails.
    """
    with sql_errors(f"Cannot count the questions of {source.url}", "check the database and run again"):
        rows = source.connection.execute(_cells(source, settings, ids)).all()
        if not rows and ids is None:
            raise SourceError(_nothing(source, settings))
    rest = [_block([count, None, None, *dates]) for cell, count, _, _, *dates in rows if cell is None]
    cells = sorted((math.floor(cell), _block(watermark)) for cell, *watermark in rows if cell is not None)
    return [*_divide([cell for cell, _ in cells], [block for _, block in cells], most=questions), *rest]


def query_sha256(source: Source) -> str:
    """Hash the statement that reads the questions, without its window."""
    return hashlib.sha256(str(source.rows().compile(source.connection)).encode()).hexdigest()


def unnumbered(source: Source) -> sa.ColumnElement[bool]:
    """Return the condition that a post has no Id that is a number, as SQLite alone allows besides NULL."""
    column = source.column("Id")
    missing = column.is_(None)
    if source.connection.dialect.name != "sqlite":
        return missing
    return sa.or_(missing, sa.func.typeof(column).in_(["text", "blob"]))


def _cells(source: Source, settings: SourceSettings, within: tuple[int, int] | None) -> sa.Select[tuple[object, ...]]:
    number = sa.type_coerce(source.column("Id"), sa.BigInteger)
    # A constant and no parameter: databases would not see that SELECT and GROUP BY have the same expression.
    ids = sa.literal_column(str(CELL_IDS), sa.BigInteger)
    cell = (number - ((number % ids) + ids) % ids) // ids
    key = sa.case((sa.not_(unnumbered(source)), cell)).label("cell")
    date = source.date()
    edit = source.column("LastEditDate") if "LastEditDate" in source.posts.names else sa.null()
    watermark = [
        sa.func.count(),
        sa.func.min(source.column("Id")),
        sa.func.max(source.column("Id")),
        source.as_text(sa.func.min(date)),
        source.as_text(sa.func.max(date)),
        source.as_text(sa.func.max(edit)),
    ]
    chosen = source.questions(settings, by_id=within is not None)
    if within:
        chosen &= source.column("Id").between(*within)
    return sa.select(key, *watermark).select_from(source.table()).where(chosen).group_by(key)


def _block(watermark: Sequence[object]) -> Block:
    count, least_id, greatest_id, *moments = watermark
    dates = [None if moment is None else str(moment) for moment in moments]
    return Block(int(str(count)), _whole(least_id, math.floor), _whole(greatest_id, math.ceil), *dates)


def _whole(number: object, rounded: Callable[[Decimal], int]) -> int | None:
    return number if number is None or isinstance(number, int) else rounded(Decimal(str(number)))


def _divide(cells: Sequence[int], blocks: Sequence[Block], *, most: int) -> Iterator[Block]:
    """Halve the space of Ids until each part is small; `blocks[i]` is the watermark of cell number `cells[i]`."""
    before = [0, *accumulate(block.questions for block in blocks)]
    parts = [(0, len(cells), -_ROOT, 2 * _ROOT)]
    while parts:
        begin, end, first, width = parts.pop()
        if width == 1 or before[end] - before[begin] <= most:
            yield from [_merge(blocks[begin:end])] if end > begin else []
            continue
        middle = first + width // 2
        cut = bisect_left(cells, middle, begin, end)
        parts += [(cut, end, middle, width // 2), (begin, cut, first, width // 2)]


def _merge(blocks: Sequence[Block]) -> Block:
    count, least_ids, greatest_ids, least_dates, greatest_dates, edits = zip(*blocks, strict=True)
    return Block(
        sum(count),
        min(filter(_known, least_ids), default=None),
        max(filter(_known, greatest_ids), default=None),
        min(filter(_known, least_dates), default=None),
        max(filter(_known, greatest_dates), default=None),
        max(filter(_known, edits), default=None),
    )


def _known(value: object) -> bool:
    return value is not None


def _nothing(source: Source, settings: SourceSettings) -> str:
    date = source.date()
    span = sa.select(source.as_text(sa.func.min(date)), source.as_text(sa.func.max(date)))
    least, greatest = source.connection.execute(span.select_from(source.table()).where(source.questions())).one()
    if greatest is None:
        where = f"{source.posts.table} in {source.url}"
        return f"Table {where} has no dated questions (PostTypeId 1); import a data dump into it."
    window = f"from {settings.since or 'the beginning'} until {settings.until or 'the end'}"
    return (
        f"No question of {source.url} lies in the window {window}: its questions are dated {str(least)[:10]} to "
        f"{str(greatest)[:10]}; choose since and until within."
    )
