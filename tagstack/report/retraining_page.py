"""The page of a retraining decision: whether to train, why, and what stands against it."""

from __future__ import annotations

from tagstack.report.blocks import Block, Fact, Facts, Note
from tagstack.report.formats import moment, plural, whole
from tagstack.report.page import render_page
from tagstack.retraining import RetrainingDecision


def render_retraining(decision: RetrainingDecision) -> str:
    """Render the page of a retraining decision."""
    summary = f"Whether drift leads to a training, from {plural(decision.runs, 'drift run')}, this one among them."
    blocks: list[Block] = [_verdict(decision), *_obstacles(decision), _memory(decision)]
    return render_page("Retraining decision", summary, blocks)


def _verdict(decision: RetrainingDecision) -> Note:
    if decision.retrain:
        return Note("info", "Train", "Drift calls for a training, and nothing stands against it.", decision.reasons)
    if decision.wanted:
        return Note("warn", "Train, but not now", "Drift calls for a training.", decision.reasons)
    return Note("plain", "No training", "Drift does not call for one.", decision.reasons)


def _obstacles(decision: RetrainingDecision) -> list[Note]:
    if not decision.blocked_by:
        return []
    return [Note("warn", "What stands against it", points=decision.blocked_by)]


def _memory(decision: RetrainingDecision) -> Facts:
    last = decision.last_training and decision.last_training.date()
    return Facts([
        Fact("Runs with drift", f"{decision.drifted_runs} of {decision.runs}", note="that a training helps against"),
        Fact("New labels", whole(decision.new_labels), note="labelled questions that the version was not fitted on"),
        Fact("Trainings of late", whole(decision.recent_trainings), note="started by drift, within the budget's days"),
        Fact("Last training", moment(last), note="started by drift"),
    ])  # fmt: skip
