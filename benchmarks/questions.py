"""The questions that the benchmark of the service asks: real ones where they are, else the generated sample's."""

from __future__ import annotations

import random
import re
import sys
from pathlib import Path
from typing import NamedTuple

PROJECT = Path(__file__).resolve().parent.parent
DATA = PROJECT.parent / "shared" / "data" / "so_general_2008_2018.parquet"
_SEED = 20240301

if str(PROJECT) not in sys.path:
    sys.path.insert(0, str(PROJECT))


class Asked(NamedTuple):
    """A question as people write it, and its tags."""

    title: str
    body: str
    tags: tuple[str, ...]


def read_asked() -> tuple[list[Asked], str]:
    """Return distinct questions in an order that is always the same, and what they are called."""
    found = _real() if DATA.exists() else _generated()
    distinct = list({(one.title, one.body): one for one in found}.values())
    random.Random(_SEED).shuffle(distinct)
    return distinct, f"{len(distinct):,} {'real' if DATA.exists() else 'generated'} questions"


def _real() -> list[Asked]:
    import pandas as pd

    rows = pd.read_parquet(DATA, columns=["Title", "Body", "Tags"])
    return [Asked(row.Title, row.Body, tuple(row.Tags.split("|"))) for row in rows.itertuples()]


def _generated() -> list[Asked]:
    from tagstack.config import SampleSettings
    from tagstack.questions.generator.posts import generate

    rows = [post.row for post in generate(SampleSettings(questions=22_000))]
    written = [row for row in rows if all(isinstance(row[name], str) and row[name] for name in ("Title", "Body"))]
    tags = [tuple(re.findall(r"<([^<>]+)>", str(row["Tags"]))) for row in written]
    return [Asked(str(row["Title"]), str(row["Body"]), named) for row, named in zip(written, tags, strict=True)]
