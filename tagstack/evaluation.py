"""A trained model and the baselines on the test part."""

from __future__ import annotations

import datetime as dt

import numpy as np
import numpy.typing as npt
import pandas as pd

from tagstack.config import EvaluationSettings
from tagstack.embeddings import EmbeddingMatrix, positions
from tagstack.errors import ModelError
from tagstack.labels import LabelMatrix
from tagstack.metrics import Predictions
from tagstack.model.tagmodel import TagModel
from tagstack.scorecard import Evaluation, Scorecard
from tagstack.scoring import GroundTruth, score
from tagstack.split import PARTS, Split, utc
from tagstack.table import Table


def evaluate(
    model: TagModel,
    embeddings: EmbeddingMatrix,
    labels: LabelMatrix,
    split: Split,
    documents: Table,
    settings: EvaluationSettings,
) -> Evaluation:
    """Score the model, and the baselines that the settings name, on the questions of the test part.

    Args:
        model: The trained model.
        embeddings: Vectors of at least the test part.
        labels: Tags of all documents; its classes are the model's.
        split: The split that the model was trained with; baselines learn from its training part.
        documents: Texts, tags and dates.
        settings: Baselines, slices, bootstrap.

    Raises:
        ModelError: The labels are not of the model's classes.
        FingerprintError: Another encoder made the vectors.
    """
    if labels.classes != model.classes:
        raise ModelError(f"The labels have {len(labels.classes)} tags that are not the model's {len(model.classes)}.")
    ids = split.members("test")
    rows = documents.frame(["post_id", "created_at", "text", "code", "tags"])
    rows = rows.iloc[positions(rows["post_id"].to_numpy(), ids)]
    times = utc(rows["created_at"])
    first, last = (moment.astype(dt.datetime).replace(tzinfo=dt.UTC) for moment in (times.min(), times.max()))
    truth = ground_truth(rows, labels, supports=np.array(model.card.supports), settings=settings)
    return Evaluation(
        model_sha256=model.sha256,
        first=first,
        last=last,
        model=score(model.head, model.predict(embeddings, ids), truth, settings=settings),
        baselines=_baselines(labels, split, documents, truth, settings),
    )


def ground_truth(
    rows: pd.DataFrame, labels: LabelMatrix, *, supports: npt.NDArray[np.int64], settings: EvaluationSettings
) -> GroundTruth:
    """Collect what is true of documents, and the parts of them to score apart.

    The parts: `short` texts, `code-heavy` ones, questions with a tag that is `rare` in training, and each `year`.

    Args:
        rows: n documents with post_id, created_at, text, code and tags.
        labels: Their tags.
        supports: Training documents of each class [k].
        settings: What short, code-heavy and rare mean.
    """
    matrix = labels.rows(rows["post_id"].to_numpy())
    text, code = (rows[name].str.len().to_numpy() for name in ("text", "code"))
    rare = supports < settings.rare_tag_support
    slices = {
        "short": text < settings.short_text_characters,
        "code-heavy": (code > 0) & (code >= settings.code_heavy_share * (text + code)),
        "rare tags": matrix.astype(np.int64) @ rare.astype(np.int64) > 0,
    }
    years = pd.DatetimeIndex(utc(rows["created_at"])).year.to_numpy()
    slices |= {f"year {year}": years == year for year in np.unique(years)}
    tags = np.array([len(set(own)) for own in rows["tags"]], np.int64)
    return GroundTruth(classes=labels.classes, matrix=matrix, tags=tags, slices=slices)


def _baselines(
    labels: LabelMatrix, split: Split, documents: Table, truth: GroundTruth, settings: EvaluationSettings
) -> tuple[Scorecard, ...]:
    predictions: dict[str, Predictions] = {}
    if "popularity" in settings.baselines:
        from tagstack.model.baselines import predict_popular  # noqa: PLC0415 - scikit-learn only where it is used

        predictions["popularity"] = predict_popular(labels.rows(split.members("train")), len(truth.tags))
    if "tfidf" in settings.baselines:
        predictions["tfidf"] = _by_words(labels, split, documents)
    return tuple(score(name, predicted, truth, settings=settings) for name, predicted in predictions.items())


def _by_words(labels: LabelMatrix, split: Split, documents: Table) -> Predictions:
    from tagstack.model.baselines import Texts, predict_by_words  # noqa: PLC0415 - scikit-learn only where it is used

    rows = documents.frame(["post_id", "title", "text"])
    texts, ids = (rows["title"] + "\n" + rows["text"]), rows["post_id"].to_numpy()
    members = [split.members(part) for part in PARTS]
    train, calibrate, test = (texts.iloc[positions(ids, part)].tolist() for part in members)
    return predict_by_words(Texts(train, labels.rows(members[0])), Texts(calibrate, labels.rows(members[1])), test)
