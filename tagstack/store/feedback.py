"""Suggestions and what people decided on them, as a data frame; `recording` writes them, `purging` deletes them."""

from __future__ import annotations

import datetime as dt

import pandas as pd
import sqlalchemy as sa

from tagstack.store.database import Store
from tagstack.store.purging import purge
from tagstack.store.recording import add_decision, add_suggestions, record
from tagstack.store.records import DecisionRecord, KeyConflictError, Outcome, SuggestionRecord, UnknownSuggestionError
from tagstack.store.tables import DECISIONS, SUGGESTIONS

__all__ = [
    "DecisionRecord",
    "KeyConflictError",
    "Outcome",
    "SuggestionRecord",
    "UnknownSuggestionError",
    "add_decision",
    "add_suggestions",
    "purge",
    "read_feedback",
    "record",
]

_TYPES = {
    "suggestion_id": "str",
    "created_at": "datetime64[us, UTC]",
    "model_version": "int64",
    "model_sha256": "str",
    "question_sha256": "str",
    "post_id": "Int64",
    "title": "str",
    "body": "str",
    "decided_at": "datetime64[us, UTC]",
}


def read_feedback(store: Store, since: dt.datetime | None = None, until: dt.datetime | None = None) -> pd.DataFrame:
    """Return a row for each suggestion of [since, until), oldest first, with the newest decision on it.

    Columns: `suggestion_id`, `created_at` (UTC), `model_version`, `model_sha256`, `question_sha256`, `post_id`
    (nullable), `suggested`, `top`, `scores` (lists), `title`, `body` (missing unless kept), and `decided_at` (UTC),
    `kept`, `added` (lists), all three missing where nobody decided.
    """
    columns = [
        SUGGESTIONS.c.id.label("suggestion_id"),
        *(column for column in SUGGESTIONS.c if column.name != "id"),
        DECISIONS.c.created_at.label("decided_at"),
        DECISIONS.c.kept,
        DECISIONS.c.added,
    ]
    chosen = sa.select(*columns).select_from(SUGGESTIONS.outerjoin(DECISIONS)).where(*_within(since, until))
    ordered = chosen.order_by(SUGGESTIONS.c.created_at, SUGGESTIONS.c.id, DECISIONS.c.created_at, DECISIONS.c.key)
    with store.reading() as connection:
        rows = [tuple(row) for row in connection.execute(ordered)]
    frame = pd.DataFrame(rows, columns=[column.name for column in columns], dtype=object)
    return frame.drop_duplicates("suggestion_id", keep="last", ignore_index=True).astype(_TYPES)


def _within(since: dt.datetime | None, until: dt.datetime | None) -> list[sa.ColumnElement[bool]]:
    column = SUGGESTIONS.c.created_at
    return [*([] if since is None else [column >= since]), *([] if until is None else [column < until])]
