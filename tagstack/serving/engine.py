"""The engine: questions of many clients, one model, batches that form by themselves.

Light work (cleaning HTML, looking vectors up, scoring what needs no encoding) runs in a pool of threads, so that a
question whose texts are known never waits for the encoder. Everything else waits in a queue, from which encoding
threads take what is there when they are free: one question alone when few come, a full batch when many do.
"""

from __future__ import annotations

import asyncio
import math
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor, wait

import numpy as np
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from tagstack.config import ServiceSettings
from tagstack.encoder.documents import document_parts
from tagstack.serving.batcher import Batcher
from tagstack.serving.encoding import Encoding
from tagstack.serving.request import Answers, Lane, NotReady, Overloaded, Question, Request, Text, failing
from tagstack.serving.served import Served
from tagstack.serving.statistics import Counts, Statistics
from tagstack.serving.vectors import RecentVectors, text_key

__all__ = ["Answers", "Engine", "NotReady", "Overloaded", "Question", "Statistics"]

ENCODING_THREADS = 2
LIGHT_THREADS = 2
LONGEST_WAIT = 60
"""Seconds; the longest that a client is told to wait before it asks again."""


class Engine:
    """Answers questions with the model that is served; see the module.

    Every method may be called from any thread; `suggest` needs a running event loop, which it never blocks.
    """

    def __init__(self, settings: ServiceSettings) -> None:
        self._settings = settings
        self._lane: Lane | None = None
        self._lock = threading.Lock()
        self._open: set[Request] = set()
        self._waiting = 0
        self._accepting = False
        self._counts = Counts()
        self._batcher = Batcher()
        self._encoding = Encoding(self._batcher, self._counts, self._finish)
        self._light = ThreadPoolExecutor(LIGHT_THREADS, thread_name_prefix="light")
        self._blas: threadpool_limits | None = None

    @property
    def served(self) -> Served | None:
        """What answers now."""
        lane = self._lane
        return lane.served if lane else None

    def serve(self, served: Served) -> None:
        """Answer with another model from now on; what is on its way ends with the model it began with."""
        with self._lock:
            self._lane = Lane(served, self._recent(served))

    async def start(self) -> None:
        """Start the threads; whoever asks before that, or before a model is served, gets `NotReady`."""
        # The threads of NumPy's matrix products wait busily and would take the encoder's cores; ours are tiny.
        self._blas = threadpool_limits(limits=1, user_api="blas")
        self._encoding.start(ENCODING_THREADS)
        self._accepting = True

    async def suggest(self, questions: Sequence[Question], *, top: int) -> Answers:
        """Suggest tags for the questions of one request, all by one model.

        A caller that is cancelled takes its questions off the queue.

        Args:
            questions: What is asked.
            top: How many ranked tags to return, at most as many as the model has.

        Raises:
            NotReady: No model is served yet, or the engine is stopping.
            Overloaded: Too many questions are waiting.
            ServiceError: One of the questions cannot be answered.
        """
        if not self._accepting or self._lane is None:
            raise NotReady
        request = Request(questions, top)
        self._admit(request)
        with failing(request):
            self._light.submit(self._begin, request)
        return await asyncio.wrap_future(request.future)

    async def stop(self) -> None:
        """Answer what was accepted, as far as `drain_seconds` allow; what is left gets `NotReady`. This is for good."""
        self._accepting = False
        await asyncio.to_thread(self._drain)

    def statistics(self) -> Statistics:
        """Return what was counted since the engine was made."""
        with self._lock:
            waiting, lane = self._waiting, self._lane
        kept = len(lane.recent) if lane else 0
        return self._counts.snapshot(waiting=waiting, queue=len(self._batcher), cached_vectors=kept)

    def _recent(self, served: Served) -> RecentVectors:
        """Return the recent vectors of the encoder, those that are there already where it stays the same."""
        lane = self._lane
        if lane and lane.served.suggester.encoder.fingerprint == served.suggester.encoder.fingerprint:
            return lane.recent
        return RecentVectors(size=self._settings.cached_vectors)

    def _admit(self, request: Request) -> None:
        count = len(request.questions)
        with self._lock:
            waiting = self._waiting
            crowded = waiting and waiting + count > self._settings.max_waiting
            if not crowded:
                self._open.add(request)
                self._waiting += count
        if crowded:
            self._counts.add(refused=1)
            raise Overloaded(waiting=waiting, retry_after=self._retry_after(waiting))
        self._counts.add(requests=1, questions=count)
        request.future.add_done_callback(lambda _: self._leave(request))

    def _leave(self, request: Request) -> None:
        with self._lock:
            self._open.remove(request)
            self._waiting -= len(request.questions)
        future = request.future
        ending = "cancelled" if future.cancelled() else "failed" if future.exception() else "answered"
        self._counts.add(**{ending: 1})

    def _retry_after(self, waiting: int) -> int:
        found = self._counts.snapshot()
        seconds = found.encoding_seconds / max(found.texts_encoded, 1) / ENCODING_THREADS
        return max(1, min(LONGEST_WAIT, math.ceil(2 * waiting * seconds)))

    def _begin(self, request: Request) -> None:
        """Do the light part of a request: all of it where the vectors of its texts are known."""
        with failing(request):
            lane = request.lane = self._lane
            assert lane is not None  # `suggest` asked for it
            suggester = lane.served.suggester
            prepared = [suggester.prepare(one.title, one.body_html) for one in request.questions if not request.over]
            if not request.over:
                titles, texts = [title for title, _ in prepared], [text for _, text in prepared]
                self._look_up(request, lane, document_parts(suggester.encoder, titles, texts))

    def _look_up(self, request: Request, lane: Lane, texts: list[str]) -> None:
        rows = [row for row, text in enumerate(texts) if text]  # a blank text's vector is zero
        keys = [text_key(texts[row]) for row in rows]
        request.vectors = np.zeros((len(texts), lane.served.suggester.encoder.dimension), np.float32)
        for row, key, vector in zip(rows, keys, lane.recent.find(keys), strict=True):
            if vector is None:
                request.pending.append(Text(request, row, texts[row], key))
            else:
                request.vectors[row] = vector
        request.missing = len(request.pending)
        self._counts.add(cache_hits=len(rows) - request.missing, cache_misses=request.missing)
        if request.missing:
            self._batcher.put(request)
        else:
            self._finish(request)

    def _finish(self, request: Request) -> None:
        with failing(request):
            assert request.lane is not None
            served = request.lane.served
            dimension = served.suggester.encoder.fingerprint.dimension
            vectors = request.vectors.reshape(len(request.questions), dimension)
            found = served.suggester.score(vectors, top=request.top)
            request.answer(Answers(served.version, served.sha256, found))

    def _drain(self) -> None:
        with self._lock:
            left = list(self._open)
        wait([request.future for request in left], timeout=self._settings.drain_seconds)
        for request in left:
            request.fail(NotReady("The service is about to end; ask again in a moment."))
        self._light.shutdown(wait=False, cancel_futures=True)
        self._batcher.close()
        self._encoding.join(timeout=self._settings.drain_seconds)
        if self._blas:
            self._blas.restore_original_limits()
