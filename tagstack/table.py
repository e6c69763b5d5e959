"""Columnar tables on disk that are written and read in batches, so that no step holds a whole corpus in memory."""

from __future__ import annotations

import atexit
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

TIMESTAMP = pa.timestamp("us", tz="UTC")

RAW_QUESTIONS = pa.schema([
    pa.field("post_id", pa.int64()),
    pa.field("created_at", TIMESTAMP),
    pa.field("title", pa.string()),
    pa.field("body", pa.string()),
    pa.field("raw_tags", pa.string()),
    pa.field("score", pa.int32()),
    pa.field("unreadable", pa.list_(pa.string())),
])  # fmt: skip
"""One row as collected. `unreadable` names the columns whose value could not be read as their type (then null here)."""

QUESTIONS = pa.schema([
    pa.field("post_id", pa.int64(), nullable=False),
    pa.field("created_at", TIMESTAMP, nullable=False),
    pa.field("title", pa.string(), nullable=False),
    pa.field("body", pa.string(), nullable=False),
    pa.field("tags", pa.list_(pa.string()), nullable=False),
    pa.field("score", pa.int32(), nullable=False),
])  # fmt: skip
"""One row that fulfils the contract; personal data in title and body is masked."""

QUARANTINE = pa.schema([
    pa.field("post_id", pa.int64()),
    pa.field("rule", pa.string()),
    pa.field("detail", pa.string()),
])  # fmt: skip
"""One row that broke a rule: which, and why. Never its text."""

DOCUMENTS = pa.schema([
    pa.field("post_id", pa.int64(), nullable=False),
    pa.field("created_at", TIMESTAMP, nullable=False),
    pa.field("title", pa.string(), nullable=False),
    pa.field("text", pa.string(), nullable=False),
    pa.field("code", pa.string(), nullable=False),
    pa.field("tags", pa.list_(pa.string()), nullable=False),
    pa.field("group", pa.int64(), nullable=False),
])  # fmt: skip
"""One prepared document. `group` is the smallest post_id among its near-duplicates."""


@dataclass(frozen=True)
class Table:
    """A Parquet file and how to read it."""

    path: Path

    @property
    def rows(self) -> int:
        """Number of rows."""
        return int(pq.read_metadata(self.path).num_rows)

    @property
    def schema(self) -> pa.Schema:
        """Columns and their types."""
        return pq.read_schema(self.path)

    def batches(self, *, columns: Sequence[str] | None = None, rows: int = 4096) -> Iterator[pa.RecordBatch]:
        """Yield the table in order, at most `rows` rows at a time."""
        # By default Arrow reads ahead to the end of the file and keeps it all.
        with pq.ParquetFile(self.path, pre_buffer=False) as file:
            yield from file.iter_batches(batch_size=rows, columns=None if columns is None else list(columns))

    def frame(self, columns: Sequence[str] | None = None) -> pd.DataFrame:
        """Read the named columns (all where None) into memory."""
        frame: pd.DataFrame = self.arrow(columns).to_pandas()
        return frame

    def arrow(self, columns: Sequence[str] | None = None) -> pa.Table:
        """Read the named columns (all where None) as an Arrow table."""
        return pq.read_table(self.path, columns=None if columns is None else list(columns))


def write_table(batches: Iterable[pa.RecordBatch | pa.Table], schema: pa.Schema, *, path: Path | None = None) -> Table:
    """Write batches to a Parquet file as they come.

    Args:
        batches: Record batches or tables of `schema`.
        schema: Columns and types.
        path: Where to write; a scratch folder, removed when the process ends, where None.
    """
    target = path or scratch() / "table.parquet"
    with pq.ParquetWriter(target, schema, compression="zstd") as writer:
        for batch in batches:
            writer.write(batch)
    return Table(target)


def scratch() -> Path:
    """Return a new temporary folder that is removed when the process ends."""
    folder = Path(tempfile.mkdtemp(prefix="tagstack-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder
