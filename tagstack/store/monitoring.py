"""The memory of monitoring: what every drift run found and decided, and the training that it started."""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from tagstack.drift.history import DriftRun
from tagstack.errors import StoreError
from tagstack.store.columns import now
from tagstack.store.database import Store, transaction
from tagstack.store.tables import DRIFT_RUNS

_COLUMNS = [DRIFT_RUNS.c[name] for name in DriftRun.model_fields]


def add(store: Store, run: DriftRun) -> DriftRun:
    """Record a drift run; one whose `run_id` is there already stays as it is.

    Returns:
        The run as it is recorded.

    Raises:
        StoreError: The database failed.
    """
    values = run.model_dump(exclude={"created_at", "metrics", "scores"}) | {"created_at": now()}
    values |= {name: [one.model_dump() for one in getattr(run, name)] for name in ("metrics", "scores")}
    with store.errors():
        try:
            with transaction(store.engine) as connection:
                connection.execute(sa.insert(DRIFT_RUNS).values(values))
        except IntegrityError:
            if (found := find(store, run.model_name, run.run_id)) is None:
                raise
            return found
    return _required(store, run.model_name, run.run_id)


def find(store: Store, model_name: str, run_id: str) -> DriftRun | None:
    """Return a drift run by the id of its pipeline run, if it is recorded."""
    chosen = (DRIFT_RUNS.c.model_name == model_name) & (DRIFT_RUNS.c.run_id == run_id)
    with store.reading() as connection:
        row = connection.execute(sa.select(*_COLUMNS).where(chosen)).mappings().first()
    return DriftRun(**row) if row else None


def note_training(
    store: Store, model_name: str, run_id: str, *, training_run: str, trained_version: int | None = None
) -> DriftRun:
    """Write down which training a drift run has started: before it begins, and again with the version that it made.

    Raises:
        StoreError: There is no such drift run.
    """
    chosen = (DRIFT_RUNS.c.model_name == model_name) & (DRIFT_RUNS.c.run_id == run_id)
    values = {"training_run": training_run, "trained_version": trained_version}
    with store.writing() as connection:
        connection.execute(sa.update(DRIFT_RUNS).where(chosen).values(values))
    return _required(store, model_name, run_id)


def history(store: Store, model_name: str, *, before: dt.datetime, limit: int = 100) -> list[DriftRun]:
    """Return a model's drift runs that looked from an earlier moment, the newest first.

    Args:
        store: Where.
        model_name: Whose.
        before: The present moment, or the past one that is replayed; what looked from it or later is not seen.
        limit: How many at most; as many older ones that started a training come on top, as cooldown and budget may
            reach back further than runs that are close to one another.
    """
    chosen = sa.select(DRIFT_RUNS.c.id, *_COLUMNS).where(
        DRIFT_RUNS.c.model_name == model_name, DRIFT_RUNS.c.as_of < before
    )
    newest = chosen.order_by(DRIFT_RUNS.c.as_of.desc(), DRIFT_RUNS.c.id.desc()).limit(limit)
    with store.reading() as connection:
        rows = [*connection.execute(newest).mappings()]
        if len(rows) == limit:
            rows += connection.execute(newest.where(DRIFT_RUNS.c.training_run.is_not(None))).mappings()
    by_id = {row["id"]: row for row in rows}
    ordered = sorted(by_id.values(), key=lambda row: (row["as_of"], row["id"]), reverse=True)
    return [DriftRun(**{name: row[name] for name in DriftRun.model_fields}) for row in ordered]


def _required(store: Store, model_name: str, run_id: str) -> DriftRun:
    if (found := find(store, model_name, run_id)) is None:
        raise StoreError(f"No drift run {run_id} of {model_name} is recorded in {store.url}; run the drift pipeline.")
    return found
