"""Guessing what a person meant."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


def nearest(word: str, known: Iterable[str]) -> str | None:
    """Ask whether the known word that is most like the given one was meant; None where none is like it.

    >>> nearest("orchestra", ["orchestrator", "alerter"])
    'did you mean orchestrator?'
    """
    found = difflib.get_close_matches(word, list(known), n=1, cutoff=0.6)
    return f"did you mean {found[0]}?" if found else None
