"""Bringing a version into production in one recoverable transaction, and back out of it."""

from __future__ import annotations

import getpass
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from stacks import versions
from stacks.live_service import LiveService
from stacks.recovery import beating, one_line, undo_after, what_failed
from stacks.standing import Standing, read_standing, set_champion, set_production, set_served
from tagstack.errors import PromotionError, StoreError
from tagstack.store import ledger
from tagstack.store.database import Store
from tagstack.store.promotion import Kind, Promotion
from tagstack.store.rollout import read_target

PATIENCE_SECONDS = 10.0
"""How long a store may be away when a promotion has succeeded."""


@dataclass(frozen=True)
class Move:
    """What is to happen.

    Attributes:
        model_name: Whose version.
        to_version: The version that goes into production.
        kind: Forward, or back.
        reason: Why, for the ledger.
        metrics: What is known of the version, for the ledger.
        based_on: What the three said when this was decided; None is what they say when it begins.
    """

    model_name: str
    to_version: int
    kind: Kind
    reason: str
    metrics: Mapping[str, float]
    based_on: Standing | None = None


def carry_out(move: Move, store: Store, service: LiveService) -> Promotion:
    """Change Model Control Plane, MLflow alias and running service together, and ask the service the golden questions.

    The ledger's row is opened before the first write and holds what the three said until then. Whatever fails, the
    three are set to that again; where this process dies, the next one does it (`repair`).

    Args:
        move: What is to happen.
        store: Ledger and target.
        service: The running service.

    Raises:
        PromotionError: A write or the smoke test failed, and everything is as it was; or another promotion ended
            since this one was decided.
        StoreError: Another promotion of the model is under way.
    """
    row = _begin(move, store)
    with beating(store, row):
        try:
            for progress, write in _writes(row, store, service):
                write()
                ledger.advance(store, row, progress)
        except BaseException as error:
            ended = undo_after(error, row, store, service)
            if isinstance(error, Exception):
                raise PromotionError(f"{what_failed(row, error)} {ended}") from None
            raise
        return _finish(store, row)


def align(model_name: str, store: Store) -> str | None:
    """Make MLflow and the service follow the Model Control Plane; return a line that says so, None where they do.

    Raises:
        PromotionError: A promotion has just ended.
        StoreError: A promotion is under way.
    """
    standing = read_standing(model_name, store)
    if standing.agrees:
        return None
    if standing.production is None:
        set_served(store, model_name, None)
        return "Nothing is in production, so the service is given nothing to serve."
    reason = "MLflow and the service follow the Model Control Plane again"
    row = _begin(Move(model_name, standing.production, "promotion", reason, {}, based_on=standing), store)
    with beating(store, row):
        set_champion(model_name, standing.production)
        set_served(store, model_name, standing.production)
        _finish(store, row)
    return f"{reason}: version {standing.production}."


def _begin(move: Move, store: Store) -> Promotion:
    """Open the ledger's row, with what there was before; refuse where that is not what the move was decided on."""
    standing, before = _look(move, store)
    row = ledger.begin(
        store,
        model_name=move.model_name,
        kind=move.kind,
        who=_who(),
        from_version=standing.production,
        to_version=move.to_version,
        reason=move.reason,
        metrics=dict(move.metrics),
        before=before,
    )
    try:
        _require_unchanged(move, standing, before, store)  # from here on no other promotion can begin
    except BaseException as error:
        ledger.finish(store, row, "undone", note=one_line(error))
        raise
    return row


def _look(move: Move, store: Store) -> tuple[Standing, dict[str, object]]:
    """Return where the versions stand, and that with all else that undoing needs, as the ledger keeps it."""
    version = versions.find_version(move.model_name, str(move.to_version))
    standing, target = read_standing(move.model_name, store), read_target(store, move.model_name)
    kept = {"stage": version.stage or "none", "target_sha256": target.sha256 if target else None}
    return standing, {**standing.as_dict(), **kept}


def _require_unchanged(move: Move, standing: Standing, before: Mapping[str, object], store: Store) -> None:
    if move.based_on in (None, standing) and _look(move, store) == (standing, before):
        return
    raise PromotionError(f"Another promotion of {move.model_name} ended at this moment; try again.")


def _writes(row: Promotion, store: Store, service: LiveService) -> Iterator[tuple[str, Callable[[], object]]]:
    name, number = row.model_name, row.to_version
    leaving = row.from_version if row.from_version is not None else number
    yield "production", lambda: set_production(name, number, leaving=leaving, stage="archived")
    yield "champion", lambda: set_champion(name, number)
    yield "target", lambda: set_served(store, name, number)
    yield "service", service.bring_up
    yield "smoke test", lambda: service.smoke_test(number)


def _finish(store: Store, row: Promotion) -> Promotion:
    """Close a row whose promotion succeeded; a store that is away for a moment must not undo it."""
    end = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            return ledger.finish(store, row, "done", note="")
        except StoreError as error:
            if time.monotonic() > end:
                raise PromotionError(
                    f"Version {row.to_version} is in production, but the ledger cannot say so ({one_line(error)}) "
                    "The next deployment will undo it as interrupted; deploy it again then."
                ) from None
            time.sleep(1)


def _who() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container's user may have no name
        return "unknown"
