"""Storing columnar tables."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar

from zenml.enums import ArtifactType
from zenml.metadata.metadata_types import MetadataType

from materializers.folder import FolderMaterializer
from tagstack.table import Table

FILE = "table.parquet"


class TableMaterializer(FolderMaterializer):
    """A `Table` is its Parquet file."""

    ASSOCIATED_TYPES = (Table,)
    ASSOCIATED_ARTIFACT_TYPE: ClassVar[ArtifactType] = ArtifactType.DATA

    def write(self, data: Table, folder: Path) -> None:
        """Copy the file."""
        shutil.copyfile(data.path, folder / FILE)

    def read(self, folder: Path) -> Table:
        """Point to the file."""
        return Table(folder / FILE)

    def facts(self, data: Table) -> Mapping[str, MetadataType]:
        """List rows, columns and size."""
        return {"rows": data.rows, "columns": ", ".join(data.schema.names), "bytes": data.path.stat().st_size}
