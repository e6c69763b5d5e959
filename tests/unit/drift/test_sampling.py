"""Samples of questions: in order, at most so many, with tags or without, and what the model says about them."""

import datetime as dt

import numpy as np
import pyarrow as pa
import pytest

from tagstack.drift.sampling import draw, rows_of
from tagstack.drift.settings import DriftSettings
from tagstack.encoder import encode_documents
from tagstack.table import DOCUMENTS, QUESTIONS, write_table

MOMENT = dt.datetime(2024, 8, 1, tzinfo=dt.UTC)
SETTINGS = DriftSettings(min_questions=2)


def tables(tags):
    """Questions 1, 2, ... with these tags, and their documents; the title names the number."""
    rows = [
        {"post_id": number, "created_at": MOMENT, "title": f"java {number}", "body": "<p>sql</p>", "text": "sql"}
        | {"tags": own, "score": 0, "code": "", "group": number}
        for number, own in enumerate(tags, start=1)
    ]
    return [write_table([pa.Table.from_pylist(rows, schema)], schema) for schema in (QUESTIONS, DOCUMENTS)]


@pytest.fixture
def drawn(make_model, make_encoder):
    encoder = make_encoder()

    def run(tags, *, ids=None, settings=SETTINGS):
        wanted = np.arange(1, len(tags) + 1) if ids is None else np.array(ids)
        encode = lambda titles, texts: encode_documents(encoder, titles, texts)  # noqa: E731
        return draw(*tables(tags), wanted, model=make_model(), encode=encode, settings=settings)

    return run


def test_questions_documents_vectors_and_truth_stand_in_one_order(drawn):
    found = drawn([["java"], ["sql"], ["java", "rust"]], ids=[3, 1])
    sample = found.sample
    assert sample.documents["post_id"].tolist() == sample.questions["post_id"].tolist() == [3, 1]
    assert sample.documents["title"].tolist() == ["java 3", "java 1"]
    assert sample.questions["body"].tolist() == ["<p>sql</p>"] * 2
    assert sample.truth.toarray().tolist() == [[True, False, False]] * 2
    assert sample.vectors.shape == (2, 6)
    assert sample.predictions.suggested.tolist() == [[True, False, True]] * 2
    assert (found.questions, found.labelled, found.notes) == (2, 2, ())


def test_questions_without_tags_are_left_out_where_enough_have_some(drawn):
    found = drawn([["java"], [], ["sql"]])
    assert found.sample.documents["post_id"].tolist() == [1, 3]
    assert (found.questions, found.labelled) == (3, 2)
    assert found.notes == ("1 of 3 questions have no tags: they are left out.",)


def test_with_too_few_tags_all_questions_count_as_without(drawn):
    found = drawn([["java"], [], []])
    assert len(found.sample) == 3
    assert found.sample.truth is None
    assert found.notes == ("2 of 3 questions have no tags: realised metrics and concept drift are missing.",)


def test_more_than_the_most_are_drawn_by_the_seed_and_all_moments_are_kept(drawn):
    most = DriftSettings(min_questions=2, max_questions=4)
    found, again = drawn([["java"]] * 9, settings=most), drawn([["java"]] * 9, settings=most)
    assert len(found.sample) == 4
    assert found.sample.documents["post_id"].is_monotonic_increasing
    assert found.sample.documents.equals(again.sample.documents)
    assert len(found.sample.moments) == 9
    assert found.notes == ("Of 9 questions 4 were drawn (drift.max_questions).",)


def test_no_question_at_all_is_an_empty_sample(drawn):
    found = drawn([["java"]], ids=np.array([], np.int64))
    assert len(found.sample) == 0
    assert (found.questions, found.labelled) == (0, 0)


def test_a_missing_row_is_an_error():
    questions, _ = tables([["java"]])
    with pytest.raises(KeyError, match="7"):
        rows_of(questions, np.array([1, 7]))
