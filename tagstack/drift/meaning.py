"""Whether tags mean what they meant: what remains of a change once every tag may have become more or less frequent.

Two signs tell a change of meaning from a change of frequency:

- *Among the questions.* A frequency that changed multiplies a tag's odds everywhere by one factor. Where the model was
  certain of a tag, or far from it, no such factor makes the tag go missing, or appear.
- *Between questions and tags.* If a tag became rarer as questions about it did (prior shift), then questions that carry
  it, and questions that do not, are like before. If people only stopped using it, questions that look like it remain,
  and are now among those without it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from tagstack.bootstrap import Estimate, divide
from tagstack.drift.comparison import Comparison, Floats
from tagstack.drift.conditional import Beyond, Explained, judge_beyond
from tagstack.drift.settings import DriftSettings

_SURE, _FAR = 0.05, 0.02
"""What keeps the weight of a single question bounded where its tag was certain, or never likely."""
_AS_MANY = 2.0
"""How many standard deviations the number of questions that look like some tags may have moved to count as the same."""


@dataclass(frozen=True, eq=False)
class _Between:
    """The second sign: `adjusted` of each tag, the rest of all tags with other odds together."""

    adjusted: Floats
    p_value: float
    z: float
    threshold: float
    null: Estimate


@dataclass(frozen=True, eq=False)
class Meaning:
    """k tags, and first of all their sum, tested.

    Attributes:
        value: The first sign's greatest |z|, or the second sign's z where that alone shows a change.
        threshold: From which value it counts.
        null: The middle and the range of the value where nothing changed.
        p_value: Of the value.
        adjusted: float64[1 + k], corrected for tags and for having two signs.
        adjusted_p_value: The least chance of all.
        kept: float64[1 + k], how often a tag comes where the model expects it, over how often it came there before.
    """

    value: float
    threshold: float
    null: Estimate
    p_value: float
    adjusted: Floats
    adjusted_p_value: float
    kept: Floats

    @property
    def most(self) -> int:
        """The position of the tag whose change is the clearest, and the largest of these."""
        clear = self.adjusted <= self.adjusted.min()
        return int(np.where(clear, np.abs(self.kept - 1), -1.0).argmax())


def judge_meaning(
    comparison: Comparison,
    tags: npt.NDArray[np.intp],
    odds: Beyond,
    *,
    both: Explained,
    by_tags: Explained,
    settings: DriftSettings,
) -> Meaning:
    """Test k tags of the model.

    Args:
        comparison: n questions.
        tags: Positions of the k tags.
        odds: How their odds changed at equal questions: of their sum and of each.
        both: Questions and tags as what explains the window.
        by_tags: Tags alone as what explains it.
        settings: Rate of false alarms, relabellings, seed.
    """
    among = _among_questions(comparison, tags, both, settings)
    between = _between(comparison, tags, odds, by_tags, settings)
    own = among.adjusted.reshape(2, -1).min(axis=0)
    strongest, rate = int(np.abs(among.z).argmax()), settings.false_alarm_rate / 2
    alone = own.min() > rate >= between.adjusted.min()
    adjusted = np.minimum(2 * np.minimum(own, between.adjusted), 1.0)
    return Meaning(
        value=between.z if alone else float(np.abs(among.z[strongest])),
        threshold=between.threshold if alone else among.critical(rate),
        null=between.null if alone else among.null(settings.confidence),
        p_value=between.p_value if alone else float(among.p_values[strongest]),
        adjusted=adjusted,
        adjusted_p_value=float(adjusted.min()),
        kept=_kept(comparison, tags),
    )


def with_sum(columns: Floats, tags: npt.NDArray[np.intp]) -> Floats:
    """Return the sum of all columns float64[n, ...] and then those of `tags`."""
    return np.column_stack([columns.sum(axis=1), columns[:, tags]])


def _among_questions(
    comparison: Comparison, tags: npt.NDArray[np.intp], both: Explained, settings: DriftSettings
) -> Beyond:
    missed, expected = comparison.truth - comparison.expected, comparison.expected
    columns = [with_sum(missed / (1 - expected + _SURE), tags), with_sum(missed / (expected + _FAR), tags)]
    return judge_beyond(both, np.column_stack(columns), settings)


def _between(
    comparison: Comparison, tags: npt.NDArray[np.intp], odds: Beyond, by_tags: Explained, settings: DriftSettings
) -> _Between:
    """Test all tags with other odds together: are their questions among those without them, or the other way round?"""
    changed = odds.adjusted <= settings.false_alarm_rate
    changed[0] = False
    if not changed.any():
        return _Between(np.ones(len(changed)), 1.0, 0.0, 0.0, Estimate(value=0.0, low=0.0, high=0.0))
    alike = -(comparison.expected[:, tags[changed[1:]]] @ np.sign(odds.z[changed]))[:, None]
    found = judge_beyond(by_tags, alike, settings, one_sided=True)
    as_many = abs(_difference(alike[:, 0], comparison.in_window)) < _AS_MANY
    chance = float(found.adjusted[0]) if as_many else 1.0
    return _Between(
        adjusted=np.where(changed, np.maximum(odds.adjusted, chance), 1.0),
        p_value=chance,
        z=float(found.z[0]),
        threshold=found.critical(settings.false_alarm_rate / 2),
        null=found.null(settings.confidence),
    )


def _difference(values: Floats, in_window: npt.NDArray[np.bool_]) -> float:
    """Return the difference of two means in its standard deviations."""
    after, before = values[in_window], values[~in_window]
    spread = np.sqrt(after.var() / len(after) + before.var() / len(before))
    return float(divide(after.mean() - before.mean(), spread))


def _kept(comparison: Comparison, tags: npt.NDArray[np.intp]) -> Floats:
    found, expected = comparison.truth * comparison.expected, comparison.expected**2
    before, after = (
        divide(
            with_sum(comparison.count(found, in_window=side)[None], tags)[0],
            with_sum(comparison.count(expected, in_window=side)[None], tags)[0],
        )
        for side in (False, True)
    )
    return divide(after, before)
