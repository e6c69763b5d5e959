"""From questions to documents: title, prose, code and the group of near-duplicates."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from pydantic import BaseModel, ConfigDict

from tagstack.config import PreparationSettings
from tagstack.duplicates import Signatures, content_hash, near_duplicate_groups, signatures
from tagstack.errors import ContractError
from tagstack.html import remove_html
from tagstack.table import DOCUMENTS, QUESTIONS, Table, write_table
from tagstack.text import cap_length, join_title_body, normalise

_BATCH_ROWS = 1024
_COLUMNS = [name for name in QUESTIONS.names if name != "score"]


class PreparationReport(BaseModel):
    """What preparation removed, and what is left."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    questions: int
    documents: int
    empty: int
    exact_duplicates: int
    near_duplicate_groups: int
    """Groups of at least two documents."""
    near_duplicate_documents: int
    """Documents in such groups; they are kept."""
    cut_texts: int
    cut_codes: int
    fallback_parses: int
    """Bodies that BeautifulSoup read because they are odd."""
    mean_text_characters: float
    mean_code_characters: float
    code_share: float
    """Share of code in the characters of text and code."""


@dataclass(frozen=True)
class Preparation:
    """Documents in the order of their questions, and the report."""

    documents: Table
    report: PreparationReport


@dataclass
class PreparationCount:
    """What was seen so far; `hashes` are those of the documents kept."""

    questions: int = 0
    documents: int = 0
    empty: int = 0
    exact_duplicates: int = 0
    cut_texts: int = 0
    cut_codes: int = 0
    fallback_parses: int = 0
    text_characters: int = 0
    code_characters: int = 0
    hashes: set[bytes] = field(default_factory=set)


def prepare(
    questions: Table, *, settings: PreparationSettings, progress: Callable[[int], None] | None = None
) -> Preparation:
    """Clean questions, drop empty and repeated ones, and group near-duplicates.

    Of documents that are equal but for case and white space of the prose the first stays. Memory is bounded but for 16
    bytes of hash and a signature of half a kilobyte a document.

    Args:
        questions: A table of `tagstack.table.QUESTIONS`.
        settings: The limits.
        progress: Called with the number of questions of each batch.

    Raises:
        ContractError: No document is left.
    """
    count, found = PreparationCount(), list[Signatures]()
    cleaned = write_table(_clean_batches(questions, settings, count, found, progress), DOCUMENTS)
    if not count.documents:
        raise ContractError(
            f"No document is left of {count.questions} questions: {count.empty} have fewer than "
            f"{settings.min_characters} characters; lower preparation.min_characters or check the source."
        )
    ids = cleaned.arrow(["post_id"])["post_id"].to_numpy()
    groups = near_duplicate_groups(ids, np.concatenate(found), similarity=settings.near_duplicate_similarity)
    documents = write_table(_with_groups(cleaned, groups), DOCUMENTS)
    cleaned.path.unlink()
    return Preparation(documents, _report(count, groups))


def _clean_batches(
    questions: Table,
    settings: PreparationSettings,
    count: PreparationCount,
    found: list[Signatures],
    progress: Callable[[int], None] | None,
) -> Iterator[pa.RecordBatch]:
    for batch in questions.batches(columns=_COLUMNS, rows=_BATCH_ROWS):
        documents = clean_questions(batch.to_pylist(), settings, count)
        if documents:
            found.append(signatures([join_title_body(row["title"], row["text"]) for row in documents]))
            yield pa.RecordBatch.from_pylist(documents, DOCUMENTS)
        if progress:
            progress(batch.num_rows)


def clean_questions(
    questions: Iterable[dict[str, Any]], settings: PreparationSettings, count: PreparationCount
) -> list[dict[str, Any]]:
    """Turn questions into documents, each in a group of its own, without the empty ones and those that repeat one."""
    return [document for question in questions if (document := _clean_question(question, settings, count))]


def _clean_question(
    question: dict[str, Any], settings: PreparationSettings, count: PreparationCount
) -> dict[str, Any] | None:
    count.questions += 1
    text, code, fallback = remove_html(question["body"])
    title = normalise(question["title"])
    count.fallback_parses += fallback
    prose = join_title_body(title, text)
    if len(prose) < settings.min_characters:
        count.empty += 1
        return None
    key = content_hash(prose, code)
    if key in count.hashes:
        count.exact_duplicates += 1
        return None
    count.hashes.add(key)
    count.cut_texts += len(text) > settings.max_text_characters
    count.cut_codes += len(code) > settings.max_code_characters
    text = cap_length(text, max_characters=settings.max_text_characters)
    code = cap_length(code, max_characters=settings.max_code_characters)
    count.documents += 1
    count.text_characters += len(text)
    count.code_characters += len(code)
    return question | {"title": title, "text": text, "code": code, "group": question["post_id"]}


def _with_groups(cleaned: Table, groups: npt.NDArray[np.int64]) -> Iterator[pa.RecordBatch]:
    start, column = 0, DOCUMENTS.get_field_index("group")
    for batch in cleaned.batches():
        end = start + batch.num_rows
        yield batch.set_column(column, DOCUMENTS.field("group"), pa.array(groups[start:end]))
        start = end


def _report(count: PreparationCount, groups: npt.NDArray[np.int64]) -> PreparationReport:
    sizes = np.unique(groups, return_counts=True)[1]
    return PreparationReport(
        questions=count.questions,
        documents=count.documents,
        empty=count.empty,
        exact_duplicates=count.exact_duplicates,
        near_duplicate_groups=int((sizes > 1).sum()),
        near_duplicate_documents=int(sizes[sizes > 1].sum()),
        cut_texts=count.cut_texts,
        cut_codes=count.cut_codes,
        fallback_parses=count.fallback_parses,
        mean_text_characters=count.text_characters / count.documents,
        mean_code_characters=count.code_characters / count.documents,
        code_share=count.code_characters / max(count.text_characters + count.code_characters, 1),
    )
