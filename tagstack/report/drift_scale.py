"""One scale for tests of different statistics: 0 is what is usual where nothing changed, 1 is the threshold."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from tagstack.drift.report import DriftScore

FIRST, LAST = -1.4, 2.5
"""Ends of the scale; the last is some thirty times the threshold."""
THRESHOLD: Final = 1.0
EXPLAINED: Final = (
    "The band is where the statistic lies when nothing changed, the dashed line is the threshold. A diamond is drift, "
    "a disc is none. Every test is drawn in units of its own threshold; beyond it the scale is logarithmic."
)


@dataclass(frozen=True)
class Place:
    """Where a test lies on the common scale.

    Attributes:
        value: The statistic.
        low: Least of the null's range.
        high: Greatest of it.
    """

    value: float
    low: float
    high: float


def place(score: DriftScore) -> Place | None:
    """Return where a test lies on the common scale; None where it has no value or its threshold is no distance away.

    >>> from tagstack.bootstrap import Estimate
    >>> test = DriftScore(name="embeddings", family="embeddings", statistic="AUC", reference=9, window=9)
    >>> usual = Estimate(value=0.5, low=0.375, high=0.625)
    >>> place(test.model_copy(update={"value": 0.625, "threshold": 0.75, "null": usual})), place(test)
    (Place(value=0.5, low=-0.5, high=0.5), None)
    """
    if score.value is None or score.threshold is None:
        return None
    usual = score.null.value if score.null else 0.0
    unit = score.threshold - usual
    bounds = (score.null.low, score.null.high) if score.null else (usual, usual)
    if not (unit and all(map(math.isfinite, (unit, score.value, *bounds)))):
        return None
    low, high = sorted(_squeeze((bound - usual) / unit) for bound in bounds)
    return Place(_squeeze((score.value - usual) / unit), low, high)


def share(position: float) -> float:
    """Return how far along the scale a position is, between 0 and 1."""
    return (min(LAST, max(FIRST, position)) - FIRST) / (LAST - FIRST)


def farthest_first(scores: Iterable[DriftScore]) -> list[DriftScore]:
    """Sort tests: drift before none before no verdict, each the farthest beyond its threshold first."""
    return sorted(scores, key=lambda score: ((True, False, None).index(score.drifted), -_distance(score), score.name))


def _distance(score: DriftScore) -> float:
    where = place(score)
    return where.value if where else -math.inf


def _squeeze(multiple: float) -> float:
    """Leave what lies within one threshold as it is, and take the logarithm of what lies beyond."""
    return multiple if abs(multiple) <= 1 else math.copysign(1 + math.log10(abs(multiple)), multiple)
