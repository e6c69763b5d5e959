"""Deleting suggestions and decisions by age."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from tagstack.store.database import Store, transaction
from tagstack.store.tables import DECISIONS, SUGGESTIONS

BATCH = 500
"""Rows that are deleted together; SQL Server takes 2,100 parameters in a statement."""
PAUSE_SECONDS = 0.005
"""Between two batches, so that waiting writers get their turn."""


def purge(store: Store, before: dt.datetime, *, stopping: Callable[[], bool] = lambda: False) -> int:
    """Delete older decisions, and older suggestions that no newer decision refers to, in small batches.

    Args:
        store: Where.
        before: What was recorded earlier is deleted.
        stopping: Asked between two batches; the rest is left for the next time where it says yes.

    Returns:
        How many suggestions were deleted.
    """
    _delete(store, DECISIONS.c.key, DECISIONS.c.created_at < before, stopping)
    undecided = ~sa.exists().where(DECISIONS.c.suggestion_id == SUGGESTIONS.c.id)
    return _delete(store, SUGGESTIONS.c.id, (SUGGESTIONS.c.created_at < before) & undecided, stopping)


def _delete(store: Store, key: sa.Column[str], chosen: sa.ColumnElement[bool], stopping: Callable[[], bool]) -> int:
    deleted = 0
    while not stopping():
        with store.errors():
            try:
                found = _delete_batch(store, key, chosen)
            except IntegrityError:  # A decision came in between; its suggestion is no longer chosen.
                found = _delete_batch(store, key, chosen)
        deleted += found
        if found < BATCH:
            break
        time.sleep(PAUSE_SECONDS)
    return deleted


def _delete_batch(store: Store, key: sa.Column[str], chosen: sa.ColumnElement[bool]) -> int:
    with transaction(store.engine) as connection:
        keys = connection.scalars(sa.select(key).where(chosen).limit(BATCH)).all()
        if keys:
            connection.execute(sa.delete(key.table).where(key.in_(keys)))
    return len(keys)
