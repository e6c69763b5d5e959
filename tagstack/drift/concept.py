"""Concept drift: whether a tag still stands for the same questions, told apart from other changes.

Three tests, each of what remains once something else is taken as given:

- *odds of tags*: do equal questions carry a tag more or less often than before? Whatever changed in the questions
  alone (covariate shift) cannot do that. Where tags became more frequent for reasons that questions do not show (prior
  shift), each tag's odds are multiplied by one factor.
- *meaning of tags*: what remains once each tag has its factor. The tag now goes with other questions, or no more with
  those that the model expects it for.
- *questions at equal tags*: did the questions change in a way that their tags do not explain? That is covariate shift;
  after a prior shift nothing remains.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from tagstack.drift.comparison import Comparison, Floats, compare
from tagstack.drift.conditional import Beyond, explain, judge_beyond
from tagstack.drift.confidence_estimation import log_odds
from tagstack.drift.report import DriftScore, Family, Moved, NewTag
from tagstack.drift.sample import Sample
from tagstack.drift.settings import DriftSettings
from tagstack.drift.vocabulary import no_verdict, supported, too_few, vocabulary_drift

MEANING, ODDS, INPUTS = "meaning of tags", "odds of tags at equal questions", "questions at equal tags"
ALL = "all tags"
_FAMILIES: dict[str, Family] = {MEANING: "concept", ODDS: "true_tags", INPUTS: "embeddings"}
_NAMED = 10
_BOUND = 4.0
"""Log odds beyond which a question counts as certain: a tag that appears where it was never likely must not outweigh
all others."""


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
        no_verdict(name, family, statistic="largest |z|", sizes=sizes, reason=reason)
        for name, family in _FAMILIES.items()
    )


def concept_drift(
    comparison: Comparison, new_tags: tuple[NewTag, ...], settings: DriftSettings
) -> tuple[DriftScore, ...]:
    """Do what `find_concept_drift` does for samples that are already put together."""
    known = comparison.where(~_carries(comparison, new_tags))
    tags = _testable(known, settings)
    return (_meaning(known, tags, settings), _odds(known, tags, settings), _questions(known, settings))


def _carries(comparison: Comparison, new_tags: tuple[NewTag, ...]) -> npt.NDArray[np.bool_]:
    columns = [comparison.outside_tags.index(new.tag) for new in new_tags]
    return np.asarray(comparison.outside[:, columns].sum(axis=1)).ravel() > 0


def _testable(comparison: Comparison, settings: DriftSettings) -> npt.NDArray[np.intp]:
    """Return the tags of which the smaller side should have enough questions, going by both together."""
    share = min(comparison.in_window.mean(), 1 - comparison.in_window.mean())
    return np.flatnonzero(comparison.truth.sum(axis=0) * share >= settings.min_tag_support)


def _meaning(comparison: Comparison, tags: npt.NDArray[np.intp], settings: DriftSettings) -> DriftScore:
    frequent = supported(comparison.truth, settings)
    features = np.column_stack([comparison.inputs, comparison.truth[:, frequent]])
    explained = explain(comparison.in_window, features, days=comparison.days)
    likely = np.clip(log_odds(comparison.expected), -_BOUND, _BOUND)
    columns = _with_total((comparison.truth - comparison.expected) * likely, tags)
    found = judge_beyond(explained, columns, permutations=settings.permutations, seed=settings.seed)
    return _score(MEANING, found, comparison, tags, settings, effect_name="change of slope in log odds")


def _odds(comparison: Comparison, tags: npt.NDArray[np.intp], settings: DriftSettings) -> DriftScore:
    explained = explain(comparison.in_window, comparison.inputs, days=comparison.days)
    columns = _with_total(comparison.truth - comparison.expected, tags)
    found = judge_beyond(explained, columns, permutations=settings.permutations, seed=settings.seed)
    return _score(ODDS, found, comparison, tags, settings, effect_name="log odds ratio")


def _questions(comparison: Comparison, settings: DriftSettings) -> DriftScore:
    outside = comparison.outside[:, supported(comparison.outside, settings)].toarray()
    known = comparison.truth[:, supported(comparison.truth, settings)]
    explained = explain(comparison.in_window, np.column_stack([known, outside, comparison.uses]), days=comparison.days)
    found = judge_beyond(explained, comparison.inputs, permutations=settings.permutations, seed=settings.seed)
    none = np.empty(0, np.intp)
    return _score(INPUTS, found, comparison, none, settings, effect_name="log odds ratio a standard deviation")


def _with_total(columns: Floats, tags: npt.NDArray[np.intp]) -> Floats:
    return np.column_stack([columns.sum(axis=1), columns[:, tags]])


def _score(
    name: str,
    found: Beyond,
    comparison: Comparison,
    tags: npt.NDArray[np.intp],
    settings: DriftSettings,
    *,
    effect_name: str,
) -> DriftScore:
    most = int(np.abs(found.z).argmax())
    return DriftScore(
        name=name,
        family=_FAMILIES[name],
        statistic="largest |z|",
        value=float(np.abs(found.z[most])),
        threshold=found.critical(settings.false_alarm_rate),
        null=found.null(settings.confidence),
        p_value=float(found.p_values[most]),
        adjusted_p_value=float(found.adjusted[most]),
        effect=float(found.slopes[most]),
        effect_name=effect_name,
        reference=int((~comparison.in_window).sum()),
        window=int(comparison.in_window.sum()),
        drifted=bool(found.adjusted[most] <= settings.false_alarm_rate),
        moved=_moved(found, comparison, tags) if len(tags) else (),
    )


def _moved(found: Beyond, comparison: Comparison, tags: npt.NDArray[np.intp]) -> tuple[Moved, ...]:
    names = [ALL, *(comparison.classes[tag] for tag in tags)]
    window = max(int(comparison.in_window.sum()), 1)
    before, after = (
        _with_total(comparison.count(values, in_window=True)[None] / window, tags)[0]
        for values in (comparison.expected, comparison.truth)
    )
    order = np.argsort(-np.abs(found.z), kind="stable")[:_NAMED]
    return tuple(
        Moved(name=names[at], before=float(before[at]), after=float(after[at]), p_value=float(found.adjusted[at]))
        for at in order
    )
