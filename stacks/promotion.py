"""Bringing a version into production in one recoverable transaction, and back out of it."""

from __future__ import annotations

import contextlib
import getpass
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal, cast

from stacks import versions
from stacks.live_service import LiveService
from stacks.standing import Standing, read_standing, restore_challenger, set_champion, set_production, set_served
from tagstack.errors import PromotionError, TagstackError
from tagstack.privacy import error_line
from tagstack.store import ledger
from tagstack.store.database import Store
from tagstack.store.ledger import Promotion

BEAT_SECONDS = 10.0
Kind = Literal["promotion", "rollback"]


@dataclass(frozen=True)
class Move:
    """What is to happen.

    Attributes:
        model_name: Whose version.
        to_version: The version that goes into production.
        kind: Forward, or back.
        reason: Why, for the ledger.
        metrics: What is known of the version, for the ledger.
    """

    model_name: str
    to_version: int
    kind: Kind
    reason: str
    metrics: Mapping[str, float]


def carry_out(move: Move, store: Store, service: LiveService) -> Promotion:
    """Change Model Control Plane, MLflow alias and running service together, and ask the service the golden questions.

    The ledger's row is opened before the first write and holds what the three said until then. Whatever fails, the
    three are set to that again; where this process dies, the next one does it (`repair`).

    Args:
        move: What is to happen.
        store: Ledger and target.
        service: The running service.

    Raises:
        PromotionError: A write or the smoke test failed; everything is as it was.
        StoreError: Another promotion of the model is under way.
    """
    row = _begin(move, store)
    with _beating(store, row):
        try:
            for progress, write in _writes(row, store, service):
                write()
                ledger.advance(store, row, progress)
        except BaseException as error:
            ended = _undo_after(error, row, store, service)
            if isinstance(error, Exception):
                raise PromotionError(f"{_what_failed(row, error)} {ended}") from None
            raise
        return ledger.finish(store, row, "done", note="")


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
    if not ledger.is_abandoned(row):
        raise PromotionError(
            f"Promotion {row.id} to version {row.to_version} is under way on {row.host} (process {row.pid}); "
            "wait for it to end."
        )
    row = ledger.take_over(store, row)
    with _beating(store, row):
        undo(row, store)
        ledger.finish(store, row, "undone", note=f"interrupted after {row.progress or 'nothing'}; changed back")
    if service and _before(row).target is None:
        service.take_down()
    return f"Promotion {row.id} to version {row.to_version} was interrupted; it is undone."


def undo(row: Promotion, store: Store) -> None:
    """Set the three to what they were before; repeating it changes nothing."""
    before = _before(row)
    set_served(store, row.model_name, before.target)
    set_champion(row.model_name, before.champion)
    stage = str(row.before["stage"])
    if stage == "staging" and before.champion != row.to_version:
        restore_challenger(row.model_name, row.to_version)
    set_production(row.model_name, before.production, leaving=row.to_version, stage=stage)


def _begin(move: Move, store: Store) -> Promotion:
    version = versions.find_version(move.model_name, str(move.to_version))
    before = read_standing(move.model_name, store)
    row = ledger.begin(
        store,
        model_name=move.model_name,
        kind=move.kind,
        who=_who(),
        from_version=before.production,
        to_version=move.to_version,
        reason=move.reason,
        metrics=dict(move.metrics),
        before={**before.as_dict(), "stage": version.stage or "none"},
    )
    if read_standing(move.model_name, store) != before:
        ledger.finish(store, row, "undone", note="another promotion ended meanwhile")
        raise PromotionError(f"Another promotion of {move.model_name} ended at this moment; try again.")
    return row


def _writes(row: Promotion, store: Store, service: LiveService) -> Iterator[tuple[str, Callable[[], object]]]:
    name, number = row.model_name, row.to_version
    leaving = row.from_version if row.from_version is not None else number
    yield "production", lambda: set_production(name, number, leaving=leaving, stage="archived")
    yield "champion", lambda: set_champion(name, number)
    yield "target", lambda: set_served(store, name, number)
    yield "service", service.bring_up
    yield "smoke test", lambda: service.smoke_test(number)


def _undo_after(error: BaseException, row: Promotion, store: Store, service: LiveService) -> str:
    """Change everything back; return a sentence that says what was."""
    try:
        ledger.beat(store, row)  # a promotion that another process has taken over is that one's to undo
        undo(row, store)
        ledger.finish(store, row, "undone", note=_one_line(error))
    except Exception as failure:  # noqa: BLE001 - whatever it is, a person must hear that the three may disagree
        raise PromotionError(
            f"{_what_failed(row, error)} Changing it back failed too ({_one_line(failure)}) "
            "Run `python run.py doctor --repair` when the stack is reachable again."
        ) from None
    try:
        service.take_down() if _before(row).target is None else service.wait_switched()
    except TagstackError as problem:
        left = f"All but the service was changed back: {_one_line(problem)}"
        return f"{left} Run `python run.py doctor --repair`."
    return "Everything was changed back."


def _before(row: Promotion) -> Standing:
    said = cast("Mapping[str, int | None]", row.before)
    return Standing(said["production"], said["champion"], said["target"])


def _what_failed(row: Promotion, error: BaseException) -> str:
    return f"Version {row.to_version} did not go into production: {_one_line(error)}"


def _one_line(error: BaseException) -> str:
    text = error_line(error) or type(error).__name__
    return text if text.endswith(".") else f"{text}."


def _who() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container's user may have no name
        return "unknown"


@contextlib.contextmanager
def _beating(store: Store, row: Promotion) -> Iterator[None]:
    """Tell the ledger that this process lives, for as long as it works on the promotion."""
    done = threading.Event()

    def beat() -> None:
        while not done.wait(BEAT_SECONDS):
            with contextlib.suppress(TagstackError):
                ledger.beat(store, row)

    thread = threading.Thread(target=beat, name="promotion-heartbeat", daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()
