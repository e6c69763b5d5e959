import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tagstack.drift.descriptors import (
    CATEGORIES,
    ELEMENTS,
    FUNCTION_WORDS,
    NUMBERS,
    count_days,
    count_elements,
    describe,
    guess_language,
)
from tagstack.drift.sample import Sample
from tagstack.html import MAX_TREE_TAGS
from tagstack.metrics import Predictions


def sample(*rows):
    questions = pd.DataFrame(rows, columns=["title", "body", "text", "code"])
    empty = Predictions(np.empty((len(rows), 0), np.float32), np.empty((len(rows), 0), bool))
    return Sample(questions[["title", "body"]], questions[["title", "text", "code"]], np.empty(0), empty, None, ())


def test_a_question_is_described():
    frame = describe(
        sample(("Sort a list", "<p>How do I <a href='x'>sort</a>?</p><pre>x = []</pre>", "How do I sort?", "x = []"))
    )
    assert list(frame.columns) == [*NUMBERS, *CATEGORIES]
    row = frame.iloc[0].to_dict()
    assert row["title length"] == 11
    assert row["text length"] == 4
    assert row["code share"] == pytest.approx(6 / 20)
    assert (row["has code"], row["links"], row["images"], row["code blocks"]) == (1, 1, 0, 1)
    assert row["language"] == "English"


def test_a_question_without_text_and_code_has_no_code_share():
    row = describe(sample(("A title that is all", "", "", ""))).iloc[0]
    assert (row["text length"], row["code share"], row["has code"]) == (0, 0, 0)


def test_no_questions_give_the_same_columns_without_rows():
    frame = describe(sample())
    assert frame.shape == (0, len(NUMBERS) + len(CATEGORIES))
    assert all(frame[name].dtype == float for name in NUMBERS)


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("How can I sort a list in Python without making a copy of it?", "English"),
        ("Wie kann ich eine Liste in Python sortieren, ohne sie zu kopieren?", "German"),
        ("Comment trier une liste en Python sans en faire une copie pour le test ?", "French"),
        ("¿Cómo ordenar una lista en Python sin hacer una copia para los datos?", "Spanish"),
        ("Como ordenar uma lista em Python sem fazer uma cópia? Não sei o que fazer com os dados", "Portuguese"),
        ("Come ordinare una lista in Python senza farne una copia, ma con gli stessi dati?", "Italian"),
        ("Hoe kan ik een lijst sorteren in Python zonder het te kopiëren?", "Dutch"),
        ("Как отсортировать список в Python?", "Cyrillic"),
        ("如何在 Python 中对列表进行排序而不复制它并且保持顺序", "Cjk"),
        ("NullPointerException", "Latin"),
        ("12345 +++ ???", "Latin"),
        ("", "Latin"),
    ],
)
def test_languages_are_told_by_frequent_words_and_scripts(text, language):
    assert guess_language(text) == language


def test_each_language_is_recognised_by_its_own_words():
    for language, words in FUNCTION_WORDS.items():
        assert guess_language(words) == language


def test_a_body_that_is_nested_too_deeply_for_a_tree_is_counted_in_linear_time():
    body = "<blockquote>" * 200_000 + "<IMG src='x'><a>"
    assert dict(zip(ELEMENTS, count_elements(body), strict=True)) | {"quotes": 0} == {
        "links": 1, "images": 1, "lists": 0, "quotes": 0, "headings": 0, "code blocks": 0,
    }  # fmt: skip


def test_both_ways_of_counting_agree():
    body = "<h2>A</h2><p>b <a href='c'>d</a> <img src='e'></p><ol><li>f</li></ol><blockquote>g</blockquote><pre>h</pre>"
    many = MAX_TREE_TAGS // body.count("<") + 1
    assert np.array_equal(np.array(count_elements(body)) * many, count_elements(body * many))


@given(st.text())
@settings(max_examples=100, deadline=None)
def test_no_text_is_too_odd(text):
    assert guess_language(text)
    assert all(count >= 0 for count in count_elements(text))


def test_whole_days_are_counted_those_without_a_question_too():
    moments = pd.Series(
        pd.to_datetime(
            ["2024-01-01T23:00Z", "2024-01-02T01:00Z", "2024-01-02T02:00Z", "2024-01-04T05:00Z", "2024-01-05T00:00Z"]
        )
    )
    counts, weekdays = count_days(moments)
    assert counts.tolist() == [2, 0, 1]
    assert weekdays.tolist() == [1, 2, 3]


@pytest.mark.parametrize("count", [0, 1])
def test_no_whole_day_gives_no_counts(count):
    counts, weekdays = count_days(pd.Series(pd.to_datetime(["2024-01-01T23:00Z"] * count, utc=True)))
    assert len(counts) == len(weekdays) == 0
