"""Writing suggestions and decisions down, each once."""

from __future__ import annotations

import string
from collections.abc import Collection, Sequence
from dataclasses import asdict

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from tagstack.errors import StoreError
from tagstack.questions.values import read_text
from tagstack.store.database import Store, transaction
from tagstack.store.records import DecisionRecord, KeyConflictError, Outcome, SuggestionRecord, UnknownSuggestionError
from tagstack.store.tables import DECISIONS, SUGGESTIONS

BATCH = 500
"""Rows in one statement; SQL Server takes 2,100 parameters."""
_PRINTABLE = frozenset(string.printable) - frozenset(string.whitespace)


def add_suggestions(store: Store, records: Sequence[SuggestionRecord]) -> None:
    """Record suggestions; those that are there already stay as they are."""
    with store.errors():
        for start in range(0, len(records), BATCH):
            record(store.engine, records[start : start + BATCH], ())


def add_decision(store: Store, decision: DecisionRecord) -> Outcome:
    """Record a decision.

    Returns:
        "repeated" where the same was recorded under this key before, else "recorded".

    Raises:
        UnknownSuggestionError: There is no such suggestion.
        KeyConflictError: Another decision was recorded under this key.
    """
    with store.errors():
        (outcome,) = record(store.engine, (), (decision,))
    if isinstance(outcome, StoreError):
        raise outcome
    return outcome


def record(
    engine: sa.Engine, suggestions: Sequence[SuggestionRecord], decisions: Sequence[DecisionRecord]
) -> list[Outcome | StoreError]:
    """Write suggestions, then decisions, in one transaction; it is durable when this returns.

    Returns:
        What became of each decision. One that cannot be recorded has its error here and does not harm the others.

    Raises:
        SQLAlchemyError: Nothing was written.
    """
    try:
        return _record(engine, suggestions, decisions)
    except IntegrityError:
        # Another process wrote or deleted between our look and our write. What it did is visible now.
        return _record(engine, suggestions, decisions)


def _record(
    engine: sa.Engine, suggestions: Sequence[SuggestionRecord], decisions: Sequence[DecisionRecord]
) -> list[Outcome | StoreError]:
    with transaction(engine) as connection:
        _insert_suggestions(connection, suggestions)
        return _insert_decisions(connection, decisions)


def _insert_suggestions(connection: sa.Connection, records: Sequence[SuggestionRecord]) -> None:
    rows = {one.id: asdict(one) | {"title": _clean(one.title), "body": _clean(one.body)} for one in records}
    known = _known_suggestions(connection, rows)
    if new := [row for key, row in rows.items() if key not in known]:
        connection.execute(sa.insert(SUGGESTIONS), new)


def _insert_decisions(connection: sa.Connection, records: Sequence[DecisionRecord]) -> list[Outcome | StoreError]:
    suggestions = _known_suggestions(connection, {one.suggestion_id for one in records})
    contents = _known_contents(connection, {one.key for one in records})
    outcomes = []
    new = []
    for one in records:
        outcome = _judge(one, contents, suggestions)
        if outcome == "recorded":
            contents[one.key] = _content(one.suggestion_id, one.kept, one.added)
            new.append(asdict(one))
        outcomes.append(outcome)
    if new:
        connection.execute(sa.insert(DECISIONS), new)
    return outcomes


def _judge(
    one: DecisionRecord, contents: dict[str, tuple[object, ...]], suggestions: Collection[str]
) -> Outcome | StoreError:
    if one.key in contents:
        same = contents[one.key] == _content(one.suggestion_id, one.kept, one.added)
        return (
            "repeated" if same else KeyConflictError(f"Key {one.key!r} was used for another decision; take a new one.")
        )
    if one.suggestion_id not in suggestions:
        return UnknownSuggestionError(f"Suggestion {one.suggestion_id!r} is not in the store; it may be too old.")
    if not _is_name(one.key, DECISIONS.c.key):
        return StoreError(
            f"Key {one.key!r} is not of 1 to 128 printable ASCII characters without blanks; take another."
        )
    return "recorded"


def _known_suggestions(connection: sa.Connection, names: Collection[str]) -> set[str]:
    column = SUGGESTIONS.c.id
    askable = [name for name in names if _is_name(name, column)]
    return set(connection.scalars(sa.select(column).where(column.in_(askable)))) if askable else set()


def _known_contents(connection: sa.Connection, keys: Collection[str]) -> dict[str, tuple[object, ...]]:
    askable = [key for key in keys if _is_name(key, DECISIONS.c.key)]
    if not askable:
        return {}
    rows = connection.execute(sa.select(DECISIONS).where(DECISIONS.c.key.in_(askable)))
    return {row.key: _content(row.suggestion_id, row.kept, row.added) for row in rows}


def _content(suggestion_id: str, kept: Sequence[str], added: Sequence[str]) -> tuple[object, ...]:
    return suggestion_id, sorted(kept), sorted(added)


def _is_name(text: str, column: sa.Column[str]) -> bool:
    """Whether every database can hold and compare it: PostgreSQL refuses NUL, none has halves of characters."""
    return 0 < len(text) <= (getattr(column.type, "length", None) or 0) and _PRINTABLE.issuperset(text)


def _clean(text: str | None) -> str | None:
    return read_text(text)[0]
