"""From predictions and true tags to a scorecard."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp

from tagstack.bootstrap import Estimate, Ratio, divide, estimate
from tagstack.config import EvaluationSettings
from tagstack.metrics import HEADLINE_K, Counts, Predictions, ceiling_metrics, count, open_metrics, vocabulary_metrics
from tagstack.scorecard import (
    HEADLINE,
    CalibrationScore,
    CurvePoint,
    OpenEstimate,
    ReliabilityBin,
    Scorecard,
    SliceScore,
    TagScore,
)
from tagstack.tagwise import count_tags, estimate_averages

_BUSINESS = ("at_least_one", "all_", "coverage", "suggestions")
_CURVE_POINTS = 100


@dataclass(frozen=True, eq=False)
class GroundTruth:
    """What is true of n test questions.

    Attributes:
        classes: the model's k tags.
        matrix: bool[n, k], the true ones among them.
        tags: int[n], how many original tags each question has.
        slices: bool[n] masks of parts to score apart, by name.
    """

    classes: tuple[str, ...]
    matrix: sp.csr_array
    tags: npt.NDArray[np.int64]
    slices: dict[str, npt.NDArray[np.bool_]] = field(default_factory=dict)


def score(name: str, predictions: Predictions, truth: GroundTruth, *, settings: EvaluationSettings) -> Scorecard:
    """Judge predictions against the truth.

    Args:
        name: Whose predictions they are.
        predictions: Of n questions and k classes.
        truth: Of the same questions and classes.
        settings: Lengths of ranked lists, bootstrap, seed.
    """
    counts = count(predictions, truth.matrix, truth.tags, top_k=tuple(sorted({*settings.top_k, HEADLINE_K})))
    metrics = vocabulary_metrics(counts)
    estimates = _estimate(metrics, settings)
    business = {name: value for name, value in estimates.items() if name.startswith(_BUSINESS)}
    averages = estimate_averages(
        sp.csr_array(predictions.suggested),
        truth.matrix,
        samples=settings.bootstrap_samples,
        seed=settings.seed,
        confidence=settings.confidence,
    )
    return Scorecard(
        name=name,
        questions=len(counts.tags),
        questions_with_tags=int((counts.present > 0).sum()),
        questions_without_suggestion=int((counts.suggested == 0).sum()),
        classic={name: value for name, value in estimates.items() if name not in business} | averages,
        business=business,
        open=_open(counts, settings),
        tags=_tags(predictions, truth),
        calibration=score_calibration(predictions.probabilities, truth.matrix),
        curve=precision_recall_curve(predictions.probabilities, truth.matrix),
        slices=_slices(metrics, truth, settings),
    )


def score_calibration(
    probabilities: npt.NDArray[np.float32], true: sp.csr_array, *, bins: int = 10
) -> CalibrationScore:
    """Compare probabilities [n, k] with what is true of the same pairs of question and tag."""
    pairs, sums, hits = _histogram(probabilities, true, bins)
    mean, share = divide(sums, pairs), divide(hits, pairs)
    # The sum of squares without an n x k copy of the truth: (p - y)^2 = p^2 + y (1 - 2p).
    squares = np.einsum("ij,ij->", probabilities, probabilities, dtype=np.float64)
    at_true = probabilities[true.nonzero()].astype(np.float64)
    return CalibrationScore(
        bins=tuple(
            ReliabilityBin(
                low=at / bins,
                high=(at + 1) / bins,
                pairs=int(pairs[at]),
                mean_probability=mean[at],
                share_true=share[at],
            )
            for at in np.flatnonzero(pairs)
        ),
        expected_error=float(divide(np.abs(mean - share) @ pairs, pairs.sum())),
        brier=float(divide(squares + (1 - 2 * at_true).sum(), probabilities.size)),
    )


def precision_recall_curve(probabilities: npt.NDArray[np.float32], true: sp.csr_array) -> tuple[CurvePoint, ...]:
    """Return micro precision and recall at thresholds 0.00, 0.01 and so on, as far as anything is suggested."""
    pairs, _, hits = _histogram(probabilities, true, _CURVE_POINTS)
    suggested, correct = (np.cumsum(values[::-1])[::-1] for values in (pairs, hits))
    precision, recall = divide(correct, suggested), divide(correct, correct[0])
    return tuple(
        CurvePoint(threshold=at / _CURVE_POINTS, precision=precision[at], recall=recall[at])
        for at in np.flatnonzero(suggested)
    )


def _histogram(
    probabilities: npt.NDArray[np.float32], true: sp.csr_array, bins: int
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Return by bin of probability: pairs, sum of probabilities, true pairs."""
    edges = np.arange(1, bins, dtype=np.float64) / bins
    bin_of = np.searchsorted(edges.astype(np.float32), probabilities, side="right")
    pairs = np.bincount(bin_of.ravel(), minlength=bins).astype(np.float64)
    sums = np.bincount(bin_of.ravel(), weights=probabilities.ravel(), minlength=bins).astype(np.float64)
    hits = np.bincount(bin_of[true.nonzero()], minlength=bins).astype(np.float64)
    return pairs, sums, hits


def _estimate(metrics: dict[str, Ratio], settings: EvaluationSettings) -> dict[str, Estimate]:
    return estimate(metrics, samples=settings.bootstrap_samples, seed=settings.seed, confidence=settings.confidence)


def _open(counts: Counts, settings: EvaluationSettings) -> dict[str, OpenEstimate]:
    ceilings = ceiling_metrics(counts)
    return {
        name: OpenEstimate(**value.model_dump(), ceiling=ceilings[name].value)
        for name, value in _estimate(open_metrics(counts), settings).items()
    }


def _slices(metrics: dict[str, Ratio], truth: GroundTruth, settings: EvaluationSettings) -> tuple[SliceScore, ...]:
    masks = {name: mask for name, mask in truth.slices.items() if mask.any()}
    parts = {f"{name}\n{metric}": metrics[metric].where(mask) for name, mask in masks.items() for metric in HEADLINE}
    estimates = _estimate(parts, settings) if parts else {}
    return tuple(
        SliceScore(
            name=name,
            questions=int(mask.sum()),
            metrics={metric: estimates[f"{name}\n{metric}"] for metric in HEADLINE},
        )
        for name, mask in masks.items()
    )


def _tags(predictions: Predictions, truth: GroundTruth) -> tuple[TagScore, ...]:
    counts = count_tags(sp.csr_array(predictions.suggested), truth.matrix)
    thresholds = [None] * len(truth.classes) if predictions.thresholds is None else predictions.thresholds.tolist()
    columns = (counts.precision, counts.recall, counts.f1, counts.true, counts.suggested)
    return tuple(
        TagScore(
            tag=tag, precision=precision, recall=recall, f1=f1, support=true, suggested=suggested, threshold=threshold
        )
        for tag, precision, recall, f1, true, suggested, threshold in zip(
            truth.classes, *(column.tolist() for column in columns), thresholds, strict=True
        )
    )
