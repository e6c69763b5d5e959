"""Bootstrap intervals of metrics that are ratios of sums over documents."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel, ConfigDict

_WEIGHTS_IN_MEMORY = 2**21


class Estimate(BaseModel):
    """A metric on the test documents and the bootstrap interval around it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.value:.3f} [{self.low:.3f}, {self.high:.3f}]"


@dataclass(frozen=True, eq=False)
class Ratio:
    """A metric written as one sum over documents divided by another; 0 where the divisor is 0.

    A mean over documents has 1 as every denominator; a mean over some documents has 0 for the others; a micro-averaged
    metric has counts in both. All of them are resampled by the same weighted sums.

    Attributes:
        numerator: float64[n].
        denominator: float64[n].
    """

    numerator: npt.NDArray[np.float64]
    denominator: npt.NDArray[np.float64]

    @property
    def value(self) -> float:
        """The metric on all documents."""
        return float(divide(self.numerator.sum(), self.denominator.sum()))

    def where(self, mask: npt.NDArray[np.bool_]) -> Ratio:
        """Return the same metric on the documents of `mask` alone."""
        return Ratio(self.numerator * mask, self.denominator * mask)


def divide(numerator: npt.ArrayLike, denominator: npt.ArrayLike) -> npt.NDArray[np.float64]:
    """Divide, with 0 where the denominator is 0.

    >>> divide([1, 1], [2, 0])
    array([0.5, 0. ])
    """
    top, bottom = np.asarray(numerator, np.float64), np.asarray(denominator, np.float64)
    return np.divide(top, bottom, out=np.zeros(np.broadcast_shapes(top.shape, bottom.shape)), where=bottom != 0)


def resamples(documents: int, *, samples: int, seed: int) -> Iterator[npt.NDArray[np.float64]]:
    """Yield how often each document is drawn in each resample, float64[b, documents], until `samples` rows are out.

    Documents are drawn with replacement, as many as there are (Efron, 1979). Memory stays below 100 MB.
    """
    generator = np.random.default_rng(seed)
    rows = max(1, min(samples, _WEIGHTS_IN_MEMORY // max(documents, 1)))
    for start in range(0, samples, rows):
        drawn = generator.integers(documents, size=(min(rows, samples - start), documents))
        yield np.stack([np.bincount(row, minlength=documents) for row in drawn]).astype(np.float64)


def resample_ratios(ratios: list[Ratio], *, samples: int, seed: int) -> npt.NDArray[np.float64]:
    """Return the resampled values of metrics over the same documents, float64[samples, metrics]."""
    numerators = np.stack([ratio.numerator for ratio in ratios], axis=1)
    denominators = np.stack([ratio.denominator for ratio in ratios], axis=1)
    weights = resamples(len(numerators), samples=samples, seed=seed)
    return np.concatenate([divide(drawn @ numerators, drawn @ denominators) for drawn in weights])


def interval(value: float, resampled: npt.NDArray[np.float64], *, confidence: float) -> Estimate:
    """Return the percentile interval of a metric from its resampled values [samples]."""
    low, high = np.quantile(resampled, [(1 - confidence) / 2, (1 + confidence) / 2])
    return Estimate(value=value, low=float(low), high=float(high))


def estimate(ratios: dict[str, Ratio], *, samples: int, seed: int, confidence: float) -> dict[str, Estimate]:
    """Return each metric with its interval; all are resampled over the same draws.

    Args:
        ratios: Metrics over the same n documents, by name.
        samples: Number of resamples.
        seed: Of the draws.
        confidence: Share of resamples inside an interval.

    >>> ones = np.ones(100)
    >>> str(estimate({"always": Ratio(ones, ones)}, samples=20, seed=0, confidence=0.95)["always"])
    '1.000 [1.000, 1.000]'
    """
    resampled = resample_ratios(list(ratios.values()), samples=samples, seed=seed)
    return {
        name: interval(ratio.value, resampled[:, at], confidence=confidence)
        for at, (name, ratio) in enumerate(ratios.items())
    }
