"""What the service takes, and what it refuses."""

import pytest
from pydantic import TypeAdapter, ValidationError

from tagstack.serving.schemas import FeedbackIn, ManyQuestions, OneQuestion, SuggestIn, normalise_tag

ask = TypeAdapter(SuggestIn).validate_python


def test_one_question_or_a_batch():
    assert isinstance(ask({"title": "t"}), OneQuestion)
    batch = ask({"questions": [{"title": "t", "format": "markdown", "post_id": 7}], "top": 3, "draft": True})
    assert isinstance(batch, ManyQuestions)
    assert (batch.top, batch.draft, batch.questions[0].format) == (3, True, "markdown")


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        [],
        "text",
        None,
        {"title": 1},
        {"title": "t" * 1001},
        {"title": "a\0b"},
        {"title": "a", "body": "\udc80"},
        {"title": "t", "top": 0},
        {"title": "t", "top": 51},
        {"title": "t", "top": True},
        {"title": "t", "top": 1.0},
        {"title": "t", "top": float("nan")},
        {"title": "t", "top": 10**400},
        {"title": "t", "draft": "yes"},
        {"title": "t", "format": "rst"},
        {"title": "t", "post_id": -1},
        {"title": "t", "post_id": 2**53},
        {"title": "t", "unknown": 1},
        {"questions": []},
        {"questions": [{"title": "t"}], "title": "t"},
        {"questions": {"title": "t"}},
    ],
)
def test_anything_else_is_refused(wrong):
    with pytest.raises(ValidationError):
        ask(wrong)


@pytest.mark.parametrize(
    ("raw", "tag"),
    [("C#", "c#"), (" Entity  Framework ", "entity-framework"), (".NET-4.5", ".net-4.5"), ("c++", "c++")],
)
def test_tags_are_written_as_stack_overflow_writes_them(raw, tag):
    assert normalise_tag(raw) == tag
    assert FeedbackIn(suggestion_id="s", kept=[raw]).kept == [tag]


@pytest.mark.parametrize("raw", ["", "  ", "a" * 36, "<b>", "a|b", "a,b", "a\0", "a\u200b", "\ud800", "a\x7f"])
def test_what_can_be_no_tag_is_refused(raw):
    with pytest.raises(ValidationError):
        FeedbackIn(suggestion_id="s", added=[raw])


@pytest.mark.parametrize("name", ["", "a b", "é", "a\n", "a" * 65, 5])
def test_a_suggestion_id_is_plain(name):
    with pytest.raises(ValidationError):
        FeedbackIn(suggestion_id=name)
