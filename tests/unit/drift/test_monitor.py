import datetime as dt
from dataclasses import replace

import numpy as np
import pytest
import scipy.sparse as sp

from tagstack.bootstrap import Estimate
from tagstack.drift.concept import INPUTS, ODDS
from tagstack.drift.monitor import examine, gate
from tagstack.drift.performance import match_past, realise_metrics
from tagstack.drift.report import DriftReport, DriftScore, Period
from tagstack.drift.settings import DriftSettings
from tagstack.scorecard import CalibrationScore, Scorecard

SETTINGS = DriftSettings(permutations=60)
DAY = dt.datetime(2024, 1, 1, tzinfo=dt.UTC)


def period(sample):
    labelled = 0 if sample.truth is None else len(sample)
    return Period(since=DAY, until=DAY + dt.timedelta(days=30), questions=len(sample), labelled=labelled)


def scorecard(sample):
    return Scorecard(
        name="model",
        questions=len(sample),
        questions_with_tags=len(sample),
        questions_without_suggestion=0,
        classic=realise_metrics(sample, top_k=(5,), settings=SETTINGS),
        business={},
        open={},
        tags=(),
        calibration=CalibrationScore(bins=(), expected_error=0, brier=0),
        curve=(),
        slices=(),
    )


def run(reference, window, *, settings=SETTINGS, **more) -> DriftReport:
    return examine(
        model_name="tagstack",
        version=3,
        model_sha256="0" * 64,
        trained_until=DAY,
        as_of=DAY + dt.timedelta(days=30),
        reference=reference,
        window=window,
        reference_period=period(reference),
        window_period=period(window),
        trained=scorecard(reference),
        settings=settings,
        **more,
    )


def test_a_quiet_window_gives_a_whole_report_without_drift(before, questions):
    past = (match_past("jaccard", [(Estimate(value=0.5, low=0.4, high=0.6),) * 2]),)
    report = run(before, questions(800, 2).sample(), past=past)
    assert report.diagnosis.name == "none"
    assert {score.family for score in report.scores} == {
        "descriptors",
        "embeddings",
        "predicted_tags",
        "true_tags",
        "concept",
        "vocabulary",
    }
    assert report.past == past
    assert report.notes == ()
    assert DriftReport.model_validate_json(report.model_dump_json()) == report


def test_kinds_that_come_together_are_all_named(before, questions):
    window = questions(4000, 1).other_topics().exchange("sql", "java").tag("polars", 0.06).sample()
    report = run(before, window)
    assert set(report.diagnosis.kinds) == {"covariate", "concept", "vocabulary"}
    assert report.diagnosis.tags[0] == "polars"
    assert {"java", "sql"} <= set(report.diagnosis.tags)
    assert report.diagnosis.severity == "critical"


def test_one_run_is_like_another(before, questions):
    window = questions(300, 1).sample()
    assert run(before, window) == run(before, window)


def awkward(before, questions):
    """Samples that are allowed, and hard on what computes with them."""
    window = questions(150, 1).sample()
    yield "few", questions(120, 3).sample(), window
    yield "larger window", window, before
    yield "one moment", before, replace(window, documents=window.documents.assign(created_at=DAY))
    yield "equal vectors", replace(before, vectors=before.vectors * 0), replace(window, vectors=window.vectors * 0)
    yield (
        "one number a vector",
        replace(before, vectors=before.vectors[:, :1]),
        replace(window, vectors=window.vectors[:, :1]),
    )
    nothing = sp.csr_array(np.zeros(window.truth.shape, bool))
    yield "none of the tags", before, replace(window, truth=nothing)
    yield "none of the tags before", replace(before, truth=sp.csr_array(np.zeros(before.truth.shape, bool))), window
    certain = replace(window.predictions, probabilities=np.round(window.predictions.probabilities))
    yield "certain", before, replace(window, predictions=certain)
    silent = replace(window.predictions, suggested=np.zeros_like(window.predictions.suggested))
    yield "no suggestion", before, replace(window, predictions=silent)
    known = window.documents.assign(tags=[["sql"]] * len(window))
    yield (
        "no tag outside",
        replace(before, documents=before.documents.assign(tags=[["sql"]] * len(before))),
        replace(window, documents=known),
    )
    yield "reference without tags", questions(300, 4).sample(tagged=False), window
    yield "no question", before, questions(5, 1).only(0).sample()


def test_awkward_samples_are_examined_without_a_warning(questions):
    for name, reference, window in awkward(questions(400, 9).sample(), questions):
        report = run(reference, window)
        assert all(score.value is None or np.isfinite(score.value) for score in report.scores), name
        assert DriftReport.model_validate_json(report.model_dump_json()) == report, name


def test_no_text_of_a_question_is_in_a_report(before, questions):
    window = questions(300, 1).sample()
    rows = window.documents.assign(title="my secret", text="my secret", body="<p>my secret</p>")
    assert "secret" not in run(before, replace(window, documents=rows, questions=rows)).model_dump_json()


@pytest.mark.parametrize(("name", "family"), [(ODDS, "true_tags"), (INPUTS, "descriptors")])
@pytest.mark.parametrize("opened", [True, False])
def test_what_only_explains_counts_only_beside_what_it_explains(name, family, opened):
    def scored(name, family, chance):
        numbers = {"statistic": "z", "value": 4.0, "threshold": 3.0, "reference": 300, "window": 300}
        return DriftScore(name=name, family=family, adjusted_p_value=chance, drifted=chance <= 0.05, **numbers)

    explained = scored("whatever", family, 0.04 if opened else 0.4)
    gated = gate((explained, scored(name, "embeddings", 0.001)), 0.05)[1]
    assert gated.drifted == opened
    assert bool(gated.note) != opened
