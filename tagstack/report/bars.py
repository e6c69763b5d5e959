"""Bar pictures: scores of tags, and a model among its baselines."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from tagstack.report.canvas import (
    BLUE,
    GREY,
    INK,
    LINE,
    SOFT,
    WIDE,
    columns,
    name_label,
    nothing,
    panels,
    style,
    to_svg,
)
from tagstack.report.formats import decimal

Floats = npt.NDArray[np.floating] | Sequence[float]
_ROW_INCHES = 0.2


def per_tag_f1(
    names: Sequence[str], f1: Floats, support: npt.NDArray[np.integer] | Sequence[int], rows: int = 18
) -> str:
    """Draw the F1 of tags: the most frequent, the best and the worst, or all of them where they are few.

    Args:
        names: k tags.
        f1: k scores between 0 and 1; a tag whose score is no number is left out.
        support: k counts of questions with the tag.
        rows: How many tags each of the three groups shows.
    """
    title = "F1 by tag"
    scores, counts = np.asarray(f1, dtype=float), np.asarray(support)
    known = np.flatnonzero(np.isfinite(scores))
    if not len(known):
        return nothing(title, "No tag has a score.")
    groups = _groups(known, scores, counts, rows)
    with style():
        figure, axes = panels((WIDE[0], 0.75 + _ROW_INCHES * max(map(len, groups.values()))), across=len(groups))
        labels = {at: f"{name_label(names[at], 20)} ({counts[at]:,})" for members in groups.values() for at in members}
        _leave_room(figure, max(map(columns, labels.values())), panels=len(groups), top=0.28)
        for axis, (group, members) in zip(axes, groups.items(), strict=True):
            _score_bars(axis, [labels[at] for at in members], scores[members])
            axis.set_title(group)
        best, worst = known[np.argmax(scores[known])], known[np.argmin(scores[known])]
        spoken = (
            f"{len(known)} tags from {decimal(scores[worst])} ({names[worst]}) to {decimal(scores[best])} "
            f"({names[best]}), median {decimal(float(np.median(scores[known])))}."
        )
        return to_svg(figure, title=title, description=spoken)


def _groups(
    known: npt.NDArray[np.intp], scores: npt.NDArray[np.floating], counts: npt.NDArray[np.integer], rows: int
) -> dict[str, npt.NDArray[np.intp]]:
    frequent = known[np.argsort(-counts[known], kind="stable")]
    ranked = known[np.argsort(-scores[known], kind="stable")]
    if len(known) <= rows:
        return {"By frequency": frequent}
    return {"Most frequent": frequent[:rows], "Best": ranked[:rows], "Worst": ranked[::-1][:rows]}


def bars_with_intervals(
    names: Sequence[str], values: Floats, lows: Floats, highs: Floats, *, label: str, highlight: int = 0
) -> str:
    """Draw one score of several models, each with its interval.

    Args:
        names: The models.
        values: Their scores between 0 and 1.
        lows: Lower bounds; NaN where there is none.
        highs: Upper bounds.
        label: The score's name.
        highlight: Which model is the one at stake.
    """
    score = np.asarray(values, dtype=float)
    if not np.isfinite(score).any():
        return nothing(label, "No model has a score.")
    with style():
        figure, (axes,) = panels((3.8, 0.55 + 0.36 * len(names)))
        _leave_room(figure, max(columns(name_label(name)) for name in names))
        _score_bars(
            axes,
            [name_label(name) for name in names],
            score,
            [BLUE if at == highlight else GREY for at in range(len(names))],
            np.asarray(highs, dtype=float),
        )
        errors = np.vstack([score - np.asarray(lows, dtype=float), np.asarray(highs, dtype=float) - score]).clip(0)
        axes.errorbar(score, np.arange(len(names)), xerr=errors, fmt="none", ecolor=INK, elinewidth=1.2, capsize=3)
        spoken = "; ".join(f"{name} {decimal(value)}" for name, value in zip(names, score, strict=True))
        return to_svg(figure, title=label, description=f"{spoken}.")


def _score_bars(
    axes: Axes,
    labels: Sequence[str],
    scores: npt.NDArray[np.floating],
    colors: Sequence[str] | str = BLUE,
    clear: Floats | None = None,
) -> None:
    places = np.arange(len(scores))
    axes.barh(places, np.nan_to_num(scores), height=0.68, color=colors)
    axes.set_yticks(places, labels, color=INK, parse_math=False)
    axes.invert_yaxis()
    axes.set_ylim(len(scores) - 0.4, -0.6)
    axes.set_xlim(0, 1.12)
    axes.set_xticks([0, 0.5, 1], ["0", ".5", "1"])
    axes.grid(axis="x", color=LINE)
    axes.tick_params(length=0)
    axes.spines["bottom"].set_visible(False)
    ends = np.nan_to_num(scores if clear is None else np.fmax(scores, clear))
    for place, (score, end) in enumerate(zip(scores, ends, strict=True)):
        axes.text(end + 0.015, place, decimal(float(score), 2), va="center", color=SOFT, fontsize=8.5)


def _leave_room(figure: Figure, widest: int, *, panels: int = 1, top: float = 0.06) -> None:
    """Set the margins by the width of the names, which matplotlib cannot measure in the reader's fonts."""
    width, height = figure.get_size_inches()
    gutter = 0.2 + 0.067 * widest
    bars = width / panels - gutter
    figure.set_layout_engine(None)
    figure.subplots_adjust(gutter / width, 0.28 / height, 1 - 0.05 / width, 1 - top / height, gutter / bars)
