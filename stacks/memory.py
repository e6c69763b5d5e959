"""What drift runs remember of those before them, and the decision that follows."""

from __future__ import annotations

import datetime as dt

from tagstack.config import Settings
from tagstack.drift.history import remember
from tagstack.drift.report import DriftReport
from tagstack.retraining import RetrainingDecision, decide_retraining
from tagstack.store import monitoring
from tagstack.store.database import open_store


def weigh(report: DriftReport, settings: Settings, *, run_id: str) -> RetrainingDecision:
    """Decide about a training from this run and those before it, and record the run.

    Args:
        report: Of this run.
        settings: The rule, and where runs are recorded.
        run_id: Of the pipeline run; the same run is recorded once.
    """
    with open_store(settings.store.url) as store:
        decision = decide_retraining(
            report,
            monitoring.history(store, report.model_name, before=report.as_of),
            new_labels=report.window.labelled,
            settings=settings.retraining,
            now=report.as_of,
        )
        run = remember(report, run_id=run_id, decision=decision.outcome, reason=decision.reason)
        monitoring.add(store, run)
    return decision


def note_training(
    settings: Settings, report: DriftReport, run_id: str, *, training_run: str, trained_version: int | None = None
) -> None:
    """Write down which training a drift run has started: before it begins, and again when it is over."""
    with open_store(settings.store.url) as store:
        monitoring.note_training(
            store, report.model_name, run_id, training_run=training_run, trained_version=trained_version
        )


def fresh(settings: Settings, report: DriftReport) -> Settings:
    """Return the settings of a training on what is known at the end of a drift run's window."""
    until, days = report.window.until.date(), settings.retraining.window_days
    since = until - dt.timedelta(days=days) if days else None
    return settings.model_copy(update={"source": settings.source.model_copy(update={"since": since, "until": until})})
