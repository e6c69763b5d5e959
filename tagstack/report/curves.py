"""Curve pictures: precision against recall, and how far probabilities can be believed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from tagstack.bootstrap import Estimate
from tagstack.report.canvas import (
    BLUE,
    GREEN,
    GREY,
    HALF,
    INK,
    ORANGE,
    WIDE,
    name_label,
    name_legend,
    nothing,
    panels,
    style,
    to_svg,
)
from tagstack.report.formats import decimal, percent, whole

FloatArray = npt.NDArray[np.floating]
_MAX_POINTS = 400


def precision_recall(
    recall: FloatArray, precision: FloatArray, points: Mapping[str, tuple[float, float]] | None = None
) -> str:
    """Draw precision against recall.

    Args:
        recall: The curve's m recalls, in order.
        precision: The m precisions that belong to them.
        points: Named (recall, precision) pairs to mark, such as the chosen thresholds.
    """
    title = "Precision against recall"
    keep = np.isfinite(recall) & np.isfinite(precision)
    recall, precision = np.asarray(recall)[keep], np.asarray(precision)[keep]
    if not len(recall):
        return nothing(title)
    shown = np.unique(np.linspace(0, len(recall) - 1, min(len(recall), _MAX_POINTS)).round().astype(int))
    with style():
        figure, (axes,) = panels(HALF)
        axes.plot(recall[shown], precision[shown], color=BLUE, linewidth=2)
        for name, (at_recall, at_precision) in (points or {}).items():
            _mark(axes, name, at_recall, at_precision)
        _unit_square(axes, "Recall", "Precision")
        top = decimal(float(precision.max()))
        spoken = "".join(
            f" {name}: recall {decimal(r)}, precision {decimal(p)}." for name, (r, p) in (points or {}).items()
        )
        return to_svg(figure, title=title, description=f"Precision falls from {top}.{spoken}")


def _mark(axes: Axes, name: str, recall: float, precision: float) -> None:
    """Name a point above the curve, or below it where there is no room to the right."""
    axes.plot(recall, precision, "o", color=ORANGE, markersize=8, markeredgecolor=INK)
    side, offset = ("right", (-9, -12)) if recall > 0.6 else ("left", (9, 6))
    axes.annotate(name, (recall, precision), offset, textcoords="offset points", ha=side, color=INK)


def reliability(confidence: FloatArray, accuracy: FloatArray, counts: npt.NDArray[np.integer], *, ece: float) -> str:
    """Draw observed frequency against predicted probability, and how many predictions there were.

    Args:
        confidence: Mean predicted probability in each bin; NaN for an empty one.
        accuracy: Share of the bin's predictions that were right.
        counts: Predictions in the bin.
        ece: Expected calibration error (Naeini et al., 2015).
    """
    title = "Reliability"
    keep = np.isfinite(confidence) & np.isfinite(accuracy) & (np.asarray(counts) > 0)
    if not keep.any():
        return nothing(title)
    with style():
        figure, (axes, lower) = panels((HALF[0], 4.2), heights=(3.2, 1))
        axes.plot([0, 1], [0, 1], color=GREY, linewidth=1.5, dashes=(4, 3))
        axes.plot(np.asarray(confidence)[keep], np.asarray(accuracy)[keep], "o-", color=BLUE, linewidth=2, markersize=5)
        axes.text(0.03, 0.93, f"calibration error {decimal(ece)}", color=INK)
        _unit_square(axes, "", "Observed frequency")
        lower.bar(np.asarray(confidence)[keep], np.asarray(counts)[keep], width=0.6 / len(keep), color=BLUE)
        lower.set_yscale("log")
        lower.yaxis.set_major_formatter(lambda value, _: whole(value))
        lower.minorticks_off()
        lower.set(xlabel="Predicted probability", ylabel="Predictions")
        lower.tick_params(length=0, which="both")
        lower.grid(axis="y")
        total = whole(float(np.asarray(counts)[keep].sum()))
        return to_svg(
            figure, title=title, description=f"Expected calibration error {decimal(ece)} over {total} predictions."
        )


def shares_over_time(times: Sequence[str], shares: Mapping[str, Sequence[Estimate | None]], *, title: str) -> str:
    """Draw shares and their intervals from one time to the next.

    Args:
        times: What n times are called, in their order.
        shares: n estimates between 0 and 1 by name; None where there is none.
        title: The picture's name.
    """
    if not any(each for every in shares.values() for each in every):
        return nothing(title)
    with style():
        figure, (axes,) = panels((WIDE[0], 2.8))
        handles = [
            _share_line(axes, estimates, marker, color)
            for estimates, marker, color in zip(shares.values(), "osD", (BLUE, ORANGE, GREEN), strict=False)
        ]
        name_legend(axes, list(shares), handles, ncols=len(shares), loc="lower left", bbox_to_anchor=(0, 1))
        at = np.unique(np.linspace(0, len(times) - 1, min(len(times), 10)).round().astype(int))
        axes.set_xticks(at, [name_label(times[each], 12) for each in at], parse_math=False)
        axes.set(ylim=(0, 1.02), xlim=(-0.3, len(times) - 0.7))
        axes.yaxis.set_major_formatter(lambda share, _: percent(share, 0))
        axes.grid(axis="y")
        axes.tick_params(length=0)
        known = {name: [percent(each.value if each else None) for each in every] for name, every in shares.items()}
        spoken = "; ".join(f"{name} {', '.join(every)}" for name, every in known.items())
        return to_svg(figure, title=title, description=f"From {times[0]} to {times[-1]}: {spoken}.")


def _share_line(axes: Axes, estimates: Sequence[Estimate | None], marker: str, color: str) -> Line2D:
    empty = (np.nan, np.nan, np.nan)
    value, low, high = np.array([(each.value, each.low, each.high) if each else empty for each in estimates]).T
    axes.fill_between(range(len(value)), low, high, color=color, alpha=0.18, linewidth=0)
    return axes.plot(range(len(value)), value, marker=marker, color=color, linewidth=2, markersize=5)[0]


def _unit_square(axes: Axes, across: str, up: str) -> None:
    axes.set(xlim=(0, 1.01), ylim=(0, 1.02), xlabel=across, ylabel=up)
    ticks = np.linspace(0, 1, 6)
    axes.set_xticks(ticks)
    axes.set_yticks(ticks)
    axes.grid()
    axes.tick_params(length=0)
