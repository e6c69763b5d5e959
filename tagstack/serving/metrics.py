"""What the service counts, for Prometheus. Labels hold routes and statuses, never anything a client wrote."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import lru_cache

from prometheus_client import CollectorRegistry, Counter, Histogram
from prometheus_client.core import Metric
from prometheus_client.registry import Collector

SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
QUESTIONS = (1, 2, 4, 8, 16, 32, 64)
ROUTES = frozenset({"/suggest", "/feedback", "/tags", "/health", "/ready", "/metrics", "/"})
OTHER = "other"


class Metrics:
    """The counters of one service."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._requests = Counter(
            "tagstack_requests", "Requests.", ("route", "method", "status"), registry=self.registry
        )
        self._seconds = Histogram(
            "tagstack_request_seconds",
            "From the request's head to the end of its answer.",
            ("route", "status"),
            buckets=SECONDS,
            registry=self.registry,
        )
        self._questions = Histogram(
            "tagstack_request_questions", "Questions in a request.", buckets=QUESTIONS, registry=self.registry
        )
        self._feedback = Counter("tagstack_feedback", "Feedback by outcome.", ("outcome",), registry=self.registry)
        self._children = lru_cache(maxsize=1024)(self._make_children)

    def observe(self, path: str, method: str, status: int, seconds: float) -> None:
        """Count one request."""
        route = path if path in ROUTES else OTHER
        count, histogram = self._children(route, method if method in ("GET", "POST", "HEAD") else OTHER, str(status))
        count.inc()
        histogram.observe(seconds)

    def asked(self, questions: int) -> None:
        """Count the questions of one request."""
        self._questions.observe(questions)

    def learned(self, outcome: str) -> None:
        """Count one feedback."""
        self._feedback.labels(outcome).inc()

    def add(self, read: Callable[[], Iterable[Metric]]) -> None:
        """Add figures that are read whenever Prometheus asks."""
        self.registry.register(_WhenAsked(read))

    def _make_children(self, route: str, method: str, status: str) -> tuple[Counter, Histogram]:
        return self._requests.labels(route, method, status), self._seconds.labels(route, status)


class _WhenAsked(Collector):
    def __init__(self, read: Callable[[], Iterable[Metric]]) -> None:
        self._read = read

    def collect(self) -> Iterable[Metric]:
        return self._read()

    def describe(self) -> Iterable[Metric]:
        return ()
