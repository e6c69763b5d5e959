"""Label and field selectors, as far as equality goes."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from lab.kubernetes.errors import not_implemented

FIELDS: Mapping[str, Callable[[dict[str, Any]], str | None]] = {
    "metadata.name": lambda known: known["metadata"]["name"],
    "status.phase": lambda known: known.get("status", {}).get("phase"),
}
_TERM = re.compile(r"(?P<key>[\w./-]+)\s*(?P<operator>==|=|!=)\s*(?P<value>[\w.-]*)")


def is_selected(known: dict[str, Any], *, labels: str, fields: str) -> bool:
    """Say whether an object is what both selectors ask for; an empty one asks for nothing.

    >>> is_selected({"metadata": {"name": "a", "labels": {"run": "7"}}}, labels="run=7", fields="metadata.name!=b")
    True
    """
    own = known["metadata"].get("labels") or {}
    return all((own.get(key) == value) is wanted for key, value, wanted in _terms(labels)) and all(
        (_field(key)(known) == value) is wanted for key, value, wanted in _terms(fields)
    )


def _field(key: str) -> Callable[[dict[str, Any]], str | None]:
    if key not in FIELDS:
        raise not_implemented(f"the field selector {key}")
    return FIELDS[key]


def _terms(selector: str) -> Iterator[tuple[str, str, bool]]:
    for term in filter(None, (part.strip() for part in selector.split(","))):
        found = _TERM.fullmatch(term)
        if not found:
            raise not_implemented(f"the selector {term!r}")
        yield found["key"], found["value"], found["operator"] != "!="
