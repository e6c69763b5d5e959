"""What waits to be written: a queue between the threads that record and the one that writes."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Sequence
from concurrent.futures import Future
from threading import Condition, Lock

from tagstack.errors import StoreError
from tagstack.store.records import DecisionRecord, Outcome, SuggestionRecord


class Job:
    """A record to be written, and for a decision the future that tells what became of it.

    Attributes:
        patient_until: Until when a decision waits for a store that is away (monotonic time, as all here).
        unknown_until: Until when it waits for its suggestion, once that was missed.
        again_at: When its suggestion is looked for again.
    """

    def __init__(self, record: SuggestionRecord | DecisionRecord, *, patient_until: float = 0.0) -> None:
        self.record = record
        self.future: Future[Outcome] | None = None
        self.patient_until = patient_until
        self.unknown_until: float | None = None
        self.again_at = 0.0
        self._ending = Lock()
        if isinstance(record, DecisionRecord):
            self.future = Future()
            # What is on its way to the database cannot be called back.
            self.future.set_running_or_notify_cancel()

    def accept(self, outcome: Outcome) -> None:
        """Tell that the record is durable."""
        if self._ending.acquire(blocking=False) and self.future:
            self.future.set_result(outcome)

    def refuse(self, reason: StoreError) -> bool:
        """Tell that it is not; returns False where something was told before."""
        if not self._ending.acquire(blocking=False):
            return False
        if self.future:
            self.future.set_exception(reason)
        return True

    @property
    def ended(self) -> bool:
        """Whether something was told."""
        return self._ending.locked()


class Queue:
    """First in, first out; but decisions whose suggestion is missing wait aside and are tried again."""

    def __init__(self) -> None:
        self.closed = False
        self._changed = Condition()
        self._jobs: deque[Job] = deque()
        self._aside: deque[Job] = deque()
        self._taken: list[Job] = []

    def __len__(self) -> int:
        """How many are not yet written, those included that are being written."""
        return len(self._jobs) + len(self._aside) + len(self._taken)

    def put(self, job: Job, *, limit: int) -> bool:
        """Add at the end; returns False where `limit` jobs wait or the queue is closed."""
        with self._changed:
            if self.closed or len(self) >= limit:
                return False
            self._jobs.append(job)
            self._changed.notify()
            return True

    def put_back(self, jobs: Sequence[Job]) -> None:
        """Add at the front what could not be written, in the order it had."""
        with self._changed:
            self._jobs.extendleft(reversed(jobs))

    def put_aside(self, job: Job) -> None:
        """Keep until `job.again_at`, which must not be before that of those that were put aside earlier."""
        with self._changed:
            self._aside.append(job)

    def take(self, most: int) -> list[Job]:
        """Wait for jobs and return all there are, up to `most`; none is the end of a closed queue."""
        with self._changed:
            self._taken = []
            while not self._jobs and not self._is_due():
                if self.closed and not self._aside:
                    return []
                self._changed.wait(self._aside[0].again_at - time.monotonic() if self._aside else None)
            while self._is_due() and len(self._taken) < most:
                self._taken.append(self._aside.popleft())
            while self._jobs and len(self._taken) < most:
                self._taken.append(self._jobs.popleft())
            return self._taken

    def close(self) -> None:
        """Take no more; what is there can still be taken."""
        with self._changed:
            self.closed = True
            self._changed.notify()

    def clear(self) -> list[Job]:
        """Empty the queue and return what nobody was told about, what is being written included."""
        with self._changed:
            rest = [job for job in (*self._taken, *self._aside, *self._jobs) if not job.ended]
            self._aside.clear()
            self._jobs.clear()
            return rest

    def _is_due(self) -> bool:
        return bool(self._aside) and self._aside[0].again_at <= time.monotonic()
