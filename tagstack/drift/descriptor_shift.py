"""Shift of descriptors: each is tested alone, and the family is corrected."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from tagstack.bootstrap import Estimate
from tagstack.drift.descriptors import CATEGORIES, NUMBERS, count_days
from tagstack.drift.permutation import Judged, Labels, judge
from tagstack.drift.report import DriftScore, Moved
from tagstack.drift.settings import DriftSettings
from tagstack.drift.univariate import RateChange, cliffs_delta, compare_rates, jensen_shannon, kolmogorov_smirnov
from tagstack.drift.verdict import Tested, no_verdict, score

RATE = "questions a day"


def score_descriptors(frame: pd.DataFrame, labels: Labels, settings: DriftSettings) -> tuple[DriftScore, ...]:
    """Test each descriptor of n questions.

    Args:
        frame: n rows as `describe` returns them, the reference's first.
        labels: bool[b, n], who is of the window; the first row is the truth.
        settings: The rate of false alarms, and from which size a change matters.
    """
    categories = {name: pd.get_dummies(frame[name]) for name in CATEGORIES}
    numbers = [kolmogorov_smirnov(frame[name].to_numpy(float), labels) for name in NUMBERS]
    mixes = [jensen_shannon(categories[name].to_numpy(np.float32), labels) for name in CATEGORIES]
    tests = len(NUMBERS) + len(CATEGORIES)
    weight = (tests + 1) / tests
    judged = judge(
        np.stack([*numbers, *mixes], axis=1),
        rate=settings.false_alarm_rate,
        confidence=settings.confidence,
        weight=weight,
    )
    window = labels[0]
    return (
        *(_number(name, frame[name].to_numpy(float), window, judged[at], settings) for at, name in enumerate(NUMBERS)),
        *(
            _category(name, categories[name], window, one, settings)
            for name, one in zip(CATEGORIES, judged[len(NUMBERS) :], strict=True)
        ),
    )


def _number(
    name: str, values: npt.NDArray[np.float64], window: npt.NDArray[np.bool_], judged: Judged, settings: DriftSettings
) -> DriftScore:
    before, after = values[~window], values[window]
    return score(
        Tested(name, "descriptors", "Kolmogorov-Smirnov", len(before), len(after)),
        judged,
        least=settings.min_distance,
        effect=cliffs_delta(before, after),
        effect_name="Cliff's delta",
        note=f"mean {before.mean():.4g} before, {after.mean():.4g} now",
    )


def _category(
    name: str, members: pd.DataFrame, window: npt.NDArray[np.bool_], judged: Judged, settings: DriftSettings
) -> DriftScore:
    before, after = members[~window].mean(), members[window].mean()
    order = (after - before).abs().sort_values(ascending=False, kind="stable").index
    return mix_score(
        Tested(name, "descriptors", "Jensen-Shannon distance", int((~window).sum()), int(window.sum())),
        judged,
        least=settings.min_mix_distance,
        moved=tuple(Moved(name=str(one), before=float(before[one]), after=float(after[one])) for one in order),
    )


def mix_score(tested: Tested, judged: Judged, *, least: float, moved: tuple[Moved, ...]) -> DriftScore:
    """Return the score of a Jensen-Shannon distance.

    Chance alone keeps two mixes apart, the more the fewer questions there are, and divergences add up. So the effect is
    the distance beyond what the null has, and `least` is added to the null likewise.
    """
    return score(
        tested,
        judged,
        least=float(np.hypot(least, judged.mean)),
        effect=float(np.sqrt(max(judged.value**2 - judged.mean**2, 0.0))),
        effect_name="distance beyond chance",
        moved=moved,
    )


def score_rate(reference: pd.Series, window: pd.Series, settings: DriftSettings) -> DriftScore:
    """Test the questions a day of the times when questions were asked.

    The descriptors' false-alarm rate is shared: one part for this test, which needs its own null, one for each other.
    """
    tested = Tested(RATE, "descriptors", "rate ratio, either way", len(reference), len(window))
    change = compare_rates(count_days(reference), count_days(window))
    if change is None:
        return no_verdict(tested, "too few whole days to see how much days differ by chance")
    weight = len(NUMBERS) + len(CATEGORIES) + 1
    return score(
        tested,
        _judge_rate(change, settings, weight),
        least=settings.min_rate_ratio,
        effect=change.ratio,
        effect_name="rate ratio",
        note=f"{change.before:.4g} a day before, {change.after:.4g} now",
    )


def _judge_rate(change: RateChange, settings: DriftSettings, weight: int) -> Judged:
    middle, high = change.range(0.5), change.range(1 - settings.confidence)
    return Judged(
        value=float(np.exp(abs(np.log(change.ratio)))),
        p_value=change.p_value,
        adjusted_p_value=min(change.p_value * weight, 1.0),
        critical=change.range(settings.false_alarm_rate / weight),
        null=Estimate(value=middle, low=1.0, high=high),
        mean=middle,
    )
