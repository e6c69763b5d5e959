"""Permutation nulls at the window's own size, and family-wise error over several statistics.

Where nothing changed, any of the questions might as well have come later. So the labels "reference" and "window" are
dealt out anew, many times, and each statistic is computed again: its null has the sizes, the ties and the dependence
between questions' properties that the data have. All statistics of a family see the same relabellings, and the largest
of them, each in units of its own null, makes the null that corrects for their number (Westfall and Young,
*Resampling-Based Multiple Testing*, 1993: single-step maxT). A correction that ignores their dependence would be
stricter, and would need far more relabellings for p-values as small.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from tagstack.bootstrap import Estimate

Statistics = npt.NDArray[np.float64]
Labels = npt.NDArray[np.bool_]

_LEAST_SPREAD = 1e-9
"""Statistics are of the order of one; what scatters less is constant but for rounding."""


@dataclass(frozen=True, eq=False)
class Judged:
    """What the null says about one statistic.

    Attributes:
        value: The statistic.
        p_value: Chance of a value as large where nothing changed.
        adjusted_p_value: The same for the family; times `weight` where other tests share its false-alarm rate.
        critical: The least value that the null calls significant.
        null: Median and central range of the statistic where nothing changed.
        mean: Mean of it.
    """

    value: float
    p_value: float
    adjusted_p_value: float
    critical: float
    null: Estimate
    mean: float


def relabel(*, reference: int, window: int, permutations: int, seed: int) -> Labels:
    """Return who counts as of the window, bool[1 + permutations, reference + window]; the first row is the truth.

    >>> relabel(reference=2, window=1, permutations=5, seed=0).sum(axis=1)
    array([1, 1, 1, 1, 1, 1])
    """
    truth = np.arange(reference + window) >= reference
    drawn = np.random.default_rng(seed).permuted(np.tile(truth, (permutations, 1)), axis=1)
    return np.concatenate([truth[None], drawn])


def judge(statistics: Statistics, *, rate: float, confidence: float, weight: float = 1.0) -> tuple[Judged, ...]:
    """Judge the statistics of a family, large ones being evidence of a change.

    Args:
        statistics: float64[1 + permutations, k]; the first row is observed, the others are the null.
        rate: Chance, at most, that any of them is called significant where nothing changed.
        confidence: Of the null's range.
        weight: One over the share of `rate` that is left for these k where other tests spend the rest.
    """
    observed, null = statistics[0], statistics[1:]
    centre, spread = (part[0] for part in _others(statistics))
    largest = _largest(statistics)
    exceeded = (null >= observed).sum(axis=0)
    critical = np.nextafter(centre + spread * _critical(largest, rate / weight), np.inf)
    middle, low, high = np.quantile(null, [0.5, (1 - confidence) / 2, (1 + confidence) / 2], axis=0)
    return tuple(
        Judged(
            value=float(observed[at]),
            p_value=float((1 + exceeded[at]) / (1 + len(null))),
            adjusted_p_value=float(adjust(statistics, observed[at], at=at, weight=weight)),
            critical=float(critical[at]),
            null=Estimate(value=float(middle[at]), low=float(low[at]), high=float(high[at])),
            mean=float(centre[at]),
        )
        for at in range(statistics.shape[1])
    )


def adjust(statistics: Statistics, values: npt.ArrayLike, *, at: int, weight: float = 1.0) -> Statistics:
    """Return the chance that any statistic of a family is, in its own units, as large as these where nothing changed.

    Args:
        statistics: As `judge` takes them.
        values: float64[...], of the statistic in column `at`: the observed one, or others that have its null.
        at: Which column.
        weight: As `judge` takes it.
    """
    centre, spread = (part[0, at] for part in _others(statistics))
    # In the units of the statistic, as rounding must not part these chances from the critical value.
    largest = centre + spread * _largest(statistics)
    larger = len(largest) - np.searchsorted(largest, np.asarray(values, np.float64), side="left")
    return np.asarray(np.minimum((1 + larger) / (1 + len(largest)) * weight, 1.0), np.float64)


def _largest(statistics: Statistics) -> Statistics:
    """Return the largest statistic of each row of the null in units of its own null, float64[permutations], sorted."""
    centre, spread = _others(statistics)
    scaled: Statistics = (statistics - centre) / spread
    return np.sort(scaled[1:].max(axis=1))


def _others(statistics: Statistics) -> tuple[Statistics, Statistics]:
    """Return for each row mean and standard deviation of all other rows.

    The observed row must not judge itself, and all rows have to be treated alike, or the rate is not kept.
    """
    middle = statistics.mean(axis=0)
    centred, others = statistics - middle, len(statistics) - 1
    mean = -centred / others
    variance = ((centred**2).sum(axis=0) - centred**2) / others - mean**2
    return middle + mean, np.sqrt(np.maximum(variance, _LEAST_SPREAD**2))


def _critical(largest: Statistics, rate: float) -> float:
    """The value that a statistic must exceed for (1 + values as large) / (1 + all) to be `rate` at most."""
    allowed = int(rate * (1 + len(largest)) + 1e-9)
    return float(largest[-allowed]) if allowed else np.inf
