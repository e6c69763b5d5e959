"""Making an accepted model a version, in the Model Control Plane and in MLflow; it can be interrupted anywhere."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import cast
from uuid import UUID

import numpy as np
from pydantic import BaseModel
from zenml.enums import ModelStages, VisualizationType
from zenml.io import fileio
from zenml.models import ArtifactVersionResponse

from stacks import mlflow_registry, versions
from stacks.shared_folder import shared_folder
from tagstack.config import Settings
from tagstack.embeddings import EmbeddingMatrix
from tagstack.model.tagmodel import TagModel, save_model
from tagstack.policy import PairedScores, PromotionDecision
from tagstack.questions.watermark import DatasetIdentity
from tagstack.rival import score_rivals
from tagstack.scorecard import Evaluation
from tagstack.split import Split
from tagstack.table import Table, scratch

SPLIT_ARTIFACT = "split"
PERSONAL = frozenset({"raw_questions"})
"""Artifacts that personal data is not masked in yet; no version carries them on."""


@dataclass(frozen=True)
class Candidate:
    """A trained model and everything known of it when it is to be registered."""

    model: TagModel
    dataset: DatasetIdentity
    evaluation: Evaluation
    decision: PromotionDecision
    settings: Settings


def track(candidate: Candidate, run_id: UUID) -> str:
    """Log the candidate, accepted or refused, to MLflow, once an outcome; return the id of its MLflow run.

    Args:
        candidate: The model.
        run_id: The ZenML run whose reports belong to it.
    """
    client = mlflow_registry.connect()
    sha256 = candidate.model.sha256
    outcome = _outcome(candidate)
    known = mlflow_registry.find_run(client, sha256, outcome)
    if known:
        return known
    folder = scratch()
    save_model(candidate.model, folder)
    return mlflow_registry.log_run(
        folder,
        sha256=sha256,
        outcome=outcome,
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
    if version.stage:
        return f"The model is version {version.number} already, in {version.stage}."
    versions.link_artifacts(version, [a for a in versions.run_artifacts(run_id) if a.name not in PERSONAL])
    client = mlflow_registry.connect()
    registered = mlflow_registry.register(client, name, run_id=mlflow_run, sha256=sha256, zenml_version=version.number)
    headline = candidate.evaluation.model.headline()
    versions.describe_version(version, metrics=headline, reason=candidate.decision.reason)
    versions.stage_version(version, ModelStages.STAGING)
    return f"Model {name} version {version.number} is in staging (MLflow version {registered.version})."


def champion(model_name: str) -> tuple[str, TagModel] | None:
    """Return the version number and the model that a challenger must not fall behind; None before there is any.

    It is the version in production; before anything was deployed, the holder of MLflow's alias `champion`; and where
    that is gone or was never completed, the version in staging.
    """
    known = versions.complete_versions(model_name)
    by_stage = {version.stage: version.number for version in known}
    alias = mlflow_registry.zenml_version(mlflow_registry.connect(), model_name, mlflow_registry.CHAMPION)
    wanted = (by_stage.get(ModelStages.PRODUCTION.value), alias, by_stage.get(ModelStages.STAGING.value))
    by_number = {version.number: version for version in known}
    number = next((number for number in wanted if number in by_number), None)
    return None if number is None else (str(number), versions.load_tag_model(by_number[number]))


def score_champion(
    model_name: str, challenger: TagModel, embeddings: EmbeddingMatrix, split: Split, documents: Table
) -> PairedScores | None:
    """Score the champion and its challenger on the challenger's test questions that are new to the champion.

    Args:
        model_name: Whose champion.
        challenger: The new model.
        embeddings: Vectors for it.
        split: Which documents test.
        documents: Texts and tags.

    Returns:
        None where there is no champion.
    """
    best = champion(model_name)
    if best is None:
        return None
    stored = versions.find_version(model_name, best[0]).get_artifact(SPLIT_ARTIFACT)
    seen = cast("Split", stored.load()) if stored else None
    fitted = np.concatenate([seen.members("train"), seen.members("calibrate")]) if seen else np.empty(0, np.int64)
    cache = shared_folder("vectors")
    return score_rivals(challenger, best, embeddings, split, documents, seen=fitted, cache=cache)


def _outcome(candidate: Candidate) -> str:
    """Hash what the candidate scored and how it was decided: either may change while the model does not."""
    judged = candidate.evaluation.model_dump_json() + candidate.decision.reason
    return hashlib.sha256(judged.encode()).hexdigest()[:16]


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
