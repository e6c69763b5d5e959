"""Completion from the model's vocabulary."""

import dataclasses

import pytest

from tagstack.serving.vocabulary import list_tags, tags_etag


@pytest.fixture
def model(make_model):
    model = make_model(("java", "javascript", "python"))
    card = model.card.model_copy(update={"supports": (5, 9, 9)})
    return dataclasses.replace(model, card=card)


def names(found):
    return [entry["tag"] for entry in found]


def test_the_most_used_come_first_and_ties_by_name(model):
    assert list_tags(model, "", 10) == [
        {"tag": "javascript", "questions": 9},
        {"tag": "python", "questions": 9},
        {"tag": "java", "questions": 5},
    ]


def test_a_prefix_is_written_as_tags_are(model):
    assert names(list_tags(model, " JAVA", 10)) == ["javascript", "java"]
    assert names(list_tags(model, "", 1)) == ["javascript"]
    assert list_tags(model, "cobol", 10) == []


def test_the_etag_changes_with_whatever_changes_the_list():
    of = {
        tags_etag(*given)
        for given in [(1, "a", "p", 5), (2, "a", "p", 5), (1, "b", "p", 5), (1, "a", "q", 5), (1, "a", "p", 6)]
    }
    assert len(of) == 5
    assert tags_etag(1, "a", "p", 5) == tags_etag(1, "a", "p", 5)
