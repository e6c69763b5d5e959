"""Tables of metrics with their intervals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tagstack.bootstrap import Estimate
from tagstack.metrics import population
from tagstack.report.bars import bars_with_intervals
from tagstack.report.blocks import Cell, Columns, Figure, Meter, Number, TableBlock
from tagstack.report.formats import percent
from tagstack.report.metric_names import metric_interval, metric_name, metric_value
from tagstack.scorecard import OpenEstimate


def estimate_cell(metric: str, estimate: Estimate | None) -> Number:
    """Write value and interval in one cell.

    >>> estimate_cell("micro_f1", Estimate(value=0.58, low=0.571, high=0.589)).text
    '0.580 (0.571 to 0.589)'
    """
    if estimate is None:
        return Number(metric_value(metric, None))
    bounds = metric_interval(metric, estimate)
    return Number(metric_value(metric, estimate.value) + (f" ({bounds})" if bounds else ""))


def estimates_table(caption: str, estimates: Mapping[str, Estimate]) -> TableBlock:
    """Show in-vocabulary metrics and whom each counts."""
    rows: list[list[Cell]] = [
        [metric_name(name), *_value_and_interval(name, estimate), population(name)]
        for name, estimate in estimates.items()
    ]
    return TableBlock(caption, ["Metric", "Value", "Interval", "Counted over"], rows)


def ceiling_table(caption: str, estimates: Mapping[str, OpenEstimate]) -> TableBlock:
    """Show metrics against all original tags, and how much of the ceiling is reached."""
    rows: list[list[Cell]] = [
        [metric_name(name), *_value_and_interval(name, each), Number(metric_value(name, each.ceiling)), _reached(each)]
        for name, each in estimates.items()
    ]
    return TableBlock(caption, ["Metric", "Value", "Interval", "Ceiling", "Reached"], rows)


def comparison(metrics: Sequence[str], models: Mapping[str, Mapping[str, Estimate]]) -> Columns:
    """Draw metrics of several models, or of one on several slices: a picture a metric, the first model highlighted.

    Args:
        metrics: Which; a model that lacks one is left out of its picture.
        models: The estimates of each model by metric.
    """
    return Columns([_compare(metric, models) for metric in metrics])


def _compare(metric: str, models: Mapping[str, Mapping[str, Estimate]]) -> Figure:
    shown = {name: estimates[metric] for name, estimates in models.items() if metric in estimates}
    values, lows, highs = ([getattr(each, part) for each in shown.values()] for part in ("value", "low", "high"))
    picture = bars_with_intervals(list(shown), values, lows, highs, label=metric_name(metric))
    return Figure(picture, metric_name(metric))


def _value_and_interval(metric: str, estimate: Estimate) -> tuple[Number, Number]:
    return Number(metric_value(metric, estimate.value)), Number(metric_interval(metric, estimate))


def _reached(estimate: OpenEstimate) -> Meter | None:
    if not estimate.ceiling > 0:
        return None
    share = estimate.value / estimate.ceiling
    return Meter(percent(share), share)
