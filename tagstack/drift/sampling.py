"""From tables of questions to a sample that can be compared."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from tagstack.drift.report import Period
from tagstack.drift.sample import Sample
from tagstack.drift.settings import DriftSettings
from tagstack.labels import label_documents
from tagstack.metrics import Predictions
from tagstack.model.tagmodel import TagModel
from tagstack.table import Table

Ids = npt.NDArray[np.int64]
Encode = Callable[[Sequence[str], Sequence[str]], npt.NDArray[np.float32]]
"""From n titles and n texts to float32[n, d]."""


@dataclass(frozen=True, eq=False)
class Drawn:
    """A sample and what it was drawn from.

    Attributes:
        sample: At most `drift.max_questions` questions, all with tags or none.
        questions: How many there are.
        labelled: Those with tags.
        notes: What a reader of the report must know of it.
    """

    sample: Sample
    questions: int
    labelled: int
    notes: tuple[str, ...] = ()

    def period(self, since: dt.datetime, until: dt.datetime) -> Period:
        """Say which time it stands for."""
        return Period(since=since, until=until, questions=self.questions, labelled=self.labelled)


def draw(
    questions: Table, documents: Table, ids: Ids, *, model: TagModel, encode: Encode, settings: DriftSettings
) -> Drawn:
    """Draw a sample, encode it and ask the model about it.

    Questions without tags are left out where enough others have some, else all count as without.

    Args:
        questions: With their HTML bodies.
        documents: The same, prepared; those that preparation dropped are missing.
        ids: Which documents to draw from.
        model: What predicts.
        encode: Makes vectors of titles and texts, as the model was trained with.
        settings: How many at most, and from how many on there is enough.
    """
    index = documents.frame(["post_id", "created_at", "tags"]).set_index("post_id").loc[ids]
    tagged = (index["tags"].str.len() > 0).to_numpy()
    labelled = int(tagged.sum())
    enough = labelled == len(ids) or labelled >= settings.min_questions
    chosen = ids[tagged] if enough else ids
    drawn = _at_most(chosen, settings)
    rows = rows_of(documents, drawn)
    vectors = encode(rows["title"].tolist(), rows["text"].tolist())
    probabilities = model.probabilities(vectors)
    truth = label_documents(drawn, rows["tags"], model.classes).matrix if enough and len(drawn) else None
    sample = Sample(
        questions=rows_of(questions, drawn, without=("score",)),
        documents=rows,
        vectors=vectors,
        predictions=Predictions(probabilities, model.suggest(probabilities), model.thresholds),
        truth=truth,
        classes=model.classes,
        moments=index["created_at"].reset_index(drop=True),
    )
    return Drawn(sample, len(ids), labelled, _notes(len(ids), labelled, len(drawn), enough=enough))


def rows_of(table: Table, ids: Ids, *, without: Sequence[str] = ()) -> pd.DataFrame:
    """Read rows by post id, in the order of `ids`; raises KeyError where one is missing."""
    columns = [name for name in table.schema.names if name not in without]
    wanted = pa.array(np.sort(ids))
    parts = [batch.filter(pc.is_in(batch["post_id"], wanted)) for batch in table.batches(columns=columns)]
    found: pd.DataFrame = pa.Table.from_batches(
        parts, pa.schema([table.schema.field(name) for name in columns])
    ).to_pandas()
    return found.set_index("post_id", drop=False).loc[ids].reset_index(drop=True)


def _at_most(ids: Ids, settings: DriftSettings) -> Ids:
    if len(ids) <= settings.max_questions:
        return ids
    drawn = np.random.default_rng(settings.seed).choice(len(ids), settings.max_questions, replace=False)
    chosen: Ids = ids[np.sort(drawn)]
    return chosen


def _notes(total: int, labelled: int, drawn: int, *, enough: bool) -> tuple[str, ...]:
    notes = []
    if labelled < total:
        what = "they are left out" if enough else "realised metrics and concept drift are missing"
        notes.append(f"{total - labelled:,} of {total:,} questions have no tags: {what}.")
    if drawn < (labelled if enough else total):
        notes.append(f"Of {labelled if enough else total:,} questions {drawn:,} were drawn (drift.max_questions).")
    return tuple(notes)
