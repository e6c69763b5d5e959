"""How well the estimates of earlier runs matched what came true."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from tagstack.bootstrap import Estimate
from tagstack.drift.history import DriftRun
from tagstack.drift.performance import match_past
from tagstack.drift.report import PastEstimate


def match_history(runs: Sequence[DriftRun], version: int) -> tuple[PastEstimate, ...]:
    """Compare estimated and realised metrics of a version's earlier runs, one run of each moment.

    Args:
        runs: Earlier runs, the newest first.
        version: Whose runs count.
    """
    latest = {run.as_of: run for run in reversed(runs) if run.version == version}
    pairs: dict[str, list[tuple[Estimate, Estimate]]] = defaultdict(list)
    for run in latest.values():
        for metric in run.metrics:
            if metric.estimated and metric.realised:
                pairs[metric.name].append((metric.estimated, metric.realised))
    return tuple(match_past(name, found) for name, found in pairs.items())
