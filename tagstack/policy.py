"""Whether a model may be registered: floors, the popularity baseline, and the champion."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from tagstack.bootstrap import resample_ratios
from tagstack.config import PolicySettings
from tagstack.errors import ModelError
from tagstack.metrics import Counts, open_metrics
from tagstack.scorecard import Evaluation, Report

Verdict = Literal["accepted", "refused"]


@dataclass(frozen=True, eq=False)
class PairedScores:
    """Challenger and champion on the same questions, against all original tags, as their classes may differ.

    Attributes:
        champion: which version the champion is.
        challenger_counts: the challenger's counts of n questions.
        champion_counts: the champion's counts of the same questions in the same order.
    """

    champion: str
    challenger_counts: Counts
    champion_counts: Counts

    def __post_init__(self) -> None:
        if not np.array_equal(self.challenger_counts.tags, self.champion_counts.tags):
            raise ModelError("Challenger and champion were scored on different questions; score both on the same ones.")


class RuleResult(Report):
    """One rule of the policy: it passes where the value is not below the threshold."""

    name: str
    value: float
    threshold: float
    passed: bool
    reason: str


class PromotionDecision(Report):
    """The verdict on a model and what it rests on.

    Attributes:
        verdict: accepted where every rule passed.
        rules: each rule with its value.
        model_sha256: which model.
        champion: version it was compared with, None where there is none.
        questions: test questions.
    """

    verdict: Verdict
    rules: tuple[RuleResult, ...]
    model_sha256: str
    champion: str | None
    questions: int

    @property
    def accepted(self) -> bool:
        """Whether the model may be registered."""
        return self.verdict == "accepted"

    @property
    def reason(self) -> str:
        """The decision in one line."""
        failed = [rule.reason for rule in self.rules if not rule.passed]
        return f"Refused: {'; '.join(failed)}." if failed else f"Accepted: all {len(self.rules)} rules passed."


def decide(
    evaluation: Evaluation,
    *,
    settings: PolicySettings,
    champion: PairedScores | None = None,
    newest: PairedScores | None = None,
) -> PromotionDecision:
    """Apply the policy.

    Every floor must be reached; the popularity baseline must be beaten; and where there is a champion, the challenger
    must not be worse than it by more than `max_loss`, which a paired bootstrap over the questions has to show at the
    confidence asked for (a one-sided test of non-inferiority: few questions count against the challenger).

    Args:
        evaluation: Of the challenger.
        settings: Floors, metric and margin.
        champion: Both models' scores on the same questions; None where there is no champion.
        newest: Both models' scores on the newest labelled questions; too few of them do not decide.
    """
    rules = [*_floors(evaluation, settings), _beats_popularity(evaluation, settings)]
    rules += [_no_loss(champion, settings)] if champion else []
    rules += [_no_loss_on_newest(newest, settings)] if newest else []
    return PromotionDecision(
        verdict="accepted" if all(rule.passed for rule in rules) else "refused",
        rules=tuple(rules),
        model_sha256=evaluation.model_sha256,
        champion=champion.champion if champion else None,
        questions=evaluation.model.questions,
    )


def _floors(evaluation: Evaluation, settings: PolicySettings) -> list[RuleResult]:
    floors = settings.floors.model_dump()
    return [_rule(f"floor {name}", name, evaluation.model.metric(name).value, floor) for name, floor in floors.items()]


def _beats_popularity(evaluation: Evaluation, settings: PolicySettings) -> RuleResult:
    metric, name = settings.compare_by, "beats popularity"
    value, baseline = evaluation.model.metric(metric).value, evaluation.baseline("popularity")
    if baseline is None:
        reason = "the popularity baseline was not run; add popularity to evaluation.baselines"
        return RuleResult(name=name, value=value, threshold=1.0, passed=False, reason=reason)
    threshold = baseline.metric(metric).value
    passed = value > threshold
    reason = f"{metric} {value:.3f} is {'above' if passed else 'not above'} the popularity baseline's {threshold:.3f}"
    return RuleResult(name=name, value=value, threshold=threshold, passed=passed, reason=reason)


def _no_loss(scores: PairedScores, settings: PolicySettings) -> RuleResult:
    metric, questions = settings.compare_by, len(scores.champion_counts.tags)
    if questions < settings.min_new_questions:
        reason = (
            f"only {questions} test questions are new to champion {scores.champion}, fewer than the "
            f"{settings.min_new_questions} of policy.min_new_questions; widen the window or split as it did"
        )
        name, least = "enough questions new to the champion", float(settings.min_new_questions)
        return RuleResult(name=name, value=questions, threshold=least, passed=False, reason=reason)
    ratios = [open_metrics(counts)[metric] for counts in (scores.challenger_counts, scores.champion_counts)]
    drawn = resample_ratios(ratios, samples=settings.bootstrap_samples, seed=settings.seed)
    least = float(np.quantile(drawn[:, 0] - drawn[:, 1], 1 - settings.confidence))
    values = f"{ratios[0].value:.3f} against {ratios[1].value:.3f} of champion {scores.champion}"
    rule = _rule("no loss against champion", f"{metric} difference", least, -settings.max_loss)
    return rule.model_copy(update={"reason": f"{metric} on all tags {values}; {rule.reason}"})


def _no_loss_on_newest(scores: PairedScores, settings: PolicySettings) -> RuleResult:
    questions, least = len(scores.champion_counts.tags), float(settings.min_new_questions)
    name = "no loss on the newest questions"
    if questions >= least:
        rule = _no_loss(scores, settings)
        return rule.model_copy(update={"name": name, "reason": f"on the {questions} newest questions {rule.reason}"})
    reason = f"only {questions} newest questions are new to both models, so the test questions decide alone"
    return RuleResult(name=name, value=questions, threshold=least, passed=True, reason=reason)


def _rule(name: str, metric: str, value: float, threshold: float) -> RuleResult:
    passed = value >= threshold
    reason = f"{metric} {value:.3f} is {'not ' if passed else ''}below {threshold:.3f}"
    return RuleResult(name=name, value=value, threshold=threshold, passed=passed, reason=reason)
