"""Metrics by tag and their macro and weighted averages."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp

from tagstack.bootstrap import Estimate, divide, interval, resamples

Sums = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class TagCounts:
    """How often each of k tags was suggested rightly, suggested, and true; resampled in the last but one axis.

    Attributes:
        correct: float64[..., k].
        suggested: float64[..., k].
        true: float64[..., k].
    """

    correct: Sums
    suggested: Sums
    true: Sums

    @property
    def precision(self) -> Sums:
        """Share of a tag's suggestions that are right, 0 where it was never suggested."""
        return divide(self.correct, self.suggested)

    @property
    def recall(self) -> Sums:
        """Share of a tag's questions where it was suggested, 0 where it has none."""
        return divide(self.correct, self.true)

    @property
    def f1(self) -> Sums:
        """Harmonic mean of both, 0 where it is undefined."""
        return divide(2 * self.correct, self.suggested + self.true)

    def averages(self) -> dict[str, Sums]:
        """Return macro (each tag alike) and weighted (each by its questions) averages by name."""
        weights = divide(self.true, self.true.sum(axis=-1, keepdims=True))
        values = {"precision": self.precision, "recall": self.recall, "f1": self.f1}
        macro = {f"macro_{name}": value.mean(axis=-1) for name, value in values.items()}
        return macro | {f"weighted_{name}": (value * weights).sum(axis=-1) for name, value in values.items()}


def count_tags(suggested: sp.csr_array, true: sp.csr_array) -> TagCounts:
    """Count by tag.

    Args:
        suggested: bool[n, k].
        true: bool[n, k].
    """
    parts = (suggested.multiply(true), suggested, true)
    return TagCounts(*(np.asarray(part.sum(axis=0), np.float64).ravel() for part in parts))


def estimate_averages(
    suggested: sp.csr_array, true: sp.csr_array, *, samples: int, seed: int, confidence: float
) -> dict[str, Estimate]:
    """Return macro and weighted precision, recall and F1 with bootstrap intervals over documents."""
    parts = [sp.csr_array(part, dtype=np.float64).T.tocsr() for part in (suggested.multiply(true), suggested, true)]
    values = count_tags(suggested, true).averages()
    drawn = [
        TagCounts(*((part @ weights.T).T for part in parts)).averages()
        for weights in resamples(true.shape[0], samples=samples, seed=seed)
    ]
    return {
        name: interval(float(value), np.concatenate([block[name] for block in drawn]), confidence=confidence)
        for name, value in values.items()
    }
