"""Model versions in ZenML's Model Control Plane."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import cast
from uuid import UUID

from zenml import log_metadata
from zenml.client import Client
from zenml.enums import ModelStages
from zenml.model.utils import link_artifact_version_to_model_version
from zenml.models import ArtifactVersionResponse, ModelVersionResponse, PipelineRunResponse

from tagstack.errors import UsageError
from tagstack.model.tagmodel import TagModel

MODEL_ARTIFACT = "model"
EVALUATION_ARTIFACT = "evaluation"
STAGES = (ModelStages.PRODUCTION, ModelStages.STAGING)


@dataclass(frozen=True)
class Version:
    """A registered model version as people read it."""

    number: int
    stage: str
    created: dt.datetime
    metrics: Mapping[str, float]
    reason: str


def list_versions(model_name: str) -> list[Version]:
    """List the model's versions, the newest first; none where no model was ever registered."""
    return [_describe(version) for version in complete_versions(model_name)]


def complete_versions(model_name: str) -> list[ModelVersionResponse]:
    """Return the versions, the newest first, that carry an evaluated model and were given a stage.

    One without a stage is what an interrupted registration left; the next run of it completes it.
    """
    return [version for version in _versions(model_name) if version.stage and version.get_artifact(EVALUATION_ARTIFACT)]


def find_version(model_name: str, which: str | None = None) -> ModelVersionResponse:
    """Find one version that carries a model.

    Args:
        model_name: The model's name.
        which: `production`, `staging`, `latest` or a version number; where None, production, else staging, else latest.

    Raises:
        UsageError: There is no such version.
    """
    versions = complete_versions(model_name)
    wanted = (which,) if which else (*(stage.value for stage in STAGES), "latest")
    for name in wanted:
        for version in versions:
            if name in ("latest", version.stage, str(version.number)):
                return version
    if not versions:
        raise UsageError(f"No version of model {model_name!r} is registered; run `python run.py --pipeline training`.")
    known = ", ".join(str(version.number) for version in versions)
    raise UsageError(
        f"Model {model_name!r} has no version {which!r}; choose production, staging, latest or one of: {known}."
    )


def load_tag_model(version: ModelVersionResponse) -> TagModel:
    """Load the version's model from the artifact store; nothing in it is executed."""
    artifact = version.get_artifact(MODEL_ARTIFACT)
    if artifact is None:
        raise UsageError(f"Version {version.number} carries no model; choose another with `python run.py models`.")
    return cast("TagModel", artifact.load())


def version_of(model_name: str, sha256: str) -> ModelVersionResponse:
    """Return the version that stands for the model with this content, created without a stage if there is none."""
    client = Client()
    tag = _tag(sha256)
    for version in _versions(model_name):
        if tag in {known.name for known in version.tags}:
            return version
    if not client.list_models(name=model_name).items:
        client.create_model(name=model_name, license="Apache-2.0", description="Tag suggestions for questions.")
    return client.create_model_version(model_name, tags=[tag])


def version_of_run(model_name: str, run: PipelineRunResponse) -> ModelVersionResponse | None:
    """Return the complete version of the model that a training run has made; None where it was refused."""
    model = cast("TagModel", run.steps["train"].regular_outputs[MODEL_ARTIFACT].load())
    tag = _tag(model.sha256)
    return next((known for known in complete_versions(model_name) if tag in {t.name for t in known.tags}), None)


def explain(
    version: ModelVersionResponse, reasons: Iterable[ArtifactVersionResponse], *, why: str, drift_run: str
) -> None:
    """Link a version to the drift report and the decision that it exists for."""
    link_artifacts(version, reasons)
    log_metadata({"trained_because": why, "drift_run": drift_run}, model_version_id=version.id)


def link_artifacts(version: ModelVersionResponse, artifacts: Iterable[ArtifactVersionResponse]) -> None:
    """Link artifacts to a version; linking one again changes nothing."""
    for artifact in artifacts:
        link_artifact_version_to_model_version(artifact, version)


def describe_version(version: ModelVersionResponse, *, metrics: Mapping[str, float], reason: str) -> None:
    """Record what `list_versions` shows."""
    log_metadata({"metrics": dict(metrics), "reason": reason}, model_version_id=version.id)


def stage_version(version: ModelVersionResponse, stage: ModelStages) -> None:
    """Give a version a stage; the one that held it is archived."""
    if version.stage != stage.value:
        Client().update_model_version(version.model.id, version.id, stage=stage, force=True)


def run_artifacts(run_id: UUID) -> list[ArtifactVersionResponse]:
    """List what the steps of a pipeline run have put out so far, cached ones included."""
    steps = Client().get_pipeline_run(run_id).steps.values()
    return [artifact for step in steps for artifact in step.regular_outputs.values()]


def _versions(model_name: str) -> list[ModelVersionResponse]:
    client = Client()
    models = client.list_models(name=model_name).items
    if not models:
        return []
    return list(client.list_model_versions(model=models[0].id, sort_by="desc:number", size=1000, hydrate=True))


def _describe(version: ModelVersionResponse) -> Version:
    facts = version.run_metadata
    metrics = cast("Mapping[str, float]", facts.get("metrics", {}))
    return Version(version.number, version.stage or "", version.created, metrics, str(facts.get("reason", "")))


def _tag(sha256: str) -> str:
    return f"sha256-{sha256[:16]}"
