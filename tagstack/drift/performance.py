"""Model drift: metrics of the window against the training scorecard, realised where tags are known, else estimated."""

from __future__ import annotations

from collections.abc import Iterable
from statistics import NormalDist
from typing import Literal

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp

from tagstack.bootstrap import Estimate, Ratio, estimate
from tagstack.drift.comparison import days
from tagstack.drift.conditional import sums
from tagstack.drift.confidence_estimation import estimate_metrics, ranked_lengths
from tagstack.drift.report import MetricDrift, PastEstimate
from tagstack.drift.sample import Sample
from tagstack.drift.settings import DriftSettings
from tagstack.metrics import HEADLINE_K, count, vocabulary_metrics
from tagstack.scorecard import HEADLINE, Scorecard
from tagstack.tagwise import estimate_averages

_SAMPLES = 300
_FEWEST_DAYS = 20
_RISING = {"hamming_loss"}
_NEUTRAL = {"suggestions_per_question"}


def find_metric_drift(
    reference: Sample, window: Sample, trained: Scorecard, settings: DriftSettings
) -> tuple[MetricDrift, ...]:
    """Compare each metric of the training scorecard with the window's.

    A metric fell too far where it lost more than `settings.max_loss` and chance, corrected for the number of headline
    metrics, does not explain the loss. Days are resampled whole where there are enough of them.

    Args:
        reference: The test questions of training.
        window: Later questions; without tags their metrics are only estimated, and the verdict rests on that.
        trained: The scorecard.
        settings: Greatest loss, rate of false alarms, confidence.

    Returns:
        Metrics in the scorecard's order; without a verdict where the window or the reference is too small.
    """
    top_k = tuple(sorted({*ranked_lengths([*trained.classic, *trained.business]), HEADLINE_K}))
    enough = min(len(reference), len(window)) >= settings.min_questions
    realised = realise_metrics(window, top_k=top_k, settings=settings) if len(window) else {}
    estimated = (
        estimate_metrics(reference, window, top_k=top_k, confidence=settings.confidence, seed=settings.seed)
        if len(window)
        else {}
    )
    return tuple(
        _compare(name, kind, value, realised.get(name), estimated.get(name), settings if enough else None)
        for kind, metrics in _kinds(trained)
        for name, value in metrics.items()
    )


def realise_metrics(sample: Sample, *, top_k: tuple[int, ...], settings: DriftSettings) -> dict[str, Estimate]:
    """Return every metric of labelled questions with its bootstrap interval; nothing where they have no tags."""
    if sample.truth is None:
        return {}
    tags = [len(set(own)) for own in sample.tags]
    ratios = vocabulary_metrics(count(sample.predictions, sample.truth, tags, top_k=top_k))
    clustered = _by_cluster(ratios, sample)
    suggested = sp.csr_array(sample.predictions.suggested)
    seed, confidence = settings.seed, settings.confidence
    averages = estimate_averages(suggested, sample.truth, samples=_SAMPLES, seed=seed, confidence=confidence)
    return estimate(clustered, samples=_SAMPLES, seed=seed, confidence=confidence) | averages


def match_past(name: str, pairs: Iterable[tuple[Estimate, Estimate]]) -> PastEstimate:
    """Say how well earlier estimates of a metric matched what came true.

    Args:
        name: The metric.
        pairs: Estimated and realised values of earlier windows.

    >>> match_past("jaccard", [(Estimate(value=0.5, low=0.4, high=0.6), Estimate(value=0.45, low=0.4, high=0.5))])
    PastEstimate(name='jaccard', runs=1, mean_error=0.05, mean_absolute_error=0.05, covered=1.0)
    """
    found = list(pairs)
    errors = [estimated.value - realised.value for estimated, realised in found]
    inside = [estimated.low <= realised.value <= estimated.high for estimated, realised in found]
    runs = max(len(found), 1)
    return PastEstimate(
        name=name,
        runs=len(found),
        mean_error=round(sum(errors) / runs, 12),
        mean_absolute_error=round(sum(map(abs, errors)) / runs, 12),
        covered=sum(inside) / runs,
    )


def _kinds(trained: Scorecard) -> tuple[tuple[Literal["classic", "business"], dict[str, Estimate]], ...]:
    return (("classic", trained.classic), ("business", trained.business))


def _by_cluster(ratios: dict[str, Ratio], sample: Sample) -> dict[str, Ratio]:
    clusters = _clusters(sample)
    return {
        name: Ratio(*(sums(part[:, None], clusters)[:, 0] for part in (ratio.numerator, ratio.denominator)))
        for name, ratio in ratios.items()
    }


def _clusters(sample: Sample) -> npt.NDArray[np.int64]:
    day = days(sample)
    if len(np.unique(day)) >= _FEWEST_DAYS or "group" not in sample.documents:
        return day if len(np.unique(day)) >= _FEWEST_DAYS else np.arange(len(sample))
    return sample.documents["group"].to_numpy(np.int64)


def _compare(
    name: str,
    kind: Literal["classic", "business"],
    trained: Estimate,
    realised: Estimate | None,
    estimated: Estimate | None,
    settings: DriftSettings | None,
) -> MetricDrift:
    now = realised or estimated
    verdict = _fell(name, trained, now, settings) if settings and now and name not in _NEUTRAL else None
    return MetricDrift(name=name, kind=kind, trained=trained, realised=realised, estimated=estimated, drifted=verdict)


def _fell(name: str, trained: Estimate, now: Estimate, settings: DriftSettings) -> bool:
    loss = (now.value - trained.value) * (1 if name in _RISING else -1)
    quantile = NormalDist().inv_cdf((1 + settings.confidence) / 2)
    spread = float(np.hypot(trained.high - trained.low, now.high - now.low)) / 2 / quantile
    critical = NormalDist().inv_cdf(1 - settings.false_alarm_rate / len(HEADLINE)) * spread
    return loss > max(settings.max_loss, critical)
