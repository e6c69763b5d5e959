"""Suggesting tags for a file of questions, however large."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.csv
import pyarrow.json
import pyarrow.parquet as pq

from tagstack.errors import StorageError, UsageError
from tagstack.suggestion import Suggester

INPUTS = {"post_id": "Id", "title": "Title", "body": "Body"}
OUTPUT = pa.schema([
    pa.field("post_id", pa.int64(), nullable=False),
    pa.field("suggested", pa.list_(pa.string()), nullable=False),
    pa.field("top", pa.list_(pa.string()), nullable=False),
    pa.field("scores", pa.list_(pa.float64()), nullable=False),
])  # fmt: skip
BLOCK_BYTES = 64 * 2**20
"""What is read of a CSV or JSON lines file at a time; a single question must fit."""
BATCH_ROWS = 1024


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
        UsageError: The file cannot be read or lacks a column.
        StorageError: The result cannot be written.
    """
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
        raise StorageError(f"Cannot write {target}: {error.strerror or error}; choose another --output.") from None
    finally:
        partial.unlink(missing_ok=True)
    return done


def read_questions_file(source: Path) -> Iterator[pa.RecordBatch]:
    """Yield `post_id, title, body` in batches of at most 1,024 rows; errors as in `suggest_file`."""
    try:
        for batch in _open(source):
            for start in range(0, batch.num_rows, BATCH_ROWS):
                yield _select(batch.slice(start, BATCH_ROWS), source)
    except (pa.ArrowException, OSError) as error:
        raise UsageError(f"Cannot read {source}: {str(error).splitlines()[0]}") from None


def _open(source: Path) -> Iterator[pa.RecordBatch]:
    suffix = source.suffix.lower()
    if suffix == ".parquet":
        with pq.ParquetFile(source) as file:
            yield from file.iter_batches(batch_size=BATCH_ROWS)
    elif suffix == ".csv":
        read = pyarrow.csv.ReadOptions(block_size=BLOCK_BYTES)
        parse = pyarrow.csv.ParseOptions(newlines_in_values=True)
        convert = pyarrow.csv.ConvertOptions(
            column_types=dict.fromkeys(("title", "body", "Title", "Body"), pa.string())
        )
        yield from pyarrow.csv.open_csv(source, read_options=read, parse_options=parse, convert_options=convert)
    elif suffix in (".jsonl", ".ndjson"):
        yield from pyarrow.json.open_json(source, read_options=pyarrow.json.ReadOptions(block_size=BLOCK_BYTES))
    else:
        raise UsageError(f"{source} is neither .parquet, .csv, .jsonl nor .ndjson; convert it to one of them.")


def _select(batch: pa.RecordBatch, source: Path) -> pa.RecordBatch:
    columns = []
    for name, alias in INPUTS.items():
        found = next((column for column in (name, alias) if column in batch.schema.names), None)
        if found is None:
            raise UsageError(f"{source} has no column {name} (or {alias}); it has {', '.join(batch.schema.names)}.")
        columns.append(batch.column(found).cast(pa.int64() if name == "post_id" else pa.string()))
    return pa.RecordBatch.from_arrays(columns, names=list(INPUTS))


def _answer(suggester: Suggester, batch: pa.RecordBatch, top: int) -> pa.RecordBatch:
    titles, bodies = ([value or "" for value in batch.column(name).to_pylist()] for name in ("title", "body"))
    found = suggester.suggest(titles, bodies, top=top)
    columns = [
        batch.column("post_id"),
        *(pa.array([getattr(s, name) for s in found], OUTPUT.field(name).type) for name in OUTPUT.names[1:]),
    ]
    return pa.RecordBatch.from_arrays(columns, schema=OUTPUT)
