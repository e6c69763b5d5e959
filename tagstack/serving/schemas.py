"""What the service is asked and what it answers; the OpenAPI document is made of these."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Discriminator, Field, JsonValue
from pydantic import Tag as Case

MAX_TITLE, MAX_TAG, MAX_TOP = 1000, 35, 50
NAME = r"^[!-~]+$"
"""Printable ASCII without blanks: what every database compares alike."""
_EXAMPLE: dict[str, JsonValue] = {"title": "How do I group rows?", "body": "<p>With <code>pandas</code> ...</p>"}
_SCORED: list[JsonValue] = [{"tag": "pandas", "score": 0.91}, {"tag": "python", "score": 0.84}]
_ID = "5f0c6a52-7e43-4c36-9d0c-0d6a7a1f8f5e"


def normalise_tag(raw: str) -> str:
    """Write a tag as Stack Overflow does: lower case, hyphens for blanks.

    Raises:
        ValueError: It is empty, too long or holds a character that no tag can have.

    >>> normalise_tag(" Node.js "), normalise_tag("Entity Framework")
    ('node.js', 'entity-framework')
    """
    tag = "-".join(raw.lower().split())
    if not tag or len(tag) > MAX_TAG:
        raise ValueError(f"a tag has 1 to {MAX_TAG} characters")
    if not tag.isprintable() or any(mark in tag for mark in "<>|,;"):
        raise ValueError("a tag has no control characters and none of < > | , ;")
    return tag


def _storable(text: str) -> str:
    if "\0" in text:
        raise ValueError("holds a NUL character")
    if not text.isascii() and any("\ud800" <= character <= "\udfff" for character in text):
        raise ValueError("holds half a character, a lone surrogate")
    return text


Text = Annotated[str, AfterValidator(_storable)]
"""What every database and encoding can hold."""
TagName = Annotated[str, Field(min_length=1, max_length=MAX_TAG), AfterValidator(normalise_tag)]
Whole = Annotated[int, Field(strict=True)]


class Schema(BaseModel):
    """A frozen group of fields; unknown ones are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


class QuestionIn(Schema):
    """A question as it is written."""

    title: Annotated[Text, Field(max_length=MAX_TITLE)]
    """Plain text."""
    body: Text = ""
    """HTML as Stack Overflow stores it, or Markdown; `service.max_body_characters` at most (100,000)."""
    format: Literal["html", "markdown"] = "html"
    """What the body is written in."""
    post_id: Annotated[Whole, Field(ge=0, lt=2**53)] | None = None
    """The question's Id, where it has one; it is recorded with the suggestion."""


class Choices(Schema):
    """What is wanted of an answer."""

    top: Annotated[Whole, Field(ge=1, le=MAX_TOP)] = 10
    """How many ranked tags to return."""
    draft: Annotated[bool, Field(strict=True)] = False
    """Whether the question is still being written: a draft is not recorded and gets no suggestion id."""


class OneQuestion(QuestionIn, Choices):
    """One question, asked directly."""

    model_config = ConfigDict(json_schema_extra={"examples": [{**_EXAMPLE, "top": 5}]})


class ManyQuestions(Choices):
    """A batch of questions; the answers come in the same order."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"questions": [_EXAMPLE], "top": 5}]})

    questions: Annotated[list[QuestionIn], Field(min_length=1)]
    """`service.max_questions` at most (64)."""


def _which(value: Any) -> str:  # noqa: ANN401 - whatever JSON holds
    return "many" if isinstance(value, dict) and "questions" in value else "one"


SuggestIn = Annotated[
    Annotated[OneQuestion, Case("one")] | Annotated[ManyQuestions, Case("many")], Discriminator(_which)
]


class ScoredTag(Schema):
    """A tag and how probable it is."""

    tag: str
    score: float
    """Calibrated probability, 0 to 1."""


class SuggestionOut(Schema):
    """What the model suggests for one question."""

    suggestion_id: str | None
    """To be named in the feedback; null for a draft."""
    suggested: list[ScoredTag]
    """Tags above their threshold, the most probable first; may be empty."""
    top: list[ScoredTag]
    """The most probable tags, ranked."""


class SuggestOut(Schema):
    """Suggestions in the order of the questions, and the model that made them."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "model_version": 3,
                    "model_sha256": "9f2b" * 16,
                    "suggestions": [{"suggestion_id": _ID, "suggested": _SCORED, "top": _SCORED}],
                }
            ]
        }
    )

    model_version: int
    model_sha256: str
    suggestions: list[SuggestionOut]


class FeedbackIn(Schema):
    """Which tags a question got in the end. Tags are normalised: lower case, hyphens for blanks."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"suggestion_id": _ID, "kept": ["pandas"], "added": ["group-by"]}]}
    )

    suggestion_id: Annotated[str, Field(max_length=64, pattern=NAME)]
    kept: Annotated[list[TagName], Field(max_length=MAX_TOP)] = []
    """Suggested or ranked tags that the author kept."""
    added: Annotated[list[TagName], Field(max_length=MAX_TOP)] = []
    """Tags that the author added; a question has five tags at most, kept ones included."""


class FeedbackOut(Schema):
    """The feedback is stored; it will not be lost."""

    status: Literal["recorded", "repeated"]
    """`repeated` where the same feedback was stored before."""


class KnownTag(Schema):
    """A tag that the model can suggest."""

    tag: str
    questions: int
    """How many training questions had it."""


class TagsOut(Schema):
    """The vocabulary, the most used tags first."""

    model_version: int
    model_sha256: str
    tags: list[KnownTag]


class HealthOut(Schema):
    """The process answers."""

    status: Literal["alive"] = "alive"


class ReadyOut(Schema):
    """The model that answers; it passed its self-test."""

    model_version: int
    model_sha256: str
    revision: int | None
    """Revision of the rollout that this process has followed; null where it serves one fixed model."""


class Problem(Schema):
    """What is wrong, in one line; never the question's text."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"detail": "body.title: Field required"}]})

    detail: str
