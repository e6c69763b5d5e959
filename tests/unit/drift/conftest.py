"""Questions of a small world in which everything is known: what tags depend on, and what the model makes of that."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
from scipy.special import expit

from tagstack.drift.sample import Sample
from tagstack.metrics import Predictions

CLASSES = ("c", "css", "java", "python", "r", "sql")
_WEIGHTS = np.random.default_rng(7).normal(size=(len(CLASSES), 10)) * 1.3


class Questions:
    """n questions; a method for each kind of change."""

    def __init__(self, count, seed, *, days=30, since="2024-01-01", calibration=1.0):
        self.random = np.random.default_rng(seed)
        self.vectors = self.random.normal(size=(count, 10))
        self.days, self.since, self.calibration = days, since, calibration
        self.truth = self.random.random((count, len(CLASSES))) < self._likely()
        self.others = [["other"] if self.random.random() < 0.5 else [] for _ in range(count)]
        self.lengths = self.random.poisson(40, count)

    def _likely(self):
        return expit(self.vectors @ _WEIGHTS.T - 2.5)

    def keep(self, weights):
        """Keep each question with a chance."""
        kept = self.random.random(len(self.truth)) * weights.max() < weights
        self.vectors, self.truth, self.lengths = self.vectors[kept], self.truth[kept], self.lengths[kept]
        self.others = [own for own, keep in zip(self.others, kept, strict=True) if keep]
        return self

    def only(self, count):
        """Keep the first questions."""
        return self.keep((np.arange(len(self.truth)) < count) * 1.0)

    def other_topics(self):
        """Let questions of one direction become more frequent (covariate shift)."""
        return self.keep(np.where(self.vectors[:, 0] > 0.5, 5.0, 1.0))

    def other_frequencies(self):
        """Let one tag become more and one less frequent (prior shift)."""
        factors = np.array([0, np.log(5), 0, -np.log(5), 0, 0])
        return self.keep(np.exp(self.truth @ factors))

    def exchange(self, first, second):
        """Let two tags change places (concept drift)."""
        at = [CLASSES.index(first), CLASSES.index(second)]
        self.truth[:, at] = self.truth[:, at[::-1]]
        return self

    def drop(self, tag, share):
        """Let people stop using a tag (concept drift)."""
        self.truth[self.random.random(len(self.truth)) < share, CLASSES.index(tag)] = False
        return self

    def tag(self, name, share):
        """Give some questions a tag that the model does not know (vocabulary drift)."""
        for own in self.others:
            if self.random.random() < share:
                own.append(name)
        return self

    def sample(self, *, tagged=True):
        """Return them as a sample."""
        count = len(self.truth)
        asked = np.sort(self.random.integers(0, self.days * 1440, count))
        tags = [
            own + [CLASSES[at] for at in np.flatnonzero(row)] for own, row in zip(self.others, self.truth, strict=True)
        ]
        rows = pd.DataFrame(
            {
                "post_id": np.arange(count),
                "created_at": pd.Timestamp(self.since, tz="UTC") + pd.to_timedelta(asked, unit="m"),
                "title": "How to sort",
                "text": ["a " * length for length in self.lengths],
                "code": "",
                "body": "<p>a</p>",
                "tags": tags if tagged else [[]] * count,
            }
        )
        odds = self.vectors @ _WEIGHTS.T - 2.5
        said = expit(odds * self.calibration).astype(np.float32)
        predictions = Predictions(said, said >= 0.4, np.full(len(CLASSES), 0.4, np.float32))
        truth = sp.csr_array(self.truth) if tagged else None
        return Sample(rows, rows, self.vectors.astype(np.float32), predictions, truth, CLASSES)


@pytest.fixture(scope="session")
def questions():
    """`questions(count, seed)`: questions of the small world."""
    return Questions


@pytest.fixture(scope="session")
def before(questions):
    """The reference: 3,000 questions of 90 days."""
    return questions(3000, 0, days=90, since="2023-10-03").sample()
