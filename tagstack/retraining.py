"""Whether drift leads to a training: a rule with a memory.

One alarm proves little: at a false-alarm rate of 5% every twentieth quiet run has one. So the rule looks at the last
few runs of the version in production and wants drift in several of them (hysteresis), or one critical finding. A
training helps where the relation of questions to tags has changed (concept), where tags became more or less frequent
(prior), and alone brings new tags in (vocabulary). Where only the questions look different (covariate), the model is
right about them as before, until a metric falls; then that counts, whatever the kind.

Three things stand against a training that is called for: too few new labels to learn the change from, a training that
is too recent, and the budget. A training that was started counts for the latter two whatever came of it, so that one
that fails is not started again every day.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence

from tagstack.drift.history import SEVERITIES, DriftRun, Outcome, remember
from tagstack.drift.report import DriftReport, Frozen
from tagstack.retraining_settings import RetrainingSettings


class RetrainingDecision(Frozen):
    """Whether to train, and why.

    Attributes:
        retrain: Whether a training shall be started.
        wanted: Whether drift calls for one.
        reasons: Why drift calls for one, or why not.
        blocked_by: What stands against it.
        runs: Runs that were looked at, this one among them.
        drifted_runs: Those that found what a training helps against.
        new_labels: Labelled questions that the version was not fitted on.
        last_training: When drift last started a training.
        recent_trainings: How many it started within the budget's days.
    """

    retrain: bool
    wanted: bool
    reasons: tuple[str, ...]
    blocked_by: tuple[str, ...] = ()
    runs: int
    drifted_runs: int
    new_labels: int
    last_training: dt.datetime | None = None
    recent_trainings: int = 0

    @property
    def outcome(self) -> Outcome:
        """The decision in one word, as it is recorded."""
        return "retrain" if self.retrain else "blocked" if self.wanted else "none"

    @property
    def reason(self) -> str:
        """The decision in one line."""
        why = "; ".join(self.reasons)
        if self.retrain:
            return f"Train: {why}."
        return f"Train, but not now: {why}; {'; '.join(self.blocked_by)}." if self.wanted else f"No training: {why}."


def decide_retraining(
    report: DriftReport,
    history: Sequence[DriftRun],
    *,
    new_labels: int,
    settings: RetrainingSettings,
    now: dt.datetime,
) -> RetrainingDecision:
    """Decide whether to train.

    Args:
        report: The present run.
        history: Earlier runs of this model, in any order; those that look from `now` or later are left aside.
        new_labels: Labelled questions since those that the version in production was fitted on.
        settings: The rule.
        now: The moment that counts as the present, aware.
    """
    past = [run for run in history if run.as_of < now]
    runs = _latest([*past, remember(report, run_id="")], report.version, settings.runs)
    drifted = [run for run in runs if calls_for_training(run, settings)]
    wanted, reasons = _call(report, runs, drifted, settings)
    started = sorted(run.as_of for run in past if run.training_run)
    budget_since = now - dt.timedelta(days=settings.budget_days)
    recent = [moment for moment in started if moment > budget_since]
    blocked = tuple(_obstacles(new_labels, started, recent, settings, now)) if wanted else ()
    return RetrainingDecision(
        retrain=wanted and not blocked,
        wanted=wanted,
        reasons=reasons,
        blocked_by=blocked,
        runs=len(runs),
        drifted_runs=len(drifted),
        new_labels=new_labels,
        last_training=started[-1] if started else None,
        recent_trainings=len(recent),
    )


def calls_for_training(run: DriftRun, settings: RetrainingSettings) -> bool:
    """Say whether a run found what a training helps against, at the severity that counts."""
    severe = SEVERITIES.index(run.severity) >= SEVERITIES.index(settings.severity)
    return run.enough_data and severe and bool(set(run.kinds) & set(settings.kinds) or run.lost)


def _latest(runs: Iterable[DriftRun], version: int, count: int) -> list[DriftRun]:
    """Return the newest runs of a version that came to a verdict, one of each moment, oldest first."""
    by_moment = {run.as_of: run for run in runs if run.version == version and run.enough_data}
    return [by_moment[moment] for moment in sorted(by_moment)[-count:]]


def _call(
    report: DriftReport, runs: Sequence[DriftRun], drifted: Sequence[DriftRun], settings: RetrainingSettings
) -> tuple[bool, tuple[str, ...]]:
    if not report.enough_data:
        return False, (f"not enough data in the {report.window.questions} questions of the window",)
    found = f"{len(drifted)} of the last {len(runs)} runs of version {report.version} found drift that training helps"
    now = remember(report, run_id="")
    if not calls_for_training(now, settings):
        return False, (_quiet(now, settings), *((found,) if drifted else ()))
    this = f"{_finding(now)}, {now.severity}"
    if settings.critical_at_once and now.severity == "critical":
        return True, (this,)
    enough = len(drifted) >= settings.drifted_runs
    return enough, (this, found if enough else f"{found}, of {settings.drifted_runs} that are needed")


def _quiet(run: DriftRun, settings: RetrainingSettings) -> str:
    if run.severity == "none":
        return "no drift"
    if SEVERITIES.index(run.severity) < SEVERITIES.index(settings.severity):
        return f"{_finding(run)}, only {run.severity}"
    return f"{_finding(run)} without a loss, which training does not help"


def _finding(run: DriftRun) -> str:
    kinds = f"{', '.join(run.kinds)} drift" if run.kinds else "drift of no known kind"
    return f"{kinds} with a loss of {', '.join(run.lost)}" if run.lost else kinds


def _obstacles(
    new_labels: int,
    started: Sequence[dt.datetime],
    recent: Sequence[dt.datetime],
    settings: RetrainingSettings,
    now: dt.datetime,
) -> Iterable[str]:
    if new_labels < settings.min_new_labels:
        yield f"{new_labels} new labelled questions, fewer than retraining.min_new_labels={settings.min_new_labels}"
    if started and now < started[-1] + dt.timedelta(days=settings.cooldown_days):
        end = started[-1] + dt.timedelta(days=settings.cooldown_days)
        yield f"the last training began {started[-1]:%Y-%m-%d}, retraining.cooldown_days end {end:%Y-%m-%d}"
    if len(recent) >= settings.budget:
        yield f"{len(recent)} trainings in {settings.budget_days} days use up retraining.budget={settings.budget}"
