"""Deleting what is older than it may become."""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
import threading

from tagstack.errors import StoreError
from tagstack.store.database import Store
from tagstack.store.feedback import purge

DAY = 86_400.0
_log = logging.getLogger(__name__)


async def purge_daily(store: Store, *, keep_days: int, every: float = DAY) -> None:
    """Delete suggestions and decisions of more than `keep_days` now and once a day; a store that is away is no end."""
    stopping = threading.Event()
    try:
        while True:
            before = dt.datetime.now(dt.UTC) - dt.timedelta(days=keep_days)
            try:
                gone = await asyncio.to_thread(purge, store, before, stopping=stopping.is_set)
            except StoreError as error:
                _log.warning("Nothing was deleted: %s", error)
            else:
                if gone:
                    _log.info("%d suggestions older than %d days deleted.", gone, keep_days)
            await asyncio.sleep(every)
    finally:
        stopping.set()  # the thread does not notice that its task was cancelled
