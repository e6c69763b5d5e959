"""The written forms of a question's tags."""

from __future__ import annotations

import re
from collections.abc import Iterable

_ANGLED = re.compile(r"(?:<[^<>|\s]+>)+")
_PIPED = re.compile(r"\|?[^<>|\s]+(?:\|[^<>|\s]+)*\|?")


def parse_tags(raw: str) -> list[str] | None:
    """Read tags as Stack Exchange writes them: ``<c#><.net>``, ``|c#|.net|`` or ``c#|.net``.

    Order is kept, as the first tag is often the main one.

    Returns:
        The tags; an empty list for an empty text; None where the text is in none of these forms or repeats a tag.

    >>> parse_tags("<c#><node.js>"), parse_tags("|c#|node.js|"), parse_tags("<c#><node.js")
    (['c#', 'node.js'], ['c#', 'node.js'], None)
    """
    if not raw.strip():
        return []
    if _ANGLED.fullmatch(raw):
        tags = raw[1:-1].split("><")
    elif _PIPED.fullmatch(raw):
        tags = raw.strip("|").split("|")
    else:
        return None
    return tags if len(set(tags)) == len(tags) else None


def format_tags(tags: Iterable[str]) -> str:
    """Write tags as the data dump does.

    >>> format_tags(["c#", "node.js"])
    '<c#><node.js>'
    """
    return "".join(f"<{tag}>" for tag in tags)
