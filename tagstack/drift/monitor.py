"""One drift run: every test, every metric, and what they mean together."""

from __future__ import annotations

import datetime as dt

from tagstack.drift.comparison import compare
from tagstack.drift.concept import INPUTS, ODDS, concept_drift, no_concept_drift
from tagstack.drift.data import find_data_drift
from tagstack.drift.diagnosis import diagnose
from tagstack.drift.performance import find_metric_drift
from tagstack.drift.report import DriftReport, DriftScore, Moved, NewTag, PastEstimate, Period, ProductionUse
from tagstack.drift.sample import Sample
from tagstack.drift.settings import DriftSettings
from tagstack.drift.vocabulary import find_vocabulary_drift, too_few, vocabulary_drift
from tagstack.scorecard import Scorecard

_GATES = {ODDS: ("true_tags",), INPUTS: ("embeddings", "descriptors", "predicted_tags")}
_UNLABELLED = "The window's questions have no tags: metrics are estimated; odds, meaning and vocabulary are not tested."


def examine(  # noqa: PLR0913 - a report has as many parts
    *,
    model_name: str,
    version: int,
    model_sha256: str,
    trained_until: dt.datetime,
    as_of: dt.datetime,
    reference: Sample,
    window: Sample,
    reference_period: Period,
    window_period: Period,
    trained: Scorecard,
    settings: DriftSettings,
    past: tuple[PastEstimate, ...] = (),
    use: ProductionUse | None = None,
    notes: tuple[str, ...] = (),
) -> DriftReport:
    """Compare a window of later questions with the test questions of training.

    Args:
        model_name: Whose.
        version: The version in production.
        model_sha256: Its identity.
        trained_until: Time of the newest question that it was fitted on.
        as_of: The moment that the run looks from.
        reference: The test questions of training.
        window: The later questions.
        reference_period: What the reference is.
        window_period: What the window is.
        trained: The training scorecard.
        settings: When something counts as drift.
        past: How well earlier estimates matched what came true.
        use: What people made of the suggestions.
        notes: What is missing in this report.
    """
    by_tags, shares, new_tags = _by_tags(reference, window, settings)
    scores = gate((*find_data_drift(reference, window, settings), *by_tags), settings.false_alarm_rate)
    metrics = find_metric_drift(reference, window, trained, settings)
    return DriftReport(
        model_name=model_name,
        version=version,
        model_sha256=model_sha256,
        trained_until=trained_until,
        as_of=as_of,
        reference=reference_period,
        window=window_period,
        scores=scores,
        metrics=metrics,
        past=past,
        out_of_vocabulary=shares,
        new_tags=new_tags,
        use=use,
        diagnosis=diagnose(scores, metrics, new_tags, settings),
        notes=notes if window.truth is not None else (*notes, _UNLABELLED),
        settings_confidence=settings.confidence,
    )


def _by_tags(
    reference: Sample, window: Sample, settings: DriftSettings
) -> tuple[tuple[DriftScore, ...], Moved | None, tuple[NewTag, ...]]:
    """Run the tests that need tags; samples are put together once for all of them."""
    reason = too_few(reference, window, settings)
    if reason:
        score = find_vocabulary_drift(reference, window, settings)[0]
        return (*no_concept_drift(len(reference), len(window), reason), score), None, ()
    comparison = compare(reference, window, settings)
    score, shares, new_tags = vocabulary_drift(comparison, settings)
    return (*concept_drift(comparison, new_tags, settings), score), shares, new_tags


def gate(scores: tuple[DriftScore, ...], rate: float) -> tuple[DriftScore, ...]:
    """Let tests that only explain others count where one of these is significant: rates of false alarms hold."""

    def gated(score: DriftScore) -> DriftScore:
        if not score.drifted or score.name not in _GATES:
            return score
        opened = any(
            other.adjusted_p_value is not None and other.adjusted_p_value <= rate
            for other in scores
            if other.family in _GATES[score.name] and other.name not in _GATES
        )
        note = "" if opened else "nothing changed that this could explain"
        return score.model_copy(update={"drifted": opened, "note": note})

    return tuple(map(gated, scores))
