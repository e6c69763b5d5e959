"""From a judged statistic to the score of a report: what counts is both significant and large."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from tagstack.drift.permutation import Judged
from tagstack.drift.report import DriftScore, Family, Moved


@dataclass(frozen=True)
class Tested:
    """What is tested, on how many questions.

    Attributes:
        name: As `text length`.
        family: Of which tests it is one.
        statistic: Name of the statistic.
        reference: Questions of the reference.
        window: Questions of the window.
    """

    name: str
    family: Family
    statistic: str
    reference: int
    window: int

    __test__ = False  # pytest takes classes with such names for tests


def score(
    tested: Tested,
    judged: Judged,
    *,
    least: float,
    effect: float,
    effect_name: str,
    moved: tuple[Moved, ...] = (),
    note: str = "",
) -> DriftScore:
    """Return the score; it is drift from the larger of the null's critical value and `least` on.

    With thousands of questions every month differs significantly from the one before, so significance alone says
    little. With few, chance alone makes large differences.

    Args:
        tested: What.
        judged: What the null says about it.
        least: The least value that matters.
        effect: Size of the change, for people.
        effect_name: What that is.
        moved: What changed most; kept where it is drift.
        note: What else a reader should know.
    """
    threshold = max(judged.critical, least)
    drifted = judged.value >= threshold
    small = "significant, but no larger than ordinary months differ" if judged.critical <= judged.value < least else ""
    return DriftScore(
        **asdict(tested),
        value=judged.value,
        threshold=threshold,
        null=judged.null,
        p_value=judged.p_value,
        adjusted_p_value=judged.adjusted_p_value,
        effect=effect,
        effect_name=effect_name,
        drifted=drifted,
        moved=moved if drifted else (),
        note="; ".join(filter(None, (note, small))),
    )


def no_verdict(tested: Tested, reason: str) -> DriftScore:
    """Return the score of something that could not be tested."""
    return DriftScore(**asdict(tested), note=f"not enough data: {reason}")
