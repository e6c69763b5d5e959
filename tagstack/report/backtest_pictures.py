"""The picture of a backtest: performance with and without training, alarms and trainings over time."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import matplotlib.dates as mdates
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from tagstack.backtest.report import BacktestReport, Change, Replay, Step
from tagstack.bootstrap import Estimate
from tagstack.report.canvas import (
    BLACK,
    INK,
    LINE,
    ORANGE,
    PALETTE,
    RED,
    SOFT,
    WIDE,
    name_label,
    name_legend,
    panels,
    style,
    to_svg,
)
from tagstack.report.formats import decimal, plural

_COLORS = tuple(color for color in PALETTE if color not in {ORANGE, RED, BLACK})
_SEVERITY = {"info": SOFT, "warning": ORANGE, "critical": RED}


def history_picture(report: BacktestReport, *, metric: str) -> str:
    """Draw the metric of each look, and below it the looks of each policy with their alarms and trainings.

    Args:
        report: What to draw.
        metric: Name of the metric as it should be read.
    """
    with style():
        rows = 0.34 * len(report.replays) + 0.3
        figure, (upper, lower) = panels((WIDE[0], 3.9 + rows), heights=(3.4, rows))
        _performance(upper, report)
        upper.set_ylabel(metric)
        for at, replay in enumerate(report.replays):
            _looks(lower, replay, at, _COLORS[at % len(_COLORS)])
        _name_rows(lower, report.replays)
        for axes in (upper, lower):
            _mark_changes(axes, report.changes)
        _name_changes(upper, report.changes)
        _date_axis(lower)
        return to_svg(figure, title="Performance with and without training", description=_spoken(report))


def _performance(axes: Axes, report: BacktestReport) -> None:
    known = [step for step in report.replays[0].steps if step.fixed]
    handles = [axes.axhline(report.trained.value, color=SOFT, linewidth=1, dashes=(1, 2))]
    handles.append(_curve(axes, known, [step.fixed for step in known if step.fixed], INK, band=True))
    names = ["in training", "without training"]
    for at, replay in enumerate(report.replays):
        steps = _from_first_training(replay)
        values = [step.adaptive for step in steps if step.adaptive]
        handles.append(_curve(axes, steps, values, _COLORS[at % len(_COLORS)], band=len(report.replays) == 1))
        names.append(replay.name)
    name_legend(axes, names, handles, ncols=4, loc="lower left", bbox_to_anchor=(0, 1.06))
    axes.grid(axis="y")
    axes.tick_params(length=0)


def _from_first_training(replay: Replay) -> list[Step]:
    """Return the looks from the last one at which the model was still the first."""
    measured = [step for step in replay.steps if step.adaptive]
    first = next((at for at, step in enumerate(measured) if step.version > 1), len(measured))
    return measured[max(0, first - 1) :] if first < len(measured) else []


def _curve(axes: Axes, steps: Sequence[Step], values: Sequence[Estimate], color: str, *, band: bool) -> Line2D:
    days = [_number(step.as_of) for step in steps]
    if band and values:
        lows, highs = [value.low for value in values], [value.high for value in values]
        axes.fill_between(days, lows, highs, color=color, alpha=0.13, linewidth=0)
    (drawn,) = axes.plot(days, [value.value for value in values], "o-", color=color, linewidth=1.8, markersize=3.5)
    return drawn


def _looks(axes: Axes, replay: Replay, row: int, color: str) -> None:
    for step in replay.steps:
        day = _number(step.as_of)
        if step.alarm:
            axes.plot(day, row, "D", color=_SEVERITY[step.severity], markersize=7)
        else:
            axes.plot(day, row, "o", color=SOFT, markersize=3.5, markerfacecolor=SOFT if step.enough_data else "white")
        if step.training:
            inside = color if step.training.promoted else "white"
            axes.plot(day, row + 0.34, "^", color=color, markersize=7, markerfacecolor=inside)


def _name_rows(axes: Axes, replays: Sequence[Replay]) -> None:
    axes.set_yticks(range(len(replays)), [name_label(replay.name, 20) for replay in replays], parse_math=False)
    axes.set_ylim(len(replays) - 0.35, -0.6)
    axes.grid(axis="y", color=LINE)
    axes.tick_params(length=0)


def _mark_changes(axes: Axes, changes: Sequence[Change]) -> None:
    for change in changes:
        axes.axvline(_number(change.starts), color=INK, linewidth=1.1, dashes=(4, 3))


def _name_changes(axes: Axes, changes: Sequence[Change]) -> None:
    for change in changes:
        place = axes.get_xaxis_transform()
        axes.annotate(
            name_label(change.name, 40), (_number(change.starts), 1.0), (3, 3), place, "offset points", color=INK
        )


def _number(day: dt.date) -> float:
    """Return a day as matplotlib counts it; annotations know no dates."""
    return float(mdates.date2num(day))  # type: ignore[no-untyped-call]


def _date_axis(axes: Axes) -> None:
    locator = mdates.AutoDateLocator(maxticks=10)  # type: ignore[no-untyped-call]
    axes.xaxis_date()
    axes.xaxis.set_major_locator(locator)
    axes.xaxis.set_major_formatter(mdates.ConciseDateFormatter(locator))  # type: ignore[no-untyped-call]


def _spoken(report: BacktestReport) -> str:
    lines = [f"From {report.since} to {report.until}."]
    for replay in report.replays:
        gain = f", gain {decimal(replay.gain.value)}" if replay.gain else ""
        alarms, trainings = plural(len(replay.alarms), "alarm"), plural(len(replay.trainings), "training")
        lines.append(f"{replay.name}: {alarms}, {trainings}{gain}.")
    return " ".join(lines)
