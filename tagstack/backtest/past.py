"""The questions of a replay: read, cleaned and encoded once, before it begins."""

from __future__ import annotations

import datetime as dt
import functools
import hashlib
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from tagstack.config import Settings
from tagstack.contract import validate
from tagstack.drift.sampling import Encode
from tagstack.embeddings import EmbeddingMatrix, positions
from tagstack.encoder import VectorCache, encode_documents, load_encoder
from tagstack.encoder.corpus import embed_documents
from tagstack.preparation import prepare
from tagstack.questions.reader import BlockCache, open_source, read_questions, read_watermark
from tagstack.questions.sample import source_name
from tagstack.split import utc
from tagstack.storage import FileSystem
from tagstack.table import RAW_QUESTIONS, Table, write_table

Ids = npt.NDArray[np.int64]
Bar = Callable[[str, int | None], AbstractContextManager[Callable[[int], None]]]
"""From a title and a total to what shows progress and is called with numbers of finished items."""
Folder = tuple[FileSystem, str]


@dataclass(frozen=True, eq=False)
class Past:
    """n questions of the past.

    Attributes:
        questions: Within the contract, personal data masked.
        documents: The n of them that preparation kept.
        index: n rows `post_id, created_at, tags, group`, oldest first.
        moments: datetime64[us, n], when each was asked, UTC.
        embeddings: Their vectors.
        encode: The encoder, which finds every vector in the cache.
        settings: How the questions came about, and how models are trained and judged.
        key: What all of this is made of, as a hash.
    """

    questions: Table
    documents: Table
    index: pd.DataFrame
    moments: npt.NDArray[np.datetime64]
    embeddings: EmbeddingMatrix
    encode: Encode
    settings: Settings
    key: str

    def between(self, since: dt.datetime | None, until: dt.datetime) -> pd.DataFrame:
        """Return the rows of `index` that were asked in [since, until), oldest first."""
        first = 0 if since is None else np.searchsorted(self.moments, _naive(since))
        return self.index.iloc[first : np.searchsorted(self.moments, _naive(until))]

    def rows(self, ids: Ids) -> pd.DataFrame:
        """Return the rows of `index` of some post ids, in their order."""
        return self.index.iloc[positions(self.index["post_id"].to_numpy(), ids)]


def quiet(title: str, total: int | None) -> AbstractContextManager[Callable[[int], None]]:  # noqa: ARG001
    """Show no progress."""
    return nullcontext(lambda _: None)


def read_past(
    url: str,
    settings: Settings,
    *,
    until: dt.date,
    vectors: Folder,
    blocks: BlockCache | None = None,
    code: str = "",
    bar: Bar = quiet,
) -> Past:
    """Read, clean and encode the questions that were asked before a day.

    Of equal questions the first stays, so that nothing of a later time changes what was known at an earlier one.

    Args:
        url: Of the database.
        settings: Where reading begins, the contract, what is masked, how texts are prepared and encoded.
        until: The day behind the last question.
        vectors: Where vectors are found and kept.
        blocks: Where questions are found and kept.
        code: What the results depend on besides, for `Past.key`.
        bar: Shows progress.

    Raises:
        SourceError: The database cannot be read or holds no question before that day.
        ContractError: Too many questions break the contract.
        EncoderError: The encoder cannot be loaded.
        StorageError: A cache cannot be written.
    """
    window = settings.source.model_copy(update={"until": until})
    with open_source(url) as source:
        dataset = read_watermark(source, window, name=source_name(window))
        with bar("read", dataset.questions) as advance:
            raw = write_table(read_questions(source, window, blocks=blocks, progress=advance), RAW_QUESTIONS)
    with bar("validate", raw.rows) as advance:
        questions = validate(
            raw,
            settings=settings.contract,
            privacy=settings.privacy,
            since=window.since,
            until=until,
            now=dt.datetime.combine(until, dt.time.min, dt.UTC),
            progress=advance,
        ).questions
    with bar("prepare", questions.rows) as advance:
        documents = prepare(questions, settings=settings.preparation, progress=advance).documents
    with bar("encode", documents.rows) as advance:
        embeddings = embed_documents(documents, settings.encoder, cache=vectors, progress=advance)
    encoder = load_encoder(settings.encoder, late=True, expected=embeddings.encoder)
    encode = functools.partial(encode_documents, encoder, cache=VectorCache(*vectors, encoder.fingerprint))
    index = documents.frame(["post_id", "created_at", "tags", "group"]).sort_values("created_at", kind="stable")
    parts = [dataset.key, encoder.fingerprint.model_dump_json(), code, _made_by(settings)]
    key = hashlib.sha256("\n".join(parts).encode()).hexdigest()
    return Past(questions, documents, index, utc(index["created_at"]), embeddings, encode, settings, key)


def _made_by(settings: Settings) -> str:
    """Write out what questions and models are made by; the rest is a policy's."""
    named = {"contract", "privacy", "preparation", "labels", "split", "model", "evaluation", "policy", "model_name"}
    return settings.model_dump_json(include=named)


def _naive(moment: dt.datetime) -> np.datetime64:
    return np.datetime64(moment.astimezone(dt.UTC).replace(tzinfo=None), "us")
