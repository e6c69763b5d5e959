"""The last part of a deployment: what is done with a decision, and what a person is told."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import asdict, dataclass
from uuid import UUID

from stacks import promotion, recovery, versions
from stacks.live_service import LiveService
from stacks.promotion import Move
from stacks.standing import Standing, read_standing
from tagstack.config import Settings
from tagstack.errors import PromotionError
from tagstack.nomination import Nomination
from tagstack.policy import PromotionDecision
from tagstack.store.database import open_store

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Outcome:
    """How a deployment ended.

    Attributes:
        line: One line for a person.
        address: Where the service answers, empty where none does.
        changed: Whether another version is in production now.
    """

    line: str
    address: str
    changed: bool

    def as_metadata(self) -> dict[str, str | bool]:
        """Return it as the run's metadata."""
        return asdict(self)


def roll_out(
    nomination: Nomination,
    decision: PromotionDecision,
    settings: Settings,
    make_snapshot: Callable[[], UUID],
    *,
    dry_run: bool,
) -> Outcome:
    """Promote an accepted candidate; look after the service of one that is in production already.

    Args:
        nomination: The candidate, and against which version it was judged.
        decision: The judgement.
        settings: What the service runs with.
        make_snapshot: Makes the snapshot that the deployer starts, with its image where it needs one; called only where
            something is going to change.
        dry_run: Change nothing.

    Raises:
        PromotionError: The promotion failed and was changed back, or what was judged is no longer so.
    """
    with open_store(settings.store.url) as store:
        if dry_run or not (decision.accepted or nomination.serves_already):
            service = LiveService(settings, store, snapshot=None)
            return Outcome(_left(nomination, decision), service.address() or "", changed=False)
        if repaired := recovery.repair(settings.model_name, store):
            logger.info("%s", repaired)
        number, standing = nomination.candidate, read_standing(settings.model_name, store)
        require_unchanged(nomination, standing)
        service = LiveService(settings, store, make_snapshot())
        if nomination.serves_already and standing.agrees:
            service.bring_up()
            service.smoke_test(number)
            return Outcome(f"Version {number} is in production and serves.", service.address() or "", changed=False)
        promotion.carry_out(_move(nomination, decision, settings, standing), store, service)
        return Outcome(f"Version {number} is in production.", service.address() or "", changed=True)


def require_unchanged(nomination: Nomination, standing: Standing) -> None:
    """Refuse to act on a judgement whose champion is no longer in production; raises PromotionError."""
    if standing.production == nomination.champion:
        return
    then, now = nomination.champion or "none", standing.production or "none"
    raise PromotionError(
        f"Version {nomination.candidate} was judged while the version in production was {then}, and now it is {now}; "
        "run `python run.py --pipeline deployment` again."
    )


def _left(nomination: Nomination, decision: PromotionDecision) -> str:
    if nomination.serves_already:
        return f"Dry run: version {nomination.candidate} is in production already; nothing was changed."
    if not decision.accepted:
        return f"Version {nomination.candidate} was refused; nothing was changed."
    return f"Dry run: version {nomination.candidate} would go into production; nothing was changed."


def _move(nomination: Nomination, decision: PromotionDecision, settings: Settings, standing: Standing) -> Move:
    known = {version.number: version for version in versions.list_versions(settings.model_name)}
    return Move(
        model_name=settings.model_name,
        to_version=nomination.candidate,
        kind="promotion",
        reason=decision.reason,
        metrics=known[nomination.candidate].metrics,
        based_on=standing,
    )
