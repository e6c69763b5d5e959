"""What is asked of ZenML in a client's own environment: `python -m lab.inside` answers each line of JSON with one."""

from __future__ import annotations

import hashlib
import json
import os
import sys
import traceback
from typing import Any

from zenml.client import Client
from zenml.models import PipelineRunResponse

HASHED = ("documents", "split", "labels", "embeddings")
"""Artifacts whose content must be the same wherever they were made."""


def secrets(given: dict[str, dict[str, str]]) -> list[str]:
    """Create or change the secrets that stacks refer to."""
    client = Client()
    known = {secret.name for secret in client.list_secrets(size=100).items}
    for name, values in given.items():
        if name in known:
            client.update_secret(name, add_or_update_values=values)
        else:
            client.create_secret(name=name, values=values)
    return sorted(given)


def stack(name: str) -> str:
    """Return the id of a stack."""
    return str(Client().get_stack(name).id)


def run(pipeline: str, stack: str) -> dict[str, Any]:
    """Tell of the newest run of a pipeline on a stack."""
    found = _newest(pipeline, stack)
    steps = found.steps
    return {
        "id": str(found.id),
        "status": found.status.value,
        "python": found.orchestrator_environment.get("python_version"),
        "steps": {name: _step(step) for name, step in steps.items()},
        "artifacts": _artifacts(found),
        "scorecard": _scorecard(steps) if pipeline == "training" and found.status.is_successful else None,
        "versions": _versions(),
    }


def backfill(stack: str) -> dict[str, Any]:
    """Tell what the newest backfill on a stack came to."""
    summary = _newest("backfill", stack).steps["summarise"]
    report: dict[str, Any] = summary.regular_outputs["backfill_report"].load().model_dump(mode="json")
    return report


def _newest(pipeline: str, stack: str) -> PipelineRunResponse:
    client = Client()
    own = {"pipeline": pipeline, "stack": client.get_stack(stack).id}
    return client.get_pipeline_run(client.list_pipeline_runs(**own, sort_by="desc:created", size=1).items[0].id)


def _step(step: Any) -> dict[str, Any]:
    seconds = (step.end_time - step.start_time).total_seconds() if step.end_time and step.start_time else None
    error = step.exception_info.message if step.exception_info else None
    return {"status": step.status.value, "seconds": seconds, "error": error}


def _artifacts(found: PipelineRunResponse) -> dict[str, dict[str, Any]]:
    told = {}
    for step in found.steps.values():
        for versions in step.outputs.values():
            for version in versions:
                told[version.name] = {"uri": version.uri, "content": version.content_hash}
    return told


def _scorecard(steps: Any) -> dict[str, Any]:
    evaluation = steps["evaluate"].regular_outputs["evaluation"].load()
    embeddings = steps["embed"].regular_outputs["embeddings"].load()
    model = steps["train"].regular_outputs["model"].load()
    return {
        "questions": evaluation.model.questions,
        "headline": evaluation.model.headline(),
        "all": hashlib.sha256(evaluation.model.model_dump_json().encode()).hexdigest()[:16],
        "embeddings": hashlib.sha256(embeddings.vectors[:].tobytes()).hexdigest()[:16],
        "model": model.card.weights_sha256[:16],  # its own hash also covers the versions of Python and libraries
    }


def _versions() -> dict[str, list[list[str | None]]]:
    """List every version of every model with its stage."""
    client = Client()
    return {
        model.name: [[version.number and str(version.number), version.stage]
                     for version in client.list_model_versions(model=model.name, size=100).items]
        for model in client.list_models(size=100).items
    }  # fmt: skip


QUESTIONS = {"secrets": secrets, "stack": stack, "run": run, "backfill": backfill}


def _answer(line: str) -> dict[str, Any]:
    question, arguments = json.loads(line)
    try:
        return {"answer": QUESTIONS[question](*arguments)}
    except Exception:  # noqa: BLE001 - whoever asked raises it
        return {"error": traceback.format_exc()}


if __name__ == "__main__":
    with os.fdopen(os.dup(1), "w", buffering=1) as answers:
        os.dup2(2, 1)  # whatever else is printed is no answer
        for asked in sys.stdin:
            answers.write(json.dumps(_answer(asked), default=str) + "\n")
