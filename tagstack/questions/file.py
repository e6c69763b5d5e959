"""Questions from a file: Parquet, CSV or JSON lines, read in batches."""

from __future__ import annotations

import csv
import itertools
import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import IO, Any

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq

from tagstack.errors import UsageError
from tagstack.questions.values import read_text

INPUT = pa.schema([
    pa.field("post_id", pa.int64(), nullable=False),
    pa.field("title", pa.string(), nullable=False),
    pa.field("body", pa.string(), nullable=False),
])  # fmt: skip
ALIASES = {"post_id": "Id", "title": "Title", "body": "Body"}
BATCH_ROWS = 1024
BLOCK_BYTES = 16 * 2**20
"""What is read of a CSV file at a time; a single row must fit."""

Columns = Mapping[str, str]
"""The file's own column names by ours."""


def read_questions_file(source: Path) -> Iterator[pa.RecordBatch]:
    """Yield a file's `post_id, title, body` in batches of at most 1,024 rows.

    Columns may be called `Id, Title, Body`; others are not read. A missing title or body is empty.

    Args:
        source: A .parquet, .csv, .jsonl or .ndjson file.

    Raises:
        UsageError: The file cannot be read, lacks a column, or has a row whose Id is no whole number.
    """
    readers = {".parquet": _parquet, ".csv": _csv, ".jsonl": _json_lines, ".ndjson": _json_lines}
    reader = readers.get(source.suffix.lower())
    if reader is None:
        raise UsageError(f"{source} is neither .parquet, .csv, .jsonl nor .ndjson; convert it to one of them.")
    done = 0
    try:
        for batch in reader(source):
            for start in range(0, batch.num_rows, BATCH_ROWS):
                yield _typed(batch.slice(start, BATCH_ROWS), source, done=done)
                done += min(BATCH_ROWS, batch.num_rows - start)
    # Besides Arrow's and the system's errors: bytes that are no UTF-8, text that is no JSON, numbers beyond 64 bits.
    except (pa.ArrowException, OSError, ValueError, OverflowError, csv.Error) as error:
        reason = " ".join(str(error).split())[:300].rstrip(".") or type(error).__name__
        raise UsageError(f"Cannot read {source} after {done:,} questions: {reason}; mend or convert it.") from None


def _parquet(source: Path) -> Iterator[pa.RecordBatch]:
    # By default Arrow reads ahead to the end of the file and keeps it all.
    with pq.ParquetFile(source, pre_buffer=False, buffer_size=1 << 16) as file:
        columns = _columns(file.schema_arrow.names, source)
        for batch in file.iter_batches(batch_size=BATCH_ROWS, columns=list(columns.values())):
            yield _renamed(batch, columns)


def _csv(source: Path) -> Iterator[pa.RecordBatch]:
    with source.open(encoding="utf-8-sig", errors="replace", newline="") as file:
        columns = _columns(next(csv.reader(file), []), source)
    types = {columns[field.name]: field.type for field in INPUT}
    with pyarrow.csv.open_csv(
        source,
        read_options=pyarrow.csv.ReadOptions(block_size=BLOCK_BYTES),
        parse_options=pyarrow.csv.ParseOptions(newlines_in_values=True),
        convert_options=pyarrow.csv.ConvertOptions(include_columns=list(types), column_types=types),
    ) as batches:
        for batch in batches:
            yield _renamed(batch, columns)


def _json_lines(source: Path) -> Iterator[pa.RecordBatch]:
    columns: Columns = {}
    with source.open("rb") as file:
        rows = _objects(file)
        while batch := list(itertools.islice(rows, BATCH_ROWS)):
            columns = columns or _columns(dict.fromkeys(name for row in batch for name in row), source)
            ids = pa.array([_number(row.get(columns["post_id"])) for row in batch], pa.string())
            texts = [[_text(row.get(columns[name])) for row in batch] for name in ("title", "body")]
            yield pa.RecordBatch.from_arrays([ids, *(pa.array(text) for text in texts)], names=INPUT.names)


def _objects(lines: IO[bytes]) -> Iterator[Mapping[str, Any]]:
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            found = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise ValueError(f"line {number} is no JSON, {error}") from None
        if not isinstance(found, dict):
            raise ValueError(f"line {number} is no JSON object")
        yield found


def _number(value: object) -> str | None:
    """Return a number as it is written, with or without quotes; Arrow judges it."""
    return value if value is None or isinstance(value, str) else json.dumps(value)


def _text(value: object) -> str:
    r"""Return a text without the halves of characters that JSON can express ("\ud800") and Arrow cannot hold."""
    text, _ = read_text(value if value is None or isinstance(value, str) else json.dumps(value))
    return text or ""


def _columns(names: Iterable[str], source: Path) -> Columns:
    here = list(names)
    columns = {name: found for name in INPUT.names if (found := _first((name, ALIASES[name]), here))}
    for name in INPUT.names:
        if name not in columns:
            raise UsageError(f"{source} has no column {name} (or {ALIASES[name]}); it has {', '.join(here) or 'none'}.")
    return columns


def _first(wanted: Iterable[str], names: Iterable[str]) -> str | None:
    return next((name for name in wanted if name in names), None)


def _renamed(batch: pa.RecordBatch, columns: Columns) -> pa.RecordBatch:
    return batch.select(list(columns.values())).rename_columns(list(columns))


def _typed(batch: pa.RecordBatch, source: Path, *, done: int) -> pa.RecordBatch:
    arrays = [_cast(batch.column(field.name), field) for field in INPUT]
    ids = arrays[0]
    if ids.null_count:
        row = done + ids.is_null().index(True).as_py() + 1
        raise UsageError(f"Question {row:,} of {source} has no {ALIASES['post_id']}; give it one or leave it out.")
    return pa.RecordBatch.from_arrays([ids, *(text.fill_null("") for text in arrays[1:])], schema=INPUT)


def _cast(column: pa.Array, field: pa.Field) -> pa.Array:
    try:
        return column.cast(field.type)
    except pa.ArrowException as error:
        raise ValueError(f"column {field.name}: {error}") from None
