"""Questions as a stream of record batches, read by ranges of Ids and never all at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial

import pyarrow as pa
import sqlalchemy as sa

from tagstack.config import SourceSettings
from tagstack.questions.cache import BlockCache
from tagstack.questions.database import sql_errors
from tagstack.questions.source import Source, open_source
from tagstack.questions.values import read_instant, read_text, read_whole
from tagstack.questions.watermark import Block, read_blocks, read_watermark, unnumbered
from tagstack.table import RAW_QUESTIONS

__all__ = ["BlockCache", "open_source", "read_block", "read_blocks", "read_questions", "read_watermark"]

_READERS: tuple[tuple[str, Callable[[object], tuple[object, bool]]], ...] = (
    ("post_id", partial(read_whole, bits=64)),
    ("created_at", read_instant),
    ("title", read_text),
    ("body", read_text),
    ("raw_tags", read_text),
    ("score", partial(read_whole, bits=32)),
)


def read_questions(
    source: Source,
    settings: SourceSettings,
    *,
    blocks: BlockCache | None = None,
    progress: Callable[[int], None] | None = None,
) -> Iterator[pa.RecordBatch]:
    """Yield the window's questions by ascending Id, at most `settings.chunk_rows` a batch.

    A value that cannot be read as its type never ends the reading: it becomes null and its column is named in
    `unreadable` (text that is not UTF-8 or holds NUL bytes is repaired and named too). A missing Score is 0.

    Args:
        source: An open database.
        settings: The window and the batch size.
        blocks: Where blocks that were read before are taken from, and new ones kept. What an unchanged watermark
            cannot see is told in `tagstack.questions.watermark`.
        progress: Called with the number of questions of each batch.

    Yields:
        Batches of `tagstack.table.RAW_QUESTIONS`.

    Raises:
        SourceError: The window holds no question, or the database fails.
        StorageError: The cache cannot be written.
    """
    for block in read_blocks(source, settings):
        for batch in _block_batches(source, settings, block, blocks):
            yield batch
            if progress:
                progress(batch.num_rows)


def _block_batches(
    source: Source, settings: SourceSettings, block: Block, cache: BlockCache | None
) -> Iterator[pa.RecordBatch]:
    if cache is None:
        yield from read_block(source, settings, block)
        return
    table = cache.read(source, block)
    if table is None:
        batches = list(read_block(source, settings, block))
        table = pa.Table.from_batches(batches, RAW_QUESTIONS)
        # Questions that came or went since the watermark was taken must not be kept under its name.
        if table.num_rows == block.questions:
            cache.write(source, block, table)
    yield from table.to_batches(max_chunksize=settings.chunk_rows)


def read_block(source: Source, settings: SourceSettings, block: Block) -> Iterator[pa.RecordBatch]:
    """Yield the questions of one block, as `read_questions` does."""
    column = source.column("Id")
    within = unnumbered(source) if block.least_id is None else column.between(block.least_id, block.greatest_id)
    statement = source.rows().where(source.questions(settings, by_id=True), within).order_by(column)
    failure = f"Reading {source.posts.table} in {source.url} stopped near Id {block.least_id}"
    with sql_errors(failure, "check the database and run again; finished blocks are kept in the cache"):
        result = source.connection.execute(statement, execution_options={"yield_per": settings.chunk_rows})
        for rows in result.partitions():
            yield _batch(rows)


def _batch(rows: Sequence[sa.Row[tuple[object, ...]]]) -> pa.RecordBatch:
    columns: dict[str, list[object]] = {name: [] for name in RAW_QUESTIONS.names}
    for row in rows:
        unreadable = []
        for (name, reader), raw in zip(_READERS, row, strict=True):
            value, readable = reader(raw)
            columns[name].append(value)
            if not readable:
                unreadable.append(name)
        columns["unreadable"].append(unreadable)
    return pa.record_batch([pa.array(columns[field.name], field.type) for field in RAW_QUESTIONS], RAW_QUESTIONS)
