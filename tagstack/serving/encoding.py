"""The encoding threads: a batch off the queue, its texts encoded, its requests one step further."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable

from tagstack.errors import ServiceError
from tagstack.serving.batcher import Batcher
from tagstack.serving.request import Lane, Request, Text, failing
from tagstack.serving.statistics import Counts
from tagstack.serving.vectors import Vector

_log = logging.getLogger(__name__)


class Encoding:
    """Threads that encode what waits in a queue.

    Args:
        batcher: The queue.
        counts: Where batches are counted.
        finish: Called with each request that has all its vectors.
    """

    def __init__(self, batcher: Batcher, counts: Counts, finish: Callable[[Request], None]) -> None:
        self._batcher = batcher
        self._counts = counts
        self._finish = finish
        self._lock = threading.Lock()
        self._threads: list[threading.Thread] = []

    def start(self, threads: int) -> None:
        """Start to work."""
        self._threads = [threading.Thread(target=self._work, name=f"encode-{n}", daemon=True) for n in range(threads)]
        for thread in self._threads:
            thread.start()

    def join(self, *, timeout: float) -> None:
        """Wait for the end of the threads, each at most so many seconds; it comes once the queue is closed."""
        for thread in self._threads:
            thread.join(timeout)

    def _work(self) -> None:
        while batch := self._batcher.take():
            with failing(*(text.request for text in batch)):
                try:
                    vectors = self._encode(batch)
                finally:
                    self._batcher.done(batch)
                for request in self._deliver(batch, vectors):
                    self._finish(request)

    def _encode(self, batch: list[Text]) -> dict[bytes, Vector]:
        """Return the vectors of a batch, without those of texts that the encoder fails on."""
        lane = batch[0].lane
        wanted = {text.key: text.text for text in batch if not text.request.over}
        known = zip(wanted, lane.recent.find([*wanted]), strict=True)
        vectors = {key: vector for key, vector in known if vector is not None}
        new = {key: text for key, text in wanted.items() if key not in vectors}
        if new:
            vectors |= self._call(lane, new)
        return vectors

    def _call(self, lane: Lane, texts: dict[bytes, str]) -> dict[bytes, Vector]:
        start = time.perf_counter()
        try:
            encoded = lane.served.suggester.encoder.encode([*texts.values()])
        except Exception as error:  # noqa: BLE001 - an encoder may raise anything; find out whose text it is
            _log.error("Encoding %d texts failed: %s", len(texts), type(error).__name__)
            if len(texts) == 1:
                return {}
            return {key: row for one in texts.items() for key, row in self._call(lane, dict([one])).items()}
        vectors = dict(zip(texts, encoded, strict=True))
        lane.recent.store(vectors)
        self._counts.add(
            batches=1,
            texts_encoded=len(texts),
            characters_encoded=sum(map(len, texts.values())),
            encoding_seconds=time.perf_counter() - start,
        )
        return vectors

    def _deliver(self, batch: list[Text], vectors: dict[bytes, Vector]) -> list[Request]:
        """Give requests their vectors and return those that have all of them now."""
        complete = []
        with self._lock:
            for text in batch:
                vector = vectors.get(text.key)
                if vector is None:
                    text.request.fail(
                        ServiceError("A text of the request cannot be encoded (see the service's log); ask without it.")
                    )
                    continue
                text.request.vectors[text.row] = vector
                text.request.missing -= 1
                if not text.request.missing:
                    complete.append(text.request)
        return complete
