"""Concept drift: whether a tag still stands for the same questions, told apart from other changes.

Three tests, each of what remains once something else is taken as given:

- *odds of tags*: do equal questions carry a tag more or less often than before? Whatever changed in the questions
  alone (covariate shift) cannot do that. Where tags became more frequent for reasons that questions do not show (prior
  shift), each tag's odds are multiplied by one factor.
- *meaning of tags* (`tagstack.drift.meaning`): what remains once each tag has its factor. The tag now goes with other
  questions, or no more with those that the model expects it for.
- *questions at equal tags*: did the questions change in a way that their tags do not explain? That is covariate shift;
  after a prior shift nothing remains.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from tagstack.drift.comparison import Comparison, Floats, compare
from tagstack.drift.conditional import Beyond, Explained, critical, explain, judge_beyond, middle
from tagstack.drift.meaning import Meaning, judge_meaning, with_sum
from tagstack.drift.report import DriftScore, Family, Moved, NewTag
from tagstack.drift.sample import Sample
from tagstack.drift.settings import DriftSettings
from tagstack.drift.vocabulary import no_verdict, supported, too_few, vocabulary_drift

MEANING, ODDS, INPUTS = "meaning of tags", "odds of tags at equal questions", "questions at equal tags"
ALL = "all tags"
_FAMILIES: dict[str, Family] = {MEANING: "concept", ODDS: "true_tags", INPUTS: "embeddings"}
_NAMED = 10
_UNSHRUNK = 3.0
_STATISTIC = "largest |z|"
_EFFECTS = {ODDS: "log odds ratio", INPUTS: "log odds ratio a standard deviation"}


def find_concept_drift(reference: Sample, window: Sample, settings: DriftSettings) -> tuple[DriftScore, ...]:
    """Test the meaning of tags, their odds at equal questions, and the questions at equal tags.

    Questions with a tag that is new (`tagstack.drift.vocabulary`) are left out: what the model says of them is no
    change of the tags it knows. `moved` names the tags with the expected and the realised share of the window's
    questions; `all tags` is the sum.

    Returns:
        Always the same three tests; without tags, or with too few questions, none of them has a verdict.
    """
    reason = too_few(reference, window, settings)
    if reason:
        return no_concept_drift(len(reference), len(window), reason)
    comparison = compare(reference, window, settings)
    return concept_drift(comparison, vocabulary_drift(comparison, settings)[2], settings)


def no_concept_drift(reference: int, window: int, reason: str) -> tuple[DriftScore, ...]:
    """Return the three tests without a verdict."""
    sizes = (reference, window)
    return tuple(
        no_verdict(name, family, statistic=_STATISTIC, sizes=sizes, reason=reason) for name, family in _FAMILIES.items()
    )


def concept_drift(
    comparison: Comparison, new_tags: tuple[NewTag, ...], settings: DriftSettings
) -> tuple[DriftScore, ...]:
    """Do what `find_concept_drift` does for samples that are already put together."""
    known = comparison.where(~_carries(comparison, new_tags))
    tags, by_tags = _testable(known, settings), _explained_by_tags(known, settings)
    by_questions = explain(known.in_window, known.inputs, days=known.days)
    odds = judge_beyond(by_questions, with_sum(known.truth - known.expected, tags), settings)
    inputs = judge_beyond(by_tags, known.inputs, settings)
    both = explain(known.in_window, np.column_stack([known.inputs, _frequent(known, settings)]), days=known.days)
    meaning = judge_meaning(known, tags, odds, both=both, by_tags=by_tags, settings=settings)
    return (
        _score_meaning(meaning, known, tags, settings),
        _score_odds(odds, known, tags, settings),
        _score(INPUTS, inputs, known, settings),
    )


def _carries(comparison: Comparison, new_tags: tuple[NewTag, ...]) -> npt.NDArray[np.bool_]:
    columns = [comparison.outside_tags.index(new.tag) for new in new_tags]
    return np.asarray(comparison.outside[:, columns].sum(axis=1)).ravel() > 0


def _testable(comparison: Comparison, settings: DriftSettings) -> npt.NDArray[np.intp]:
    """Return the tags of which the smaller side should have enough questions, going by both together."""
    share = min(comparison.in_window.mean(), 1 - comparison.in_window.mean())
    return np.flatnonzero(comparison.truth.sum(axis=0) * share >= settings.min_tag_support)


def _frequent(comparison: Comparison, settings: DriftSettings) -> Floats:
    """Return tags that are frequent enough to explain, on a scale on which the regression hardly shrinks them."""
    frequent: Floats = _UNSHRUNK * comparison.truth[:, supported(comparison.truth, settings)]
    return frequent


def _explained_by_tags(comparison: Comparison, settings: DriftSettings) -> Explained:
    outside = comparison.outside[:, supported(comparison.outside, settings)].toarray()
    features = np.column_stack([_frequent(comparison, settings), _UNSHRUNK * outside, comparison.uses])
    return explain(comparison.in_window, features, days=comparison.days)


def _score_meaning(
    meaning: Meaning, comparison: Comparison, tags: npt.NDArray[np.intp], settings: DriftSettings
) -> DriftScore:
    return DriftScore(
        name=MEANING,
        family=_FAMILIES[MEANING],
        statistic=_STATISTIC,
        value=meaning.value,
        threshold=meaning.threshold,
        null=meaning.null,
        p_value=meaning.p_value,
        adjusted_p_value=meaning.adjusted_p_value,
        effect=float(meaning.kept[meaning.most] - 1),
        effect_name="change of how often the tag comes where it is expected",
        reference=int((~comparison.in_window).sum()),
        window=int(comparison.in_window.sum()),
        drifted=meaning.adjusted_p_value <= settings.false_alarm_rate,
        moved=_moved(meaning.adjusted, np.abs(meaning.kept - 1), comparison, tags),
    )


def _score_odds(
    odds: Beyond, comparison: Comparison, tags: npt.NDArray[np.intp], settings: DriftSettings
) -> DriftScore:
    """Score the clearest tag, or all tags together where that says more; both share the rate of false alarms."""
    found = _score(ODDS, odds, comparison, settings)
    alone, rate = float(found.adjusted_p_value or 0.0), settings.false_alarm_rate / 2
    as_one = odds.together < alone
    chance, null = min(2 * min(alone, odds.together), 1.0), odds.squares[1:]
    changed = {"threshold": odds.critical(rate)}
    if as_one:
        changed = {"value": float(odds.squares[0]), "threshold": critical(null, rate), "p_value": odds.together}
    statistic = {"statistic": "sum of z²", "null": middle(null, settings.confidence)} if as_one else {}
    verdict = {"adjusted_p_value": chance, "drifted": chance <= settings.false_alarm_rate}
    moved = _moved(np.minimum(2 * odds.adjusted, 1.0), np.abs(odds.z), comparison, tags)
    return found.model_copy(update={**changed, **statistic, **verdict, "moved": moved})


def _score(name: str, found: Beyond, comparison: Comparison, settings: DriftSettings) -> DriftScore:
    most = int(np.abs(found.z).argmax())
    return DriftScore(
        name=name,
        family=_FAMILIES[name],
        statistic=_STATISTIC,
        value=float(np.abs(found.z[most])),
        threshold=found.critical(settings.false_alarm_rate),
        null=found.null(settings.confidence),
        p_value=float(found.p_values[most]),
        adjusted_p_value=float(found.adjusted[most]),
        effect=float(found.slopes[most]),
        effect_name=_EFFECTS[name],
        reference=int((~comparison.in_window).sum()),
        window=int(comparison.in_window.sum()),
        drifted=bool(found.adjusted[most] <= settings.false_alarm_rate),
    )


def _moved(adjusted: Floats, sizes: Floats, comparison: Comparison, tags: npt.NDArray[np.intp]) -> tuple[Moved, ...]:
    names = [ALL, *(comparison.classes[tag] for tag in tags)]
    window = max(int(comparison.in_window.sum()), 1)
    before, after = (
        with_sum(comparison.count(values, in_window=True)[None] / window, tags)[0]
        for values in (comparison.expected, comparison.truth)
    )
    return tuple(
        Moved(name=names[at], before=float(before[at]), after=float(after[at]), p_value=float(adjusted[at]))
        for at in np.lexsort((-sizes, adjusted))[:_NAMED]
    )
