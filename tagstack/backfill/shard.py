"""Encoding one shard: read, check, mask and clean as training does, and encode what the cache does not hold."""

from __future__ import annotations

import datetime as dt
import functools
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import pyarrow as pa

from tagstack.backfill.plan import Shard
from tagstack.backfill.report import ShardReport
from tagstack.config import EncoderSettings, Settings
from tagstack.contract import keep_good, start_count
from tagstack.embeddings import EncoderFingerprint
from tagstack.encoder import Encoder, VectorCache, load_encoder
from tagstack.encoder.documents import document_parts
from tagstack.encoder.filling import CacheFiller, FillCount
from tagstack.errors import UsageError
from tagstack.preparation import PreparationCount, clean_questions
from tagstack.questions.reader import open_source, read_block, read_blocks
from tagstack.storage import FileSystem


def encode_shard(
    shard: Shard,
    settings: Settings,
    *,
    url: str,
    encoder: EncoderFingerprint,
    cache: tuple[FileSystem, str],
    progress: Callable[[int], None] | None = None,
) -> ShardReport:
    """Bring the vectors of a shard's texts into the cache, under the keys under which training looks for them.

    Memory is bounded: one block of questions with their vectors, and 8 bytes for each vector in the cache. Texts that
    training leaves out as repeated ones may be encoded here, as no shard sees the whole history; never the other way.

    Args:
        shard: The range of Ids.
        settings: How questions are read, checked, masked, cleaned and encoded.
        url: The database.
        encoder: What the encoder must be.
        cache: File operations and folder of the vector cache.
        progress: Called with numbers of finished questions.

    Raises:
        UsageError: The settings have no cache to fill.
        SourceError: The database cannot be read.
        EncoderError: The encoder cannot be loaded.
        FingerprintError: It is not the expected one.
        StorageError: The cache cannot be written. What was encoded until then stays.
    """
    check_cache(settings)
    work = _Work(settings, shared_encoder(settings.encoder, encoder))
    with CacheFiller(work.encoder, VectorCache(*cache, work.encoder.fingerprint)) as filler:
        for batches in work.blocks(shard, url):
            filler.add(work.texts(batches))
            if progress:
                progress(sum(batch.num_rows for batch in batches))
    return work.report(shard, filler.count)


@functools.lru_cache(maxsize=1)
def shared_encoder(settings: EncoderSettings, expected: EncoderFingerprint) -> Encoder:
    """Return the encoder; shards of one process, one after the other, share it."""
    return load_encoder(settings, late=True, expected=expected)


def check_cache(settings: Settings) -> None:
    """Check that there is a cache to fill.

    Raises:
        UsageError: There is none.
    """
    if not settings.encoder.cache:
        raise UsageError("encoder.cache is off, so there is no cache to fill; leave it on for the backfill.")


class _Work:
    """What one shard has seen, and what took how long."""

    def __init__(self, settings: Settings, encoder: Encoder) -> None:
        self.encoder = encoder
        self._settings = settings
        self._started = time.perf_counter()
        self._seconds: defaultdict[str, float] = defaultdict(float)
        self._rows = self._kept = self._documents = 0

    def blocks(self, shard: Shard, url: str) -> Iterator[Sequence[pa.RecordBatch]]:
        """Yield the questions block by block.

        Each is read through a connection of its own: encoding it takes minutes, and one that waits meanwhile keeps a
        transaction open, or is cut.
        """
        source = self._settings.source
        with self._timed("reading"), open_source(url) as opened:
            blocks = read_blocks(opened, source, ids=(shard.first_id, shard.last_id))
        for block in blocks:
            with self._timed("reading"), open_source(url) as opened:
                batches = list(read_block(opened, source, block))
            yield batches

    def texts(self, batches: Sequence[pa.RecordBatch]) -> list[str]:
        """Return what is encoded of questions, after everything that training does with them before."""
        with self._timed("preparing"):
            source = self._settings.source
            now = dt.datetime.now(dt.UTC)
            count = start_count(
                self._settings.contract, self._settings.privacy, since=source.since, until=source.until, now=now
            )
            questions = [row for batch in keep_good(batches, count) for row in batch.to_pylist()]
            documents = clean_questions(questions, self._settings.preparation, PreparationCount())
            self._rows += count.rows
            self._kept += count.kept
            self._documents += len(documents)
            titles, texts = ([document[name] for document in documents] for name in ("title", "text"))
            return document_parts(self.encoder, titles, texts)

    def report(self, shard: Shard, filled: FillCount) -> ShardReport:
        """Return the whole."""
        return ShardReport(
            **shard.model_dump(exclude={"questions"}),
            questions=self._rows,
            kept=self._kept,
            documents=self._documents,
            texts=filled.texts,
            found=filled.found,
            encoded=filled.encoded,
            tokens=filled.tokens,
            seconds=time.perf_counter() - self._started,
            reading_seconds=self._seconds["reading"],
            preparing_seconds=self._seconds["preparing"],
            loading_seconds=filled.loading_seconds,
            encoding_seconds=filled.encoding_seconds,
            storing_seconds=filled.storing_seconds,
        )

    @contextmanager
    def _timed(self, kind: str) -> Iterator[None]:
        started = time.perf_counter()
        try:
            yield
        finally:
            self._seconds[kind] += time.perf_counter() - started
