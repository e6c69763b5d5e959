"""How good a model is on the test questions: the frozen result, as it is stored, shown and decided on."""

from __future__ import annotations

import datetime as dt

from pydantic import BaseModel, ConfigDict

from tagstack.bootstrap import Estimate
from tagstack.metrics import HEADLINE_K

AT_LEAST_ONE = f"at_least_one_in_top_{HEADLINE_K}"
HEADLINE = ("micro_f1", "jaccard", AT_LEAST_ONE, "coverage")


class Report(BaseModel):
    """A frozen part of a report."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class OpenEstimate(Estimate):
    """A metric against all original tags, and the best any model with these classes could reach."""

    ceiling: float


class TagScore(Report):
    """One tag of the model on the test questions."""

    tag: str
    precision: float
    recall: float
    f1: float
    support: int
    """Test questions that carry it."""
    suggested: int
    """Test questions it was suggested for."""
    threshold: float | None
    """Probability from which it is suggested."""


class ReliabilityBin(Report):
    """Pairs of question and tag whose probability lies in [low, high)."""

    low: float
    high: float
    pairs: int
    mean_probability: float
    share_true: float


class CalibrationScore(Report):
    """How far probabilities mean what they say, over all pairs of question and tag.

    Attributes:
        bins: ten bins of equal width; empty ones are left out.
        expected_error: expected calibration error (Naeini et al., 2015): the mean gap of the bins by their pairs.
        brier: mean squared gap between probability and truth.
    """

    bins: tuple[ReliabilityBin, ...]
    expected_error: float
    brier: float


class CurvePoint(Report):
    """Micro precision and recall if every tag of at least this probability were suggested."""

    threshold: float
    precision: float
    recall: float


class SliceScore(Report):
    """Headline metrics on a part of the test questions."""

    name: str
    questions: int
    metrics: dict[str, Estimate]


class Scorecard(Report):
    """A model, or a baseline, on the test questions; `tagstack.metrics` defines each metric and whom it counts.

    Attributes:
        name: whose scores these are.
        questions: test questions, none dropped.
        questions_with_tags: those with at least one of the model's tags.
        questions_without_suggestion: those for which no tag was suggested.
        classic: precision, recall and F1 (micro, macro, samples, weighted), Jaccard, hamming loss, subset accuracy,
            precision and recall at k.
        business: at least one and all true tags found, coverage, suggestions per question.
        open: metrics against all original tags with their ceilings.
        tags: each tag, in the order of the classes.
        calibration: of the probabilities.
        curve: micro precision and recall by threshold.
        slices: the headline metrics on parts of the test questions.
    """

    name: str
    questions: int
    questions_with_tags: int
    questions_without_suggestion: int
    classic: dict[str, Estimate]
    business: dict[str, Estimate]
    open: dict[str, OpenEstimate]
    tags: tuple[TagScore, ...]
    calibration: CalibrationScore
    curve: tuple[CurvePoint, ...]
    slices: tuple[SliceScore, ...]

    def metric(self, name: str) -> Estimate:
        """Return an in-vocabulary metric by name; raises KeyError where there is none."""
        return self.classic[name] if name in self.classic else self.business[name]

    def headline(self) -> dict[str, float]:
        """Return the values of the four metrics that decisions and lists show."""
        return {name: self.metric(name).value for name in HEADLINE}


class Evaluation(Report):
    """A model and the baselines on the same test questions.

    Attributes:
        model_sha256: which model.
        first: time of the first test question.
        last: time of the last one.
        model: the model's scores.
        baselines: the baselines' scores.
    """

    model_sha256: str
    first: dt.datetime
    last: dt.datetime
    model: Scorecard
    baselines: tuple[Scorecard, ...]

    def baseline(self, name: str) -> Scorecard | None:
        """Return a baseline's scores, or None where it was not run."""
        return next((scorecard for scorecard in self.baselines if scorecard.name == name), None)
