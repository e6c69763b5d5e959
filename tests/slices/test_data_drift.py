"""The planted drift of the generated sample, as the tests of descriptors and tags see it."""

import re

import numpy as np
import pandas as pd
import pytest
from sklearn.feature_extraction.text import HashingVectorizer

from tagstack.config import LabelSettings, SampleSettings
from tagstack.drift.data import find_data_drift
from tagstack.drift.sample import Sample
from tagstack.drift.settings import DriftSettings
from tagstack.html import remove_html
from tagstack.labels import choose_classes, label_documents
from tagstack.metrics import Predictions
from tagstack.questions.generator.posts import generate
from tagstack.questions.schema import QUESTION

FITTED, TESTED, DRIFT = (pd.Timestamp(day, tz="UTC") for day in ("2024-06-01", "2024-07-01", "2024-10-01"))


@pytest.fixture(scope="module")
def year():
    rows = [
        post.row for post in generate(SampleSettings()) if post.row["PostTypeId"] == QUESTION and post.defect is None
    ]
    frame = pd.DataFrame(
        {
            "post_id": [row["Id"] for row in rows],
            "created_at": pd.to_datetime([row["CreationDate"] for row in rows], utc=True),
            "title": [row["Title"] for row in rows],
            "body": [row["Body"] for row in rows],
            "tags": [re.findall("<([^<>]+)>", row["Tags"]) for row in rows],
        }
    )
    prose = [remove_html(body) for body in frame["body"]]
    return frame.assign(text=[one.text for one in prose], code=[one.code for one in prose])


@pytest.fixture(scope="module")
def classes(year):
    return choose_classes(year[year["created_at"] < FITTED]["tags"], settings=LabelSettings())


def sample(year, classes, since, until):
    """Questions of a time; their true tags stand for predicted ones, words of their titles for vectors."""
    rows = year[(year["created_at"] >= since) & (year["created_at"] < until)].reset_index(drop=True)
    truth = label_documents(rows["post_id"].to_numpy(), rows["tags"], classes).matrix
    words = HashingVectorizer(n_features=64).transform(rows["title"]).toarray().astype(np.float32)
    predictions = Predictions(truth.toarray().astype(np.float32), truth.toarray())
    return Sample(rows, rows, words, predictions, truth, classes)


@pytest.mark.parametrize("since", ["2024-07-01", "2024-08-01", "2024-09-01"])
def test_nothing_is_found_before_the_drift(year, classes, since):
    begin = pd.Timestamp(since, tz="UTC")
    window = sample(year, classes, begin, min(begin + pd.Timedelta(days=30), DRIFT))
    scores = find_data_drift(sample(year, classes, FITTED, TESTED), window, DriftSettings())
    assert all(score.drifted is False for score in scores), [score for score in scores if score.drifted is not False]


@pytest.mark.parametrize("since", ["2024-10-01", "2024-11-01", "2024-12-01"])
def test_later_questions_are_shorter_and_have_less_code(year, classes, since):
    begin = pd.Timestamp(since, tz="UTC")
    window = sample(year, classes, begin, begin + pd.Timedelta(days=30))
    scores = find_data_drift(sample(year, classes, FITTED, TESTED), window, DriftSettings())
    effects = {score.name: score.effect for score in scores if score.drifted and score.family == "descriptors"}
    assert {"text length", "code share", "has code"} <= set(effects)
    assert all(effect < 0 for effect in effects.values())
    assert not {"title length", "language", "questions a day"} & set(effects)
