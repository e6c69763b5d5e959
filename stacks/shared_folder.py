"""Folders that all runs share in the stack's artifact store: the vector cache and the question blocks."""

from __future__ import annotations

from typing import cast

from zenml.client import Client
from zenml.io import fileio

from tagstack.storage import FileSystem


def shared_folder(name: str) -> tuple[FileSystem, str]:
    """Return the file operations and the URI of a folder in the active stack's artifact store, created if missing."""
    store = Client().active_stack.artifact_store
    uri = f"{store.path.rstrip('/')}/tagstack/{name}"
    fileio.makedirs(uri)
    return cast("FileSystem", fileio), uri
