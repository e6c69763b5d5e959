"""Which version every replica shall serve, and what each of them says that it serves."""

from __future__ import annotations

import datetime as dt
from dataclasses import asdict, dataclass, replace
from typing import Literal

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from tagstack.store.columns import now
from tagstack.store.database import Store
from tagstack.store.tables import REPLICAS, TARGETS

State = Literal["starting", "ready", "failed", "draining"]
SEEN_WITHIN = dt.timedelta(seconds=15)
FORGOTTEN_AFTER = dt.timedelta(days=1)
"""Age from which a replica that ended without saying so is deleted, when another one starts."""


@dataclass(frozen=True)
class Target:
    """What every replica of a model shall serve.

    Attributes:
        sha256: `TagModel.sha256` of that version.
        revision: Grows with every change, also where the version is the same again.
    """

    model_name: str
    version: int
    sha256: str
    revision: int
    changed_at: dt.datetime


@dataclass(frozen=True, kw_only=True)
class Replica:
    """One serving process.

    Attributes:
        id: Of this process, anew at each start; at most 64 characters.
        address: Where it answers, as `http://127.0.0.1:8000`.
        version: What it serves; None while it serves nothing.
        revision: Of the target that it has acted on.
        problem: Why it could not do what the target asks for.
        seen_at: Its last report.
    """

    id: str
    model_name: str
    address: str
    version: int | None = None
    revision: int | None = None
    state: State = "starting"
    problem: str | None = None
    seen_at: dt.datetime
    started_at: dt.datetime


def read_target(store: Store, model_name: str) -> Target | None:
    """Return what is to be served; None where nothing was ever promoted, or nothing is to be served any more."""
    with store.reading() as connection:
        return _read_target(connection, model_name)


def set_target(store: Store, model_name: str, *, version: int, sha256: str) -> Target:
    """Tell all replicas to serve a version."""
    target = _change(store, model_name, version=version, sha256=sha256)
    assert target is not None
    return target


def clear_target(store: Store, model_name: str) -> None:
    """Take back what is to be served; replicas keep what they have."""
    _change(store, model_name, version=None, sha256=None)


def report_replica(store: Store, replica: Replica) -> Replica:
    """Write down what a replica serves, and that it was seen now.

    Returns:
        The replica with its new `seen_at`.
    """
    replica = replace(replica, seen_at=now())
    values = asdict(replica)
    update = sa.update(REPLICAS).where(REPLICAS.c.id == replica.id).values(values)
    with store.writing() as connection:
        if _upsert(connection, update, sa.insert(REPLICAS).values(values)):
            _forget_the_lost(connection, replica.model_name)
    return replica


def list_replicas(store: Store, model_name: str, *, seen_within: dt.timedelta = SEEN_WITHIN) -> list[Replica]:
    """Return the replicas that reported lately, those that started first at the front."""
    chosen = (REPLICAS.c.model_name == model_name) & (REPLICAS.c.seen_at >= now() - seen_within)
    with store.reading() as connection:
        rows = connection.execute(sa.select(REPLICAS).where(chosen).order_by(REPLICAS.c.started_at, REPLICAS.c.id))
        return [Replica(**row) for row in rows.mappings()]


def forget_replica(store: Store, replica_id: str) -> None:
    """Delete a replica that has stopped; an unknown one is no error."""
    with store.writing() as connection:
        connection.execute(sa.delete(REPLICAS).where(REPLICAS.c.id == replica_id))


def _read_target(connection: sa.Connection, model_name: str) -> Target | None:
    row = connection.execute(sa.select(TARGETS).where(TARGETS.c.model_name == model_name)).mappings().first()
    return None if row is None or row["version"] is None else Target(**row)


def _change(store: Store, model_name: str, *, version: int | None, sha256: str | None) -> Target | None:
    values = {"version": version, "sha256": sha256, "changed_at": now()}
    update = sa.update(TARGETS).where(TARGETS.c.model_name == model_name)
    insert = sa.insert(TARGETS).values(model_name=model_name, revision=1, **values)
    with store.writing() as connection:
        _upsert(connection, update.values(revision=TARGETS.c.revision + 1, **values), insert)
        return _read_target(connection, model_name)


def _upsert(connection: sa.Connection, update: sa.Update, insert: sa.Insert) -> bool:
    """Update a row, or insert it where there is none; return whether it was inserted."""
    if connection.execute(update).rowcount:
        return False
    try:
        with connection.begin_nested():
            connection.execute(insert)
    except IntegrityError:  # Another process was faster.
        connection.execute(update)
        return False
    return True


def _forget_the_lost(connection: sa.Connection, model_name: str) -> None:
    lost = (REPLICAS.c.model_name == model_name) & (REPLICAS.c.seen_at < now() - FORGOTTEN_AFTER)
    connection.execute(sa.delete(REPLICAS).where(lost))
