"""A folder's manifest: which files belong to it and what they hold, so that a damaged folder is recognised."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

MANIFEST = "manifest.json"


def write_manifest(folder: Path, **facts: str) -> None:
    """Write the SHA-256 of every file of a folder, and some facts beside them, into its manifest."""
    content = {**facts, "files": {name: file_sha256(folder / name) for name in _names(folder)}}
    (folder / MANIFEST).write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")


def damage(folder: Path) -> str | None:
    """Say what is wrong with a folder that has a manifest, or None where every file is as it was written."""
    try:
        files = dict[str, str](json.loads((folder / MANIFEST).read_text(encoding="utf-8"))["files"])
    except OSError:
        return f"{MANIFEST} is missing"
    except (ValueError, KeyError, TypeError):
        return f"{MANIFEST} is damaged"
    for name, sha256 in files.items():
        file = folder / name
        if not file.is_file():
            return f"{name} is missing"
        if file_sha256(file) != sha256:
            return f"{name} is damaged"
    return None


def file_sha256(file: Path) -> str:
    """Return the SHA-256 of a file's content."""
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def _names(folder: Path) -> list[str]:
    files = (file.relative_to(folder).as_posix() for file in folder.rglob("*") if file.is_file())
    return sorted(name for name in files if name != MANIFEST)
