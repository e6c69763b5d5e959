"""What kind of drift it is, how much it matters and what to do."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from tagstack.drift.concept import ALL, INPUTS, MEANING, ODDS
from tagstack.drift.descriptor_shift import RATE
from tagstack.drift.report import Diagnosis, DriftScore, Kind, MetricDrift, NewTag, Severity
from tagstack.drift.settings import DriftSettings
from tagstack.drift.vocabulary import SHARE
from tagstack.scorecard import HEADLINE

_ADVICE: dict[Kind, str] = {
    "vocabulary": "Train again with a newer window, so that the new tags can be predicted.",
    "concept": "Train again on questions from after the change: old ones teach the old meaning.",
    "prior": "Train again, or calibrate anew: tags are as recognisable as before, but not as frequent.",
    "covariate": "Questions changed, tags mean the same: watch the metrics, and train again if they fall.",
}
_COVARIATE_FELL = "Questions changed, and the model is worse on them: train again with a newer window."
_INPUTS = {"descriptors", "embeddings", "predicted_tags"}
_FINEST = 1.2
"""A family of tests shares a little of its least p-value with those that need no relabelling."""
_NO_DRIFT = "Nothing to do."
_NO_DATA = "Wait for more questions, or widen the window (drift.window_days)."
_FELL = "The model lost performance for a reason that no test names: look at its weakest tags, and train again."


def diagnose(
    scores: Sequence[DriftScore],
    metrics: Sequence[MetricDrift],
    new_tags: Sequence[NewTag],
    settings: DriftSettings,
) -> Diagnosis:
    """Name the kinds of drift that explain what was found.

    Single tests keep their own rate of false alarms. The diagnosis keeps it as a whole, so the evidence is corrected
    once more (Holm, 1979) over the questions that it asks. Other questions are covariate drift only where tags, old or
    new, do not explain them; more or fewer questions a day are none.
    """
    evidence = _evidence(scores, new_tags)
    found = _holm(evidence, settings)
    kinds = _kinds(found, scores)
    fell = [metric for metric in metrics if metric.name in HEADLINE and metric.drifted]
    severity = _severity(kinds, fell)
    enough = any(score.drifted is not None for score in scores)
    return Diagnosis(
        kinds=kinds,
        severity=severity,
        reasons=(*_reasons(kinds, scores, new_tags), *map(_loss, fell), *(() if enough else (_why_not(scores),))),
        tags=_tags(kinds, scores, new_tags, settings),
        descriptors=_descriptors(kinds, scores),
        recommendation=_recommend(kinds, fell, enough=enough),
    )


def _evidence(scores: Sequence[DriftScore], new_tags: Sequence[NewTag]) -> dict[str, float]:
    """Return the corrected p-value of each question that decides, by name; 1 where the test itself finds nothing."""
    named: dict[str, list[DriftScore]] = {
        "descriptors": [score for score in scores if score.family == "descriptors" and score.name != RATE],
        "embeddings": [score for score in scores if score.family == "embeddings" and score.name != INPUTS],
        "predicted_tags": [score for score in scores if score.family == "predicted_tags"],
        "prior": [score for score in scores if score.name == ODDS],
        "concept": [score for score in scores if score.name == MEANING],
        "vocabulary": [score for score in scores if score.name == SHARE],
    }
    found = {name: min((_chance(score) for score in own), default=1.0) for name, own in named.items()}
    found["vocabulary"] = min([found["vocabulary"], *(new.p_value for new in new_tags)])
    return found


def _chance(score: DriftScore) -> float:
    return score.adjusted_p_value if score.drifted and score.adjusted_p_value is not None else 1.0


def _holm(evidence: dict[str, float], settings: DriftSettings) -> set[str]:
    """Keep what is significant at the rate for all; few relabellings cannot ask for less than they can tell."""
    kept: set[str] = set()
    finest = _FINEST / (1 + settings.permutations)
    for rank, (name, chance) in enumerate(sorted(evidence.items(), key=lambda item: item[1])):
        if chance > max(settings.false_alarm_rate / (len(evidence) - rank), finest):
            break
        kept.add(name)
    return kept


def _kinds(found: set[str], scores: Sequence[DriftScore]) -> tuple[Kind, ...]:
    kinds: list[Kind] = []
    beyond_tags = any(score.name == INPUTS and score.drifted for score in scores)
    explained = found & {"prior", "vocabulary", "concept"}
    if found & _INPUTS and (beyond_tags or not explained):
        kinds.append("covariate")
    if "prior" in found and not _same_tags(scores):
        kinds.append("prior")
    if "concept" in found:
        kinds.append("concept")
    if "vocabulary" in found:
        kinds.append("vocabulary")
    return tuple(kinds)


def _same_tags(scores: Sequence[DriftScore]) -> bool:
    """Say whether every tag with other odds is one whose meaning changed, which changes its odds too."""
    meaning, odds = (_significant(scores, name) for name in (MEANING, ODDS))
    return bool(meaning) and not odds - meaning - {ALL}


def _significant(scores: Iterable[DriftScore], name: str, rate: float = 0.05) -> set[str]:
    return {
        tag.name
        for score in scores
        if score.name == name and score.drifted
        for tag in score.moved
        if tag.p_value is not None and tag.p_value <= rate
    }


def _severity(kinds: Sequence[Kind], fell: Sequence[MetricDrift]) -> Severity:
    if fell:
        return "critical" if kinds else "warning"
    if not kinds:
        return "none"
    return "info" if set(kinds) == {"covariate"} else "warning"


def _reasons(kinds: Sequence[Kind], scores: Sequence[DriftScore], new_tags: Sequence[NewTag]) -> tuple[str, ...]:
    relevant: dict[Kind, list[DriftScore]] = {
        "covariate": [score for score in scores if score.family in _INPUTS and score.name != INPUTS],
        "prior": [score for score in scores if score.name == ODDS],
        "concept": [score for score in scores if score.name == MEANING],
        "vocabulary": [score for score in scores if score.name == SHARE],
    }
    lines = [f"{kind}: {_say(score)}" for kind in kinds for score in relevant[kind] if score.drifted]
    if "vocabulary" in kinds:
        lines += [
            f"vocabulary: {new.tag} grew from {new.before:.2%} to {new.after:.2%} of the questions ({new.questions})"
            for new in new_tags
        ]
    return tuple(lines)


def _say(score: DriftScore) -> str:
    named = (tag for tag in score.moved if tag.name != ALL)
    moved = [tag for tag in named if tag.p_value is None or tag.p_value <= 0.05][:3]
    told = "".join(f"; {tag.name} {tag.before:.2%} to {tag.after:.2%}" for tag in moved)
    return f"{score.name}, {score.statistic} {score.value:.3g} (drift from {score.threshold:.3g} on){told}"


def _loss(metric: MetricDrift) -> str:
    now, how = (metric.realised, "realised") if metric.realised else (metric.estimated, "estimated")
    assert now is not None
    return f"performance: {metric.name} {how} {now.value:.3f}, {metric.trained.value:.3f} in training"


def _why_not(scores: Sequence[DriftScore]) -> str:
    notes = [score.note for score in scores if score.note]
    return notes[0] if notes else "not enough data"


def _tags(
    kinds: Sequence[Kind], scores: Sequence[DriftScore], new_tags: Sequence[NewTag], settings: DriftSettings
) -> tuple[str, ...]:
    names: list[str] = []
    if "vocabulary" in kinds:
        names += [new.tag for new in new_tags]
    for kind, name in (("concept", MEANING), ("prior", ODDS)):
        if kind in kinds:
            significant = _significant(scores, name, settings.false_alarm_rate)
            names += [
                tag.name for score in scores if score.name == name for tag in score.moved if tag.name in significant
            ]
    return tuple(dict.fromkeys(name for name in names if name != ALL))


def _descriptors(kinds: Sequence[Kind], scores: Sequence[DriftScore]) -> tuple[str, ...]:
    if "covariate" not in kinds:
        return ()
    drifted = [score for score in scores if score.drifted and score.family == "descriptors"]
    return tuple(score.name for score in sorted(drifted, key=lambda score: -abs(score.effect or 0.0)))


def _recommend(kinds: Sequence[Kind], fell: Sequence[MetricDrift], *, enough: bool) -> str:
    if not enough:
        return _NO_DATA
    if not kinds:
        return _FELL if fell else _NO_DRIFT
    advice = [_ADVICE[kind] for kind in _ADVICE if kind in kinds and kind != "covariate"]
    if "covariate" in kinds and not advice:
        advice.append(_COVARIATE_FELL if fell else _ADVICE["covariate"])
    return " ".join(advice)
