"""Shift of embeddings: can a classifier tell the window's vectors from the reference's?

A domain classifier (Rabanser, Günnemann and Lipton, *Failing Loudly*, NeurIPS 2019) with a permutation null. The
classifier is ridge regression of the label, which is linear discriminant analysis but for the shrinkage; its
leave-one-out scores have a closed form, and one factorised matrix serves all relabellings at once, so that a null of
hundreds of classifiers costs a few matrix products.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy import linalg, stats

from tagstack.drift.permutation import Labels, Statistics, judge
from tagstack.drift.report import DriftScore
from tagstack.drift.settings import DriftSettings
from tagstack.drift.verdict import Tested, score

Matrix = npt.NDArray[np.float32]

SHRINKAGE = 1.0
"""The ridge penalty, in units of the mean eigenvalue of the vectors' scatter matrix."""

_BLOCK = 4096


def score_embeddings(vectors: Matrix, labels: Labels, settings: DriftSettings) -> DriftScore:
    """Test whether the window's vectors can be told from the reference's.

    Args:
        vectors: float32[n, d].
        labels: bool[b, n], who is of the window; the first row is the truth.
        settings: The rate of false alarms, and from which AUC a shift matters.
    """
    window = int(labels[0].sum())
    statistics = domain_auc(vectors, labels)[:, None]
    (judged,) = judge(statistics, rate=settings.false_alarm_rate, confidence=settings.confidence)
    return score(
        Tested("embeddings", "embeddings", "AUC", len(vectors) - window, window),
        judged,
        least=settings.min_auc,
        effect=judged.value,
        effect_name="AUC",
    )


def domain_auc(vectors: Matrix, labels: Labels) -> Statistics:
    """Return how well the labels of vectors can be told from the vectors, for each of b labellings.

    Args:
        vectors: float32[n, d].
        labels: bool[b, n], who is of the window.

    Returns:
        float64[b], the area under the ROC curve of the leave-one-out scores; about 0.5 where nothing can be told.
        Memory: two copies of the vectors and of float32[n, b].
    """
    scores = leave_one_out(vectors, labels.T.astype(np.float32))
    return np.concatenate([_auc(scores[:, at], labels[at]) for at in range(len(labels))])


def leave_one_out(vectors: Matrix, targets: Matrix) -> Matrix:
    """Return the leave-one-out predictions of ridge regression, less the mean of the other rows' targets.

    Args:
        vectors: float32[n, d].
        targets: float32[n, b].

    Returns:
        float32[n, b].
    """
    centred = vectors - vectors.mean(axis=0, dtype=np.float64).astype(np.float32)
    scatter = centred.T @ centred
    penalty = SHRINKAGE * float(np.trace(scatter)) / len(scatter)
    scatter[np.diag_indices_from(scatter)] += max(penalty, np.finfo(np.float32).tiny)
    factor = linalg.cholesky(scatter, lower=True, overwrite_a=True, check_finite=False)
    deviations = targets - targets.mean(axis=0)
    weights = linalg.cho_solve((factor, True), centred.T @ deviations, check_finite=False)
    scores = np.empty_like(deviations)
    for start in range(0, len(vectors), _BLOCK):
        rows = slice(start, start + _BLOCK)
        half = linalg.solve_triangular(factor, centred[rows].T, lower=True, check_finite=False)
        leverage = (np.einsum("ij,ij->j", half, half) + 1 / len(vectors))[:, None]
        fitted = centred[rows] @ weights
        scores[rows] = (fitted - leverage * deviations[rows]) / (1 - leverage) + deviations[rows] / (len(vectors) - 1)
    return scores


def _auc(scores: Matrix, window: npt.NDArray[np.bool_]) -> Statistics:
    ranks = stats.rankdata(scores)
    count = int(window.sum())
    above = ranks[window].sum() - count * (count + 1) / 2
    return np.array([above / (count * (len(window) - count))])
