"""Suggestions on their way to the store: a moment's worth in one transaction, which costs little more than one."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from concurrent.futures import Future

from tagstack.store.recorder import Recorder
from tagstack.store.records import DecisionRecord, Outcome, SuggestionRecord

PAUSE_SECONDS = 0.1


class Outbox:
    """Gathers suggestions, for which nobody waits, and hands them on before any decision; for one event loop."""

    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder
        self._gathered: list[SuggestionRecord] = []
        self._timer: asyncio.TimerHandle | None = None

    @property
    def waiting(self) -> int:
        """How many suggestions were not handed on yet."""
        return len(self._gathered)

    def suggested(self, records: Iterable[SuggestionRecord]) -> None:
        """Record suggestions some time soon."""
        self._gathered += records
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(PAUSE_SECONDS, self.flush)

    def decided(self, decision: DecisionRecord) -> Future[Outcome]:
        """Record a decision after every suggestion that came before it; see `Recorder.decided`."""
        self.flush()
        return self._recorder.decided(decision)

    def flush(self) -> None:
        """Hand on what was gathered."""
        if self._timer:
            self._timer.cancel()
        gathered, self._gathered, self._timer = self._gathered, [], None
        self._recorder.suggested(gathered)
