"""Suggesting tags for a file of questions, however large."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from tagstack.errors import StorageError, UsageError
from tagstack.questions.file import read_questions_file
from tagstack.suggestion import Suggester

OUTPUT = pa.schema([
    pa.field("post_id", pa.int64(), nullable=False),
    pa.field("suggested", pa.list_(pa.string()), nullable=False),
    pa.field("top", pa.list_(pa.string()), nullable=False),
    pa.field("scores", pa.list_(pa.float64()), nullable=False),
])  # fmt: skip


def suggest_file(
    suggester: Suggester, source: Path, target: Path, *, top: int = 10, progress: Callable[[int], None] | None = None
) -> int:
    """Suggest tags for each question of a file, batch by batch, and return their number.

    The result takes its name only when it is whole; a failed run leaves an older one as it was.

    Args:
        suggester: Model and encoder.
        source: Parquet, CSV or JSON lines (.jsonl, .ndjson) with `post_id, title, body` or `Id, Title, Body`.
        target: Parquet file to write: `post_id, suggested, top, scores`.
        top: How many ranked tags a question gets.
        progress: Called with the number of questions of each finished batch.

    Raises:
        UsageError: The file cannot be read or lacks a column, or would be overwritten by its own result.
        StorageError: The result cannot be written.
    """
    if target.exists() and source.exists() and target.samefile(source):
        raise UsageError(f"The result would replace the questions in {source}; choose another --output.")
    partial = target.with_name(f".{target.name}.partial")
    done = 0
    try:
        with pq.ParquetWriter(partial, OUTPUT, compression="zstd") as writer:
            for batch in read_questions_file(source):
                writer.write_batch(_answer(suggester, batch, top))
                done += batch.num_rows
                if progress:
                    progress(batch.num_rows)
        partial.replace(target)
    except OSError as error:
        reason = os.strerror(error.errno) if error.errno else " ".join(str(error).split())
        raise StorageError(f"Cannot write {target}: {reason}; choose another --output.") from None
    finally:
        with suppress(OSError):  # gone where it took its name; never there where the folder is not
            partial.unlink()
    return done


def _answer(suggester: Suggester, batch: pa.RecordBatch, top: int) -> pa.RecordBatch:
    found = suggester.suggest(batch.column("title").to_pylist(), batch.column("body").to_pylist(), top=top)
    columns = [
        batch.column("post_id"),
        *(pa.array([getattr(s, name) for s in found], OUTPUT.field(name).type) for name in OUTPUT.names[1:]),
    ]
    return pa.RecordBatch.from_arrays(columns, schema=OUTPUT)
