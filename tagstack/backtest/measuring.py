"""How good models were on the questions that came after them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from tagstack.backtest.past import Past
from tagstack.bootstrap import Estimate, Ratio, interval, resample_ratios
from tagstack.labels import label_documents
from tagstack.metrics import Counts, count, open_metrics
from tagstack.model.tagmodel import TagModel

Ids = npt.NDArray[np.int64]


def count_open(past: Past, model: TagModel, ids: Ids) -> Counts:
    """Count what a model suggests for questions, and what is true of them."""
    tags = past.rows(ids)["tags"]
    labels = label_documents(ids, tags, model.classes)
    numbers = np.array([len(set(own)) for own in tags], np.int64)
    return count(model.predict(past.embeddings, ids), labels.matrix, numbers)


def measure(past: Past, fixed: TagModel, periods: Sequence[tuple[TagModel, Ids]]) -> dict[str, Estimate]:
    """Compare the models of some periods with the one of the beginning, on the same questions.

    Both are judged by `policy.compare_by` against all original tags, as their classes may differ.

    Args:
        past: The questions.
        fixed: The model of the beginning.
        periods: Each model, and the questions while it was in production.

    Returns:
        `adaptive`, `fixed` and their difference `gain`; nothing where there is no question.
    """
    if not sum(len(ids) for _, ids in periods):
        return {}
    settings = past.settings.evaluation
    ours = _join([_ratio(past, model, ids) for model, ids in periods])
    theirs = _join([_ratio(past, fixed, ids) for _, ids in periods])
    drawn = resample_ratios([ours, theirs], samples=settings.bootstrap_samples, seed=settings.seed)
    found = {
        "adaptive": (ours.value, drawn[:, 0]),
        "fixed": (theirs.value, drawn[:, 1]),
        "gain": (ours.value - theirs.value, drawn[:, 0] - drawn[:, 1]),
    }
    return {name: interval(*values, confidence=settings.confidence) for name, values in found.items()}


def _ratio(past: Past, model: TagModel, ids: Ids) -> Ratio:
    return open_metrics(count_open(past, model, ids))[past.settings.policy.compare_by]


def _join(ratios: Sequence[Ratio]) -> Ratio:
    return Ratio(
        np.concatenate([ratio.numerator for ratio in ratios]), np.concatenate([ratio.denominator for ratio in ratios])
    )
