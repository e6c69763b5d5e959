"""May a version of the staging stage go into production."""

from __future__ import annotations

from zenml import pipeline
from zenml.enums import ExecutionMode

from steps.collect import collect
from steps.judge import judge
from steps.nominate import nominate
from steps.prepare import prepare
from steps.recent import recent
from steps.validate import validate
from steps.watermark import watermark
from tagstack.config import Settings


@pipeline(name="deployment", execution_mode=ExecutionMode.FAIL_FAST)
def deployment(settings: Settings, candidate: str | None) -> None:
    """Nominate, score champion and challenger on the same questions, apply the policy.

    What is decided is carried out by the process that launched the pipeline (`stacks.rollout`).
    """
    nomination = nominate(settings.model_name, candidate)
    window = recent(settings.source, settings.deployment)
    raw = collect(window, watermark(window))
    questions, _quarantine, _report = validate(raw, window, settings.contract, settings.privacy)
    documents, _report = prepare(questions, settings.preparation)
    judge(nomination, documents, settings.policy)
