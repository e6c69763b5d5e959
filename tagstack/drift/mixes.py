"""Shift of tag mixes: of the tags in all, and of single tags."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from tagstack.drift.descriptor_shift import mix_score
from tagstack.drift.permutation import Labels, Statistics, adjust, judge
from tagstack.drift.report import DriftScore, Moved
from tagstack.drift.settings import DriftSettings
from tagstack.drift.univariate import jensen_shannon
from tagstack.drift.verdict import Tested, score

TagFamily = Literal["predicted_tags", "true_tags"]
NAMES: dict[TagFamily, str] = {"predicted_tags": "predicted tags", "true_tags": "true tags"}

_NAMED = 10
"""Tags that a score names."""


@dataclass(frozen=True, eq=False)
class TagMix:
    """Tags of n questions under b labellings.

    Attributes:
        distances: float64[b], the Jensen-Shannon distance of the two mixes; the rarest tags count as one.
        changes: float64[b, k], Cohen's h of each tag's share of questions, 0 for tags that are too rare to be tested.
        before: float64[k], shares in the reference.
        after: float64[k], shares in the window.
        tested: bool[k].
    """

    distances: Statistics
    changes: Statistics
    before: Statistics
    after: Statistics
    tested: npt.NDArray[np.bool_]

    @property
    def largest(self) -> Statistics:
        """The largest change of a single tag under each labelling, either way, float64[b]."""
        return np.asarray(np.abs(self.changes).max(axis=1, initial=0.0), np.float64)


def compare_tags(tags: npt.NDArray[np.bool_], labels: Labels, *, min_support: int) -> TagMix:
    """Compare the tags of the window's questions with the reference's.

    Args:
        tags: bool[n, k].
        labels: bool[b, n], who is of the window; the first row is the truth.
        min_support: Fewest questions of a tag that the smaller side must be expected to have for a test of the tag.
    """
    counts = tags.astype(np.float32)
    window, total = labels.astype(np.float32) @ counts, counts.sum(axis=0, dtype=np.float64)
    size = labels[0].sum()
    before, after = (total - window) / (labels.shape[1] - size), window / size
    tested = total * min(size, labels.shape[1] - size) / labels.shape[1] >= min_support
    pooled = np.column_stack([counts[:, tested], counts[:, ~tested].sum(axis=1)])
    return TagMix(
        distances=jensen_shannon(pooled, labels),
        changes=np.where(tested, cohens_h(before, after), 0.0),
        before=before[0],
        after=after[0],
        tested=tested,
    )


def cohens_h(before: npt.ArrayLike, after: npt.ArrayLike) -> Statistics:
    """Return the change of a share on a scale where it scatters alike for all shares.

    Cohen, *Statistical Power Analysis for the Behavioral Sciences* (1988), chapter 6; 0.2 is "small": 10% to 17%.

    >>> cohens_h([0.1, 0.5], [0.17, 0.5]).round(2)
    array([0.21, 0.  ])
    """
    low, high = (np.clip(np.asarray(share, np.float64), 0.0, 1.0) for share in (before, after))
    return np.asarray(2 * (np.arcsin(np.sqrt(high)) - np.arcsin(np.sqrt(low))), np.float64)


def score_tags(
    tags: npt.NDArray[np.bool_], labels: Labels, *, classes: tuple[str, ...], family: TagFamily, settings: DriftSettings
) -> tuple[DriftScore, DriftScore]:
    """Test the mix of tags, and the single tag that changed most.

    Args:
        tags: bool[n, k], of each question.
        labels: bool[b, n], who is of the window; the first row is the truth.
        classes: Names of the k tags.
        family: Whether they are predicted or true.
        settings: The rate of false alarms, and from which size a change matters.
    """
    mix = compare_tags(tags, labels, min_support=settings.min_tag_support)
    statistics = np.stack([mix.distances, mix.largest], axis=1)
    whole, single = judge(statistics, rate=settings.false_alarm_rate, confidence=settings.confidence)
    window = int(labels[0].sum())
    name, sizes = NAMES[family], (labels.shape[1] - window, window)
    changed = [at for at in np.argsort(-np.abs(mix.changes[0]), kind="stable") if mix.tested[at]]
    moved = _moved(mix, changed, classes, adjust(statistics, np.abs(mix.changes[0]), at=1))
    least = max(single.critical, settings.min_tag_change)
    return (
        mix_score(
            Tested(name, family, "Jensen-Shannon distance", *sizes),
            whole,
            least=settings.min_mix_distance,
            moved=moved[:_NAMED],
        ),
        score(
            Tested(f"single {name}", family, "largest Cohen's h", *sizes),
            single,
            least=settings.min_tag_change,
            effect=float(mix.changes[0, changed[0]]) if changed else 0.0,
            effect_name="Cohen's h",
            moved=moved[: sum(abs(mix.changes[0, at]) >= least for at in changed)],
        ),
    )


def _moved(mix: TagMix, chosen: Sequence[int], classes: tuple[str, ...], chances: Statistics) -> tuple[Moved, ...]:
    return tuple(
        Moved(
            name=classes[at],
            before=float(mix.before[at]),
            after=float(mix.after[at]),
            p_value=float(chances[at]),
        )
        for at in chosen
    )
