"""Streams of questions with drift of a known kind: what is drawn, and what is changed in what was drawn."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp
from drift_world import World
from scipy.special import expit

from tagstack.drift.confidence_estimation import log_odds
from tagstack.drift.sample import Sample
from tagstack.metrics import Predictions

Rows = npt.NDArray[np.intp]
Truth = npt.NDArray[np.bool_]
Random = np.random.Generator

STRENGTHS: dict[str, tuple[float, ...]] = {
    "covariate": (2.0, 4.0, 8.0),
    "prior": (1.5, 2.0, 4.0),
    "concept": (0.25, 0.5, 1.0),
    "vocabulary": (0.01, 0.02, 0.05),
}
MEANS: dict[str, str] = {
    "covariate": "4 of 24 topics, or the 30% shortest texts, became more frequent by a factor of",
    "prior": "of 10 of the 40 most frequent tags, half became more, half less frequent by a factor of",
    "concept": "4 of the 40 most frequent tags are exchanged, dropped or moved to another's questions, a share of",
    "vocabulary": "questions with tags that the model has never seen, a share of",
}
DAYS = 30
"""Days of the window; the reference has as many more as it has more questions."""
_BEGIN = np.datetime64("2024-01-01", "us")
_TOPICS, _CHANGED, _SHIFTED, _FREQUENT, _SHORT = 4, 4, 10, 40, 0.3


@dataclass(frozen=True, eq=False)
class Drawn:
    """Questions of a time.

    Attributes:
        rows: Where they stand in the world.
        truth: bool[n, k].
        tags: All tags of each.
    """

    rows: Rows
    truth: Truth
    tags: list[list[str]]


def draw(world: World, kind: str, strength: float, *, reference: int, window: int, seed: int) -> tuple[Sample, Sample]:
    """Return a reference by chance and a window with drift; no question is in both."""
    generator = np.random.default_rng([seed, window, list(PLANTED).index(kind), int(strength * 1000)])
    seen = generator.permutation(np.flatnonzero(~world.unseen))
    after = PLANTED[kind](world, seen[reference:], window, strength, generator)
    asked = [
        _BEGIN + generator.integers(first * 1440, last * 1440, count).astype("timedelta64[m]")
        for first, last, count in ((-DAYS * reference // window, 0, reference), (0, DAYS, window))
    ]
    return _sample(world, _as_it_is(world, seen[:reference]), asked[0]), _sample(world, after, asked[1])


def draw_bursts(world: World, *, reference: int, window: int, seed: int, each: int = 4) -> tuple[Sample, Sample]:
    """Return two samples without drift whose questions come in bursts: days on which all ask nearly the same."""
    generator = np.random.default_rng([seed, window])
    seen = generator.permutation(np.flatnonzero(~world.unseen))
    cut = len(seen) * reference // (reference + window)
    sides = []
    for part, size in ((seen[:cut], reference), (seen[cut:], window)):
        centres = generator.choice(part, size // each, replace=False)
        near = np.argsort(-(world.vectors[centres] @ world.vectors[part].T), axis=1)[:, :each]
        asked = _BEGIN + np.repeat(np.arange(len(centres)), each).astype("timedelta64[D]")
        sides.append(_sample(world, _as_it_is(world, part[near.ravel()]), asked))
    return sides[0], sides[1]


def badly_calibrated(world: World, factor: float) -> World:
    """Return the world with a model whose log odds are off by a factor."""
    said = world.predictions
    wrong = expit(log_odds(said.probabilities) * factor).astype(np.float32)
    return replace(world, predictions=Predictions(wrong, said.suggested, said.thresholds))


def _as_it_is(world: World, rows: Rows) -> Drawn:
    return Drawn(rows, world.truth[rows].copy(), [list(own) for own in world.rows["tags"].iloc[rows]])


def _sample(world: World, drawn: Drawn, asked: npt.NDArray[np.datetime64]) -> Sample:
    rows, said = world.rows.iloc[drawn.rows].assign(tags=drawn.tags, created_at=asked), world.predictions
    predictions = Predictions(said.probabilities[drawn.rows], said.suggested[drawn.rows], said.thresholds)
    return Sample(rows, rows, world.vectors[drawn.rows], predictions, sp.csr_array(drawn.truth), world.classes)


def _none(world: World, free: Rows, size: int, _strength: float, _generator: Random) -> Drawn:
    return _as_it_is(world, free[:size])


def _covariate(world: World, free: Rows, size: int, strength: float, generator: Random) -> Drawn:
    if generator.random() < 0.5:
        more = np.isin(world.topics[free], generator.choice(world.topics.max() + 1, _TOPICS, replace=False))
    else:
        lengths = world.rows["text"].str.len().to_numpy()[free]
        more = lengths < np.quantile(lengths, _SHORT)
    return _as_it_is(world, _weighted(free, np.where(more, strength, 1.0), size, generator))


def _prior(world: World, free: Rows, size: int, strength: float, generator: Random) -> Drawn:
    factors = np.zeros(len(world.classes))
    signs = np.where(np.arange(_SHIFTED) % 2, 1, -1)
    factors[_frequent(world, free, _SHIFTED, generator)] = np.log(strength) * signs
    return _as_it_is(world, _weighted(free, np.exp(world.truth[free] @ factors), size, generator))


def _weighted(free: Rows, weights: npt.NDArray[np.float64], size: int, generator: Random) -> Rows:
    return generator.choice(free, size, replace=False, p=weights / weights.sum())


def _concept(world: World, free: Rows, size: int, strength: float, generator: Random) -> Drawn:
    drawn = _as_it_is(world, free[:size])
    change = (_exchange, _drop, _move)[generator.integers(3)]
    for first, second in _frequent(world, free, _CHANGED, generator).reshape(-1, 2):
        change(drawn.truth, first, second, strength, generator)
    known = set(world.classes)
    tags = [
        [tag for tag in own if tag not in known] + [world.classes[at] for at in np.flatnonzero(row)]
        for own, row in zip(drawn.tags, drawn.truth, strict=True)
    ]
    return replace(drawn, tags=tags)


def _exchange(truth: Truth, first: int, second: int, strength: float, generator: Random) -> None:
    rows = np.flatnonzero(generator.random(len(truth)) < strength)
    truth[np.ix_(rows, [first, second])] = truth[np.ix_(rows, [second, first])]


def _drop(truth: Truth, first: int, second: int, strength: float, generator: Random) -> None:
    truth[np.ix_(np.flatnonzero(generator.random(len(truth)) < strength), [first, second])] = False


def _move(truth: Truth, first: int, second: int, strength: float, generator: Random) -> None:
    """Take the first tag off some of its questions and give it to as many of the second, which keep their own."""
    own, other = np.flatnonzero(truth[:, first]), np.flatnonzero(truth[:, second] & ~truth[:, first])
    count = int(strength * min(len(own), len(other)))
    truth[generator.choice(own, count, replace=False), first] = False
    truth[generator.choice(other, count, replace=False), first] = True


def _vocabulary(world: World, free: Rows, size: int, strength: float, generator: Random) -> Drawn:
    count = round(strength * size)
    if generator.random() < 0.5:
        new = generator.choice(np.flatnonzero(world.unseen), count, replace=False)
        return _as_it_is(world, np.concatenate([free[: size - count], new]))
    drawn = _as_it_is(world, free[:size])
    for at in generator.choice(size, count, replace=False):
        drawn.tags[at].append("new-tag")
    return drawn


def _frequent(world: World, free: Rows, count: int, generator: Random) -> Rows:
    return generator.choice(np.argsort(-world.truth[free].sum(axis=0))[:_FREQUENT], count, replace=False)


PLANTED: dict[str, Callable[[World, Rows, int, float, Random], Drawn]] = {
    "none": _none,
    "covariate": _covariate,
    "prior": _prior,
    "concept": _concept,
    "vocabulary": _vocabulary,
}
