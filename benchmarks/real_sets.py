"""The real sets as prepared questions with vectors; texts are encoded once a folder."""

from __future__ import annotations

import datetime as dt
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import scipy.sparse as sp

PROJECT = Path(__file__).resolve().parent.parent
DATA = PROJECT.parent / "shared" / "data"
sys.path[:0] = [str(PROJECT), str(PROJECT / "benchmarks")]

from tagstack.config import EncoderSettings, LabelSettings, Settings
from tagstack.contract import validate
from tagstack.drift.sample import Sample
from tagstack.encoder.corpus import embed_documents
from tagstack.labels import choose_classes, label_documents
from tagstack.metrics import Predictions
from tagstack.preparation import prepare
from tagstack.storage import LocalFileSystem
from tagstack.table import RAW_QUESTIONS, write_table

GENERAL, MIXED = "so_general_2008_2018", "so_mixed_2008_2021"


@dataclass(frozen=True, eq=False)
class RealSet:
    """n real questions, oldest first.

    Attributes:
        rows: `post_id, created_at, title, text, code, tags, group, body, source`.
        vectors: float32[n, d].
        truth: bool[n, k], the 100 most frequent tags.
        classes: Their names.
    """

    rows: pd.DataFrame
    vectors: npt.NDArray[np.float32]
    truth: npt.NDArray[np.bool_]
    classes: tuple[str, ...]

    def sample(self, chosen: npt.NDArray[np.intp]) -> Sample:
        """Return some of them; true tags stand for predicted ones."""
        rows, truth = self.rows.iloc[chosen].reset_index(drop=True), self.truth[chosen]
        predictions = Predictions(truth.astype(np.float32), truth)
        return Sample(rows, rows, self.vectors[chosen], predictions, sp.csr_array(truth), self.classes)


def load_real_set(name: str, folder: Path) -> RealSet:
    """Read, validate, prepare and encode one of the sets."""
    posts = pd.read_parquet(DATA / f"{name}.parquet").drop_duplicates("Id")
    raw = pd.DataFrame(
        {
            "post_id": posts["Id"],
            "created_at": posts["CreationDate"].dt.tz_localize("UTC"),
            "title": posts["Title"].fillna(""),
            "body": posts["Body"].fillna(""),
            "raw_tags": "<" + posts["Tags"].str.replace("|", "><", regex=False) + ">",
            "score": posts["Score"],
            "unreadable": [[] for _ in range(len(posts))],
        }
    )
    table = write_table([pa.Table.from_pandas(raw, RAW_QUESTIONS, preserve_index=False)], RAW_QUESTIONS)
    settings, now = Settings(), dt.datetime.now(dt.UTC)
    valid = validate(table, settings=settings.contract, privacy=settings.privacy, since=None, until=None, now=now)
    documents = prepare(valid.questions, settings=settings.preparation).documents
    embeddings = embed_documents(documents, EncoderSettings(), cache=(LocalFileSystem(), str(folder / "vectors")))
    rows = documents.frame().merge(valid.questions.frame(["post_id", "body"]), on="post_id")
    rows["source"] = posts.set_index("Id").loc[rows["post_id"], "Source"].to_numpy()
    rows = rows.sort_values(["created_at", "post_id"]).reset_index(drop=True)
    ids = rows["post_id"].to_numpy()
    classes = choose_classes(rows["tags"], settings=LabelSettings())
    truth = label_documents(ids, rows["tags"], classes).matrix.toarray()
    return RealSet(rows, np.array(embeddings.rows(ids)), truth, classes)
