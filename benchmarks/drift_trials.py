"""One stream through the whole of monitoring, many of them side by side."""

from __future__ import annotations

import itertools
import multiprocessing
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from drift_streams import badly_calibrated, draw, draw_bursts
from drift_world import World

from tagstack.drift.comparison import compare
from tagstack.drift.concept import concept_drift
from tagstack.drift.confidence_estimation import estimate_metrics
from tagstack.drift.data import find_data_drift
from tagstack.drift.diagnosis import diagnose
from tagstack.drift.monitor import gate
from tagstack.drift.performance import realise_metrics
from tagstack.drift.sample import Sample
from tagstack.drift.settings import DriftSettings
from tagstack.drift.vocabulary import vocabulary_drift
from tagstack.metrics import HEADLINE_K
from tagstack.scorecard import HEADLINE

REFERENCE = 3000
_BATCH = 4


@dataclass(frozen=True)
class Trial:
    """What to draw.

    Attributes:
        kind: Of drift, or `bursts`.
        strength: Of drift.
        window: Questions.
        seed: Of everything.
        calibration: Factor by which the model's log odds are off.
        estimated: Whether metrics are estimated, too.
    """

    kind: str
    strength: float
    window: int
    seed: int
    calibration: float = 1.0
    estimated: bool = False


@dataclass(frozen=True)
class Outcome:
    """What came out.

    Attributes:
        trial: Of what.
        kinds: The diagnosis.
        families: Families of tests that found drift.
        tests: Single tests that found drift.
        metrics: Estimated, low, high and realised value of each headline metric.
        seconds: Of one processor, for the tests.
    """

    trial: Trial
    kinds: tuple[str, ...]
    families: frozenset[str]
    tests: frozenset[str]
    metrics: dict[str, tuple[float, float, float, float]]
    seconds: float


_WORLD: list[World] = []


def run_trials(world: World, trials: Iterable[Trial], workers: int, deadline: float) -> Iterator[Outcome]:
    """Yield outcomes as they come until `deadline` (`time.monotonic`); workers are forks that share the world."""
    _WORLD[:] = [world]
    waiting = itertools.takewhile(lambda _: time.monotonic() < deadline, trials)
    with multiprocessing.get_context("fork").Pool(workers, alone) as pool:
        while batch := list(itertools.islice(waiting, _BATCH * workers)):
            yield from pool.imap_unordered(run_trial, batch)


def run_trial(trial: Trial) -> Outcome:
    """Draw a stream and examine it."""
    reference, window = _drawn(trial)
    settings = DriftSettings(seed=trial.seed)
    started = time.process_time()
    comparison = compare(reference, window, settings)
    share, _, new_tags = vocabulary_drift(comparison, settings)
    by_tags = (*concept_drift(comparison, new_tags, settings), share)
    data = find_data_drift(reference, window, settings)
    scores = gate((*data, *by_tags), settings.false_alarm_rate)
    diagnosis = diagnose(scores, (), new_tags, settings)
    drifted = [score for score in scores if score.drifted]
    return Outcome(
        trial=trial,
        kinds=tuple(diagnosis.kinds),
        families=frozenset({score.family for score in drifted} | ({"vocabulary"} if new_tags else set())),
        tests=frozenset(score.name for score in drifted),
        seconds=time.process_time() - started,
        metrics=_metrics(reference, window, settings) if trial.estimated else {},
    )


def _drawn(trial: Trial) -> tuple[Sample, Sample]:
    world = _WORLD[0] if trial.calibration == 1.0 else badly_calibrated(_WORLD[0], trial.calibration)
    if trial.kind == "bursts":
        return draw_bursts(world, reference=REFERENCE, window=trial.window, seed=trial.seed)
    return draw(world, trial.kind, trial.strength, reference=REFERENCE, window=trial.window, seed=trial.seed)


def _metrics(
    reference: Sample, window: Sample, settings: DriftSettings
) -> dict[str, tuple[float, float, float, float]]:
    estimated = estimate_metrics(reference, window, confidence=settings.confidence, seed=settings.seed)
    realised = realise_metrics(window, top_k=(HEADLINE_K,), settings=settings)
    return {
        name: (estimated[name].value, estimated[name].low, estimated[name].high, realised[name].value)
        for name in HEADLINE
    }


def alone() -> None:
    """Let each worker use one thread: there are as many workers as processors."""
    from threadpoolctl import threadpool_limits

    threadpool_limits(1)
