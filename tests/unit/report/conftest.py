"""Believable drift reports: quiet ones, loud ones, and those that lack something."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest

from tagstack.bootstrap import Estimate
from tagstack.drift.report import (
    Diagnosis,
    DriftReport,
    DriftScore,
    MetricDrift,
    Moved,
    NewTag,
    PastEstimate,
    Period,
    ProductionUse,
    Use,
)

HOSTILE = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "$x^2$",
    "日本語",
    "_hidden",
    "a&b",
    "{{ 7*7 }}",
)
LONG = "a-tag-that-is-as-long-as-stack-overflow-allows-and-then-some-more-than-that"
TAGS = ("python", "pandas", "javascript", "c#", "sql", "java", "reactjs", "node.js", "html", "css", "git", "r")
QUIET = Diagnosis(
    kinds=(), severity="none", reasons=(), tags=(), descriptors=(), recommendation="Nothing; the model stays as it is."
)
LOUD = Diagnosis(
    kinds=("covariate", "prior", "concept", "vocabulary"),
    severity="critical",
    reasons=(
        "text length fell: Cliff's delta −0.21 (adjusted p 0.002, 1,200 questions)",
        "sql is used on other questions than before: realised 4.1 %, expected 9.3 %",
        "18.4 % of tag uses are outside the model's tags, before 11.2 %",
    ),
    tags=("sql", "polars", "htmx"),
    descriptors=("text length", "language"),
    recommendation="Train on questions of the last months: polars and htmx have enough to be learned.",
)


def day(month: int, day: int = 1) -> dt.datetime:
    return dt.datetime(2024, month, day, tzinfo=dt.UTC)


def around(value: float, by: float = 0.02) -> Estimate:
    return Estimate(value=value, low=value - by, high=min(1.0, value + by))


def score(name, family, statistic, value, threshold, *, null=None, drifted=None, window=1200, **more) -> DriftScore:
    usual = null or Estimate(value=0.5 * threshold, low=0.2 * threshold, high=0.9 * threshold)
    p = 0.002 if value >= threshold else 0.4
    verdict = value >= threshold if drifted is None else drifted
    known = {"value": value, "threshold": threshold, "null": usual, "p_value": p, "adjusted_p_value": min(1, 2 * p)}
    return DriftScore(
        name=name, family=family, statistic=statistic, reference=1500, window=window, drifted=verdict, **(known | more)
    )


def moved(tags, shift) -> tuple[Moved, ...]:
    return tuple(
        Moved(
            name=tag,
            before=0.12 / (at + 1),
            after=max(0.0, 0.12 / (at + 1) * (1 + shift * (-1) ** at)),
            p_value=min(1.0, 0.0001 * 4**at),
        )
        for at, tag in enumerate(tags)
    )


def scores(strength: float, tags=TAGS) -> tuple[DriftScore, ...]:
    """Tests of every family, `strength` times their thresholds where they may find something."""
    far, js, ks = strength, "Jensen-Shannon", "Kolmogorov-Smirnov"
    delta, mix = {"effect_name": "Cliff's delta"}, {"effect_name": "distance", "effect": 0.06 * strength}
    auc, rate = around(0.5, 0.03), Estimate(value=1.0, low=0.7, high=1.3)
    meaning, outside = {"effect_name": "share of questions"}, {"effect_name": "Cohen's h", "null": around(0.112)}
    return (
        score("text length", "descriptors", ks, 0.06 * far, 0.06, effect=-0.11 * far, **delta),
        score("title length", "descriptors", ks, 0.02, 0.06, effect=0.01, **delta),
        score("code share", "descriptors", ks, 0.044, 0.06, effect=0.03, **delta),
        score("language", "descriptors", js, 0.05 * far, 0.05, moved=moved(("English", "German"), 0.1), **mix),
        score("questions a day", "descriptors", "rate ratio", 1.1, 1.4, null=rate, effect=1.1, effect_name="ratio"),
        score("embeddings", "embeddings", "AUC", 0.5 + 0.035 * far, 0.535, null=auc, effect=0.07 * far),
        score("predicted tags", "predicted_tags", js, 0.04 * far, 0.04, moved=moved(tags, 0.4), **mix),
        score("true tags", "true_tags", js, 0.05 * far, 0.05, moved=moved(tags, 0.5), **mix),
        score(
            "meaning of tags", "concept", "largest |z|", 3 * far, 3, effect=0.05, moved=moved(tags[:5], -0.5), **meaning
        ),
        score("tags outside the model", "vocabulary", "share", 0.14 * far, 0.14, effect=0.3, **outside),
    )


def metrics(loss: float, *, labels: bool = True) -> tuple[MetricDrift, ...]:
    trained = {"micro_f1": 0.58, "jaccard": 0.47, "at_least_one_in_top_5": 0.897, "coverage": 0.971}
    kinds = {"micro_f1": "classic", "jaccard": "classic"}
    return tuple(
        MetricDrift(
            name=name,
            kind=kinds.get(name, "business"),
            trained=around(value, 0.01),
            realised=around(value - loss) if labels else None,
            estimated=around(value - loss / 2, 0.03),
            drifted=loss > 0.05,
        )
        for name, value in trained.items()
    )


def use(name="all", suggestions=4000, accepted=0.71) -> Use:
    return Use(
        name=name,
        suggestions=suggestions,
        decided=suggestions // 3,
        accepted=around(accepted),
        kept=around(0.44),
        added=around(0.23),
        unpredictable=around(0.37, 0.05),
    )


def production() -> ProductionUse:
    undecided = Use(name="2024-10-28", suggestions=12, decided=0)
    weeks = [use(f"2024-10-{first:02}", 900, 0.75 - 0.02 * at) for at, first in enumerate((1, 7, 14, 21))]
    return ProductionUse(
        total=use(), versions=(use("6", 1000, 0.74), use("7", 3000, 0.70)), weeks=(*weeks, undecided), unknown=3
    )


def new_tags(tags) -> tuple[NewTag, ...]:
    return tuple(
        NewTag(
            tag=tag, before=0.0, after=0.05 / (at + 1), questions=60 // (at + 1), growth=121 / (at + 1), p_value=0.001
        )
        for at, tag in enumerate(tags)
    )


def without_verdict(tests) -> tuple[DriftScore, ...]:
    nothing = dict.fromkeys(("value", "threshold", "null", "p_value", "adjusted_p_value", "effect", "drifted"))
    why = {"window": 31, "moved": (), "note": "31 questions are fewer than the 100 that a verdict needs."}
    return tuple(test.model_copy(update=nothing | why) for test in tests)


def quiet() -> DriftReport:
    return DriftReport(
        model_name="tagstack",
        version=7,
        model_sha256="ab12" * 16,
        trained_until=day(8),
        as_of=day(11),
        reference=Period(since=day(8), until=day(9, 20), questions=1500, labelled=1500),
        window=Period(since=day(10), until=day(11), questions=1200, labelled=1180),
        scores=scores(0.6),
        metrics=metrics(0.005),
        past=(PastEstimate(name="micro_f1", runs=4, mean_error=0.012, mean_absolute_error=0.019, covered=0.75),),
        out_of_vocabulary=Moved(name="out of vocabulary", before=0.112, after=0.118, p_value=0.4),
        use=production(),
        diagnosis=QUIET,
    )


def everything() -> DriftReport:
    return quiet().model_copy(
        update={
            "scores": scores(4.0),
            "metrics": metrics(0.11),
            "out_of_vocabulary": Moved(name="out of vocabulary", before=0.112, after=0.184, p_value=0.0005),
            "new_tags": new_tags(("polars", "htmx", "webgpu")),
            "diagnosis": LOUD,
        }
    )


def too_little() -> DriftReport:
    unknown = dict.fromkeys(("realised", "estimated", "drifted"))
    advice = QUIET.model_copy(update={"recommendation": "Look again with a longer window."})
    return quiet().model_copy(
        update={
            "window": Period(since=day(10), until=day(11), questions=31, labelled=0),
            "scores": without_verdict(scores(0.6)),
            "metrics": tuple(each.model_copy(update=unknown) for each in metrics(0)),
            "past": (),
            "out_of_vocabulary": None,
            "use": None,
            "diagnosis": advice,
            "notes": ("31 questions are fewer than drift.min_questions=100.", "No feedback in the window."),
        }
    )


def without_labels() -> DriftReport:
    report = everything()
    known = tuple(test for test in report.scores if test.family not in ("true_tags", "concept", "vocabulary"))
    return report.model_copy(
        update={
            "window": report.window.model_copy(update={"labelled": 0}),
            "scores": known,
            "metrics": metrics(0.11, labels=False),
            "past": (),
            "out_of_vocabulary": None,
            "new_tags": (),
            "diagnosis": LOUD.model_copy(update={"kinds": ("covariate",), "severity": "warning"}),
            "notes": ("No question of the window has tags: nothing is realised, and concept drift cannot be seen.",),
        }
    )


def without_feedback() -> DriftReport:
    return quiet().model_copy(update={"use": None, "notes": ("No feedback in the window.",)})


def with_tags(tags, **changes) -> DriftReport:
    reasons = tuple(f"{tag} moved" for tag in tags[:3])
    diagnosis = LOUD.model_copy(update={"tags": tuple(tags), "reasons": reasons})
    return everything().model_copy(
        update={"scores": scores(4.0, tags), "new_tags": new_tags(tags), "diagnosis": diagnosis, **changes}
    )


def hostile() -> DriftReport:
    return with_tags(HOSTILE, model_name=HOSTILE[0], notes=HOSTILE)


REPORTS: dict[str, Callable[[], DriftReport]] = {
    "quiet": quiet,
    "everything": everything,
    "too little": too_little,
    "without labels": without_labels,
    "without feedback": without_feedback,
    "hundreds of tags": lambda: with_tags([f"tag-{at}" for at in range(400)]),
    "long tags": lambda: with_tags([LONG, LONG.upper(), *TAGS[:3]]),
    "hostile": hostile,
}


@pytest.fixture(scope="session")
def drift_reports() -> dict[str, DriftReport]:
    """One drift report of each sort, by name."""
    return {name: make() for name, make in REPORTS.items()}
