"""Undoing promotions: what an error ended, and what a dead process left."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from typing import cast

from stacks.live_service import LiveService
from stacks.repeatedly import repeatedly
from stacks.standing import Standing, restore_challenger, set_champion, set_production, set_served
from tagstack.errors import PromotionError, TagstackError
from tagstack.privacy import error_line
from tagstack.store import ledger
from tagstack.store.database import Store
from tagstack.store.promotion import Promotion, is_abandoned

BEAT_SECONDS = 10.0


def repair(model_name: str, store: Store, service: LiveService | None = None) -> str | None:
    """Undo a promotion whose process died; return a line that says so, None where there is nothing to repair.

    Args:
        model_name: Whose promotion.
        store: Ledger and target.
        service: Stopped where it served nothing before; None leaves it to what comes next.

    Raises:
        PromotionError: A promotion is under way in a living process.
    """
    row = ledger.find_open(store, model_name)
    if row is None:
        return None
    if not is_abandoned(row):
        raise PromotionError(
            f"Promotion {row.id} to version {row.to_version} is under way on {row.host} (process {row.pid}); "
            "wait for it to end."
        )
    row = ledger.take_over(store, row)
    with beating(store, row):
        undo(row, store)
        ledger.finish(store, row, "undone", note=f"interrupted after {row.progress or 'nothing'}; changed back")
    if service and _before(row).target is None:
        service.take_down()
    return f"Promotion {row.id} to version {row.to_version} was interrupted; it is undone."


def undo(row: Promotion, store: Store) -> None:
    """Set the three to what they were before; repeating it changes nothing."""
    before = _before(row)
    sha256 = cast("str | None", row.before.get("target_sha256"))
    set_served(store, row.model_name, before.target, sha256=sha256)
    set_champion(row.model_name, before.champion)
    stage = str(row.before["stage"])
    if stage == "staging" and before.champion != row.to_version:
        restore_challenger(row.model_name, row.to_version)
    set_production(row.model_name, before.production, leaving=row.to_version, stage=stage)


def undo_after(error: BaseException, row: Promotion, store: Store, service: LiveService) -> str:
    """Change everything back; return a sentence that says what was."""
    try:
        ledger.beat(store, row)  # a promotion that another process has taken over is that one's to undo
        undo(row, store)
        ledger.finish(store, row, "undone", note=one_line(error))
    except Exception as failure:  # noqa: BLE001 - whatever it is, a person must hear that the three may disagree
        raise PromotionError(
            f"{what_failed(row, error)} Changing it back failed too ({one_line(failure)}) "
            "Run `python run.py doctor --repair` when the stack is reachable again."
        ) from None
    try:
        service.take_down() if _before(row).target is None else service.wait_switched()
    except TagstackError as problem:
        left = f"All but the service was changed back: {one_line(problem)}"
        return f"{left} Run `python run.py doctor --repair`."
    return "Everything was changed back."


def beating(store: Store, row: Promotion) -> contextlib.AbstractContextManager[None]:
    """Tell the ledger that this process lives, for as long as it works on the promotion."""

    def beat() -> None:
        with contextlib.suppress(TagstackError):
            ledger.beat(store, row)

    return repeatedly(beat, seconds=BEAT_SECONDS, name="promotion-heartbeat")


def _before(row: Promotion) -> Standing:
    said = cast("Mapping[str, int | None]", row.before)
    return Standing(said["production"], said["champion"], said["target"])


def what_failed(row: Promotion, error: BaseException) -> str:
    """Say which version did not get there, and why."""
    return f"Version {row.to_version} did not go into production: {one_line(error)}"


def one_line(error: BaseException) -> str:
    """Return an error as a sentence, without secrets."""
    text = error_line(error) or type(error).__name__
    return text if text.endswith(".") else f"{text}."
