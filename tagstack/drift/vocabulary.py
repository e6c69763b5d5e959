"""Vocabulary drift: tags that the model cannot predict, more of them than the questions explain."""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp
from scipy.stats import hypergeom

from tagstack.bootstrap import divide
from tagstack.drift.comparison import Comparison, Floats, compare, labelled
from tagstack.drift.conditional import Explained, explain, judge_beyond
from tagstack.drift.report import DriftScore, Family, Moved, NewTag
from tagstack.drift.sample import Sample
from tagstack.drift.settings import DriftSettings

SHARE = "tags outside the model"
_COMPARED, _APPEARED = 0.45, 0.1
"""Parts of the rate of false alarms: of the share, of the single tags that grew, and of those that appeared."""
_NOTHING = Moved(name=SHARE, before=0.0, after=0.0)


def find_vocabulary_drift(
    reference: Sample, window: Sample, settings: DriftSettings
) -> tuple[DriftScore, Moved, tuple[NewTag, ...]]:
    """Test whether the window uses tags outside the model's classes more often, and which.

    Questions about other things carry other tags, which is no new vocabulary. So what counts is beyond what the
    questions and their known tags explain. A tag that the reference does not have at all needs no such comparison,
    which might find no question like those that carry it: what counts is on how many days it came. The share of uses,
    the growth of single tags and their appearance split the rate of false alarms.

    Returns:
        The test of the share; the shares themselves; the tags that grew, the fastest first.
    """
    reason = too_few(reference, window, settings)
    if reason:
        sizes = (len(reference), len(window))
        return no_verdict(SHARE, "vocabulary", statistic="z", sizes=sizes, reason=reason), _NOTHING, ()
    return vocabulary_drift(compare(reference, window, settings), settings)


def vocabulary_drift(comparison: Comparison, settings: DriftSettings) -> tuple[DriftScore, Moved, tuple[NewTag, ...]]:
    """Do what `find_vocabulary_drift` does for samples that are already put together."""
    known = comparison.truth[:, supported(comparison.truth, settings)]
    features = np.column_stack([comparison.inputs, known])
    explained = explain(comparison.in_window, features, days=comparison.days)
    moved = _shares(comparison)
    new_tags = _growing(comparison, explained, settings)
    return _score(comparison, explained, moved, new_tags, settings), moved, new_tags


def no_verdict(name: str, family: Family, *, statistic: str, sizes: tuple[int, int], reason: str) -> DriftScore:
    """Return a test that could not be made."""
    reference, window = sizes
    note = f"not enough data: {reason}"
    return DriftScore(name=name, family=family, statistic=statistic, reference=reference, window=window, note=note)


def too_few(reference: Sample, window: Sample, settings: DriftSettings) -> str:
    """Say why two samples cannot be compared tag by tag; nothing where they can."""
    sides = {"reference": reference, "window": window}
    few = [
        f"{len(sample)} questions in the {side}"
        for side, sample in sides.items()
        if len(sample) < settings.min_questions
    ]
    if few:
        return f"{' and '.join(few)}, {settings.min_questions} are needed (drift.min_questions)"
    without = [side for side, sample in sides.items() if not labelled(sample)]
    return f"the questions of the {' and the '.join(without)} have no tags" if without else ""


def supported(truth: Floats, settings: DriftSettings) -> np.ndarray[tuple[int], np.dtype[np.intp]]:
    """Return the columns of float64[n, k] with at least `settings.min_tag_support` questions."""
    return np.flatnonzero(np.asarray(truth.sum(axis=0)).ravel() >= settings.min_tag_support)


def _shares(comparison: Comparison) -> Moved:
    outside = np.asarray(comparison.outside.sum(axis=1)).ravel()
    before, after = (
        float(divide(comparison.count(outside, in_window=side), comparison.count(comparison.uses, in_window=side)))
        for side in (False, True)
    )
    return Moved(name=SHARE, before=before, after=after)


def _score(
    comparison: Comparison,
    explained: Explained,
    moved: Moved,
    new_tags: tuple[NewTag, ...],
    settings: DriftSettings,
) -> DriftScore:
    outside = np.asarray(comparison.outside.sum(axis=1)).ravel()
    surplus = (outside - divide(outside.sum(), comparison.uses.sum()) * comparison.uses)[:, None]
    found = judge_beyond(explained, surplus, settings, one_sided=True)
    adjusted = min(float(found.adjusted[0]) / _COMPARED, 1.0)
    return DriftScore(
        name=SHARE,
        family="vocabulary",
        statistic="z",
        value=float(found.z[0]),
        threshold=found.critical(settings.false_alarm_rate * _COMPARED),
        null=found.null(settings.confidence),
        p_value=float(found.p_values[0]),
        adjusted_p_value=adjusted,
        effect=moved.after - moved.before,
        effect_name="change of the share of tag uses",
        reference=int((~comparison.in_window).sum()),
        window=int(comparison.in_window.sum()),
        drifted=adjusted <= settings.false_alarm_rate,
        moved=tuple(Moved(name=new.tag, before=new.before, after=new.after, p_value=new.p_value) for new in new_tags),
    )


def _growing(comparison: Comparison, explained: Explained, settings: DriftSettings) -> tuple[NewTag, ...]:
    outside: sp.csc_array = comparison.outside
    columns = np.flatnonzero(np.asarray(outside.sum(axis=0)).ravel() >= settings.min_tag_support)
    if not len(columns):
        return ()
    uses = outside[:, columns].toarray()
    grown = judge_beyond(explained, uses, settings, one_sided=True).adjusted / _COMPARED
    chances = np.minimum(np.minimum(grown, _appeared(comparison, uses) / _APPEARED), 1.0)
    before, after = (comparison.count(uses, in_window=side) for side in (False, True))
    candidates = [
        _new_tag(comparison, int(column), (float(before[at]), float(after[at])), float(chances[at]))
        for at, column in enumerate(columns)
        if after[at] >= settings.min_tag_support and chances[at] <= settings.false_alarm_rate
    ]
    return tuple(sorted((one for one in candidates if one.growth > 1), key=lambda one: (-one.growth, one.tag)))


def _appeared(comparison: Comparison, uses: Floats) -> Floats:
    """Return for k tags the chance that the reference has none of their uses, corrected for k; 1 where it has one.

    Uses of one day count as one, as they may have one cause: the hypergeometric distribution of as many questions.
    """
    questions, reference = len(comparison.in_window), int((~comparison.in_window).sum())
    chances: Floats = np.ones(uses.shape[1])
    for at in np.flatnonzero(comparison.count(uses, in_window=False) == 0):
        days = len(np.unique(comparison.days[uses[:, at] > 0]))
        chances[at] = hypergeom.pmf(0, questions, reference, days)
    corrected: Floats = np.minimum(chances * uses.shape[1], 1.0)
    return corrected


def _new_tag(comparison: Comparison, column: int, counts: tuple[float, float], chance: float) -> NewTag:
    sizes = (int((~comparison.in_window).sum()), int(comparison.in_window.sum()))
    smoothed = [(count + 0.5) / size for count, size in zip(counts, sizes, strict=True)]
    return NewTag(
        tag=comparison.outside_tags[column],
        before=counts[0] / sizes[0],
        after=counts[1] / sizes[1],
        questions=int(counts[1]),
        growth=smoothed[1] / smoothed[0],
        p_value=chance,
    )
