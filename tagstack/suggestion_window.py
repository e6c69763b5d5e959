"""Suggesting tags for a window of a database's questions; it can be interrupted anywhere and goes on from there."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

import pyarrow as pa

from tagstack.config import SourceSettings
from tagstack.questions.reader import read_questions
from tagstack.questions.source import Source
from tagstack.questions.watermark import BLOCK_ROWS
from tagstack.suggestion import Suggester, Suggestion, question_sha256
from tagstack.suggestion_table import KEY, Stamp, SuggestionTable

CHUNK_ROWS = 512
"""Questions that are encoded together and written in one transaction."""

Questions = dict[int, tuple[str, str]]
"""Titles and HTML bodies by `post_id`."""


class Outcome(NamedTuple):
    """What became of a window's questions; those without an Id that is a whole number can have no row."""

    suggested: int
    up_to_date: int
    without_id: int


def suggest_window(
    suggester: Suggester,
    source: Source,
    settings: SourceSettings,
    table: SuggestionTable,
    *,
    version: int,
    top: int = 10,
    progress: Callable[[int], None] | None = None,
) -> Outcome:
    """Write a row for each question of a window that has none yet, or one of another model, text or `top`.

    Rows are looked up and written by chunks of at most 512 questions, each in a transaction of its own.

    Args:
        suggester: Model and encoder.
        source: An open database of questions.
        settings: The window.
        table: Where suggestions go; it may be in the same database.
        version: The model's number.
        top: How many ranked tags a question gets.
        progress: Called with the number of questions of each finished chunk.

    Raises:
        SourceError: The window holds no question, or its database fails.
        StorageError: The rows cannot be written.
    """
    done = Outcome(0, 0, 0)
    for chunk in _chunks(source, settings):
        questions = _by_id(chunk)
        written = _write(suggester, questions, table, version=version, top=top)
        lost = chunk.column(KEY).null_count
        done = Outcome(done.suggested + written, done.up_to_date + len(questions) - written, done.without_id + lost)
        if progress:
            progress(chunk.num_rows)
    return done


def _chunks(source: Source, settings: SourceSettings) -> Iterator[pa.RecordBatch]:
    # A block arrives in one piece: SQLite lets nobody write to a file that a statement still reads from.
    for block in read_questions(source, settings.model_copy(update={"chunk_rows": 2 * BLOCK_ROWS})):
        for start in range(0, block.num_rows, CHUNK_ROWS):
            yield block.slice(start, CHUNK_ROWS)


def _by_id(chunk: pa.RecordBatch) -> Questions:
    rows = zip(*(chunk.column(name).to_pylist() for name in (KEY, "title", "body")), strict=True)
    return {post_id: (title or "", body or "") for post_id, title, body in rows if post_id is not None}


def _write(suggester: Suggester, questions: Questions, table: SuggestionTable, *, version: int, top: int) -> int:
    """Write the rows that are not up to date and return their number."""
    model, ranked = suggester.model.sha256, min(top, len(suggester.model.classes))
    stamps = {post_id: Stamp(model, question_sha256(*question), ranked) for post_id, question in questions.items()}
    known = table.stamps(list(questions))
    waiting = [post_id for post_id, stamp in stamps.items() if known.get(post_id) != stamp]
    if waiting:
        found = suggester.suggest(*zip(*(questions[post_id] for post_id in waiting), strict=True), top=top)
        rows = zip(waiting, found, strict=True)
        table.write([_row(post_id, stamps[post_id], said, version) for post_id, said in rows])
    return len(waiting)


def _row(post_id: int, stamp: Stamp, found: Suggestion, version: int) -> dict[str, object]:
    return {
        KEY: post_id,
        "suggested": found.suggested,
        "top": found.top,
        "scores": found.scores,
        "model_version": version,
        "model_sha256": stamp.model_sha256,
        "question_sha256": stamp.question_sha256,
    }
