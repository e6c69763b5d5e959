"""Monitoring, proven: streams of real questions with drift of a known kind, at several strengths and sizes, and none.

The model is trained by Tagstack on some of the real questions; reference and windows are drawn from others. Trials go
round all cells until the time is up, so that a slower machine makes fewer of them. Every number has its 95% interval.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
import warnings
from collections.abc import Iterator
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(PROJECT), str(PROJECT / "benchmarks")]

from drift_curves import draw_curves
from drift_peers import compare_with_evidently
from drift_report import STATED, STATED_WINDOW, report
from drift_streams import STRENGTHS
from drift_trials import Outcome, Trial, run_trials
from drift_world import make_world
from results import record

PICTURES = PROJECT / "docs" / "pictures"
WINDOWS = (500, 1000, 2000)
_NONE_EACH, _STATED_EACH = 4, 2


def main() -> None:
    """Measure and record."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="Two minutes, for trying; not recorded.")
    parser.add_argument("--minutes", type=float, help="For all of it (14).")
    parser.add_argument("--folder", type=Path, help="Where vectors are kept from one call to the next.")
    parser.add_argument("--dry-run", action="store_true", help="Print, and leave RESULTS.md and pictures as they are.")
    arguments = parser.parse_args()
    warnings.simplefilter("ignore")
    began, minutes = time.monotonic(), arguments.minutes or (2 if arguments.quick else 14)
    with tempfile.TemporaryDirectory(prefix="tagstack-benchmark-") as scratch:
        say("encoding and training")
        world = make_world(arguments.folder or Path(scratch), "logistic" if arguments.quick else "dense")
        say("Evidently's embedding methods beside ours")
        peers = compare_with_evidently(world, whole=not arguments.quick)
        outcomes = _run(world, deadline=max(began + 60 * minutes, time.monotonic() + 20))
    text = report(outcomes, peers, minutes=(time.monotonic() - began) / 60)
    if arguments.dry_run or arguments.quick:
        print(text)
        return
    draw_curves(outcomes, PICTURES)
    record("drift.py", "Drift", text)


def say(line: str) -> None:
    """Tell what happens."""
    print(f"{time.strftime('%H:%M:%S')} {line}", file=sys.stderr, flush=True)


def _run(world, deadline: float) -> list[Outcome]:
    outcomes, told = [], time.monotonic()
    for outcome in run_trials(world, _trials(), len(os.sched_getaffinity(0)), deadline):
        outcomes.append(outcome)
        if time.monotonic() - told > 15:
            told = time.monotonic()
            say(f"{len(outcomes)} streams, {max(deadline - told, 0):.0f} s left")
    return outcomes


def _trials() -> Iterator[Trial]:
    """Yield rounds of trials without end: most of what the goals speak of, some of everything else."""
    number = 0
    while True:
        number += 1
        for at in range(_NONE_EACH):
            yield Trial("none", 0.0, STATED_WINDOW, number * _NONE_EACH + at, estimated=at == 0)
        for kind, strength in STATED.items():
            for at in range(_STATED_EACH):
                seed = number * _STATED_EACH + at
                yield Trial(kind, strength, STATED_WINDOW, seed, estimated=at == 0 and kind == "covariate")
        for at in range(_STATED_EACH):
            seed = number * _STATED_EACH + at
            yield Trial("bursts", 0.0, STATED_WINDOW, seed)
            yield Trial("covariate", STATED["covariate"], STATED_WINDOW, seed, calibration=2.0)
        yield from _grid(number)


def _grid(number: int) -> Iterator[Trial]:
    for window in WINDOWS:
        if window != STATED_WINDOW:
            yield from (Trial("none", 0.0, window, number * _NONE_EACH + at) for at in range(_NONE_EACH))
        for kind, strengths in STRENGTHS.items():
            for at, strength in enumerate(strengths):
                stated = (strength, window) == (STATED[kind], STATED_WINDOW)
                if not stated and (at + number + WINDOWS.index(window)) % 2:
                    yield Trial(kind, strength, window, number)


if __name__ == "__main__":
    main()
