"""Step: an accepted model becomes a version; every model is tracked."""

from __future__ import annotations

from zenml import get_step_context, log_metadata, step

from stacks.registration import Candidate, track
from stacks.registration import register as make_version
from tagstack.config import Settings
from tagstack.model.tagmodel import TagModel
from tagstack.policy import PromotionDecision
from tagstack.questions.watermark import DatasetIdentity
from tagstack.scorecard import Evaluation


@step(enable_cache=False)
def register(
    model: TagModel, dataset: DatasetIdentity, evaluation: Evaluation, decision: PromotionDecision, settings: Settings
) -> None:
    """Log the model to MLflow; make it a version in staging if the policy accepted it."""
    run_id = get_step_context().pipeline_run.id
    candidate = Candidate(model, dataset, evaluation, decision, settings)
    mlflow_run = track(candidate, run_id)
    line = make_version(candidate, run_id, mlflow_run) if decision.accepted else "The model is not registered."
    log_metadata({"outcome": line, "mlflow_run": mlflow_run})
