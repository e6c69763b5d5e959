"""From vectors and labels to a model."""

from __future__ import annotations

import hashlib
import platform
from importlib import metadata

import numpy as np
import scipy.sparse as sp

from tagstack import __version__
from tagstack.config import HeadName, ModelSettings
from tagstack.embeddings import EmbeddingMatrix
from tagstack.errors import ModelError
from tagstack.labels import LabelMatrix
from tagstack.model.calibration import fit_calibration
from tagstack.model.heads import Examples, fit_head
from tagstack.model.tagmodel import ModelCard, Recipe, TagModel, pack
from tagstack.model.thresholds import fit_thresholds
from tagstack.split import Part, Split, SplitReport

_LIBRARIES: dict[HeadName, tuple[str, ...]] = {
    "dense": ("numpy", "scikit-learn", "keras", "tensorflow-cpu"),
    "logistic": ("numpy", "scikit-learn"),
}


def train(
    embeddings: EmbeddingMatrix,
    labels: LabelMatrix,
    split: Split,
    *,
    settings: ModelSettings,
    recipe: Recipe,
    report: SplitReport | None = None,
) -> TagModel:
    """Fit the head on the training part; calibration, then thresholds, on the calibration part.

    Early stopping watches the calibration part too; the test part is not touched. The same inputs and seed give a model
    of the same SHA-256 on the same machine.

    Args:
        embeddings: Vectors of at least the documents of both parts.
        labels: Their tags.
        split: Which document is in which part.
        settings: Head, calibration, seed.
        recipe: How the vectors came about, kept with the model.
        report: Dates of the parts, kept with the model.

    Raises:
        ModelError: A part has no document, or nothing to learn from.
    """
    fitting, calibrating = (_examples(embeddings, labels, split, part) for part in ("train", "calibrate"))
    head = fit_head(fitting, calibrating, settings=settings)
    logits = head.logits(calibrating.vectors)
    calibration = fit_calibration(logits, calibrating.tags, method=settings.calibration)
    thresholds = fit_thresholds(calibration.apply(logits), calibrating.tags)
    card = ModelCard(
        classes=labels.classes,
        supports=tuple(fitting.tags.sum(axis=0).astype(int).tolist()),
        encoder=embeddings.encoder,
        recipe=recipe,
        settings=settings,
        parts=tuple(part for part in report.parts if part.part != "test") if report else (),
        versions=_versions(settings.head),
        weights_sha256=hashlib.sha256(pack(head, calibration, thresholds)).hexdigest(),
    )
    return TagModel(card, head, calibration, thresholds)


def _examples(embeddings: EmbeddingMatrix, labels: LabelMatrix, split: Split, part: Part) -> Examples:
    ids = split.members(part)
    tags: sp.csr_array = labels.rows(ids)
    if tags.sum() == 0:
        raise ModelError(
            f"None of the {len(ids)} documents of the {part} part has one of the {len(labels.classes)} tags; "
            "widen the window or change the split."
        )
    return Examples(embeddings.rows(ids), tags.toarray().astype(np.float32))


def _versions(head: HeadName) -> dict[str, str]:
    installed = {name: _version(name) for name in _LIBRARIES[head]}
    return {"tagstack": __version__, "python": platform.python_version(), **installed}


def _version(library: str) -> str:
    try:
        return metadata.version(library)
    except metadata.PackageNotFoundError:  # TensorFlow has other names on other systems
        return "unknown"
