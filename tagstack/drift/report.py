"""What a drift run found: the frozen result, as it is stored, shown, mailed and decided on."""

from __future__ import annotations

import datetime as dt
from typing import Literal

from pydantic import BaseModel, ConfigDict

from tagstack.bootstrap import Estimate

Kind = Literal["covariate", "prior", "concept", "vocabulary"]
Family = Literal["descriptors", "embeddings", "predicted_tags", "true_tags", "performance", "concept", "vocabulary"]
Severity = Literal["none", "info", "warning", "critical"]


class Frozen(BaseModel):
    """A frozen part of a report."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Moved(Frozen):
    """One tag or category that changed.

    Attributes:
        name: The tag or category.
        before: Its share, or its expected share, in the reference.
        after: Its share in the window.
        p_value: Adjusted for the number of tags or categories; None where it was not tested.
    """

    name: str
    before: float
    after: float
    p_value: float | None = None


class DriftScore(Frozen):
    """One test of one thing.

    Attributes:
        name: What was tested, as `text length` or `embeddings`.
        family: Which tests it shares its false-alarm rate with.
        statistic: Name of the statistic, as `AUC` or `Kolmogorov-Smirnov`.
        value: The statistic; None where there were too few questions.
        threshold: From which value it counts as drift; None with the value.
        null: Middle and range (at the report's confidence) of the statistic where nothing changed.
        p_value: Chance of such a value where nothing changed.
        adjusted_p_value: The same, corrected for the tests of the family.
        effect: Size of the change, independent of the number of questions.
        effect_name: What the effect measures, as `Cliff's delta`.
        reference: Questions of the reference.
        window: Questions of the window.
        drifted: Whether it counts as drift; None is "not enough data".
        moved: The tags or categories that changed most, the largest first.
        note: Why there is no verdict, or what else a reader should know.
    """

    name: str
    family: Family
    statistic: str
    value: float | None = None
    threshold: float | None = None
    null: Estimate | None = None
    p_value: float | None = None
    adjusted_p_value: float | None = None
    effect: float | None = None
    effect_name: str = ""
    reference: int
    window: int
    drifted: bool | None = None
    moved: tuple[Moved, ...] = ()
    note: str = ""


class MetricDrift(Frozen):
    """One metric of the model, in training and now.

    Attributes:
        name: As in `tagstack.metrics`.
        kind: Classic or business.
        trained: On the test questions of training.
        realised: On the window's labelled questions; None without labels.
        estimated: From calibrated probabilities, without labels.
        drifted: Whether the realised one, or the estimated one where that is all there is, fell too far.
    """

    name: str
    kind: Literal["classic", "business"]
    trained: Estimate
    realised: Estimate | None = None
    estimated: Estimate | None = None
    drifted: bool | None = None


class PastEstimate(Frozen):
    """How well the estimates of earlier runs matched what came true.

    Attributes:
        name: The metric.
        runs: Earlier windows with both.
        mean_error: Mean of estimated minus realised.
        mean_absolute_error: Mean distance of the two.
        covered: Share of the realised values that lay within the estimated interval.
    """

    name: str
    runs: int
    mean_error: float
    mean_absolute_error: float
    covered: float


class NewTag(Frozen):
    """A tag that the model cannot predict, as a candidate for the next training.

    Attributes:
        tag: Its name.
        before: Share of the reference's questions with it.
        after: Share of the window's.
        questions: The window's questions with it.
        growth: After over before, both with half a question added.
        p_value: Adjusted chance of such growth where nothing changed.
    """

    tag: str
    before: float
    after: float
    questions: int
    growth: float
    p_value: float


class Use(Frozen):
    """What people made of the suggestions of one model version, or of all.

    Attributes:
        name: The version, or `all`, or the first day of a week.
        suggestions: How many were shown.
        decided: Those that someone decided on.
        accepted: Share of the decided suggestions of which at least one tag was kept.
        kept: Share of suggested tags that were kept.
        added: Share of decided suggestions to which people added a tag that was not suggested.
        unpredictable: Share of added tags that the model cannot predict.
    """

    name: str
    suggestions: int
    decided: int
    accepted: Estimate | None = None
    kept: Estimate | None = None
    added: Estimate | None = None
    unpredictable: Estimate | None = None


class ProductionUse(Frozen):
    """What people made of the suggestions, in all, by model version and over time.

    Attributes:
        total: Of the whole window.
        versions: By model version, oldest first.
        weeks: By week, oldest first.
        unknown: Suggestions of versions that the registry does not know.
    """

    total: Use
    versions: tuple[Use, ...] = ()
    weeks: tuple[Use, ...] = ()
    unknown: int = 0


class Diagnosis(Frozen):
    """What kind of drift it is and what to do.

    Attributes:
        kinds: The kinds that were found; none of them is no drift.
        severity: How much it matters.
        reasons: One line for each finding, with its numbers.
        tags: Tags that moved, the most first.
        descriptors: Descriptors of the text that moved.
        recommendation: What to do, in plain words.
    """

    kinds: tuple[Kind, ...]
    severity: Severity
    reasons: tuple[str, ...]
    tags: tuple[str, ...]
    descriptors: tuple[str, ...]
    recommendation: str

    @property
    def name(self) -> str:
        """The kinds as one word or several, `none` without drift."""
        return ", ".join(self.kinds) or "none"


class Period(Frozen):
    """Questions of a time.

    Attributes:
        since: First moment, inclusive.
        until: End, exclusive.
        questions: Documents after preparation.
        labelled: Those with tags.
    """

    since: dt.datetime
    until: dt.datetime
    questions: int
    labelled: int


class DriftReport(Frozen):
    """One drift run.

    Attributes:
        model_name: Whose.
        version: The version in production.
        model_sha256: Its identity.
        trained_until: Time of the newest question that it was fitted on.
        as_of: The moment that the run looks from.
        reference: The test questions of training.
        window: The later questions.
        scores: Every test.
        metrics: The model's metrics, in training and now.
        past: How well earlier estimates matched what came true.
        out_of_vocabulary: Share of tag uses outside the model's tags: `before` in the reference, `after` in the window.
        new_tags: Candidates for the next training, the fastest growing first.
        use: What people made of the suggestions; None without feedback.
        diagnosis: What it means.
        notes: What is missing in this report and why; a partial report has at least one.
        settings_confidence: Confidence of every interval.
    """

    model_name: str
    version: int
    model_sha256: str
    trained_until: dt.datetime
    as_of: dt.datetime
    reference: Period
    window: Period
    scores: tuple[DriftScore, ...]
    metrics: tuple[MetricDrift, ...]
    past: tuple[PastEstimate, ...] = ()
    out_of_vocabulary: Moved | None = None
    new_tags: tuple[NewTag, ...] = ()
    use: ProductionUse | None = None
    diagnosis: Diagnosis
    notes: tuple[str, ...] = ()
    settings_confidence: float = 0.95

    def family(self, family: Family) -> tuple[DriftScore, ...]:
        """Return the tests of one family."""
        return tuple(score for score in self.scores if score.family == family)

    @property
    def enough_data(self) -> bool:
        """Whether any test came to a verdict."""
        return any(score.drifted is not None for score in self.scores)
