"""Reference and window one below the other: what their questions are like and what tags they carry."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
import scipy.sparse as sp
from sklearn.utils.extmath import randomized_svd

from tagstack.drift.confidence_estimation import recalibrate
from tagstack.drift.data import independent
from tagstack.drift.sample import Sample
from tagstack.drift.settings import DriftSettings
from tagstack.split import utc

COMPONENTS = 32
"""Principal components of the vectors that stand for what a question is about."""

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Comparison:
    """n questions of both times.

    Attributes:
        classes: The model's k tags.
        in_window: bool[n].
        inputs: float64[n, f], what the questions are like: components of the vectors, lengths; standardised.
        expected: float64[n, k], probability of each tag as the reference calibrates it.
        truth: float64[n, k], 0 or 1.
        outside: float64[n, m], 0 or 1: tags that the model cannot predict.
        outside_tags: Names of these m.
        uses: float64[n], tags of each question.
        days: int64[n], the same number for questions of one time and day.
    """

    classes: tuple[str, ...]
    in_window: npt.NDArray[np.bool_]
    inputs: Floats
    expected: Floats
    truth: Floats
    outside: sp.csc_array
    outside_tags: tuple[str, ...]
    uses: Floats
    days: Integers

    def where(self, chosen: npt.NDArray[np.bool_]) -> Comparison:
        """Return the comparison of the chosen questions alone."""
        return Comparison(
            self.classes,
            self.in_window[chosen],
            self.inputs[chosen],
            self.expected[chosen],
            self.truth[chosen],
            self.outside[chosen],
            self.outside_tags,
            self.uses[chosen],
            self.days[chosen],
        )

    def count(self, values: Floats, *, in_window: bool) -> Floats:
        """Return sums float64[...] of values [n, ...] over the questions of one time."""
        total: Floats = values[self.in_window == in_window].sum(axis=0)
        return total


def compare(reference: Sample, window: Sample, settings: DriftSettings) -> Comparison:
    """Put two labelled samples of the same classes together.

    Of near-duplicates the first counts; more than `settings.max_questions` of one time are sampled.

    Raises:
        ValueError: One of them has no tags.
    """
    samples = [independent(sample, settings) for sample in (reference, window)]
    reference, window = samples
    if reference.truth is None or window.truth is None:
        raise ValueError("both samples need tags to be compared")
    calibrated = recalibrate(reference.predictions.probabilities, reference.truth)
    expected = np.concatenate([calibrated.apply(sample.predictions.probabilities) for sample in samples])
    outside, names = _outside(samples)
    return Comparison(
        classes=reference.classes,
        in_window=np.repeat([False, True], [len(sample) for sample in samples]),
        inputs=_inputs(samples, expected, settings.seed),
        expected=expected,
        truth=np.concatenate([part.toarray() for part in (reference.truth, window.truth)]).astype(np.float64),
        outside=outside,
        outside_tags=names,
        uses=np.array([len(set(own)) for sample in samples for own in sample.tags], np.float64),
        days=_numbered([days(sample) for sample in samples]),
    )


def labelled(sample: Sample) -> bool:
    """Say whether its questions have tags."""
    return sample.truth is not None


def days(sample: Sample) -> Integers:
    """Return the day of each question as a number [n], UTC."""
    return utc(sample.documents["created_at"]).astype("datetime64[D]").astype(np.int64)


def _inputs(samples: list[Sample], expected: Floats, seed: int) -> Floats:
    vectors = np.concatenate([sample.vectors for sample in samples])
    centred = vectors - vectors.mean(axis=0)
    left, sizes, _ = randomized_svd(centred, min(COMPONENTS, *centred.shape), n_iter=2, random_state=seed)
    lengths = [
        np.log1p(np.concatenate([sample.documents[name].str.len().to_numpy(np.float64) for sample in samples]))
        for name in ("title", "text", "code")
    ]
    numbers = np.column_stack([left * sizes, *lengths, lengths[2] > 0, expected.sum(axis=1), expected.max(axis=1)])
    spread = numbers.std(axis=0)
    kept = spread > 1e-9 * (1 + np.abs(numbers).max(axis=0))
    standardised: Floats = (numbers[:, kept] - numbers[:, kept].mean(axis=0)) / spread[kept]
    return standardised


def _outside(samples: list[Sample]) -> tuple[sp.csc_array, tuple[str, ...]]:
    known = set(samples[0].classes)
    own = [set(tags) - known for sample in samples for tags in sample.tags]
    names = tuple(sorted(set().union(*own)))
    column = {name: at for at, name in enumerate(names)}
    rows = np.repeat(np.arange(len(own)), [len(tags) for tags in own])
    columns = [column[name] for tags in own for name in sorted(tags)]
    matrix = sp.csc_array((np.ones(len(columns)), (rows, columns)), shape=(len(own), len(names)))
    return matrix, names


def _numbered(parts: list[Integers]) -> Integers:
    """Number clusters through, so that none reaches across the two times."""
    codes = [pd.factorize(part)[0].astype(np.int64) for part in parts]
    return np.concatenate([codes[0], codes[1] + (codes[0].max(initial=-1) + 1)])
