"""The numbers of a drift report, as they are drawn over time."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import get_args

from tagstack.drift.report import DriftReport, DriftScore, Kind, ProductionUse, Severity

ALL = "all"
"""The version of a figure that is of no single one."""
LIMIT = "threshold"
SHARES = ("accepted", "kept", "added", "unpredictable")


@dataclass(frozen=True)
class Figure:
    """One number. Numbers whose four labels are equal are one line over time.

    Attributes:
        group: What it belongs to: a family of drift tests, `classic`, `business`, `use`, `volume`,
            `out_of_vocabulary`, `diagnosis` or `model`.
        name: What was measured.
        figure: What is told about it, as `value`, `p_value` or `realised`.
        version: The model version that it is about, or `all`.
        value: Finite.
        score: The test, where this is the value of one.
    """

    group: str
    name: str
    figure: str
    version: str
    value: float
    score: DriftScore | None = None


def list_figures(report: DriftReport) -> tuple[Figure, ...]:
    """Return every number of a report; what is missing there is missing here."""
    version = str(report.version)
    found = (*_scores(report), *_metrics(report, version), *_vocabulary(report, version), *_volume(report, version))
    use = _use(report.use) if report.use else ()
    return tuple(one for one in (*found, *use, *_diagnosis(report, version)) if math.isfinite(one.value))


def reach(score: DriftScore) -> float | None:
    """Return how far a statistic went from where nothing changed (0) towards its threshold (1).

    Statistics differ in unit and in what is usual, so that only this can be drawn on one axis.

    >>> from tagstack.bootstrap import Estimate
    >>> usual = Estimate(value=0.5, low=0.48, high=0.53)
    >>> sizes = {"family": "embeddings", "statistic": "AUC", "reference": 9, "window": 9}
    >>> reach(DriftScore(name="embeddings", value=0.6, threshold=0.55, null=usual, **sizes))
    2.0
    """
    if score.value is None or score.threshold is None:
        return None
    usual = score.null.value if score.null else 0.0
    return round((score.value - usual) / (score.threshold - usual), 6) if score.threshold > usual else None


def _scores(report: DriftReport) -> Iterator[Figure]:
    """List what is told of each test; thresholds come first, so that they have the same colour in every panel."""
    for family in dict.fromkeys(score.family for score in report.scores):
        yield Figure(family, LIMIT, "reach", ALL, 1.0)
    for score in report.scores:
        told = {
            "value": score.value,
            "threshold": score.threshold,
            "p_value": score.p_value,
            "adjusted_p_value": score.adjusted_p_value,
            "effect": score.effect,
            "reach": reach(score),
        }
        for figure, value in told.items():
            if value is not None:
                test = score if figure == "value" else None
                yield Figure(score.family, score.name, figure, ALL, value, test)


def _metrics(report: DriftReport, version: str) -> Iterator[Figure]:
    for metric in report.metrics:
        told = {"trained": metric.trained, "realised": metric.realised, "estimated": metric.estimated}
        for figure, estimate in told.items():
            if estimate is not None:
                yield Figure(metric.kind, metric.name, figure, version, estimate.value)


def _vocabulary(report: DriftReport, version: str) -> Iterator[Figure]:
    if moved := report.out_of_vocabulary:
        yield Figure("out_of_vocabulary", "share of tag uses", "reference", version, moved.before)
        yield Figure("out_of_vocabulary", "share of tag uses", "window", version, moved.after)
        yield Figure("out_of_vocabulary", "new tags", "count", version, len(report.new_tags))


def _volume(report: DriftReport, version: str) -> Iterator[Figure]:
    counts = {"questions": report.window.questions, "labelled": report.window.labelled}
    if report.use:
        total = report.use.total
        counts |= {"suggestions": total.suggestions, "decided": total.decided, "unknown": report.use.unknown}
    for name, count in counts.items():
        yield Figure("volume", name, "count", version, count)


def _use(use: ProductionUse) -> Iterator[Figure]:
    for one in (use.total, *use.versions):
        for name in SHARES:
            if estimate := getattr(one, name):
                yield Figure("use", name, "share", one.name, estimate.value)


def _diagnosis(report: DriftReport, version: str) -> Iterator[Figure]:
    yield Figure("diagnosis", "severity", "level", version, get_args(Severity).index(report.diagnosis.severity))
    for kind in get_args(Kind):
        yield Figure("diagnosis", kind, "found", ALL, float(kind in report.diagnosis.kinds))
    yield Figure("model", "version", "number", ALL, report.version)
