"""Two-sample statistics of single descriptors, under any labelling, and the test of the rate of questions."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import stats
from scipy.special import rel_entr

from tagstack.drift.permutation import Labels, Statistics

Array = npt.NDArray[np.float64]

_WEEK = 7


def kolmogorov_smirnov(values: npt.ArrayLike, labels: Labels) -> Statistics:
    """Return the largest distance of two empirical distribution functions, for each of b labellings.

    Args:
        values: Numbers of n questions; ties are allowed.
        labels: bool[b, n], who is of the window.

    Returns:
        float64[b], between 0 and 1: `scipy.stats.ks_2samp(...).statistic` of each labelling.

    >>> kolmogorov_smirnov([1, 2, 3, 4], np.array([[False, False, True, True], [False, True, False, True]]))
    array([1. , 0.5])
    """
    numbers = np.asarray(values, np.float64)
    order = np.argsort(numbers, kind="stable")
    ends = np.append(np.flatnonzero(np.diff(numbers[order])), len(order) - 1)
    window = np.cumsum(labels[:, order], axis=1, dtype=np.int32)[:, ends]
    total = window[:, -1:]
    distances = np.abs(window / total - (ends + 1 - window) / (len(order) - total))
    return np.asarray(distances.max(axis=1), np.float64)


def jensen_shannon(counts: npt.NDArray[np.float32], labels: Labels) -> Statistics:
    """Return the Jensen-Shannon distance of two mixes, for each of b labellings.

    Args:
        counts: float32[n, k], what each of n questions adds to each of k categories.
        labels: bool[b, n], who is of the window.

    Returns:
        float64[b], between 0 (the same mix) and 1 (nothing in common).
    """
    window = (labels.astype(np.float32) @ counts).astype(np.float64)
    rest = counts.sum(axis=0, dtype=np.float64) - window
    empty = (window.sum(axis=1) == 0) | (rest.sum(axis=1) == 0)
    window[empty], rest[empty] = 1.0, 1.0
    before, after = (part / part.sum(axis=1, keepdims=True) for part in (rest, window))
    middle = (before + after) / 2
    divergence = (rel_entr(before, middle) + rel_entr(after, middle)).sum(axis=1) / (2 * np.log(2))
    # Equal mixes come out as a little less than nothing.
    return np.asarray(np.sqrt(np.maximum(divergence, 0.0)), np.float64)


def area_under_curve(reference: npt.ArrayLike, window: npt.ArrayLike) -> float:
    """Return how often a number of the window is larger than one of the reference; equal ones count half.

    >>> area_under_curve([1, 2, 3], [3, 4])
    0.9166666666666666
    """
    before, after = np.sort(np.asarray(reference)), np.sort(np.asarray(window))
    twice = np.searchsorted(before, after, side="left").sum() + np.searchsorted(before, after, side="right").sum()
    return float(twice / (2 * len(before) * len(after)))


def cliffs_delta(reference: npt.ArrayLike, window: npt.ArrayLike) -> float:
    """Return how much more often a number of the window is larger than one of the reference than smaller, -1 to 1.

    Cliff, *Dominance statistics*, Psychological Bulletin 114 (1993). Of numbers 0 and 1 it is the difference of means.

    >>> cliffs_delta([1, 2, 3], [4, 5]), cliffs_delta([0, 0, 1, 1], [1, 1])
    (1.0, 0.5)
    """
    return 2 * area_under_curve(reference, window) - 1


@dataclass(frozen=True)
class RateChange:
    """Questions a day, before and after.

    Attributes:
        before: Mean of the reference's days.
        after: Mean of the window's days.
        ratio: After over before, weekday by weekday.
        error: Standard error of the logarithm of the ratio.
        freedom: Degrees of freedom of that error.
        p_value: Chance of a ratio as far from one where the rate did not change.
    """

    before: float
    after: float
    ratio: float
    error: float
    freedom: int
    p_value: float

    def range(self, chance: float) -> float:
        """Return the factor around one that a ratio leaves by `chance`, where the rate did not change."""
        return float(np.exp(stats.t.isf(chance / 2, self.freedom) * self.error))


def compare_rates(
    reference: tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]],
    window: tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]],
) -> RateChange | None:
    """Compare questions a day, weekday by weekday.

    The ratio is Mantel-Haenszel's for rates in strata (Rothman and Greenland, *Modern Epidemiology*). Its error allows
    for days that vary more than a Poisson process does (quasi-Poisson: dispersion from the scatter of days of one
    weekday and period, at least 1).

    Args:
        reference: Questions and weekday of each of its days.
        window: The same of the window.

    Returns:
        None where the two have no weekday in common, no questions, or too few days to see their scatter.
    """
    strata = [[part[0][part[1] == weekday] for part in (reference, window)] for weekday in range(_WEEK)]
    both = [(before, after) for before, after in strata if len(before) and len(after)]
    cells = [cell for pair in both for cell in pair]
    freedom = sum(len(cell) for cell in cells) - len(cells)
    top = sum(after.sum() * len(before) / (len(before) + len(after)) for before, after in both)
    bottom = sum(before.sum() * len(after) / (len(before) + len(after)) for before, after in both)
    if freedom < _WEEK or not top or not bottom:
        return None
    scatter = sum(((cell - cell.mean()) ** 2).sum() / cell.mean() for cell in cells if cell.any())
    pooled = sum((b.sum() + a.sum()) * len(b) * len(a) / (len(b) + len(a)) ** 2 for b, a in both)
    error = float(np.sqrt(max(scatter / freedom, 1.0) * pooled / (top * bottom)))
    ratio = float(top / bottom)
    p_value = float(2 * stats.t.sf(abs(np.log(ratio)) / error, freedom))
    return RateChange(float(reference[0].mean()), float(window[0].mean()), ratio, error, freedom, p_value)
