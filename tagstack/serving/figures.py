"""Figures of the engine, the recorder and the model, read when Prometheus asks."""

from __future__ import annotations

from collections.abc import Iterator

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric

from tagstack.serving.service import Service
from tagstack.serving.statistics import Statistics

_TOTALS = {
    "answered": "Requests that the engine answered.",
    "failed": "Requests that ended in an error of the engine.",
    "cancelled": "Requests that nobody waited for until their end.",
    "refused": "Requests refused as too many questions were waiting.",
    "batches": "Calls of the encoder.",
    "texts_encoded": "Texts in calls of the encoder.",
    "encoding_seconds": "Seconds spent in calls of the encoder.",
    "cache_hits": "Texts whose vector was known.",
    "cache_misses": "Texts whose vector was not known.",
}
_NOW = {
    "waiting": "Questions accepted and not yet answered.",
    "queue": "Texts that wait for the encoder.",
    "cached_vectors": "Vectors kept in memory.",
}


def read_figures(service: Service) -> Iterator[Metric]:
    """Yield the figures of this moment."""
    yield from _of_engine(service.engine.statistics())
    dropped = service.recorder.dropped
    yield CounterMetricFamily("tagstack_suggestions_dropped", "Suggestions that were not recorded.", value=dropped)
    waiting = service.outbox.waiting + service.recorder.waiting
    yield GaugeMetricFamily("tagstack_records_waiting", "Records not yet written to the store.", value=waiting)
    model = GaugeMetricFamily("tagstack_model", "The model that answers.", labels=("version", "sha256"))
    if served := service.engine.served:
        model.add_metric((str(served.version), served.sha256), 1)
    yield model


def _of_engine(counts: Statistics) -> Iterator[Metric]:
    for name, meaning in _TOTALS.items():
        yield CounterMetricFamily(f"tagstack_engine_{name}", meaning, value=getattr(counts, name))
    for name, meaning in _NOW.items():
        yield GaugeMetricFamily(f"tagstack_engine_{name}", meaning, value=getattr(counts, name))
