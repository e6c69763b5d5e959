"""Scoring the champion again, on the very questions that judge its challenger."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from tagstack.embeddings import EmbeddingMatrix, positions
from tagstack.encoder import VectorCache, encode_documents, load_encoder
from tagstack.errors import EncoderError, FingerprintError
from tagstack.labels import label_documents
from tagstack.metrics import Counts, count
from tagstack.model.tagmodel import TagModel
from tagstack.policy import PairedScores
from tagstack.split import Split
from tagstack.storage import FileSystem
from tagstack.table import Table

Ids = npt.NDArray[np.int64]


def score_rivals(
    challenger: TagModel,
    champion: tuple[str, TagModel],
    embeddings: EmbeddingMatrix,
    split: Split,
    documents: Table,
    *,
    seen: Ids,
    cache: tuple[FileSystem, str] | None = None,
) -> PairedScores:
    """Score both models on the test questions, each on its own classes and against all original tags.

    Questions that the champion was fitted on do not count: there it would be judged by what it knows.

    Args:
        challenger: The new model.
        champion: Version and model that stands against it.
        embeddings: Vectors for the challenger; for the champion too where its encoder is the same, else the texts are
            encoded again with the champion's.
        split: Which documents test.
        documents: Texts and tags.
        seen: Post ids that the champion was fitted on.
        cache: File operations and folder of the vector cache.

    Raises:
        EncoderError: The champion's encoder cannot be loaded.
        FingerprintError: It is not any more what the champion was trained with.
    """
    version, model = champion
    ids = split.members("test")
    ids = ids[~np.isin(ids, seen)]
    tags = _rows(documents, ids, "tags")["tags"]
    vectors = embeddings if embeddings.encoder == model.encoder else _encode(documents, ids, champion, cache)
    return PairedScores(version, _count(challenger, embeddings, ids, tags), _count(model, vectors, ids, tags))


def score_pair(
    challenger: tuple[str, TagModel],
    champion: tuple[str, TagModel],
    documents: Table,
    ids: Ids,
    *,
    cache: tuple[FileSystem, str],
) -> PairedScores:
    """Score two registered models on the same documents, each through the encoder that it was trained with.

    Args:
        challenger: Version and model that wants to be in production.
        champion: Version and model that is.
        documents: Texts and tags.
        ids: Which of them count.
        cache: File operations and folder of the vector cache.

    Raises:
        EncoderError: An encoder cannot be loaded.
        FingerprintError: One is not any more what its model was trained with.
    """
    tags = _rows(documents, ids, "tags")["tags"]
    ours = _encode(documents, ids, challenger, cache)
    theirs = ours if champion[1].encoder == challenger[1].encoder else _encode(documents, ids, champion, cache)
    counts = (_count(model, vectors, ids, tags) for (_, model), vectors in ((challenger, ours), (champion, theirs)))
    return PairedScores(champion[0], *counts)


def _rows(documents: Table, ids: Ids, *columns: str) -> pd.DataFrame:
    rows = documents.frame(["post_id", *columns])
    return rows.iloc[positions(rows["post_id"].to_numpy(), ids)]


def _count(model: TagModel, embeddings: EmbeddingMatrix, ids: Ids, tags: pd.Series) -> Counts:
    labels = label_documents(ids, tags, model.classes)
    return count(model.predict(embeddings, ids), labels.matrix, np.array([len(set(own)) for own in tags], np.int64))


def _encode(
    documents: Table, ids: Ids, registered: tuple[str, TagModel], cache: tuple[FileSystem, str] | None
) -> EmbeddingMatrix:
    version, model = registered
    try:
        encoder = load_encoder(model.recipe.encoder, late=True, expected=model.encoder)  # the cache may hold everything
    except (EncoderError, FingerprintError) as error:
        raise type(error)(
            f"Version {version} cannot be scored with the encoder that it was trained with: {error} "
            f"Bring that encoder back, or retire the version with `python run.py models --archive {version}`."
        ) from None
    vectors = VectorCache(*cache, encoder.fingerprint) if cache else None
    rows = _rows(documents, ids, "title", "text")
    matrix = encode_documents(encoder, rows["title"].tolist(), rows["text"].tolist(), cache=vectors)
    return EmbeddingMatrix(ids, matrix, encoder.fingerprint)
