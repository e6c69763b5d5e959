"""What was suggested lately, so that feedback can be checked without asking the store."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable


class Memory:
    """The tags of the most recent suggestions; the oldest are forgotten.

    >>> memory = Memory(size=1)
    >>> memory.add("a", ["java"]), memory.add("b", ["sql"])
    (None, None)
    >>> memory.find("a"), memory.find("b")
    (None, frozenset({'sql'}))
    """

    def __init__(self, size: int = 20_000) -> None:
        self._size = size
        self._known: OrderedDict[str, tuple[str, ...]] = OrderedDict()

    def add(self, suggestion_id: str, tags: Iterable[str]) -> None:
        """Remember the tags that a client was shown."""
        self._known[suggestion_id] = tuple(tags)
        if len(self._known) > self._size:
            self._known.popitem(last=False)

    def find(self, suggestion_id: str) -> frozenset[str] | None:
        """Return them; None where the suggestion is not known here."""
        tags = self._known.get(suggestion_id)
        return None if tags is None else frozenset(tags)
