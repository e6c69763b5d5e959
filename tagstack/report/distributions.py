"""Distribution pictures: values, tag frequencies, and questions over time."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence

import matplotlib.dates as mdates
import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.patches import StepPatch
from matplotlib.ticker import FuncFormatter, MaxNLocator

from tagstack.report.canvas import (
    BLUE,
    GREEN,
    HALF,
    INK,
    ORANGE,
    PALETTE,
    SOFT,
    WIDE,
    name_label,
    name_legend,
    nothing,
    panels,
    style,
    to_svg,
)
from tagstack.report.formats import percent, plural, short, whole

_COUNTS = FuncFormatter(lambda value, _: whole(value))
_PART_COLORS = {"train": BLUE, "calibrate": ORANGE, "test": GREEN}


def histogram(values: npt.NDArray[np.floating] | npt.NDArray[np.integer], *, label: str, bins: int = 40) -> str:
    """Draw how n values are distributed; values that are not finite are left out.

    Args:
        values: Numbers [n].
        label: What they are.
        bins: How many bars, unless the values are few different integers, which get a bar each.
    """
    known = np.asarray(values, dtype=float)
    known = known[np.isfinite(known)]
    if not len(known):
        return nothing(label)
    low, high, median = float(known.min()), float(known.max()), float(np.median(known))
    with style():
        figure, (axes,) = panels(HALF)
        heights, edges = np.histogram(known, bins=_bins(values, low, high, bins))
        axes.bar(edges[:-1], heights, np.diff(edges), align="edge", color=BLUE, edgecolor="white", linewidth=0.4)
        axes.set_ylim(0, 1.12 * heights.max())
        axes.axvline(median, color=INK, linewidth=1.2, dashes=(4, 3))
        inside = axes.get_xaxis_transform()
        axes.annotate(f"median {short(median)}", (median, 0.98), (6, 0), inside, "offset points", va="top")
        axes.set(xlabel=label, ylabel="Count")
        axes.yaxis.set_major_locator(MaxNLocator(6, integer=True))
        axes.yaxis.set_major_formatter(_COUNTS)
        axes.grid(axis="y")
        axes.tick_params(length=0)
        spoken = f"{plural(len(known), 'value')}, {short(low)} to {short(high)}, median {short(median)}."
        return to_svg(figure, title=label, description=spoken)


def _bins(
    values: npt.NDArray[np.floating] | npt.NDArray[np.integer], low: float, high: float, bins: int
) -> npt.NDArray[np.floating]:
    if np.issubdtype(values.dtype, np.integer) and high - low < bins:
        return np.arange(low, high + 2) - 0.5
    # Equal values would have bars too thin for floating point.
    margin = 1e-3 * max(abs(low), 1.0) if high - low <= 1e-6 * max(abs(low), 1e-12) else 0.0
    return np.linspace(low - margin, high + margin, bins + 1)


def timeline(starts: Sequence[dt.date], counts: Mapping[str, Sequence[int]], *, label: str = "Questions") -> str:
    """Draw counts over time as stacked steps, a colour a part.

    Args:
        starts: First days of m consecutive periods, ascending.
        counts: For each part (such as train, calibrate, test), m counts.
        label: What is counted.
    """
    title = f"{label} over time"
    if not len(starts) or not counts:
        return nothing(title)
    with style():
        figure, (axes,) = panels((WIDE[0], 2.9))
        handles = _stacked_steps(axes, _edges(starts), counts)
        if len(counts) > 1:
            name_legend(axes, list(counts), handles, ncols=len(counts), loc="lower left", bbox_to_anchor=(0, 1))
        _date_axis(axes)
        axes.set(ylabel=label)
        axes.yaxis.set_major_locator(MaxNLocator(6, integer=True))
        axes.yaxis.set_major_formatter(_COUNTS)
        axes.grid(axis="y")
        axes.tick_params(length=0)
        totals = ", ".join(f"{part} {whole(sum(heights))}" for part, heights in counts.items())
        return to_svg(figure, title=title, description=f"From {starts[0]} to {starts[-1]}: {totals}.")


def _edges(starts: Sequence[dt.date]) -> npt.NDArray[np.floating]:
    days: npt.NDArray[np.floating] = mdates.date2num(list(starts))  # type: ignore[no-untyped-call]
    return np.append(days, days[-1] + (days[-1] - days[-2] if len(days) > 1 else 1))


def _stacked_steps(axes: Axes, edges: npt.NDArray[np.floating], counts: Mapping[str, Sequence[int]]) -> list[StepPatch]:
    base, steps = np.zeros(len(edges) - 1), []
    for at, (part, heights) in enumerate(counts.items()):
        top = base + np.asarray(heights)
        color = _PART_COLORS.get(part, PALETTE[at % len(PALETTE)])
        steps.append(axes.stairs(top, edges, baseline=base, fill=True, color=color, linewidth=0))
        base = top
    axes.set_ylim(0, max(1.0, 1.05 * base.max()))
    return steps


def _date_axis(axes: Axes) -> None:
    locator = mdates.AutoDateLocator(maxticks=10)  # type: ignore[no-untyped-call]
    axes.xaxis_date()
    axes.xaxis.set_major_locator(locator)
    axes.xaxis.set_major_formatter(mdates.ConciseDateFormatter(locator))  # type: ignore[no-untyped-call]


def tag_frequencies(
    names: Sequence[str], counts: Sequence[int] | npt.NDArray[np.integer], vocabulary: int | None = None
) -> str:
    """Draw the long tail: each tag's count against its rank, both on logarithmic axes.

    Args:
        names: k tags.
        counts: How many questions carry each.
        vocabulary: How many of the most frequent tags the model knows.
    """
    title = "Tags by frequency"
    amounts = np.asarray(counts)
    order = np.argsort(-amounts, kind="stable")
    order = order[amounts[order] > 0]
    if not len(order):
        return nothing(title)
    ranks, heights = np.arange(1, len(order) + 1), amounts[order]
    shown = np.unique(np.geomspace(1, len(order), min(len(order), 300)).round().astype(int)) - 1
    with style():
        figure, (axes,) = panels(HALF)
        axes.loglog(ranks[shown], heights[shown], "o-", color=BLUE, markersize=3, linewidth=1.2)
        for at in np.unique(np.geomspace(1, len(order), 7).astype(int))[:-1] - 1:
            name = name_label(names[order[at]], 18)
            axes.annotate(name, (ranks[at], heights[at]), (5, 4), textcoords="offset points")
        if vocabulary and vocabulary < len(order):
            _mark_vocabulary(axes, vocabulary, heights[:vocabulary].sum() / heights.sum())
        axes.set(xlabel="Rank of the tag", ylabel="Questions", xlim=(0.9, len(order) * 1.3 + 1))
        axes.set_ylim(min(0.8, 0.8 * heights[-1]), 1.6 * heights[0])
        axes.xaxis.set_major_formatter(_COUNTS)
        axes.yaxis.set_major_formatter(_COUNTS)
        axes.grid()
        axes.minorticks_off()
        axes.tick_params(length=0)
        top = f"{names[order[0]]} with {plural(int(heights[0]), 'question')}"
        return to_svg(figure, title=title, description=f"{plural(len(order), 'tag')}; the most frequent is {top}.")


def _mark_vocabulary(axes: Axes, size: int, share: float) -> None:
    axes.axvline(size, color=ORANGE, linewidth=1.5)
    text = f"top {size}:\n{percent(share, 0)} of tag uses"
    inside = axes.get_xaxis_transform()
    axes.annotate(text, (size, 0.04), (-6, 0), xycoords=inside, textcoords="offset points", ha="right", color=SOFT)
