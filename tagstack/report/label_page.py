"""The page of a label matrix: the model's vocabulary and how often each tag is used."""

from __future__ import annotations

import numpy as np

from tagstack.labels import LabelMatrix
from tagstack.report.blocks import Block, Cell, Columns, Fact, Facts, Figure, Meter, Note, TableBlock
from tagstack.report.distributions import histogram, tag_frequencies
from tagstack.report.formats import decimal, percent, plural, whole
from tagstack.report.page import render_page


def render_labels(labels: LabelMatrix) -> str:
    """Render the page of a label matrix."""
    documents, own = len(labels.ids), np.diff(labels.indptr)
    uses = np.bincount(labels.indices, minlength=len(labels.classes))
    bare, unused = int((own == 0).sum()), int((uses == 0).sum())
    facts = Facts([
        Fact("Tags", whole(len(labels.classes)), note="the model's vocabulary"),
        Fact("Documents", whole(documents)),
        Fact("Tags of a document", decimal(float(own.mean()) if documents else None, 2), note="on average"),
        Fact("Without a tag", whole(bare), note=f"{percent(bare / documents if documents else None)} of the documents"),
    ])  # fmt: skip
    per_document = histogram(own, label="Tags of a document")
    pictures = Columns([
        Figure(tag_frequencies(labels.classes, uses), "Tags by frequency", "Both axes are logarithmic."),
        Figure(per_document, "Tags of a document", "Of the model's vocabulary only."),
    ])  # fmt: skip
    warnings = [Note("warn", f"{plural(unused, 'tag')} on no document")] if unused else []
    blocks: list[Block] = [facts, *warnings, pictures, _uses(labels.classes, uses.tolist(), documents)]
    summary = f"Which of {plural(len(labels.classes), 'tag')} each of {plural(documents, 'document')} carries."
    return render_page("Labels", summary, blocks)


def _uses(classes: tuple[str, ...], uses: list[int], documents: int) -> TableBlock:
    ranked = sorted(zip(classes, uses, strict=True), key=lambda tag: (-tag[1], tag[0]))
    most = max(uses, default=0) or 1
    rows: list[list[Cell]] = [
        [tag, count, Meter(percent(count / max(documents, 1)), count / most)] for tag, count in ranked
    ]
    return TableBlock("Uses of each tag", ["Tag", "Documents", "Share"], rows, empty="The vocabulary is empty.")
