"""Storing tag models: safetensors and JSON; loading one executes nothing."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar

from zenml.enums import ArtifactType
from zenml.metadata.metadata_types import MetadataType

from materializers.folder import FolderMaterializer
from tagstack.model.tagmodel import TagModel, load_model, save_model


class TagModelMaterializer(FolderMaterializer):
    """Stores a `TagModel`."""

    ASSOCIATED_TYPES = (TagModel,)
    ASSOCIATED_ARTIFACT_TYPE: ClassVar[ArtifactType] = ArtifactType.MODEL

    def write(self, data: TagModel, folder: Path) -> None:
        """Save the model."""
        save_model(data, folder)

    def read(self, folder: Path) -> TagModel:
        """Load the model, its SHA-256 checked."""
        return load_model(folder)

    def pages(self, data: TagModel) -> Mapping[str, str]:
        """Show what the model is made of."""
        from tagstack.report.model_page import render_model

        return {"model": render_model(data)}

    def facts(self, data: TagModel) -> Mapping[str, MetadataType]:
        """List what identifies the model."""
        return {"sha256": data.sha256, "head": data.head, "classes": len(data.classes), "encoder": data.encoder.key}
