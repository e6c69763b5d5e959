"""Pictures of a drift report for the mail: PNG, as no mail program shows SVG."""

from __future__ import annotations

import io
import warnings
from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from tagstack.bootstrap import Estimate
from tagstack.drift.concept import ALL
from tagstack.drift.report import DriftReport, DriftScore, Moved
from tagstack.report.canvas import BLUE, GREY, INK, LINE, ORANGE, RED, SOFT, columns, name_label, panels, style
from tagstack.report.drift_metrics import by_time
from tagstack.report.drift_scale import FIRST, LAST, THRESHOLD, Place, farthest_first, place
from tagstack.report.drift_tags import largest
from tagstack.report.formats import percent
from tagstack.report.metric_names import metric_name, metric_value
from tagstack.scorecard import HEADLINE

WIDTH = 560
"""Pixels in which a mail shows a picture; it has twice as many, for sharp screens."""
TESTS: Final = "Tests against their thresholds"
METRICS: Final = "Metrics in training and now"
TAGS: Final = "Tags that moved"
_INCHES = 5.6
_LIMIT = 12
_RING = "Share of questions: the ring is before or expected, the disc is now."
_MARKS: Final = {"Realised": ("o", BLUE), "Estimated": ("s", ORANGE), "In training": ("D", GREY)}


def mail_pictures(report: DriftReport) -> dict[str, bytes]:
    """Draw the pictures of a mail as PNG files of `2 * WIDTH` pixels, to be shown `WIDTH` wide.

    Equal reports have equal pictures. What a report does not know has no picture.

    Returns:
        By title, in the order in which they are shown.
    """
    drawn = {TESTS: _tests(report.scores), METRICS: _metrics(report), TAGS: _tags(report)}
    return {title: picture for title, picture in drawn.items() if picture is not None}


def _tests(scores: Sequence[DriftScore]) -> bytes | None:
    placed = [(score, where) for score in farthest_first(scores) if (where := place(score))][:_LIMIT]
    if not placed:
        return None
    with style():
        words = ["drift" if score.drifted else "no drift" for score, _ in placed]
        figure, axes = _rows([score.name for score, _ in placed], words)
        for at, (score, where) in enumerate(placed):
            _test(axes, at, score, where)
        axes.axvline(THRESHOLD, color=SOFT, linewidth=1.2, linestyle=(0, (3, 2)))
        axes.set_xlim(FIRST, LAST)
        axes.set_xticks([0, THRESHOLD, 2], ["usual", "threshold", "10×"])
        return _png(figure)


def _test(axes: Axes, at: int, score: DriftScore, where: Place) -> None:
    axes.barh(at, where.high - where.low, left=where.low, height=0.5, color=LINE)
    inside = min(LAST - 0.1, max(FIRST + 0.1, where.value))
    axes.plot(inside, at, "D" if score.drifted else "o", color=RED if score.drifted else BLUE, markersize=7)


def _metrics(report: DriftReport) -> bytes | None:
    known = {metric.name: metric for metric in report.metrics}
    names = [name for name in HEADLINE if name in known]
    times = by_time([known[name] for name in names])
    if len(times) < 2:
        return None
    with style():
        now = [metric_value(name, _now(times, name)) for name in names]
        figure, axes = _rows([_short(name) for name in names], now, row=0.42, top=0.35)
        for step, (time, values) in enumerate(times.items()):
            _estimates(axes, time, [values.get(name) for name in names], 0.22 * (step - (len(times) - 1) / 2))
        axes.set_xlim(0, 1.02)
        axes.legend(ncols=3, loc="lower left", bbox_to_anchor=(0, 1), borderaxespad=0, handletextpad=0.3)
        return _png(figure)


def _now(times: dict[str, dict[str, Estimate]], name: str) -> float | None:
    found = times.get("Realised", {}).get(name) or times.get("Estimated", {}).get(name)
    return found.value if found else None


