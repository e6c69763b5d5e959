"""The page and its files: read once, answered from memory, found again by their content's hash."""

from __future__ import annotations

import hashlib
import mimetypes
from dataclasses import dataclass
from pathlib import Path

from fastapi import Request, Response

PAGE = Path(__file__).parent / "page"
INDEX = "index.html"
_TYPES = {".js": "text/javascript", ".css": "text/css", ".html": "text/html"}
"""Said here, as the answer of `mimetypes` depends on the machine."""


@dataclass(frozen=True)
class StaticFile:
    """A file's content and the headers it is sent with."""

    content: bytes
    headers: dict[str, str]


def read_page(folder: Path = PAGE) -> dict[str, StaticFile]:
    """Return the page's files by the path they are asked for: `/` and `/page/<name>`."""
    files = {f"/page/{file.name}": _read(file) for file in sorted(folder.iterdir()) if file.is_file()}
    return {"/": files[f"/page/{INDEX}"], **files} if f"/page/{INDEX}" in files else files


def send_file(file: StaticFile, request: Request) -> Response:
    """Answer a file, or 304 to a browser that has it; it asks each time, so that no old page meets a new service."""
    if has_already(request, file.headers["etag"]):
        return Response(status_code=304, headers=file.headers)
    return Response(file.content, headers=file.headers)


def has_already(request: Request, etag: str) -> bool:
    """Say whether a client names this content as known; a proxy that compresses makes the name a weak one."""
    known = (tag.strip().removeprefix("W/") for tag in request.headers.get("if-none-match", "").split(","))
    return etag in known


def _read(file: Path) -> StaticFile:
    content = file.read_bytes()
    text = _TYPES.get(file.suffix)
    kind = f"{text}; charset=utf-8" if text else mimetypes.guess_type(file.name)[0] or "application/octet-stream"
    etag = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
    return StaticFile(content, {"content-type": kind, "etag": etag, "cache-control": "no-cache"})
