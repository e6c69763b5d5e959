"""Production use: what people made of the suggestions, from the feedback store."""

from __future__ import annotations

from collections.abc import Mapping
from math import sqrt

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.stats import norm

from tagstack.bootstrap import Estimate
from tagstack.drift.report import ProductionUse, Use
from tagstack.drift.settings import DriftSettings

Floats = npt.NDArray[np.float64]
Classes = Mapping[int, frozenset[str]]


def read_use(feedback: pd.DataFrame, classes_by_version: Classes, settings: DriftSettings) -> ProductionUse:
    """Tell how often suggestions were accepted, and how often people added tags, in all, by version and by week.

    A tag counts as added where it was not among the suggested or ranked tags that were shown. Shares are of what was
    decided; what nobody decided on says nothing. Weeks begin on Monday, UTC, and count by the time of the suggestion;
    weeks without suggestions are left out.

    Args:
        feedback: As of `tagstack.store.feedback.read_feedback`.
        classes_by_version: The tags that each known version can predict; the others' suggestions are only counted.
        settings: The confidence of the intervals.

    >>> moment = pd.Timestamp("2024-10-02 10:00", tz="UTC")
    >>> row = {"created_at": moment, "model_version": 1, "suggested": ["sql"], "top": ["sql", "c"]}
    >>> frame = pd.DataFrame([row | {"decided_at": moment, "kept": ["sql"], "added": ["polars"]}])
    >>> use = read_use(frame, {1: frozenset(["sql", "c"])}, DriftSettings())
    >>> use.total.unpredictable.value, use.weeks[0].name
    (1.0, '2024-09-30')
    """
    known = feedback[feedback["model_version"].isin(list(classes_by_version))]
    counts = _count(known, classes_by_version)
    confidence = settings.confidence
    by_version, by_week = (counts.groupby(name, sort=True) for name in ("version", "week"))
    return ProductionUse(
        total=_use("all", counts, confidence),
        versions=tuple(_use(str(version), rows, confidence) for version, rows in by_version),
        weeks=tuple(_use(str(week), rows, confidence) for week, rows in by_week),
        unknown=len(feedback) - len(known),
    )


def share(part: pd.Series, whole: pd.Series, *, confidence: float) -> Estimate | None:
    """Return sum(part) / sum(whole) over n suggestions with Wilson's interval (Wilson, 1927); None without a whole.

    Tags of one suggestion are not independent, so the interval is of as many observations as would vary alike if they
    were (the effective sample size of Korn and Graubard, 1998); without any variation, of as many as suggestions.

    Args:
        part: float[n], what counts, at most the whole of the same suggestion.
        whole: float[n], out of how many.
        confidence: Of the interval.

    >>> kept, shown = pd.Series([1, 0, 1, 1]), pd.Series([1, 1, 1, 1])
    >>> str(share(kept, shown, confidence=0.95))
    '0.750 [0.301, 0.954]'
    """
    counted = (whole > 0).to_numpy()
    parts, wholes = part.to_numpy(np.float64)[counted], whole.to_numpy(np.float64)[counted]
    if not len(wholes):
        return None
    value = float(parts.sum() / wholes.sum())
    return _wilson(value, _effective_size(parts, wholes, value), confidence)


def _count(feedback: pd.DataFrame, classes_by_version: Classes) -> pd.DataFrame:
    """Return a row a suggestion: its version and week, whether it was decided, and its tags counted."""
    created = feedback["created_at"].dt.tz_convert("UTC").dt.tz_localize(None)
    monday = (created - pd.to_timedelta(created.dt.weekday, unit="D")).dt.date
    tags = feedback[["model_version", "suggested", "top", "decided_at", "kept", "added"]].itertuples(index=False)
    counted = [_count_tags(classes_by_version[row[0]], *row[1:]) for row in tags]
    frame = pd.DataFrame(counted, columns=_COUNTS, dtype=np.int64)
    return frame.assign(version=feedback["model_version"].to_numpy(), week=monday.to_numpy())


_COUNTS = ["decided", "shown", "kept", "accepted", "additions", "added", "unpredictable"]
"""Of one suggestion; `shown` and `kept` tags are the suggested ones, `additions` are tags, `added` says whether any."""


def _count_tags(
    classes: frozenset[str], suggested: list[str], top: list[str], decided: object, kept: object, added: object
) -> tuple[int, ...]:
    if decided is pd.NaT:
        return (0,) * len(_COUNTS)
    chosen, offered = _tags(kept), set(suggested)
    new = _tags(added) - offered - set(top)
    return 1, len(offered), len(offered & chosen), bool(chosen), len(new), bool(new), len(new - classes)


def _tags(stored: object) -> set[str]:
    return set(stored) if isinstance(stored, list | tuple) else set()


def _use(name: str, counts: pd.DataFrame, confidence: float) -> Use:
    decided = counts["decided"]

    def of(part: str, whole: pd.Series) -> Estimate | None:
        return share(counts[part], whole, confidence=confidence)

    return Use(
        name=name,
        suggestions=len(counts),
        decided=int(decided.sum()),
        accepted=of("accepted", decided),
        kept=of("kept", counts["shown"]),
        added=of("added", decided),
        unpredictable=of("unpredictable", counts["additions"]),
    )


def _effective_size(part: Floats, whole: Floats, value: float) -> float:
    """Return how many independent observations have the variance of this ratio (linearised; Cochran, 1977)."""
    variance = float(((part - value * whole) ** 2).sum()) / float(whole.sum()) ** 2
    return min(value * (1 - value) / variance, float(whole.sum())) if variance else len(whole)


def _wilson(value: float, size: float, confidence: float) -> Estimate:
    z = float(norm.ppf((1 + confidence) / 2))
    middle = (value + z**2 / (2 * size)) / (1 + z**2 / size)
    half = z / (1 + z**2 / size) * sqrt(value * (1 - value) / size + z**2 / (4 * size**2))
    return Estimate(value=value, low=min(max(0.0, middle - half), value), high=max(min(1.0, middle + half), value))
