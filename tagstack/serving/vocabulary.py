"""The tags that a model can suggest, for completion."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from typing import Any

from tagstack.model.tagmodel import TagModel


def list_tags(model: TagModel, prefix: str, limit: int) -> list[dict[str, Any]]:
    """Return at most `limit` tags that begin with `prefix`, and their training questions, the most used first."""
    start = "-".join(prefix.lower().split())
    found = []
    for entry in _by_use(model):
        if entry["tag"].startswith(start):
            found.append(entry)
            if len(found) == limit:
                break
    return found


def tags_etag(version: int, sha256: str, prefix: str, limit: int) -> str:
    """Return what changes when the list does."""
    return f'"{hashlib.sha256(f"{version} {sha256} {limit} {prefix}".encode()).hexdigest()[:32]}"'


@lru_cache(maxsize=2)
def _by_use(model: TagModel) -> list[dict[str, Any]]:
    pairs = zip(model.card.supports, model.classes, strict=True)
    return [{"tag": tag, "questions": count} for count, tag in sorted(pairs, key=lambda pair: (-pair[0], pair[1]))]
