"""From later questions to a diagnosis, an alert and a decision about training."""

from __future__ import annotations

from zenml import pipeline
from zenml.enums import ExecutionMode

from steps.alert import alert
from steps.collect import collect
from steps.examine import examine
from steps.later import later
from steps.prepare import prepare
from steps.publish import publish
from steps.validate import validate
from steps.watch import watch
from steps.watermark import watermark
from steps.weigh import weigh
from tagstack.config import Settings


@pipeline(name="drift", execution_mode=ExecutionMode.FAIL_FAST)
def drift(settings: Settings, as_of: str | None, *, silent: bool) -> None:
    """Watch the version in production: collect later questions, compare, publish, decide, warn."""
    champion = watch(settings.model_name)
    window = later(settings.source, champion, settings.drift, as_of)
    raw = collect(window, watermark(window))
    questions, _quarantine, _report = validate(raw, window, settings.contract, settings.privacy)
    documents, _report = prepare(questions, settings.preparation)
    report, descriptors = examine(champion, questions, documents, window, settings)
    publish(report, descriptors)
    alert(report, weigh(report, settings), settings, silent=silent)
