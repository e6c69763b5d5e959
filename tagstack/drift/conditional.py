"""Whether something changed beyond what is already explained: a conditional randomisation test.

The question is put backwards. Given what explains (the questions, or their tags, or both), how likely is it that a
question comes from the window? A logistic regression says so. If nothing else changed, the window's questions are drawn
with just these probabilities, and whatever is summed over them has the distribution that is found by drawing them anew
(Candès, Fan, Janson and Lv, 2018, "Panning for gold", section 4). No calibration has to be right for this, as window
and reference are compared at equal inputs.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.stats import norm
from sklearn.linear_model import LogisticRegression

from tagstack.bootstrap import Estimate
from tagstack.drift.settings import DriftSettings

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

DRAWS_PER_PERMUTATION = 25
"""Drawing is cheap here, and finer p-values leave room for correction."""
_TAIL = 0.99
"""The quantile of a sum's null that is its unit."""
_DRAWN_AT_ONCE = 2**22
_FEWEST_DAYS = 5


@dataclass(frozen=True, eq=False)
class Explained:
    """What explains that a question is of the window.

    Attributes:
        in_window: bool[n].
        nuisance: float64[n, m], what explains; a constant is the first column.
        probability: float64[n] of the window given that.
        days: int64[n], numbers of days, whose questions may err together.
    """

    in_window: npt.NDArray[np.bool_]
    nuisance: Floats
    probability: Floats
    days: Integers


@dataclass(frozen=True, eq=False)
class Beyond:
    """k sums, tested, beyond what is explained.

    Attributes:
        z: float64[k], in units in which the null's 99% quantile is a normal distribution's: sums over rare tags have
            long tails, and in standard deviations these would hide what happened to the other tags.
        p_values: float64[k], two-sided.
        adjusted: float64[k], corrected for k by the greatest of them (Westfall and Young, 1993).
        largest: float64[draws], the greatest absolute z of each draw, sorted.
        squares: float64[1 + draws], the sum of squared z as it is, and of each draw, sorted.
        slopes: float64[k], one-step estimate of each column's coefficient in the regression that explains.
    """

    z: Floats
    p_values: Floats
    adjusted: Floats
    largest: Floats
    squares: Floats
    slopes: Floats

    @property
    def together(self) -> float:
        """The p-value of the sum of squares: many small changes show there first, a single large one does not."""
        return float((1 + (self.squares[1:] >= self.squares[0]).sum()) / len(self.squares))

    def critical(self, rate: float) -> float:
        """Return the least greatest z that counts as drift at a rate of false alarms."""
        return critical(self.largest, rate)

    def null(self, confidence: float) -> Estimate:
        """Return the middle and the range of the greatest z where nothing changed."""
        return middle(self.largest, confidence)


def explain(in_window: npt.NDArray[np.bool_], features: Floats, *, days: Integers) -> Explained:
    """Fit how likely a question is of the window given features float64[n, f] of order one."""
    fitted = LogisticRegression(C=1.0, solver="newton-cholesky").fit(features, in_window)
    nuisance = np.column_stack([np.ones(len(features)), features])
    return Explained(in_window, nuisance, fitted.predict_proba(features)[:, 1], days)


def judge_beyond(explained: Explained, columns: Floats, settings: DriftSettings, *, one_sided: bool = False) -> Beyond:
    """Test whether columns float64[n, k] differ between window and reference beyond what is explained.

    Where questions of one day err together, the variance is inflated by as much as sums over days vary more than their
    questions alone would make them (overdispersion; McCullagh and Nelder, 1989, section 4.5).

    Args:
        explained: What explains.
        columns: What may have changed.
        settings: Relabellings, of which 25 times as many are drawn here, and the seed.
        one_sided: Count only what grew.
    """
    weight = explained.probability * (1 - explained.probability)
    beyond = _project(columns, explained.nuisance, weight)
    surprise = explained.in_window - explained.probability
    drawn = _draw(explained, beyond, DRAWS_PER_PERMUTATION * settings.permutations, settings.seed)
    unit = _unit(drawn if one_sided else np.abs(drawn), norm.ppf(_TAIL if one_sided else (1 + _TAIL) / 2))
    total = surprise @ beyond
    z = total / unit / np.sqrt(_overdispersion(surprise[:, None] * beyond, explained))
    sizes, null = (z, drawn / unit) if one_sided else (np.abs(z), np.abs(drawn) / unit)
    largest = np.sort(null.max(axis=1))
    information = np.maximum(weight @ beyond**2, 1e-12)
    return Beyond(
        z=z,
        p_values=(1 + (null >= sizes).sum(axis=0)) / (1 + len(null)),
        adjusted=(1 + len(largest) - np.searchsorted(largest, sizes)) / (1 + len(largest)),
        largest=largest,
        squares=np.concatenate([[z @ z], np.sort(((drawn / unit) ** 2).sum(axis=1))]),
        slopes=total / information,
    )


def _project(columns: Floats, nuisance: Floats, weight: Floats) -> Floats:
    """Remove what is linear in the nuisance, which the fitted regression has already taken in."""
    weighted = nuisance * weight[:, None]
    gram = weighted.T @ nuisance
    gram[np.diag_indices_from(gram)] += 1.0  # the ridge of the regression
    remaining: Floats = columns - nuisance @ np.linalg.solve(gram, weighted.T @ columns)
    return remaining


def _draw(explained: Explained, beyond: Floats, draws: int, seed: int) -> Floats:
    generator = np.random.default_rng(seed)
    probability, columns = explained.probability.astype(np.float32), beyond.astype(np.float32)
    rows = max(1, _DRAWN_AT_ONCE // len(columns))
    blocks = []
    for start in range(0, draws, rows):
        uniform = generator.random((min(rows, draws - start), len(columns)), np.float32)
        blocks.append(((uniform < probability) - probability) @ columns)
    return np.concatenate(blocks).astype(np.float64)


def _unit(sizes: Floats, normal: float) -> Floats:
    unit: Floats = np.maximum(np.quantile(sizes, _TAIL, axis=0) / normal, 1e-12)
    return unit


def _overdispersion(parts: Floats, explained: Explained) -> Floats:
    sides = (explained.in_window, ~explained.in_window)
    if min(len(np.unique(explained.days[side])) for side in sides) < _FEWEST_DAYS:
        return np.ones(parts.shape[1])
    centred = parts.copy()
    for side in sides:
        centred[side] -= centred[side].mean(axis=0)
    together = (sums(centred, explained.days) ** 2).sum(axis=0)
    ratio: Floats = np.maximum(together / np.maximum((centred**2).sum(axis=0), 1e-12), 1.0)
    return ratio


def critical(null: Floats, rate: float) -> float:
    """Return the least value that counts as drift at a rate of false alarms, given a sorted null."""
    allowed = int(rate * (1 + len(null)) + 1e-9)
    return float(np.nextafter(null[-allowed], np.inf)) if allowed else float("inf")


def middle(null: Floats, confidence: float) -> Estimate:
    """Return the median and the central range of a null."""
    low, value, high = np.quantile(null, [(1 - confidence) / 2, 0.5, (1 + confidence) / 2]).tolist()
    return Estimate(value=value, low=low, high=high)


def sums(values: Floats, clusters: Integers) -> Floats:
    """Return the sums float64[c, k] of values float64[n, k] over the c clusters that int64[n] numbers name."""
    order = np.argsort(clusters, kind="stable")
    starts = np.flatnonzero(np.diff(clusters[order], prepend=-1))
    found: Floats = np.add.reduceat(values[order], starts, axis=0)
    return found
