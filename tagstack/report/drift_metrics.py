"""The model's metrics in a drift report: in training, realised and estimated, and how good earlier estimates were."""

from __future__ import annotations

from collections.abc import Sequence

from tagstack.bootstrap import Estimate
from tagstack.drift.report import DriftReport, MetricDrift, PastEstimate
from tagstack.report.blocks import Cell, Columns, Mark, Note, Number, Section, TableBlock
from tagstack.report.drift_scores import verdict_mark
from tagstack.report.formats import percent, points
from tagstack.report.metric_names import metric_name, metric_value
from tagstack.report.metric_tables import comparison, estimate_cell
from tagstack.scorecard import HEADLINE

_TEXT = (
    "Realised is counted on the window's questions with tags. Estimated needs no tags: it is what the model's "
    "calibrated probabilities promise."
)
_HEADER = ("Metric", "Verdict", "In training", "Realised", "Estimated")


def metrics(report: DriftReport) -> Section:
    """Show every metric in training and now, the headline ones as pictures."""
    rows = [_row(metric) for metric in report.metrics]
    table = TableBlock("Metrics of the model", _HEADER, rows, empty="No metric was measured.")
    return Section("Performance of the model", [*_pictures(report.metrics), table, *_past(report.past)], _TEXT)


def by_time(metrics: Sequence[MetricDrift]) -> dict[str, dict[str, Estimate]]:
    """Return the known values of metrics by when they hold, those of now first."""
    times: dict[str, dict[str, Estimate | None]] = {
        "Realised": {metric.name: metric.realised for metric in metrics},
        "Estimated": {metric.name: metric.estimated for metric in metrics},
        "In training": {metric.name: metric.trained for metric in metrics},
    }
    known = {time: {name: each for name, each in values.items() if each} for time, values in times.items()}
    return {time: values for time, values in known.items() if values}


def _pictures(metrics: Sequence[MetricDrift]) -> list[Columns]:
    shown = [name for name in HEADLINE[:3] if any(metric.name == name for metric in metrics)]
    times = by_time(metrics)
    return [comparison(shown, times)] if shown and len(times) > 1 else []


def _row(metric: MetricDrift) -> list[Cell]:
    return [
        metric_name(metric.name),
        _verdict(metric),
        *(estimate_cell(metric.name, each) for each in (metric.trained, metric.realised, metric.estimated)),
    ]


def _verdict(metric: MetricDrift) -> Mark:
    known = metric.realised or metric.estimated
    return (
        Mark("not judged") if known and metric.drifted is None else verdict_mark(metric.drifted, yes="fell", no="held")
    )


def _past(past: Sequence[PastEstimate]) -> list[TableBlock | Note]:
    if not past:
        return [Note("plain", "Earlier estimates", "None has been compared with what came true yet.")]
    rows: list[list[Cell]] = [
        [
            metric_name(each.name),
            each.runs,
            Number(_signed(each.name, each.mean_error)),
            Number(metric_value(each.name, each.mean_absolute_error)),
            Number(percent(each.covered, 0)),
        ]
        for each in past
    ]
    header = ["Metric", "Windows", "Mean error", "Mean absolute error", "Inside the interval"]
    return [TableBlock("Earlier estimates against what came true", header, rows)]


def _signed(metric: str, error: float) -> str:
    """Write an error with its sign, in percentage points for shares of questions."""
    written = metric_value(metric, error)
    return f"{points(error)} points" if written.endswith("%") else f"+{written}" if error > 0 else written
