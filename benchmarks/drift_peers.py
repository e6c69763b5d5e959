"""Evidently's own tests of embeddings beside ours, on the same streams and at 10,000 x 512."""

from __future__ import annotations

import multiprocessing
import os
from collections import Counter

from drift_report import STATED
from drift_streams import draw
from drift_trials import REFERENCE, alone
from drift_world import World
from embedding_drift import METHODS, OURS, WHOLE
from embedding_drift import _cost as cost
from results import markdown_table

_STREAMS, _WINDOW = 10, 1000
_WORLD: list[World] = []


def compare_with_evidently(world: World, *, whole: bool) -> str:
    """Return how often each method alarms, seconds and memory; with Evidently's whole metric where `whole`."""
    _WORLD[:] = [world]
    jobs = [(name, kind, seed) for name in _names() for kind in ("none", "covariate") for seed in range(_STREAMS)]
    with multiprocessing.get_context("fork").Pool(len(os.sched_getaffinity(0)), alone) as pool:
        alarms = Counter(job[:2] for job, alarm in zip(jobs, pool.starmap(_alarms, jobs), strict=True) if alarm)
    costs = {name: _cost(name) for name in (*_names(), *((WHOLE,) if whole else ()))}
    rows = [
        [
            name,
            *(f"{alarms[name, kind] / _STREAMS:.0%}" if name in METHODS else "" for kind in ("none", "covariate")),
            f"{seconds:.2f}",
            f"{seconds / costs[OURS][0]:.1f} x",
            f"{memory:.0f}",
        ]
        for name, (seconds, memory) in costs.items()
    ]
    header = ["", "alarms without drift", f"with covariate drift {STATED['covariate']:g}", "seconds", "ratio", "MiB"]
    return (
        f"Evidently's tests of embeddings with their defaults: alarms in {_STREAMS} streams of {REFERENCE:,} and "
        f"{_WINDOW:,} questions each; time and growth of the peak memory on two matrices of 10,000 x 512, each in a "
        f"process of its own. Ours takes 200 relabellings.\n\n{markdown_table(header, rows)}"
    )


def _names() -> list[str]:
    """Return our test and those of Evidently that its metric offers without a bootstrap, which takes minutes."""
    return [OURS, *(name for name in METHODS if name.startswith("Evidently") and not name.endswith("bootstrap"))]


def _alarms(name: str, kind: str, seed: int) -> bool:
    samples = draw(_WORLD[0], kind, STATED.get(kind, 0.0), reference=REFERENCE, window=_WINDOW, seed=seed)
    reference, window = (sample.vectors for sample in samples)
    return METHODS[name](reference, window, seed)


def _cost(name: str) -> tuple[float, float]:
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(cost, (name,))
