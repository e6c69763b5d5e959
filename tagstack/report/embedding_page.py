"""The page of an embedding matrix: a map of the documents, and what is wrong with their vectors if anything is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt

from tagstack.embeddings import EmbeddingMatrix, EncoderFingerprint
from tagstack.labels import LabelMatrix
from tagstack.report.blocks import Block, Columns, Fact, Facts, Figure, Note, Pairs
from tagstack.report.embedding_picture import embedding_map, norm_histogram
from tagstack.report.formats import plural, whole
from tagstack.report.page import render_page

_CHUNK = 16_384
_LENGTHS = "The universal sentence encoder gives a text length 1, and so 1.41 to title and text side by side."


def render_embeddings(matrix: EmbeddingMatrix, *, labels: LabelMatrix | None = None) -> str:
    """Render the page of an embedding matrix; a memory-mapped one is read in pieces.

    Args:
        matrix: Vectors of n documents.
        labels: Tags of at least those documents, to colour the map by each document's most frequent tag.
    """
    groups = [None] * len(matrix.ids) if labels is None else main_tags(labels, matrix.ids)
    caption = "The two principal components of a sample."
    if labels is not None:
        caption += " A document has the colour of the most frequent of its tags."
    broken, empty = _count_unusable(matrix.vectors)
    size = f"{matrix.vectors.nbytes / 2**20:,.1f} MiB"
    facts = Facts([
        Fact("Documents", whole(len(matrix.ids))),
        Fact("Numbers in a vector", whole(matrix.encoder.dimension)),
        Fact("Size", size, note="32-bit numbers, row by row"),
    ])  # fmt: skip
    blocks: list[Block] = [
        facts,
        *_warnings(broken, empty),
        Figure(embedding_map(matrix.vectors, groups), "Map of the documents", caption),
        Columns([
            Figure(norm_histogram(matrix.vectors), "Length of the vectors", _LENGTHS),
            _encoder(matrix.encoder),
        ]),
    ]  # fmt: skip
    return render_page("Embeddings", f"{plural(len(matrix.ids), 'document')} as vectors of one encoder.", blocks)


def main_tags(labels: LabelMatrix, ids: npt.NDArray[np.int64]) -> list[str | None]:
    """Return the most frequent of the tags that each document carries; None where it carries none.

    Args:
        labels: Tags of at least the documents `ids`.
        ids: Post ids [n].
    """
    frequency = np.bincount(labels.indices, minlength=len(labels.classes))
    rows = labels.rows(ids)
    own = (rows.indices[start:end] for start, end in zip(rows.indptr[:-1], rows.indptr[1:], strict=True))
    return [labels.classes[tags[np.argmax(frequency[tags])]] if len(tags) else None for tags in own]


def _count_unusable(vectors: npt.NDArray[np.float32]) -> tuple[int, int]:
    broken = empty = 0
    for chunk in _chunks(vectors):
        finite = np.isfinite(chunk).all(axis=1)
        broken += int((~finite).sum())
        empty += int((~chunk[finite].any(axis=1)).sum())
    return broken, empty


def _chunks(vectors: npt.NDArray[np.float32]) -> Iterator[npt.NDArray[np.float32]]:
    for start in range(0, len(vectors), _CHUNK):
        yield vectors[start : start + _CHUNK]


def _warnings(broken: int, empty: int) -> Sequence[Note]:
    notes = []
    if broken:
        text = "Do not train on them: clear the vector cache and encode again."
        notes.append(Note("bad", f"{plural(broken, 'vector')} with numbers that are not finite", text))
    if empty:
        notes.append(Note("warn", f"{plural(empty, 'vector')} of zeros", "Their documents had no text to encode."))
    return notes


def _encoder(encoder: EncoderFingerprint) -> Pairs:
    pairs = [
        ("Handle", encoder.handle),
        ("Module (SHA-256)", encoder.module_sha256),
        ("Mode", encoder.mode),
        ("Text cut after", plural(encoder.max_characters, "character")),
        ("Fingerprint", encoder.key),
    ]
    return Pairs("Encoder", pairs)
