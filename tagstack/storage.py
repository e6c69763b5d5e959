"""The file operations that Tagstack needs of a store, local or remote.

``zenml.io.fileio`` satisfies `FileSystem` as it stands, so a step hands it in together with a folder of the active
artifact store; everything without ZenML uses `LocalFileSystem`.
"""

from __future__ import annotations

import os
from typing import IO, Any, Protocol


class FileSystem(Protocol):
    """File operations on paths or URIs, as in ``zenml.io.fileio``."""

    def open(self, path: str, mode: str = "r") -> IO[Any]:
        """Open a file."""

    def exists(self, path: str) -> bool:
        """Say whether a file or folder is there."""

    def makedirs(self, path: str) -> None:
        """Create a folder and its parents; existing ones are no error."""

    def listdir(self, path: str) -> list[str]:
        """List the names in a folder."""

    def remove(self, path: str) -> None:
        """Remove a file."""

    def rename(self, src: str, dst: str, overwrite: bool = False) -> None:
        """Move a file."""


class LocalFileSystem:
    """`FileSystem` on the local disk."""

    def open(self, path: str, mode: str = "r") -> IO[Any]:
        """Open a file."""
        return open(path, mode, encoding=None if "b" in mode else "utf-8")

    def exists(self, path: str) -> bool:
        """Say whether a file or folder is there."""
        return os.path.exists(path)

    def makedirs(self, path: str) -> None:
        """Create a folder and its parents; existing ones are no error."""
        os.makedirs(path, exist_ok=True)

    def listdir(self, path: str) -> list[str]:
        """List the names in a folder."""
        return os.listdir(path)

    def remove(self, path: str) -> None:
        """Remove a file."""
        os.remove(path)

    def rename(self, src: str, dst: str, overwrite: bool = False) -> None:
        """Move a file; raises FileExistsError unless `overwrite`."""
        if not overwrite and os.path.exists(dst):
            raise FileExistsError(dst)
        os.replace(src, dst)
