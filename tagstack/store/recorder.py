"""One thread that writes what the service suggests and what people decide, many records in a transaction."""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Iterable, Sequence
from concurrent.futures import Future
from threading import Thread
from typing import Self

from tagstack.errors import StoreError
from tagstack.store.database import Store, is_transient
from tagstack.store.recording import record
from tagstack.store.records import DecisionRecord, Outcome, SuggestionRecord, UnknownSuggestionError
from tagstack.store.waiting import Job, Queue

GROUP = 500
"""Records in one transaction at most."""
PATIENCE_SECONDS = 5.0
"""How long a decision waits for a store that is away."""
UNKNOWN_SECONDS = 1.0
"""How long a decision waits for its suggestion, which another replica may be writing."""
UNKNOWN_PAUSE_SECONDS = 0.1
PAUSES_SECONDS = (0.05, 0.1, 0.2, 0.5, 1.0)
"""Before each new attempt on a store that is away; the last one is repeated."""

_log = logging.getLogger(__name__)


class Recorder:
    """Writes suggestions and decisions in the order they came, everything that waits in one transaction.

    Suggestions are written when there is room for them; decisions are acknowledged only once they are on the disk. A
    record that the database refuses does not harm those beside it. Close it, or the last records are lost.

    Attributes:
        dropped: Suggestions that were lost, as too many waited or the store refused them.
    """

    def __init__(self, store: Store, *, size: int = 10_000) -> None:
        """Start the thread.

        Args:
            store: Where to write.
            size: Records that may wait before suggestions are dropped; as many decisions again may wait beyond it.
        """
        self.dropped = 0
        self._store, self._size = store, size
        self._queue = Queue()
        self._failures = 0
        self._give_up_at = math.inf
        self._thread = Thread(target=self._run, name="recorder", daemon=True)
        self._thread.start()

    @property
    def waiting(self) -> int:
        """How many records are not yet written."""
        return len(self._queue)

    def suggested(self, records: Iterable[SuggestionRecord]) -> None:
        """Record suggestions some time soon; returns at once."""
        for one in records:
            if not self._queue.put(Job(one), limit=self._size):
                self.dropped += 1

    def decided(self, decision: DecisionRecord) -> Future[Outcome]:
        """Record a decision.

        Returns:
            A future that says "recorded" or "repeated" once that is durable, or raises UnknownSuggestionError,
            KeyConflictError, or StoreError where the store stays away, too many records wait, or the recorder is
            closed. It cannot be cancelled.
        """
        job = Job(decision, patient_until=time.monotonic() + PATIENCE_SECONDS)
        assert job.future is not None
        if not self._queue.put(job, limit=2 * self._size):
            reason = "the service is stopping" if self._queue.closed else f"{self.waiting} records wait for the store"
            job.refuse(StoreError(f"The decision was not recorded, as {reason}; send it again."))
        return job.future

    def close(self, timeout: float = 10.0) -> None:
        """Write what waits and stop; what is not written after `timeout` seconds is given up."""
        self._give_up_at = min(self._give_up_at, time.monotonic() + timeout)
        self._queue.close()
        self._thread.join(timeout)
        rest = self._queue.clear()
        reason = f"The store {self._store.url} did not take the decision in time; send it again."
        self._refuse(rest, StoreError(reason))
        if rest:
            _log.warning("%d records were not written to the store %s before the end.", len(rest), self._store.url)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _run(self) -> None:
        while jobs := self._queue.take(GROUP):
            try:
                self._write(jobs)
            except Exception as error:  # noqa: BLE001 - without this thread nothing would be recorded any more
                self._put_back(jobs, error)
            else:
                self._failures = 0

    def _write(self, jobs: Sequence[Job]) -> None:
        """Write a group; where the database refuses it, its halves, down to the record that it does not take."""
        suggestions = [job.record for job in jobs if isinstance(job.record, SuggestionRecord)]
        decisions = [job.record for job in jobs if isinstance(job.record, DecisionRecord)]
        try:
            outcomes = record(self._store.engine, suggestions, decisions)
        except Exception as error:
            if is_transient(error):
                raise
            if len(jobs) == 1:
                self._refuse(jobs, self._explain(error))
                return
            half = len(jobs) // 2
            self._write(jobs[:half])
            self._write(jobs[half:])
        else:
            self._tell(jobs, outcomes)

    def _tell(self, jobs: Sequence[Job], outcomes: Sequence[Outcome | StoreError]) -> None:
        of_decisions = iter(outcomes)
        for job in jobs:
            outcome = next(of_decisions) if job.future else "recorded"
            if isinstance(outcome, UnknownSuggestionError) and self._may_become_known(job):
                self._queue.put_aside(job)
            elif isinstance(outcome, StoreError):
                self._refuse([job], outcome)
            else:
                job.accept(outcome)

    def _may_become_known(self, job: Job) -> bool:
        moment = time.monotonic()
        job.unknown_until = job.unknown_until or moment + UNKNOWN_SECONDS
        job.again_at = moment + UNKNOWN_PAUSE_SECONDS
        return moment < min(job.unknown_until, self._give_up_at)

    def _put_back(self, jobs: Sequence[Job], error: Exception) -> None:
        """Keep what may be written later and refuse the rest; then pause, as the store is away."""
        reason = self._explain(error)
        hopeless = [job for job in jobs if self._is_hopeless(job, error)]
        self._refuse(hopeless, reason)
        self._queue.put_back([job for job in jobs if not job.ended])
        if not self._failures:
            _log.warning("%s Suggestions wait; decisions are refused after %.0f s.", reason, PATIENCE_SECONDS)
        time.sleep(PAUSES_SECONDS[min(self._failures, len(PAUSES_SECONDS) - 1)])
        self._failures += 1

    def _is_hopeless(self, job: Job, error: Exception) -> bool:
        moment = time.monotonic()
        impatient = job.future is not None and job.patient_until < moment
        return impatient or self._give_up_at < moment or not is_transient(error)

    def _refuse(self, jobs: Iterable[Job], reason: StoreError) -> None:
        for job in jobs:
            if job.refuse(reason) and job.future is None:
                self.dropped += 1

    def _explain(self, error: Exception) -> StoreError:
        try:
            with self._store.errors():
                raise error
        except StoreError as explained:
            return explained
        except Exception as unexpected:  # noqa: BLE001 - those who wait are told, whatever it is
            return StoreError(f"The store {self._store.url} cannot take a record: {type(unexpected).__name__}.")
