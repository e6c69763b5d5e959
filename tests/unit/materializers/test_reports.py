"""Reports come back as they were, and are shown as static pages."""

import datetime as dt

import pytest
from zenml.artifact_stores import LocalArtifactStore

from materializers.reports import ReportMaterializer
from tagstack.drift.report import Diagnosis, DriftReport, DriftScore, Period
from tagstack.retraining import RetrainingDecision
from tagstack.storage import LocalFileSystem

MOMENT = dt.datetime(2024, 10, 1, tzinfo=dt.UTC)
PERIOD = Period(since=MOMENT, until=MOMENT + dt.timedelta(days=30), questions=31, labelled=0)
DRIFT = DriftReport(
    model_name="tagstack",
    version=7,
    model_sha256="ab" * 32,
    trained_until=MOMENT,
    as_of=MOMENT + dt.timedelta(days=30),
    reference=PERIOD,
    window=PERIOD,
    scores=(DriftScore(name="<b>", family="embeddings", statistic="AUC", reference=31, window=31),),
    metrics=(),
    diagnosis=Diagnosis(kinds=(), severity="none", reasons=(), tags=(), descriptors=(), recommendation="Wait."),
    notes=("31 questions",),
)
RETRAINING = RetrainingDecision(
    retrain=False, wanted=False, reasons=("no drift",), runs=1, drifted_runs=0, new_labels=12, last_training=MOMENT
)


@pytest.mark.parametrize(
    ("report", "words", "fact"),
    [
        (DRIFT, "Not enough data for a verdict", ("diagnosis", "not enough data")),
        (RETRAINING, "No training", ("new_labels", 12)),
    ],
)
def test_a_report_of_drift_comes_back_equal_and_has_a_page(report, words, fact, tmp_path):
    store = object.__new__(LocalArtifactStore)
    store.open = LocalFileSystem().open
    written = ReportMaterializer(str(tmp_path), store)
    written.save(report)
    assert ReportMaterializer(str(tmp_path), store).load(type(report)) == report
    (page,) = written.save_visualizations(report)
    with open(page, encoding="utf-8") as file:
        source = file.read()
    assert words in source
    assert "<b>" not in source
    assert fact in written.facts(report).items()