def _short(metric: str) -> str:
    return metric_name(metric).replace("At least one true tag", "A true tag")


def _estimates(axes: Axes, time: str, values: Sequence[Estimate | None], shift: float) -> None:
    shape, color = _MARKS[time]
    known = [(at + shift, value) for at, value in enumerate(values) if value]
    at = [each for each, _ in known]
    middle = [value.value for _, value in known]
    reach = np.array([(value.value - value.low, value.high - value.value) for _, value in known]).T.clip(0)
    look: dict[str, Any] = {"fmt": shape, "color": color, "ecolor": INK, "elinewidth": 1, "capsize": 2, "markersize": 6}
    axes.errorbar(middle, at, xerr=reach, label=time, **look)


def _tags(report: DriftReport) -> bytes | None:
    tests = ("true_tags", "predicted_tags", "concept")
    drifted = [score for score in report.scores if score.drifted and score.family in tests]
    chance = 1 - report.settings_confidence
    moved = largest(each for score in drifted for each in score.moved if _counts(each, chance))[:_LIMIT]
    if not moved:
        return None
    with style():
        now = [f"{percent(each.before)} → {percent(each.after)}" for each in moved]
        figure, axes = _rows([each.name for each in moved], now, right=1.35, top=0.35)
        figure.text(0.12 / _INCHES, 1 - 0.08 / figure.get_figheight(), _RING, va="top", color=SOFT, fontsize=9)
        for at, each in enumerate(moved):
            _change(axes, at, each)
        axes.set_xlim(0, 1.05 * max(max(each.before, each.after) for each in moved) or 1)
        axes.xaxis.set_major_locator(MaxNLocator(5, steps=[1, 2, 5, 10]))
        axes.xaxis.set_major_formatter(lambda share, _: f"{100 * share:.3g} %")
        return _png(figure)


def _counts(moved: Moved, chance: float) -> bool:
    """Say whether something moved by more than chance; the sum of all tags is no tag."""
    return moved.name != ALL and (moved.p_value is None or moved.p_value <= chance)


def _change(axes: Axes, at: int, moved: Moved) -> None:
    color = ORANGE if moved.after > moved.before else BLUE
    axes.plot([moved.before, moved.after], [at, at], color=color, linewidth=2.5)
    axes.plot(moved.before, at, "o", color="white", markeredgecolor=SOFT, markeredgewidth=1.5, markersize=7)
    axes.plot(moved.after, at, "o", color=color, markersize=7)


def _rows(
    names: Sequence[str], words: Sequence[str], *, row: float = 0.3, right: float = 0.8, top: float = 0.1
) -> tuple[Figure, Axes]:
    """Return a figure with a row a name, and a word at the end of each row."""
    height = top + 0.35 + row * len(names)
    figure, (axes,) = panels((_INCHES, height))
    shown = [name_label(name, 31) for name in names]
    left = 0.2 + 0.078 * max(map(columns, shown))
    figure.set_layout_engine(None)
    figure.set_facecolor("white")
    figure.subplots_adjust(left / _INCHES, 0.35 / height, 1 - right / _INCHES, 1 - top / height)
    axes.set_yticks(range(len(names)), shown, color=INK, parse_math=False)
    axes.set_ylim(len(names) - 0.4, -0.6)
    axes.grid(axis="x", color=LINE)
    axes.tick_params(length=0)
    axes.spines["bottom"].set_visible(False)
    for at, word in enumerate(words):
        axes.text(1.03, at, word, transform=axes.get_yaxis_transform(), va="center", color=INK, fontsize=9)
    return figure, axes


def _png(figure: Figure) -> bytes:
    target = io.BytesIO()
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=r"Glyph \d+ .*missing from font")
        warnings.filterwarnings("ignore", message=r"Matplotlib currently does not support")
        figure.savefig(target, format="png", dpi=2 * WIDTH / _INCHES, metadata={"Software": None})
    return target.getvalue()
