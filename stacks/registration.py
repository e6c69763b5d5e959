"""Making an accepted model a version, in the Model Control Plane and in MLflow; it can be interrupted anywhere."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

from pydantic import BaseModel
from zenml.enums import ModelStages, VisualizationType
from zenml.io import fileio
from zenml.models import ArtifactVersionResponse

from stacks import mlflow_registry, versions
from tagstack.config import Settings
from tagstack.model.tagmodel import TagModel, save_model
from tagstack.policy import PromotionDecision
from tagstack.questions.watermark import DatasetIdentity
from tagstack.scorecard import Evaluation
from tagstack.table import scratch


@dataclass(frozen=True)
class Candidate:
    """A trained model and everything known of it when it is to be registered."""

    model: TagModel
    dataset: DatasetIdentity
    evaluation: Evaluation
    decision: PromotionDecision
    settings: Settings


def track(candidate: Candidate, run_id: UUID) -> str:
    """Log the candidate, accepted or refused, to MLflow, once; return the id of its MLflow run.

    Args:
        candidate: The model.
        run_id: The ZenML run whose reports belong to it.
    """
    client = mlflow_registry.connect()
    sha256 = candidate.model.sha256
    known = mlflow_registry.find_run(client, sha256)
    if known:
        return known
    folder = scratch()
    save_model(candidate.model, folder)
    return mlflow_registry.log_run(
        folder,
        sha256=sha256,
        params={**_flat(candidate.settings), **_flat(candidate.dataset, "dataset."), "zenml_run": str(run_id)},
        metrics=dict(_metrics(candidate.evaluation)),
        reports=dict(_pages(versions.run_artifacts(run_id))),
    )


def register(candidate: Candidate, run_id: UUID, mlflow_run: str) -> str:
    """Register an accepted candidate and return a line that says as what.

    Each write can be repeated, and the stage, which makes a version eligible for promotion, is the last of them: after
    an interruption the next run completes the version instead of making another.

    Args:
        candidate: The accepted model.
        run_id: The ZenML run that made it.
        mlflow_run: Its MLflow run.
    """
    name, sha256 = candidate.settings.model_name, candidate.model.sha256
    version = versions.version_of(name, sha256)
    staged = version.stage in {stage.value for stage in versions.STAGES}
    if not staged:
        versions.link_artifacts(version, versions.run_artifacts(run_id))
    registered = mlflow_registry.register(
        mlflow_registry.connect(), name, run_id=mlflow_run, sha256=sha256, zenml_version=version.number
    )
    if not staged:
        headline = candidate.evaluation.model.headline()
        versions.describe_version(version, metrics=headline, reason=candidate.decision.reason)
        versions.stage_version(version, ModelStages.STAGING)
    stage = version.stage if staged else ModelStages.STAGING.value
    return f"Model {name} version {version.number} is in {stage} (MLflow version {registered.version})."


def champion(model_name: str) -> tuple[str, TagModel] | None:
    """Return the version number and the model that a challenger must not fall behind; None before there is any.

    It is the version in production or, before anything was deployed, the holder of MLflow's alias `champion`.
    """
    known = {version.number: version for version in versions.complete_versions(model_name)}
    number = next((n for n, version in known.items() if version.stage == ModelStages.PRODUCTION.value), None)
    if number is None:
        number = mlflow_registry.zenml_version(mlflow_registry.connect(), model_name, mlflow_registry.CHAMPION)
    if number not in known:
        return None
    return str(number), versions.load_tag_model(known[number])


def _flat(section: BaseModel, prefix: str = "") -> dict[str, object]:
    found: dict[str, object] = {}
    for name in type(section).model_fields:
        value = getattr(section, name)
        found |= _flat(value, f"{prefix}{name}.") if isinstance(value, BaseModel) else {f"{prefix}{name}": value}
    return found


def _metrics(evaluation: Evaluation) -> Iterator[tuple[str, float]]:
    for card in (evaluation.model, *evaluation.baselines):
        prefix = "" if card is evaluation.model else f"{card.name}/"
        for name, estimate in (*card.classic.items(), *card.business.items()):
            yield f"{prefix}{name}", estimate.value
        yield f"{prefix}questions_without_suggestion", card.questions_without_suggestion


def _pages(artifacts: list[ArtifactVersionResponse]) -> Iterator[tuple[str, str]]:
    """Read the HTML pages that the dashboard shows, as they were stored."""
    for artifact in artifacts:
        for page in artifact.visualizations or []:
            if page.type == VisualizationType.HTML:
                with fileio.open(page.uri, "r") as file:
                    yield artifact.name, file.read()
