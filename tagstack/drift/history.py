"""A drift run as it is remembered: what later runs, the retraining rule and charts over time need of it."""

from __future__ import annotations

import datetime as dt
from typing import Literal

from tagstack.drift.report import DriftReport, Family, Frozen, Kind, MetricDrift, Severity
from tagstack.scorecard import HEADLINE

Outcome = Literal["none", "blocked", "retrain"]
SEVERITIES: tuple[Severity, ...] = ("none", "info", "warning", "critical")
"""The least first."""


class PastScore(Frozen):
    """One test of an earlier run; its fields are those of `DriftScore`."""

    name: str
    family: Family
    value: float | None = None
    threshold: float | None = None
    adjusted_p_value: float | None = None
    effect: float | None = None
    drifted: bool | None = None


class DriftRun(Frozen):
    """A drift run that is over.

    Attributes:
        run_id: Of the pipeline run; unique with the model's name.
        model_name: Whose.
        version: The version that was in production.
        as_of: The moment that it looked from.
        since: First moment of its window, inclusive.
        until: End of its window, exclusive.
        questions: Documents of its window.
        labelled: Those with tags.
        kinds: The kinds of drift that were found.
        severity: How much it mattered.
        enough_data: Whether any test came to a verdict.
        metrics: In training, realised and estimated, each with its interval.
        scores: The values of the tests.
        decision: Whether a training was called for, and whether something stood against it.
        reason: The decision in one line.
        training_run: The training that was started; None where none was.
        trained_version: The version that it made; None where it made none.
        created_at: When the row was written; None before.
    """

    run_id: str
    model_name: str
    version: int
    as_of: dt.datetime
    since: dt.datetime
    until: dt.datetime
    questions: int
    labelled: int
    kinds: tuple[Kind, ...] = ()
    severity: Severity = "none"
    enough_data: bool = True
    metrics: tuple[MetricDrift, ...] = ()
    scores: tuple[PastScore, ...] = ()
    decision: Outcome = "none"
    reason: str = ""
    training_run: str | None = None
    trained_version: int | None = None
    created_at: dt.datetime | None = None

    @property
    def lost(self) -> tuple[str, ...]:
        """The headline metrics that had fallen too far."""
        return fallen(self.metrics)


def remember(report: DriftReport, *, run_id: str, decision: Outcome = "none", reason: str = "") -> DriftRun:
    """Return what is kept of a report and of the decision that followed."""
    names = PastScore.model_fields
    return DriftRun(
        run_id=run_id,
        model_name=report.model_name,
        version=report.version,
        as_of=report.as_of,
        **report.window.model_dump(),
        kinds=report.diagnosis.kinds,
        severity=report.diagnosis.severity,
        enough_data=report.enough_data,
        metrics=report.metrics,
        scores=tuple(PastScore(**{name: getattr(score, name) for name in names}) for score in report.scores),
        decision=decision,
        reason=reason,
    )


def fallen(metrics: tuple[MetricDrift, ...]) -> tuple[str, ...]:
    """Return the headline metrics that fell too far."""
    return tuple(metric.name for metric in metrics if metric.drifted and metric.name in HEADLINE)
