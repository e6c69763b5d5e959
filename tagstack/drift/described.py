"""The descriptors of both samples as one table: numbers and categories, no text."""

from __future__ import annotations

import pandas as pd
import pyarrow as pa

from tagstack.drift.descriptors import describe
from tagstack.drift.sample import Sample
from tagstack.table import Table, write_table

PART = "part"
PARTS = ("reference", "window")


def describe_both(reference: Sample, window: Sample) -> Table:
    """Describe the questions of both samples; the column `part` says which one each row is of."""
    frames = [describe(sample).assign(**{PART: part}) for part, sample in zip(PARTS, (reference, window), strict=True)]
    table = pa.Table.from_pandas(pd.concat(frames, ignore_index=True), preserve_index=False)
    table = table.replace_schema_metadata(None)
    return write_table([table], table.schema)


def part_of(descriptors: Table, part: str) -> pd.DataFrame:
    """Return the rows of one sample."""
    frame = descriptors.frame()
    return frame[frame[PART] == part].drop(columns=PART).reset_index(drop=True)
