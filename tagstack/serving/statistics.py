"""What the engine counts."""

from __future__ import annotations

import threading
from collections import Counter
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Statistics:
    """The engine's counts at one moment. All but the last three only grow.

    Attributes:
        requests: Requests accepted.
        questions: Questions in them.
        answered: Requests answered.
        failed: Requests that ended in an error.
        cancelled: Requests nobody waited for until their end.
        refused: Requests refused as too many questions were waiting.
        batches: Calls of the encoder.
        texts_encoded: Texts in these calls; a question has one or two, by the encoder's mode.
        characters_encoded: Characters of these texts.
        encoding_seconds: Time spent in these calls; they may overlap.
        cache_hits: Texts whose vector was known when they came.
        cache_misses: Texts whose vector was not; those of equal texts that wait together are encoded once.
        waiting: Questions accepted and not yet answered, now.
        queue: Texts that wait for the encoder, now.
        cached_vectors: Vectors kept, now.
    """

    requests: int = 0
    questions: int = 0
    answered: int = 0
    failed: int = 0
    cancelled: int = 0
    refused: int = 0
    batches: int = 0
    texts_encoded: int = 0
    characters_encoded: int = 0
    encoding_seconds: float = 0.0
    cache_hits: int = 0
    cache_misses: int = 0
    waiting: int = 0
    queue: int = 0
    cached_vectors: int = 0


class Counts:
    """Counts that many threads add to.

    >>> counts = Counts()
    >>> counts.add(batches=1, encoding_seconds=0.5)
    >>> counts.add(batches=1)
    >>> counts.snapshot(waiting=3).batches
    2
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._whole: Counter[str] = Counter()
        self._seconds = 0.0

    def add(self, *, encoding_seconds: float = 0.0, **amounts: int) -> None:
        """Add to counts by their names in `Statistics`."""
        with self._lock:
            self._whole.update(amounts)
            self._seconds += encoding_seconds

    def snapshot(self, **now: int) -> Statistics:
        """Return all counts, with figures of this moment beside them."""
        with self._lock:
            return Statistics(encoding_seconds=self._seconds, **self._whole, **now)
