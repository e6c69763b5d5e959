"""Metrics without labels: what calibrated probabilities promise (confidence-based performance estimation).

Tags are drawn from the probabilities many times, and each draw is scored like true tags (Kivimäki et al., 2025,
"Confidence-based estimators for predictive performance in model monitoring"). Two things would spoil that, and both are
learnt from the labelled reference: probabilities that do not mean what they say are calibrated anew, and as tags of one
question are not drawn independently in truth, each metric is moved by what the same estimate misses on the reference.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp
from scipy.special import expit, logit

from tagstack.bootstrap import Estimate
from tagstack.drift.sample import Sample
from tagstack.metrics import HEADLINE_K, Counts, Predictions, top, vocabulary_metrics
from tagstack.tagwise import TagCounts

Floats = npt.NDArray[np.float64]

DRAWS = 40
_FARTHEST = 1e-5
_SLOPE_SPREAD, _SHIFT_SPREAD = 0.2, 0.5
"""How far a tag's line is from that of all tags, as a standard deviation, before its own questions are seen."""
_STEPS = 12
_UNBOUNDED = "suggestions_per_question"


@dataclass(frozen=True, eq=False)
class Recalibration:
    """A straight line in log odds for each of k tags.

    Attributes:
        slope: float64[k].
        shift: float64[k].
    """

    slope: Floats
    shift: Floats

    def apply(self, probabilities: npt.NDArray[np.float32]) -> Floats:
        """Return probabilities float64[n, k] that mean what they say."""
        calibrated: Floats = expit(log_odds(probabilities) * self.slope + self.shift)
        return calibrated


def log_odds(probabilities: npt.ArrayLike) -> Floats:
    """Return finite log odds of probabilities.

    >>> log_odds([0.5, 0.0]).round(1).tolist()
    [0.0, -11.5]
    """
    odds: Floats = logit(np.clip(np.asarray(probabilities, np.float64), _FARTHEST, 1 - _FARTHEST))
    return odds


def recalibrate(probabilities: npt.NDArray[np.float32], truth: sp.csr_array) -> Recalibration:
    """Fit each tag's line on labelled questions; that of a rare tag stays near the line of all tags together.

    Args:
        probabilities: float32[n, k].
        truth: bool[n, k].
    """
    odds, true = log_odds(probabilities), truth.toarray().astype(np.float64)
    shared = _fit_lines(odds.reshape(-1, 1), true.reshape(-1, 1), Recalibration(np.ones(1), np.zeros(1)))
    return _fit_lines(odds, true, shared)


def _fit_lines(odds: Floats, true: Floats, centre: Recalibration) -> Recalibration:
    """Fit penalised logistic regressions of one variable, all at once, by Newton's method."""
    slope, shift = (np.repeat(start, odds.shape[1]) for start in (centre.slope, centre.shift))
    for _ in range(_STEPS):
        expected = expit(odds * slope + shift)
        error, weight = true - expected, expected * (1 - expected)
        weighted = weight * odds
        down_shift = error.sum(axis=0) - (shift - centre.shift) / _SHIFT_SPREAD**2
        down_slope = (error * odds).sum(axis=0) - (slope - centre.slope) / _SLOPE_SPREAD**2
        a = weight.sum(axis=0) + 1 / _SHIFT_SPREAD**2
        b = weighted.sum(axis=0)
        c = (weighted * odds).sum(axis=0) + 1 / _SLOPE_SPREAD**2
        determinant = a * c - b * b
        shift = shift + np.clip((c * down_shift - b * down_slope) / determinant, -2, 2)
        slope = np.clip(slope + np.clip((a * down_slope - b * down_shift) / determinant, -0.5, 0.5), 0.0, 5.0)
    return Recalibration(slope, shift)


