"""A row of the ledger: one promotion or rollback, and whether somebody still works on it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Literal

from tagstack.store import process
from tagstack.store.columns import now

Kind = Literal["promotion", "rollback"]
Status = Literal["open", "done", "undone"]
SILENT_SECONDS = 60.0
"""Age of the last heartbeat from which an open promotion counts as abandoned; clocks must agree better than this."""


@dataclass(frozen=True, kw_only=True)
class Promotion:
    """One promotion or rollback.

    Attributes:
        heartbeat_at: When its process last said that it is at work.
        who: The person or job that asked for it.
        host: The machine it runs on, and which container of it; as `process.place` says it.
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


def is_abandoned(promotion: Promotion) -> bool:
    """Say whether nobody works on an open promotion any more.

    Its process is gone, which only a process of the same place can see, or has been silent for `SILENT_SECONDS`.
    """
    if promotion.status != "open":
        return False
    silent = (now() - promotion.heartbeat_at).total_seconds() > SILENT_SECONDS
    here = promotion.host == process.place()
    return silent or (here and not process.lives(promotion.pid, started=promotion.process_started))
