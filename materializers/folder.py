"""The base of all our materializers: an artifact is a folder of plain files with known hashes."""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from abc import abstractmethod
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ClassVar

from zenml.artifact_stores import LocalArtifactStore
from zenml.enums import VisualizationType
from zenml.materializers.base_materializer import BaseMaterializer
from zenml.metadata.metadata_types import MetadataType

from tagstack.errors import StorageError
from tagstack.table import scratch

CHUNK = 8 * 2**20


class FolderMaterializer(BaseMaterializer):
    """Stores an artifact as the files that `write` leaves in a folder and reads it back with `read`.

    Files are streamed through the artifact store's own API, so a local folder, S3, GCS and Azure work alike; in a local
    store `read` gets the stored folder itself, so that large files can be memory-mapped. The content hash, from which
    ZenML's cache decides whether later steps must run again, is that of the files.
    """

    SKIP_REGISTRATION: ClassVar[bool] = True
    VERIFY: ClassVar[bool] = True
    """Whether the files' hash is checked on every load; without it their download is."""

    _content_hash: str | None = None

    @abstractmethod
    def write(self, data: Any, folder: Path) -> None:
        """Write `data` as files into an empty local folder; equal data must give equal bytes."""

    @abstractmethod
    def read(self, folder: Path) -> Any:
        """Read what `write` wrote."""

    def pages(self, data: Any) -> Mapping[str, str]:
        """Return static HTML pages by name, shown in the dashboard."""
        return {}

    def facts(self, data: Any) -> Mapping[str, MetadataType]:
        """Return what the dashboard lists beside the artifact."""
        return {}

    def save(self, data: Any) -> None:
        """Write the artifact's files into the store.

        Raises:
            StorageError: The store is full or refuses.
        """
        with self._one_line():
            self._save(data)

    def _save(self, data: Any) -> None:
        if isinstance(self.artifact_store, LocalArtifactStore):
            self.write(data, Path(self.uri))
            self._content_hash = hash_files(Path(self.uri))
            return
        with tempfile.TemporaryDirectory(prefix="tagstack-") as name:
            folder = Path(name)
            self.write(data, folder)
            self._content_hash = hash_files(folder)
            for file in sorted(folder.iterdir()):
                with file.open("rb") as source, self.artifact_store.open(f"{self.uri}/{file.name}", "wb") as target:
                    shutil.copyfileobj(source, target, CHUNK)

    def load(self, data_type: type[Any]) -> Any:
        """Read the artifact.

        Raises:
            StorageError: The files are not those that were written.
        """
        local = isinstance(self.artifact_store, LocalArtifactStore)
        folder = Path(self.uri) if local else self._download()
        if self.expected_content_hash and (self.VERIFY or not local):
            self._verify(folder, self.expected_content_hash)
        return self.read(folder)

    def save_visualizations(self, data: Any) -> dict[str, VisualizationType]:
        """Write the artifact's pages beside its files."""
        shown = {}
        for name, html in self.pages(data).items():
            uri = f"{self.uri}/{name}.html"
            with self._one_line(), self.artifact_store.open(uri, "w") as file:
                file.write(html)
            shown[uri] = VisualizationType.HTML
        return shown

    def extract_metadata(self, data: Any) -> dict[str, MetadataType]:
        """Return `facts`."""
        return dict(self.facts(data))

    def compute_content_hash(self, data: Any) -> str | None:
        """Return the hash of the files that `save` wrote."""
        return self._content_hash

    @contextmanager
    def _one_line(self) -> Iterator[None]:
        """Turn what a full or closed store says into one line that names the artifact."""
        try:
            yield
        except OSError as error:
            reason = error.strerror or " ".join(str(error).split())
            raise StorageError(
                f"Cannot store the artifact {self.uri}: {reason}; free space there and run again."
            ) from None

    def _download(self) -> Path:
        folder = scratch()
        for file in self.artifact_store.listdir(self.uri):
            leaf = Path(str(file)).name
            with self.artifact_store.open(f"{self.uri}/{leaf}", "rb") as source, (folder / leaf).open("wb") as target:
                shutil.copyfileobj(source, target, CHUNK)
        return folder

    def _verify(self, folder: Path, expected: str) -> None:
        if hash_files(folder) != expected:
            raise StorageError(
                f"The artifact {self.uri} is not what was stored there (its hash differs); "
                "run the pipeline again with --no-cache."
            )


def hash_files(folder: Path) -> str:
    """Return the SHA-256 over names and contents of a folder's files, pages left out."""
    whole = hashlib.sha256()
    for file in sorted(folder.iterdir()):
        if file.suffix != ".html":
            with file.open("rb") as content:
                whole.update(f"{file.name}:{hashlib.file_digest(content, 'sha256').hexdigest()}\n".encode())
    return whole.hexdigest()
