"""Real questions, a model trained on some of them, and a pool of others from which streams are drawn.

The split is by chance, so that two draws from the pool differ by chance alone. Questions with one of the held-out tags
are in no part: to the model they are what tomorrow asks about.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
from real_sets import GENERAL, RealSet, load_real_set

from tagstack.config import EncoderSettings, HeadName, LabelSettings, ModelSettings, SplitSettings
from tagstack.embeddings import EmbeddingMatrix
from tagstack.encoder import encoder_fingerprint
from tagstack.labels import choose_classes, label_documents
from tagstack.metrics import Predictions
from tagstack.model.tagmodel import Recipe
from tagstack.model.training import train
from tagstack.split import split_documents

TOPICS = 24
_HELD_OUT = slice(30, 45, 4)
"""Which tags, by frequency, the model has never seen."""
_BY_CHANCE = SplitSettings(method="random", test_share=0.49, calibration_share=0.1)


@dataclass(frozen=True, eq=False)
class World:
    """n questions that the model was not trained on.

    Attributes:
        rows: Documents, with their HTML in the column `body`.
        vectors: float32[n, d].
        predictions: Of the model.
        truth: bool[n, k].
        classes: The model's tags.
        unseen: bool[n], questions with a held-out tag.
        topics: int64[n], clusters of vectors.
    """

    rows: pd.DataFrame
    vectors: npt.NDArray[np.float32]
    predictions: Predictions
    truth: npt.NDArray[np.bool_]
    classes: tuple[str, ...]
    unseen: npt.NDArray[np.bool_]
    topics: npt.NDArray[np.int64]


def make_world(folder: Path, head: HeadName) -> World:
    """Encode the real questions (once a folder), hold tags out, train, and predict all that was not trained on."""
    data = load_real_set(GENERAL, folder)
    held_out = set(data.rows["tags"].explode().value_counts().index[_HELD_OUT])
    unseen = np.array([bool(held_out & set(own)) for own in data.rows["tags"]])
    seen = data.rows[~unseen]
    split = split_documents(
        seen["post_id"].to_numpy(), seen["created_at"], seen["group"].to_numpy(), settings=_BY_CHANCE
    )
    learnt = seen["tags"][np.isin(seen["post_id"], split.members("train"))]
    labels = label_documents(split.ids, seen["tags"], choose_classes(learnt, settings=LabelSettings()))
    embeddings = EmbeddingMatrix(data.rows["post_id"].to_numpy(), data.vectors, encoder_fingerprint(EncoderSettings()))
    model = train(embeddings, labels, split, settings=ModelSettings(head=head), recipe=Recipe())
    kept = unseen | data.rows["post_id"].isin(split.members("test")).to_numpy()
    return _world(data, kept, unseen, model.predict(embeddings, data.rows["post_id"].to_numpy()[kept]), model.classes)


def _world(
    data: RealSet,
    kept: npt.NDArray[np.bool_],
    unseen: npt.NDArray[np.bool_],
    predictions: Predictions,
    classes: tuple[str, ...],
) -> World:
    from sklearn.cluster import MiniBatchKMeans

    rows, vectors = data.rows[kept].reset_index(drop=True), data.vectors[kept]
    topics = MiniBatchKMeans(TOPICS, random_state=0, n_init=3, batch_size=1024).fit_predict(vectors)
    truth = label_documents(rows["post_id"].to_numpy(), rows["tags"], classes).matrix.toarray()
    return World(rows, vectors, predictions, truth, classes, unseen[kept], topics.astype(np.int64))
