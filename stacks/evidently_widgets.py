"""The tables of one drift run on Evidently's page of it. Importing this module imports Evidently."""

from __future__ import annotations

from collections.abc import Sequence

from evidently.legacy.model.widget import BaseWidgetInfo
from evidently.legacy.renderers.html_widgets import CounterData, WidgetSize, counter, table_data

from stacks.evidently_figures import SHARES
from tagstack.bootstrap import Estimate
from tagstack.drift.report import DriftReport, DriftScore, MetricDrift, NewTag, Use
from tagstack.report.metric_names import metric_name

_SCORES = ("Tested", "Statistic", "Value", "Threshold", "p, adjusted", "Effect", "Verdict")
_METRICS = ("Metric", "In training", "Realised", "Estimated", "Verdict")
_USE = ("Version", "Suggestions", "Decided", "Accepted", "Tags kept", "Tags added", "Added, unpredictable")
_TAGS = ("New tag", "Before", "After", "Questions", "Growth")
Rows = Sequence[Sequence[object]]


def tell(report: DriftReport) -> list[BaseWidgetInfo]:
    """Return the report's diagnosis, tests, metrics, use and new tags; tags and numbers only."""
    use = [*report.use.versions, report.use.total] if report.use else []
    tables = [
        _table("What it means", ("Finding",), _findings(report)),
        _table("Drift tests, by our thresholds", _SCORES, [_score(score) for score in report.scores]),
        _table("The model's metrics", _METRICS, [_metric(metric) for metric in report.metrics]),
        _table("Production use", _USE, [_use(one) for one in use]),
        _table("Tags that the model cannot predict", _TAGS, [_new_tag(tag) for tag in report.new_tags]),
    ]
    return [_summary(report), *(table for table in tables if table)]


def _summary(report: DriftReport) -> BaseWidgetInfo:
    window = report.window
    told = {
        "severity": report.diagnosis.severity,
        "model version": str(report.version),
        "questions": f"{window.questions:,}",
        "with tags": f"{window.labelled:,}",
    }
    counters = [CounterData(label=label, value=value) for label, value in told.items()]
    return counter(
        title=f"{window.since:%Y-%m-%d} to {window.until:%Y-%m-%d}: {report.diagnosis.name}", counters=counters
    )


def _table(title: str, header: tuple[str, ...], rows: Rows) -> BaseWidgetInfo | None:
    return table_data(title=title, column_names=header, data=rows, size=WidgetSize.FULL) if rows else None


def _findings(report: DriftReport) -> Rows:
    return [[line] for line in (report.diagnosis.recommendation, *report.diagnosis.reasons, *report.notes)]


def _score(score: DriftScore) -> Sequence[object]:
    effect = f"{_number(score.effect)} {score.effect_name}" if score.effect is not None else "–"
    numbers = (_number(value) for value in (score.value, score.threshold, score.adjusted_p_value))
    return (score.name, score.statistic, *numbers, effect, _verdict(score.drifted))


def _metric(metric: MetricDrift) -> Sequence[object]:
    estimates = (_estimate(one) for one in (metric.trained, metric.realised, metric.estimated))
    return (metric_name(metric.name), *estimates, _verdict(metric.drifted))


def _use(use: Use) -> Sequence[object]:
    return (use.name, use.suggestions, use.decided, *(_estimate(getattr(use, name)) for name in SHARES))


def _new_tag(tag: NewTag) -> Sequence[object]:
    return (tag.tag, f"{tag.before:.2%}", f"{tag.after:.2%}", tag.questions, f"{tag.growth:.1f}")


def _verdict(drifted: bool | None) -> str:
    return {True: "drift", False: "no drift", None: "not enough data"}[drifted]


def _estimate(estimate: Estimate | None) -> str:
    return "–" if estimate is None else str(estimate)


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.4g}"