def estimate_metrics(
    reference: Sample, window: Sample, *, top_k: tuple[int, ...] = (HEADLINE_K,), confidence: float, seed: int
) -> dict[str, Estimate]:
    """Estimate the metrics of `tagstack.metrics`, and macro and weighted averages, from predictions alone.

    The interval is meant for the value that will come true, so it holds the chance of the tags themselves.

    Args:
        reference: Questions of training; where it has tags, they calibrate and correct.
        window: Questions whose tags are not looked at.
        top_k: Lengths of ranked lists.
        confidence: Of the intervals.
        seed: Of the draws.
    """
    lengths = tuple(sorted({*top_k, HEADLINE_K}))
    generator = np.random.default_rng(seed)
    values, variances = _middle(_drawn_values(window, _calibrated(reference, window), lengths, generator))
    if reference.truth is not None:
        missed, missed_variances = _missed(reference, lengths, generator)
        values = {name: value + missed[name] for name, value in values.items()}
        variances = {name: value + missed_variances[name] for name, value in variances.items()}
    reach = NormalDist().inv_cdf((1 + confidence) / 2)
    return {name: _interval(name, value, reach * variances[name] ** 0.5) for name, value in values.items()}


def metric_values(
    predictions: Predictions, order: npt.NDArray[np.intp], true: npt.NDArray[np.bool_], top_k: tuple[int, ...]
) -> dict[str, float]:
    """Return every metric of predictions against dense tags bool[n, k].

    Args:
        predictions: Of n questions.
        order: The best classes of each question, best first, as many as the longest ranked list.
        true: True, or drawn, tags.
        top_k: Lengths of ranked lists.
    """
    found = np.cumsum(np.take_along_axis(true, order, axis=1), axis=1, dtype=np.float64)
    right = true & predictions.suggested
    counts = Counts(
        classes=true.shape[1],
        correct=right.sum(axis=1, dtype=np.float64),
        suggested=predictions.suggested.sum(axis=1, dtype=np.float64),
        present=true.sum(axis=1, dtype=np.float64),
        tags=np.zeros(len(true)),
        hits={k: found[:, min(k, found.shape[1]) - 1] for k in top_k},
    )
    parts = (right, predictions.suggested, true)
    averages = TagCounts(*(part.sum(axis=0, dtype=np.float64) for part in parts)).averages()
    values = {name: ratio.value for name, ratio in vocabulary_metrics(counts).items()}
    return values | {name: float(value) for name, value in averages.items()}


def ranked_lengths(names: Iterable[str]) -> tuple[int, ...]:
    """Return the lengths of ranked lists that metric names speak of.

    >>> ranked_lengths(["recall_at_3", "at_least_one_in_top_5", "jaccard"])
    (3, 5)
    """
    found = (re.search(r"_(?:at|top)_(\d+)$", name) for name in names)
    return tuple(sorted({int(match[1]) for match in found if match}))


def _calibrated(reference: Sample, sample: Sample) -> Floats:
    said = sample.predictions.probabilities
    if reference.truth is None:
        return np.asarray(said, np.float64)
    return recalibrate(reference.predictions.probabilities, reference.truth).apply(said)


def _drawn_values(
    sample: Sample, probabilities: Floats, top_k: tuple[int, ...], generator: np.random.Generator
) -> Iterator[dict[str, float]]:
    order = top(sample.predictions.probabilities, max(top_k))
    likely = probabilities.astype(np.float32)
    for _ in range(DRAWS):
        yield metric_values(sample.predictions, order, generator.random(likely.shape, np.float32) < likely, top_k)


def _middle(drawn: Iterable[dict[str, float]]) -> tuple[dict[str, float], dict[str, float]]:
    draws = list(drawn)
    values = np.array([list(draw.values()) for draw in draws])
    names = list(draws[0])
    means, variances = values.mean(axis=0).tolist(), values.var(axis=0, ddof=1).tolist()
    return dict(zip(names, means, strict=True)), dict(zip(names, variances, strict=True))


def _missed(
    reference: Sample, top_k: tuple[int, ...], generator: np.random.Generator
) -> tuple[dict[str, float], dict[str, float]]:
    """Return realised minus estimated on the reference, and the variance of that."""
    assert reference.truth is not None
    order = top(reference.predictions.probabilities, max(top_k))
    realised = metric_values(reference.predictions, order, reference.truth.toarray().astype(bool), top_k)
    drawn = _drawn_values(reference, _calibrated(reference, reference), top_k, generator)
    estimated, variances = _middle(drawn)
    return {name: value - estimated[name] for name, value in realised.items()}, variances


def _interval(name: str, value: float, reach: float) -> Estimate:
    most = np.inf if name == _UNBOUNDED else 1.0
    low, middle, high = np.clip([value - reach, value, value + reach], 0.0, most).tolist()
    return Estimate(value=middle, low=low, high=high)
