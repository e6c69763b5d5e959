"""Shift of embeddings: can a classifier tell the window's vectors from the reference's?

A domain classifier (Rabanser, Günnemann and Lipton, *Failing Loudly*, NeurIPS 2019) with a permutation null. The
classifier is ridge regression of the label, which is linear discriminant analysis but for the shrinkage; its
leave-one-out scores have a closed form, and one factorised matrix serves all relabellings at once, so that a null of
hundreds of classifiers costs a few matrix products.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy import linalg

from tagstack.drift.permutation import Labels, Statistics, judge
from tagstack.drift.report import DriftScore
from tagstack.drift.settings import DriftSettings
from tagstack.drift.univariate import area_under_curve
from tagstack.drift.verdict import Tested, score

Matrix = npt.NDArray[np.float32]

SHRINKAGE = 10.0
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
        Memory: a copy of the vectors and two of float32[b, n].
    """
    scores = leave_one_out(vectors, labels.astype(np.float32))
    areas = [area_under_curve(row[~window], row[window]) for row, window in zip(scores, labels, strict=True)]
    return np.array(areas)


def leave_one_out(vectors: Matrix, targets: Matrix) -> Matrix:
    """Return leave-one-out predictions of ridge regression, less the mean of the other questions' targets.

    Args:
        vectors: float32[n, d].
        targets: float32[b, n].

    Returns:
        float32[b, n]: of each question, by the regression on all others.
    """
    centred = vectors - vectors.mean(axis=0, dtype=np.float64).astype(np.float32)
    scatter = centred.T @ centred
    penalty = SHRINKAGE * float(np.trace(scatter)) / len(scatter)
    scatter[np.diag_indices_from(scatter)] += penalty or 1.0
    factor = linalg.cholesky(scatter, lower=True, overwrite_a=True, check_finite=False)
    scores: Matrix = targets - targets.mean(axis=1, keepdims=True)
    weights = linalg.cho_solve((factor, True), (scores @ centred).T, check_finite=False)
    for start in range(0, len(vectors), _BLOCK):
        rows = slice(start, start + _BLOCK)
        half = linalg.solve_triangular(factor, centred[rows].T, lower=True, check_finite=False)
        leverage = np.einsum("ij,ij->j", half, half) + 1 / len(vectors)
        fitted, own = (centred[rows] @ weights).T, scores[:, rows]
        scores[:, rows] = (fitted - leverage * own) / (1 - leverage) + own / (len(vectors) - 1)
    return scores
