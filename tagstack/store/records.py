"""What is recorded: a suggestion, and a person's decision on it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Literal

from tagstack.errors import StoreError

Outcome = Literal["recorded", "repeated"]


class UnknownSuggestionError(StoreError):
    """A decision refers to a suggestion that was never recorded, or was deleted by age."""


class KeyConflictError(StoreError):
    """A key was used before, for another decision."""


@dataclass(frozen=True, kw_only=True)
class SuggestionRecord:
    """What was suggested for one question.

    Attributes:
        id: Unique; at most 64 printable ASCII characters. The same id again changes nothing.
        created_at: Aware.
        model_sha256: `TagModel.sha256`.
        question_sha256: Of the question as it was prepared; tells equal questions without keeping them.
        post_id: Of the question on Stack Overflow, where it has one.
        suggested: Tags above their threshold.
        top: Ranked tags.
        scores: Probabilities of `top`.
        title: Masked; None unless texts are to be kept.
        body: As `title`.
    """

    id: str
    created_at: dt.datetime
    model_version: int
    model_sha256: str
    question_sha256: str
    post_id: int | None = None
    suggested: tuple[str, ...]
    top: tuple[str, ...]
    scores: tuple[float, ...]
    title: str | None = None
    body: str | None = None


@dataclass(frozen=True, kw_only=True)
class DecisionRecord:
    """What a person decided on a suggestion.

    Attributes:
        key: Makes it idempotent; at most 128 printable ASCII characters.
        created_at: Aware.
        kept: Tags that were suggested and kept.
        added: Tags that the person added.
    """

    key: str
    suggestion_id: str
    created_at: dt.datetime
    kept: tuple[str, ...] = ()
    added: tuple[str, ...] = ()
