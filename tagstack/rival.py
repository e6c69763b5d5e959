"""Scoring the champion again, on the very questions that judge its challenger."""

from __future__ import annotations

import numpy as np
import pandas as pd

from tagstack.embeddings import EmbeddingMatrix, positions
from tagstack.encoder import VectorCache, encode_documents, load_encoder
from tagstack.labels import label_documents
from tagstack.metrics import Counts, count
from tagstack.model.tagmodel import TagModel
from tagstack.policy import PairedScores
from tagstack.split import Split
from tagstack.storage import FileSystem
from tagstack.table import Table


def score_rivals(
    challenger: TagModel,
    champion: tuple[str, TagModel],
    embeddings: EmbeddingMatrix,
    split: Split,
    documents: Table,
    *,
    cache: tuple[FileSystem, str] | None = None,
) -> PairedScores:
    """Score both models on the test part, each on its own classes and against all original tags.

    Args:
        challenger: The new model.
        champion: Version and model that stands against it.
        embeddings: Vectors for the challenger; for the champion too where its encoder is the same, else the texts are
            encoded again with the champion's.
        split: Which documents test.
        documents: Texts and tags.
        cache: File operations and folder of the vector cache.

    Raises:
        EncoderError: The champion's encoder cannot be loaded.
    """
    ids = split.members("test")
    rows = documents.frame(["post_id", "title", "text", "tags"])
    rows = rows.iloc[positions(rows["post_id"].to_numpy(), ids)]
    version, model = champion
    vectors = embeddings if embeddings.encoder == model.encoder else _encode(rows, model, cache)
    return PairedScores(version, _count(challenger, embeddings, rows), _count(model, vectors, rows))


def _count(model: TagModel, embeddings: EmbeddingMatrix, rows: pd.DataFrame) -> Counts:
    ids = rows["post_id"].to_numpy()
    labels = label_documents(ids, rows["tags"], model.classes)
    tags = np.array([len(set(own)) for own in rows["tags"]], np.int64)
    return count(model.predict(embeddings, ids), labels.matrix, tags)


def _encode(rows: pd.DataFrame, model: TagModel, cache: tuple[FileSystem, str] | None) -> EmbeddingMatrix:
    encoder = load_encoder(model.recipe.encoder)
    vectors = VectorCache(*cache, encoder.fingerprint) if cache else None
    matrix = encode_documents(encoder, rows["title"].tolist(), rows["text"].tolist(), cache=vectors)
    return EmbeddingMatrix(rows["post_id"].to_numpy(), matrix, encoder.fingerprint)
