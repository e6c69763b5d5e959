"""The ledger of promotions and rollbacks: who brought which version into production, when, why, and how it ended.

A promotion is opened before its first write elsewhere and ended after the last one. What a killed process leaves open
tells the next one what to undo: `before` is what was there, `progress` the last write that was done.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Literal

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from tagstack.errors import StoreError
from tagstack.store.columns import now
from tagstack.store.database import Store, transaction
from tagstack.store.process import this_process
from tagstack.store.promotion import Kind, Promotion, is_abandoned
from tagstack.store.tables import PROMOTIONS

_COLUMNS = [PROMOTIONS.c[field.name] for field in fields(Promotion)]


def begin(  # noqa: PLR0913 - a row's columns
    store: Store,
    *,
    model_name: str,
    kind: Kind,
    who: str,
    from_version: int | None,
    to_version: int,
    reason: str,
    metrics: Mapping[str, float] | None = None,
    before: Mapping[str, object] | None = None,
) -> Promotion:
    """Open a promotion in this process's name.

    Raises:
        StoreError: Another promotion of this model is open.
    """
    moment = now()
    values = {
        "model_name": model_name,
        "open_for": model_name,
        "kind": kind,
        "status": "open",
        "started_at": moment,
        "heartbeat_at": moment,
        "who": who[:255],
        **this_process(),
        "from_version": from_version,
        "to_version": to_version,
        "reason": reason,
        "metrics": dict(metrics or {}),
        "before": dict(before or {}),
        "progress": "",
        "note": "",
    }
    with store.errors():
        try:
            with transaction(store.engine) as connection:
                number = connection.execute(sa.insert(PROMOTIONS).values(values)).inserted_primary_key
        except IntegrityError:
            raise _already_open(store, model_name) from None
    assert number is not None
    return _read(store, int(number[0]))


def advance(store: Store, promotion: Promotion, progress: str) -> Promotion:
    """Write down the last write that was done; a sign of life, too.

    Raises:
        StoreError: The promotion is no longer this process's, as another one has taken it over or ended it.
    """
    return _change(store, promotion, progress=progress, heartbeat_at=now())


def beat(store: Store, promotion: Promotion) -> Promotion:
    """Say that this promotion's process is still at work; errors as in `advance`."""
    return _change(store, promotion, heartbeat_at=now())


def finish(store: Store, promotion: Promotion, status: Literal["done", "undone"], note: str = "") -> Promotion:
    """End a promotion; errors as in `advance`."""
    return _change(store, promotion, status=status, note=note, ended_at=now(), open_for=None)


def take_over(store: Store, promotion: Promotion) -> Promotion:
    """Make an abandoned promotion this process's own, to undo it; of several processes that try, one succeeds.

    Raises:
        StoreError: Another process has taken it over or ended it, or its own has shown a sign of life.
    """
    as_seen = (PROMOTIONS.c.id == promotion.id) & (PROMOTIONS.c.status == "open")
    as_seen &= (PROMOTIONS.c.pid == promotion.pid) & (PROMOTIONS.c.heartbeat_at == promotion.heartbeat_at)
    values = {**this_process(), "heartbeat_at": now()}
    with store.writing() as connection:
        changed = connection.execute(sa.update(PROMOTIONS).where(as_seen).values(values)).rowcount
    if not changed:
        raise StoreError(
            f"The {promotion.kind} {promotion.id} of {promotion.model_name} is in another process's hands; try again."
        )
    return _read(store, promotion.id)


def find_open(store: Store, model_name: str) -> Promotion | None:
    """Return the promotion of a model that is at work or was left behind, if any."""
    with store.reading() as connection:
        row = connection.execute(sa.select(*_COLUMNS).where(PROMOTIONS.c.open_for == model_name)).mappings().first()
    return Promotion(**row) if row else None


def history(store: Store, model_name: str, limit: int = 100) -> list[Promotion]:
    """Return a model's promotions and rollbacks, the newest first."""
    chosen = sa.select(*_COLUMNS).where(PROMOTIONS.c.model_name == model_name)
    with store.reading() as connection:
        rows = connection.execute(chosen.order_by(PROMOTIONS.c.id.desc()).limit(limit))
        return [Promotion(**row) for row in rows.mappings()]


def _change(store: Store, promotion: Promotion, **values: object) -> Promotion:
    ours = (PROMOTIONS.c.id == promotion.id) & (PROMOTIONS.c.status == "open")
    ours &= (PROMOTIONS.c.pid == promotion.pid) & (PROMOTIONS.c.host == promotion.host)
    with store.writing() as connection:
        changed = connection.execute(sa.update(PROMOTIONS).where(ours).values(values)).rowcount
    found = _read(store, promotion.id)
    if not changed:
        what = "taken over" if found.status == "open" else f"ended as {found.status}"
        raise StoreError(
            f"The {promotion.kind} {promotion.id} of {promotion.model_name} to version {promotion.to_version} was "
            f"{what} by another process; run `python run.py doctor`."
        )
    return found


def _read(store: Store, number: int) -> Promotion:
    with store.reading() as connection:
        return Promotion(**connection.execute(sa.select(*_COLUMNS).where(PROMOTIONS.c.id == number)).mappings().one())


def _already_open(store: Store, model_name: str) -> StoreError:
    other = find_open(store, model_name)
    if other is None:
        return StoreError(f"Another promotion of {model_name} has just ended; try again.")
    advice = "run `python run.py doctor --repair`" if is_abandoned(other) else "wait until it has ended"
    return StoreError(
        f"A {other.kind} of {model_name} to version {other.to_version} by {other.who} is open since "
        f"{other.started_at:%Y-%m-%d %H:%M:%S} UTC (process {other.pid} on {other.host}); {advice}."
    )
