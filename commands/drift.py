"""Watching the version in production, and training again where drift asks for it."""

from __future__ import annotations

from datetime import datetime
from typing import Literal, cast

import click
from zenml.models import PipelineRunResponse

from commands.launch import launch, train
from stacks import memory, versions
from stacks.activation import use_stack
from stacks.observation import as_trained, find_champion
from tagstack.config import Settings
from tagstack.drift.report import DriftReport
from tagstack.retraining import RetrainingDecision

OnDrift = Literal["report", "alert", "retrain"]


def watch(
    settings: Settings,
    *,
    stack: str | None,
    cache: bool,
    as_of: datetime | None = None,
    window: int | None = None,
    on_drift: OnDrift | None = None,
) -> None:
    """Run the drift pipeline, print what it found and do what drift asks for.

    Args:
        settings: What it runs with; how questions are cleaned is taken from the version in production.
        stack: The stack; None is the active one.
        cache: Whether earlier results may be used.
        as_of: The day to look from, as if it were that day; None is the end of the source.
        window: Days of questions; None is `drift.window_days`.
        on_drift: Report only, send mail too, or train too; None sends mail.
    """
    use_stack(stack)
    if window:
        settings = settings.model_copy(update={"drift": settings.drift.model_copy(update={"window_days": window})})
    inputs = {"as_of": f"{as_of:%Y-%m-%d}" if as_of else None, "silent": on_drift == "report"}
    watched = as_trained(settings, find_champion(settings.model_name))
    run = launch("drift", watched, stack=stack, cache=cache, **inputs)
    report, decision = cast("DriftReport", _output(run, "examine", "drift_report")), _decision(run)
    _tell(report, decision, run)
    if on_drift == "retrain" and decision.retrain:
        _retrain(settings, report, run, stack=stack, cache=cache)


def _output(run: PipelineRunResponse, step: str, name: str) -> object:
    return run.steps[step].regular_outputs[name].load()


def _decision(run: PipelineRunResponse) -> RetrainingDecision:
    return cast("RetrainingDecision", _output(run, "weigh", "retraining_decision"))


def _tell(report: DriftReport, decision: RetrainingDecision, run: PipelineRunResponse) -> None:
    watched, found = report.window, report.diagnosis
    days = f"{watched.since:%Y-%m-%d} to {watched.until:%Y-%m-%d}"
    click.echo(f"Version {report.version}, {days}: {watched.questions:,} questions, {watched.labelled:,} with tags.")
    verdict = f"{found.name} ({found.severity})" if report.enough_data else "not enough data"
    click.echo(f"Drift: {verdict}")
    for line in (*found.reasons, *report.notes):
        click.echo(f"  {line}")
    click.echo(found.recommendation)
    click.echo(decision.reason)
    for step in ("publish", "alert"):
        click.echo(str(run.steps[step].run_metadata["line"]))


def _retrain(
    settings: Settings, report: DriftReport, run: PipelineRunResponse, *, stack: str | None, cache: bool
) -> None:
    """Train on a fresh window, and link report and decision to the version that comes of it."""
    drift_run = str(run.id)
    memory.note_training(settings, report, drift_run, training_run="started")
    trained = train(memory.fresh(settings, report), stack=stack, cache=cache)
    version = versions.version_of_run(settings.model_name, trained)
    number = version.number if version else None
    memory.note_training(settings, report, drift_run, training_run=str(trained.id), trained_version=number)
    if version:
        reasons = [run.steps["examine"].regular_outputs["drift_report"]]
        reasons += run.steps["weigh"].regular_outputs.values()
        versions.explain(version, reasons, why=_decision(run).reason, drift_run=drift_run)
        click.echo(f"Version {version.number} was trained because of this drift; deploy it when you agree.")
