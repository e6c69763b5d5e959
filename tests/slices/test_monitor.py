"""The planted drift of the generated sample, found by name: a whole report of a small model on words, no TensorFlow."""

import re

import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
from sklearn.decomposition import TruncatedSVD
from sklearn.feature_extraction.text import TfidfVectorizer

from tagstack.config import EvaluationSettings, LabelSettings, ModelSettings, SampleSettings
from tagstack.drift.monitor import examine
from tagstack.drift.report import DriftReport, Period
from tagstack.drift.sample import Sample
from tagstack.drift.settings import DriftSettings
from tagstack.html import remove_html
from tagstack.labels import choose_classes, label_documents
from tagstack.metrics import Predictions
from tagstack.model.calibration import fit_calibration
from tagstack.model.heads import Examples, fit_head
from tagstack.model.thresholds import fit_thresholds
from tagstack.questions.generator.posts import generate
from tagstack.questions.generator.truth import drift_facts
from tagstack.questions.schema import QUESTION
from tagstack.scoring import GroundTruth, score

pytestmark = pytest.mark.slow
QUESTIONS = 12_000
CALIBRATE, TEST, TRAINED = "2024-04-15", "2024-05-15", "2024-07-01"
EVALUATION = EvaluationSettings(bootstrap_samples=100)


class World:
    """A year of questions and a model of its first months."""

    def __init__(self):
        self.rows = read()
        train, calibrate = (self.between(*days) for days in (("2024-01-01", CALIBRATE), (CALIBRATE, TEST)))
        self.classes = choose_classes(train["tags"], settings=LabelSettings())
        self._words = TfidfVectorizer(sublinear_tf=True, min_df=2, token_pattern=r"[\w.+#-]+")
        self._components = TruncatedSVD(128, random_state=0)
        self._components.fit(self._words.fit_transform(train["title"] + " " + train["text"] + " " + train["code"]))
        fitting, watching = (
            Examples(self.vectors(rows), self.truth(rows).toarray().astype(np.float32)) for rows in (train, calibrate)
        )
        self._head = fit_head(fitting, watching, settings=ModelSettings(head="logistic"))
        logits = self._head.logits(watching.vectors)
        self._calibration = fit_calibration(logits, watching.tags, method="sigmoid")
        self._thresholds = fit_thresholds(self._calibration.apply(logits), watching.tags)
        self.reference = self.sample(TEST, TRAINED)
        truth = GroundTruth(self.classes, self.reference.truth, self.reference.tags.map(len).to_numpy())
        self.trained = score("model", self.reference.predictions, truth, settings=EVALUATION)

    def between(self, since, until):
        asked = self.rows["created_at"]
        return self.rows[(asked >= pd.Timestamp(since, tz="UTC")) & (asked < pd.Timestamp(until, tz="UTC"))]

    def vectors(self, rows):
        texts = rows["title"] + " " + rows["text"] + " " + rows["code"]
        found = self._components.transform(self._words.transform(texts))
        return (found / np.maximum(np.linalg.norm(found, axis=1, keepdims=True), 1e-9)).astype(np.float32)

    def truth(self, rows) -> sp.csr_array:
        return label_documents(rows["post_id"].to_numpy(), rows["tags"], self.classes).matrix

    def sample(self, since, until, *, tagged=True):
        rows = self.between(since, until).reset_index(drop=True)
        vectors = self.vectors(rows)
        likely = self._calibration.apply(self._head.logits(vectors))
        predictions = Predictions(likely, likely >= self._thresholds, self._thresholds)
        return Sample(rows, rows, vectors, predictions, self.truth(rows) if tagged else None, self.classes)

    def examine(self, since, until, *, tagged=True, **more):
        window = self.sample(since, until, tagged=tagged)
        return examine(
            model_name="tagstack",
            version=1,
            model_sha256="0" * 64,
            trained_until=pd.Timestamp(TEST, tz="UTC"),
            as_of=pd.Timestamp(until, tz="UTC"),
            reference=self.reference,
            window=window,
            reference_period=period(TEST, TRAINED, self.reference),
            window_period=period(since, until, window),
            trained=self.trained,
            settings=DriftSettings(),
            **more,
        )


def read():
    rows = [
        post.row
        for post in generate(SampleSettings(questions=QUESTIONS))
        if post.row["PostTypeId"] == QUESTION and post.defect is None
    ]
    prose = [remove_html(row["Body"]) for row in rows]
    return pd.DataFrame(
        {
            "post_id": [row["Id"] for row in rows],
            "created_at": pd.to_datetime([row["CreationDate"] for row in rows], utc=True),
            "title": [row["Title"] for row in rows],
            "body": [row["Body"] for row in rows],
            "tags": [re.findall("<([^<>]+)>", row["Tags"]) for row in rows],
            "text": [one.text for one in prose],
            "code": [one.code for one in prose],
        }
    )


def period(since, until, sample):
    labelled = 0 if sample.truth is None else len(sample)
    days = (pd.Timestamp(day, tz="UTC") for day in (since, until))
    return Period(**dict(zip(("since", "until"), days, strict=True)), questions=len(sample), labelled=labelled)


@pytest.fixture(scope="module")
def world():
    return World()


@pytest.mark.parametrize(("since", "until"), [("2024-07-01", "2024-08-01"), ("2024-08-30", "2024-09-29")])
def test_before_the_planted_drift_there_is_none(world, since, until):
    report = world.examine(since, until)
    assert report.diagnosis.kinds == ()
    assert report.enough_data
    assert not report.new_tags


@pytest.mark.parametrize(("since", "until"), [("2024-10-15", "2024-12-15"), ("2024-11-01", "2025-01-01")])
def test_after_it_its_kinds_and_tags_are_named(world, since, until):
    report = world.examine(since, until)
    assert {"covariate", "concept", "vocabulary"} <= set(report.diagnosis.kinds)
    assert {fact["name"] for fact in drift_facts() if fact["kind"] == "new_topic"} <= {
        new.tag for new in report.new_tags
    }
    assert {fact["name"] for fact in drift_facts() if fact["kind"] == "changed_meaning"} <= set(report.diagnosis.tags)
    assert "text length" in report.diagnosis.descriptors
    assert report.out_of_vocabulary.after > report.out_of_vocabulary.before
    assert report.diagnosis.severity in {"warning", "critical"}


def test_a_report_is_stored_and_read_as_it_was(world):
    report = world.examine("2024-10-15", "2024-12-15", notes=("no feedback",))
    assert DriftReport.model_validate_json(report.model_dump_json()) == report
    assert report.notes == ("no feedback",)


def test_without_tags_metrics_are_estimated_and_the_report_says_what_is_missing(world):
    report = world.examine("2024-11-01", "2024-12-01", tagged=False)
    assert "covariate" in report.diagnosis.kinds
    assert all(metric.realised is None and metric.estimated for metric in report.metrics)
    assert report.family("concept")[0].drifted is None
    assert report.out_of_vocabulary is None
    assert [note for note in report.notes if note.startswith("The window's questions have no tags: ")]


def test_a_small_window_is_no_all_clear(world):
    report = world.examine("2024-11-01", "2024-11-03")
    assert len(report.scores) > 10
    assert not report.enough_data
    assert report.diagnosis.kinds == ()
    assert "100 are needed (drift.min_questions)" in report.diagnosis.reasons[0]
