"""Storing the two matrix types: plain NumPy files (never pickled) and JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar

import numpy as np
from zenml.enums import ArtifactType
from zenml.metadata.metadata_types import MetadataType

from materializers.folder import FolderMaterializer
from tagstack.embeddings import EmbeddingMatrix, EncoderFingerprint
from tagstack.labels import LabelMatrix
from tagstack.split import PARTS, Split


class EmbeddingMatrixMaterializer(FolderMaterializer):
    """Stores an `EmbeddingMatrix`; loading from a local store maps the vectors and reads none of them."""

    ASSOCIATED_TYPES = (EmbeddingMatrix,)
    ASSOCIATED_ARTIFACT_TYPE: ClassVar[ArtifactType] = ArtifactType.DATA
    VERIFY = False

    def write(self, data: EmbeddingMatrix, folder: Path) -> None:
        """Write ids, vectors and what made them."""
        _save(data.ids, folder / "ids.npy")
        _save(data.vectors, folder / "vectors.npy")
        (folder / "encoder.json").write_text(data.encoder.model_dump_json(), encoding="utf-8")

    def read(self, folder: Path) -> EmbeddingMatrix:
        """Map the vectors read-only."""
        return EmbeddingMatrix(
            ids=np.load(folder / "ids.npy", allow_pickle=False),
            vectors=np.load(folder / "vectors.npy", mmap_mode="r", allow_pickle=False),
            encoder=EncoderFingerprint.model_validate_json((folder / "encoder.json").read_text(encoding="utf-8")),
        )

    def pages(self, data: EmbeddingMatrix) -> Mapping[str, str]:
        """Show the norms and the two main components."""
        from tagstack.report.embedding_page import render_embeddings

        return {"embeddings": render_embeddings(data)}

    def facts(self, data: EmbeddingMatrix) -> Mapping[str, MetadataType]:
        """List shape, encoder and size."""
        return {
            "documents": len(data.ids),
            "dimension": data.encoder.dimension,
            "encoder": data.encoder.handle,
            "mode": data.encoder.mode,
            "fingerprint": data.encoder.key,
            "bytes": data.vectors.nbytes,
        }


class LabelMatrixMaterializer(FolderMaterializer):
    """Stores a `LabelMatrix`."""

    ASSOCIATED_TYPES = (LabelMatrix,)
    ASSOCIATED_ARTIFACT_TYPE: ClassVar[ArtifactType] = ArtifactType.DATA

    def write(self, data: LabelMatrix, folder: Path) -> None:
        """Write the three arrays and the classes."""
        for name in ("ids", "indptr", "indices"):
            _save(getattr(data, name), folder / f"{name}.npy")
        (folder / "classes.json").write_text(json.dumps(data.classes), encoding="utf-8")

    def read(self, folder: Path) -> LabelMatrix:
        """Read arrays and classes."""
        ids, indptr, indices = (np.load(folder / f"{n}.npy", allow_pickle=False) for n in ("ids", "indptr", "indices"))
        classes = tuple(json.loads((folder / "classes.json").read_text(encoding="utf-8")))
        return LabelMatrix(ids=ids, indptr=indptr, indices=indices, classes=classes)

    def pages(self, data: LabelMatrix) -> Mapping[str, str]:
        """Show the vocabulary and its long tail."""
        from tagstack.report.label_page import render_labels

        return {"labels": render_labels(data)}

    def facts(self, data: LabelMatrix) -> Mapping[str, MetadataType]:
        """List shape and density."""
        documents = len(data.ids)
        return {
            "documents": documents,
            "classes": len(data.classes),
            "tags_per_document": round(len(data.indices) / max(documents, 1), 3),
            "documents_without_class": int((np.diff(data.indptr) == 0).sum()),
        }


class SplitMaterializer(FolderMaterializer):
    """Stores a `Split`."""

    ASSOCIATED_TYPES = (Split,)
    ASSOCIATED_ARTIFACT_TYPE: ClassVar[ArtifactType] = ArtifactType.DATA

    def write(self, data: Split, folder: Path) -> None:
        """Write ids and parts."""
        _save(data.ids, folder / "ids.npy")
        _save(data.parts, folder / "parts.npy")

    def read(self, folder: Path) -> Split:
        """Read ids and parts."""
        ids, parts = (np.load(folder / f"{name}.npy", allow_pickle=False) for name in ("ids", "parts"))
        return Split(ids=ids, parts=parts)

    def facts(self, data: Split) -> Mapping[str, MetadataType]:
        """List the sizes."""
        return {part: len(data.members(part)) for part in PARTS}


def _save(array: np.ndarray, file: Path) -> None:
    """Write a `.npy` file; `numpy.save` leaves it cut short without an error where the disk is full near its end."""
    array = np.ascontiguousarray(array)
    with file.open("wb") as content:
        np.lib.format.write_array_header_1_0(content, np.lib.format.header_data_from_array_1_0(array))
        content.write(array.data)
