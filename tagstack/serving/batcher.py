"""The queue before the encoder: whatever waits is taken at once, within a budget, and no request takes it all."""

from __future__ import annotations

import threading
from collections import deque

from tagstack.serving.request import Place, Request, Text

BUDGET = 10_000
"""Characters of a batch: some 16 questions, which the encoder reads within 50 ms on one core. More are no faster."""
SHARE = 3_000
"""Characters from which a request waits until others had their turn: the longest question there is."""


class Batcher:
    """Requests with texts to encode, in the order of their coming; large ones in turns (fair queueing).

    A text that another batch holds already is left until that one is done, so that it is encoded once.
    """

    def __init__(self) -> None:
        self._requests: deque[Request] = deque()
        self._encoding: set[Place] = set()
        self._changed = threading.Condition()
        self._closed = False

    def __len__(self) -> int:
        """Return the number of texts that wait."""
        with self._changed:
            return sum(len(request.pending) for request in self._requests)

    def put(self, request: Request) -> None:
        """Let a request wait for its pending texts."""
        with self._changed:
            self._requests.append(request)
            self._changed.notify()

    def take(self) -> list[Text] | None:
        """Wait for texts and return those of the next batch, all of one encoder; None once the queue is closed."""
        with self._changed:
            while not self._closed:
                if batch := self._next():
                    self._encoding.update(text.place for text in batch)
                    return batch
                self._changed.wait()
            return None

    def done(self, batch: list[Text]) -> None:
        """Say that a batch is encoded, or failed."""
        with self._changed:
            self._encoding.difference_update(text.place for text in batch)
            self._changed.notify_all()

    def close(self) -> None:
        """End all waiting; what waited is left."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def _next(self) -> list[Text]:
        batch: list[Text] = []
        room, held = BUDGET, list[Request]()
        while self._requests and room > 0:
            request = self._requests.popleft()
            if request.over:
                continue
            turn = self._turn(request, batch, room)
            batch += turn
            room -= sum(len(text.text) for text in turn)
            if not turn:
                held.append(request)
            elif request.pending:
                self._requests.append(request)
        self._requests.extendleft(reversed(held))
        return batch

    def _turn(self, request: Request, batch: list[Text], room: int) -> list[Text]:
        """Take a request's share of a batch off it: nothing where its encoder is another, or others hold its texts."""
        if batch and batch[0].lane.recent is not request.pending[0].lane.recent:
            return []
        turn: list[Text] = []
        held: list[Text] = []
        left = min(room, SHARE)
        while request.pending and left > 0:
            text = request.pending.popleft()
            if text.place in self._encoding:
                held.append(text)
            else:
                turn.append(text)
                left -= len(text.text)
        request.pending.extendleft(reversed(held))
        return turn
