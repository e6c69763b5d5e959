"""What is asked, what is answered, and what becomes of a request on the way."""

from __future__ import annotations

import contextlib
import logging
import traceback
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, InvalidStateError
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from tagstack.errors import ServiceError
from tagstack.serving.served import Served
from tagstack.serving.vectors import RecentVectors
from tagstack.suggestion import Suggestion

_log = logging.getLogger(__name__)


class NotReady(ServiceError):  # noqa: N818 - a state of the service, not a failure
    """There is no model yet, or the service is about to end."""

    def __init__(self, message: str = "The service has no model yet; ask again in a moment.") -> None:
        super().__init__(message)


class Overloaded(ServiceError):  # noqa: N818 - as above
    """Too many questions are waiting.

    Attributes:
        retry_after: Estimated seconds until those that wait now are answered, at least 1.
    """

    def __init__(self, *, waiting: int, retry_after: int) -> None:
        super().__init__(f"{waiting} questions are waiting already; ask again in {retry_after} s.")
        self.retry_after = retry_after


@dataclass(frozen=True)
class Question:
    """A question as it is asked: a plain-text title and an HTML body."""

    title: str
    body_html: str


@dataclass(frozen=True)
class Answers:
    """The suggestions for the questions of one request, in their order, all of one model.

    Attributes:
        version: of the model.
        sha256: of the model.
        suggestions: one a question.
    """

    version: int
    sha256: str
    suggestions: list[Suggestion]


Place = tuple[int, bytes]
"""A text's content address among those of its encoder."""


@dataclass(frozen=True, eq=False)
class Lane:
    """A model and the vectors that its encoder made lately."""

    served: Served
    recent: RecentVectors


@dataclass(eq=False)
class Request:
    """One request on its way; one thread at a time works on it, but for `vectors`, whose rows are independent.

    Attributes:
        questions: what is asked.
        top: how many ranked tags each answer has.
        future: where the answers go; cancelled when nobody waits for them any more.
        lane: what answers it.
        vectors: float32[texts, d] of the texts that are encoded, one or two a question.
        pending: texts whose vectors are missing and nobody makes yet.
        missing: how many vectors are missing altogether.
    """

    questions: Sequence[Question]
    top: int
    future: Future[Answers] = field(default_factory=Future)
    lane: Lane | None = None
    vectors: npt.NDArray[np.float32] = field(default_factory=lambda: np.empty((0, 0), np.float32))
    pending: deque[Text] = field(default_factory=deque)
    missing: int = 0

    @property
    def over(self) -> bool:
        """Whether it is answered, failed or cancelled."""
        return self.future.done()

    def answer(self, answers: Answers) -> None:
        """Give the answers, if anyone still waits for them."""
        with contextlib.suppress(InvalidStateError):
            self.future.set_result(answers)

    def fail(self, error: ServiceError) -> None:
        """Give an error, if anyone still waits."""
        with contextlib.suppress(InvalidStateError):
            self.future.set_exception(error)


@dataclass(frozen=True, eq=False)
class Text:
    """A text to encode, and where its vector goes.

    Attributes:
        request: whose it is.
        row: of the request's vectors.
        text: what is encoded.
        key: its content address.
    """

    request: Request
    row: int
    text: str
    key: bytes

    @property
    def lane(self) -> Lane:
        """What encodes it."""
        assert self.request.lane is not None
        return self.request.lane

    @property
    def place(self) -> Place:
        """What equal texts of one encoder have in common."""
        return id(self.lane.recent), self.key


@contextlib.contextmanager
def failing(*requests: Request) -> Iterator[None]:
    """Let whatever is raised fail these requests and nothing else. Neither log nor error quotes a question."""
    try:
        yield
    except Exception as error:  # noqa: BLE001 - whatever a question does, others are not to notice
        last = traceback.extract_tb(error.__traceback__)[-1]
        kind, file = type(error).__name__, last.filename.rpartition("/")[2]
        _log.error("A request failed: %s at %s:%s in %s", kind, file, last.lineno, last.name)
        for request in requests:
            request.fail(ServiceError(f"A question of the request cannot be answered ({kind}); ask without it."))
