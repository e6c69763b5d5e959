"""Step: an accepted version goes into production, and the service with it."""

from __future__ import annotations

from uuid import UUID

from zenml import log_metadata, step

from stacks import rollout
from tagstack.config import Settings
from tagstack.nomination import Nomination
from tagstack.policy import PromotionDecision


@step(enable_cache=False)
def promote(
    nomination: Nomination, decision: PromotionDecision, settings: Settings, snapshot: str, *, dry_run: bool
) -> None:
    """Change Model Control Plane, MLflow and the service in one transaction; a dry run changes nothing."""
    outcome = rollout.roll_out(nomination, decision, settings, UUID(snapshot), dry_run=dry_run)
    log_metadata(outcome.as_metadata())
