"""From a head's scores to probabilities that mean what they say."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
from scipy.special import expit

from tagstack.errors import ModelError

Method = Literal["sigmoid", "isotonic", "none"]
Array = npt.NDArray[Any]
Matrix = npt.NDArray[np.float32]

MIN_SUPPORT = 20
"""Fewest calibration documents with a tag for a map of its own; rarer tags share the map of all tags together."""


@dataclass(frozen=True, eq=False)
class Calibration:
    """A map from score to probability for each of k tags.

    Attributes:
        method: `sigmoid` (Platt, 1999: slope and intercept a tag), `isotonic` (Zadrozny and Elkan, 2002: steps joined
            by lines) or `none` (the logistic function alone).
        arrays: what was fitted; `sigmoid` has slope[k] and intercept[k]; `isotonic` has the knots of all tags one
            after the other, scores[m] and values[m], and start[k + 1], where each tag's begin.
    """

    method: Method
    arrays: Mapping[str, Array]

    def apply(self, logits: Matrix) -> Matrix:
        """Return probabilities float32[n, k] of scores float32[n, k]."""
        if self.method != "isotonic":
            slope, intercept = self.arrays.get("slope", 1), self.arrays.get("intercept", 0)
            return np.asarray(expit(logits * slope + intercept), np.float32)
        scores, values = self.arrays["scores"], self.arrays["values"]
        knots = [slice(low, high) for low, high in pairwise(self.arrays["start"])]
        columns = [np.interp(logits[:, at], scores[own], values[own]) for at, own in enumerate(knots)]
        return np.stack(columns, axis=1).astype(np.float32)


def fit_calibration(logits: Matrix, tags: Matrix, *, method: Method) -> Calibration:
    """Fit the map of each tag on documents that the head has not learnt from.

    Args:
        logits: float32[n, k] scores of the calibration part.
        tags: float32[n, k], 0 or 1.
        method: Which kind of map.

    Raises:
        ModelError: The calibration part has nothing to tell true from false by.
    """
    if method == "none":
        return Calibration(method, {})
    supports = tags.sum(axis=0)
    if not 0 < supports.sum() < tags.size:
        share = "None" if supports.sum() == 0 else "Every one"
        raise ModelError(f"{share} of the {len(tags)} calibration documents has the model's tags; widen the window.")
    fit_one, join = {"sigmoid": (_sigmoid, _join_sigmoid), "isotonic": (_isotonic, _join_isotonic)}[method]
    enough = np.minimum(supports, len(tags) - supports) >= MIN_SUPPORT
    shared = fit_one(logits.ravel(), tags.ravel())
    maps = [fit_one(logits[:, at], tags[:, at]) if own else shared for at, own in enumerate(enough)]
    return Calibration(method, join(maps))


def _sigmoid(scores: Matrix, true: Matrix) -> tuple[Matrix, Matrix]:
    from sklearn.linear_model import LogisticRegression  # noqa: PLC0415 - only needed to fit

    fitted = LogisticRegression(C=1.0, solver="newton-cholesky").fit(scores.reshape(-1, 1), true)
    return fitted.coef_[0].astype(np.float32), fitted.intercept_.astype(np.float32)


def _isotonic(scores: Matrix, true: Matrix) -> tuple[Matrix, Matrix]:
    from sklearn.isotonic import IsotonicRegression  # noqa: PLC0415 - only needed to fit

    fitted = IsotonicRegression(y_min=0.0, y_max=1.0, out_of_bounds="clip").fit(scores, true)
    return fitted.X_thresholds_.astype(np.float32), fitted.y_thresholds_.astype(np.float32)


def _join_sigmoid(maps: list[tuple[Matrix, Matrix]]) -> dict[str, Matrix]:
    slopes, intercepts = zip(*maps, strict=True)
    return {"slope": np.concatenate(slopes), "intercept": np.concatenate(intercepts)}


def _join_isotonic(maps: list[tuple[Matrix, Matrix]]) -> dict[str, Array]:
    scores, values = zip(*maps, strict=True)
    start = np.cumsum([0, *map(len, scores)], dtype=np.int64)
    return {"scores": np.concatenate(scores), "values": np.concatenate(values), "start": start}
