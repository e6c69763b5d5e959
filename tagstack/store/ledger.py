"""The ledger of promotions and rollbacks: who brought which version into production, when, why, and how it ended.

A promotion is opened before its first write elsewhere and ended after the last one. What a killed process leaves open
tells the next one what to undo: `before` is what was there, `progress` the last write that was done.
"""

from __future__ import annotations

import datetime as dt
import os
import socket
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Literal

import psutil
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from tagstack.errors import StoreError
from tagstack.store.columns import now
from tagstack.store.database import Store, transaction
from tagstack.store.tables import PROMOTIONS

Kind = Literal["promotion", "rollback"]
Status = Literal["open", "done", "undone"]
SILENT_SECONDS = 60.0
"""Age of the last heartbeat from which an open promotion counts as abandoned; clocks must agree better than this."""
_CLOCK_SECONDS = 2.0
"""How far two readings of one process's start may differ."""


@dataclass(frozen=True, kw_only=True)
class Promotion:
    """One promotion or rollback.

    Attributes:
        heartbeat_at: When its process last said that it is at work.
        who: The person or job that asked for it.
        host: The machine it runs on.
        process_started: Start of the process, seconds since 1970; tells two processes with one `pid` apart.
        from_version: What was in production; None where nothing was.
        metrics: What the decision was based on, by name.
        before: What to restore where it is undone.
        progress: The last write that was done.
        note: How it ended.
    """

    id: int
    model_name: str
    kind: Kind
    status: Status
    started_at: dt.datetime
    ended_at: dt.datetime | None
    heartbeat_at: dt.datetime
    who: str
    host: str
    pid: int
    process_started: float
    from_version: int | None
    to_version: int
    reason: str
    metrics: dict[str, float]
    before: dict[str, object]
    progress: str
    note: str


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
        **_this_process(),
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
    values = {**_this_process(), "heartbeat_at": now()}
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


def is_abandoned(promotion: Promotion) -> bool:
    """Say whether nobody works on an open promotion any more.

    Its process is gone, which only the same machine can see, or has been silent for `SILENT_SECONDS`.
    """
    if promotion.status != "open":
        return False
    silent = (now() - promotion.heartbeat_at).total_seconds() > SILENT_SECONDS
    return silent or (promotion.host == socket.gethostname() and not _lives(promotion))


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


def _this_process() -> dict[str, object]:
    pid = os.getpid()
    return {"host": socket.gethostname(), "pid": pid, "process_started": psutil.Process(pid).create_time()}


def _lives(promotion: Promotion) -> bool:
    try:
        process = psutil.Process(promotion.pid)
        same = abs(process.create_time() - promotion.process_started) <= _CLOCK_SECONDS
        return bool(same and process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False
    except psutil.AccessDenied:
        return True
