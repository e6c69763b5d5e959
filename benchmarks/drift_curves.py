"""Curves of the benchmark of drift for docs/monitoring.md."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from drift_report import STATED, STATED_WINDOW, cell, finds, share
from drift_streams import STRENGTHS
from drift_trials import Outcome
from matplotlib.axes import Axes

from tagstack.report.canvas import BLUE, GREEN, INK, ORANGE, panels, style, to_svg

WINDOWS = (500, 1000, STATED_WINDOW)
_ASIDE = 0.07
"""So that intervals do not hide each other."""
_NAMESPACE = '<svg xmlns="http://www.w3.org/2000/svg"'
_LABELS = {
    "covariate": "factor of some topics, or of short texts",
    "prior": "factor of some tags",
    "concept": "share of four tags' questions",
    "vocabulary": "share of questions with new tags",
}


def draw_curves(outcomes: Sequence[Outcome], folder: Path) -> None:
    """Write drift-power.svg and drift-alarms.svg."""
    for name, picture in (("power", power_curves(outcomes)), ("alarms", alarm_curve(outcomes))):
        alone = picture if "xmlns=" in picture[:200] else picture.replace("<svg", _NAMESPACE, 1)
        (folder / f"drift-{name}.svg").write_text(alone + "\n", encoding="utf-8")


def power_curves(outcomes: Sequence[Outcome]) -> str:
    """Draw how often each kind is found, by strength, a line for each size of window."""
    with style():
        figure, axes = panels((9.6, 3.0), across=len(STRENGTHS))
        for own, (kind, strengths) in zip(axes, STRENGTHS.items(), strict=True):
            for aside, color, window in zip((-_ASIDE, 0.0, _ASIDE), (ORANGE, GREEN, BLUE), WINDOWS, strict=True):
                found = [share(cell(outcomes, kind, strength, window), finds) for strength in strengths]
                places = [at + aside for at in range(len(strengths))]
                _line(own, places, found, color, f"{window:,} questions")
            own.set_xticks(range(len(strengths)), [f"{strength:g}" for strength in strengths])
            own.set(title=kind, xlabel=_LABELS[kind], ylim=(-0.03, 1.03), xlim=(-0.2, len(strengths) - 0.8))
            own.axhline(0.9, color=INK, linewidth=0.8, dashes=(4, 3))
            own.axvline(strengths.index(STATED[kind]), color=INK, linewidth=0.8, dashes=(1, 3))
            own.xaxis.label.set_fontsize(8)
        axes[0].set_ylabel("named by the diagnosis")
        axes[0].legend(loc="lower right", fontsize=7)
        return to_svg(figure, title="Power", description="How often planted drift is named, by its strength.")


def alarm_curve(outcomes: Sequence[Outcome]) -> str:
    """Draw how often the diagnosis finds drift where there is none, by size of the window."""
    with style():
        figure, (axes,) = panels((4.8, 2.8))
        found = [share(cell(outcomes, "none", window=window), lambda one: bool(one.kinds)) for window in WINDOWS]
        _line(axes, list(range(len(WINDOWS))), found, BLUE, "")
        axes.axhline(0.05, color=INK, linewidth=0.8, dashes=(4, 3))
        axes.set_xticks(range(len(WINDOWS)), [f"{window:,}" for window in WINDOWS])
        axes.set(xlabel="questions of the window", ylabel="false alarms", ylim=(0, 0.2))
        return to_svg(figure, title="False alarms", description="How often the diagnosis finds drift in none.")


def _line(
    axes: Axes, places: Sequence[float], found: list[tuple[float, float, float, int]], color: str, label: str
) -> None:
    values = [value for value, *_ in found]
    reach = [[value - low for value, low, *_ in found], [high - value for value, _, high, _ in found]]
    axes.errorbar(places, values, reach, color=color, marker="o", markersize=4, linewidth=1.5, label=label, capsize=2)
    axes.grid(axis="y")
