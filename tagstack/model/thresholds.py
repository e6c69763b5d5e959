"""From which probability a tag is suggested."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Matrix = npt.NDArray[np.float32]

PRIOR_SUPPORT = 200
"""Documents with a tag at which its own threshold and the global one weigh alike."""
TOLERANCE = 0.004
"""Micro-F1 given up on the calibration part for more questions with a suggestion: its optimum is flat."""


def fit_thresholds(probabilities: Matrix, tags: Matrix) -> Matrix:
    """Choose thresholds for a high micro-F1, a tag's own the more documents it has.

    The global threshold is the lowest whose micro-F1 comes within `TOLERANCE` of the best F. Given F, micro-F1 rises
    with each tag whose probability exceeds F/2 (Lipton et al., 2014, "Optimal thresholding of classifiers to maximize
    F1 measure"), so a tag's own threshold maximises 2 x right suggestions - F x suggestions. Few documents make it
    noisy: it is shrunk to the global one by support / (support + `PRIOR_SUPPORT`).

    Args:
        probabilities: float32[n, k], calibrated, of the calibration part.
        tags: float32[n, k], 0 or 1.

    Returns:
        float32[k]; a tag is suggested where its probability is not below.
    """
    cuts, suggested, correct = _totals(probabilities.ravel(), tags.ravel())
    f1 = 2 * correct / (suggested + tags.sum())
    best = f1.max()
    common = cuts[f1 >= best - TOLERANCE][0]
    own = np.array([_own(probabilities[:, at], tags[:, at], best) for at in range(tags.shape[1])])
    supports = tags.sum(axis=0)
    weights = supports / (supports + PRIOR_SUPPORT)
    return np.asarray(weights * own + (1 - weights) * common, np.float32)


def _own(probabilities: Matrix, tags: Matrix, f1: float) -> float:
    cuts, suggested, correct = _totals(probabilities, tags)
    gains = 2 * correct - f1 * suggested
    return float(cuts[gains >= gains.max() - 2 * TOLERANCE * tags.sum()][0])


def _totals(probabilities: Matrix, tags: Matrix) -> tuple[npt.NDArray[np.float64], ...]:
    """Return possible thresholds, ascending and half way between values, with suggestions and right ones at each."""
    values, at = np.unique(probabilities, return_inverse=True)
    cuts = values.astype(np.float64)
    cuts[1:] = (cuts[1:] + cuts[:-1]) / 2
    each = (np.bincount(at), np.bincount(at, weights=tags))
    return cuts, *(np.cumsum(totals[::-1], dtype=np.float64)[::-1] for totals in each)
