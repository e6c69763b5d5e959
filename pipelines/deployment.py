"""From a version in staging to one that is served."""

from __future__ import annotations

from zenml import pipeline
from zenml.enums import ExecutionMode

from steps.collect import collect
from steps.judge import judge
from steps.nominate import nominate
from steps.prepare import prepare
from steps.promote import promote
from steps.recent import recent
from steps.validate import validate
from steps.watermark import watermark
from tagstack.config import Settings


@pipeline(name="deployment", execution_mode=ExecutionMode.FAIL_FAST)
def deployment(settings: Settings, candidate: str | None, snapshot: str, *, dry_run: bool) -> None:
    """Nominate, score champion and challenger on the same questions, apply the policy, promote, serve, test."""
    nomination = nominate(settings.model_name, candidate)
    window = recent(settings.source, settings.deployment)
    raw = collect(window, watermark(window))
    questions, _quarantine, _report = validate(raw, window, settings.contract, settings.privacy)
    documents, _report = prepare(questions, settings.preparation)
    decision = judge(nomination, documents, settings.policy)
    promote(nomination, decision, settings, snapshot, dry_run=dry_run)
