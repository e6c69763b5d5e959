"""What is wrong with some of the generated questions: duplicates and broken rows."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Mapping
from typing import Any

from tagstack.questions.generator.prose import Text, misspell, paragraph
from tagstack.questions.generator.topics import load_phrases

EXACT = 0.012
NEAR = 0.02
BROKEN = 0.02
"""Shares of questions that repeat another one, that nearly do, and that break a rule of the contract."""

_NUMBER = re.compile(r"(?<=\s)\d+(?=\s)")


def edited(text: Text, rng: random.Random, *, only_add: bool) -> Text:
    """Return the text as somebody asks it again: with more words, or with a typo or another number."""
    added: tuple[Callable[[], Text], ...] = (
        lambda: Text(text.title, f"{text.body}\n{paragraph(rng.choice(load_phrases().thanks))}\n"),
        lambda: Text(f"{text.title} [again]", text.body),
    )
    changed: tuple[Callable[[], Text], ...] = (
        lambda: Text(misspell(text.title, rng), text.body),
        lambda: Text(text.title, _NUMBER.sub(str(rng.randint(2, 99)), text.body, count=1)),
    )
    again = rng.choice(added if only_add else added + changed)()
    return again if again != text else Text(text.title, f"{text.body}\n<p>Anyone?</p>\n")


def _too_many(row: Mapping[str, Any], _rng: random.Random) -> dict[str, Any]:
    return {"Tags": row["Tags"] + "<help><question><programming><error><debugging>"}


def _bad_tags(row: Mapping[str, Any], rng: random.Random) -> dict[str, Any]:
    return {"Tags": rng.choice((row["Tags"][:-1], row["Tags"][1:], row["Tags"].replace("<", " ").replace(">", ",")))}


SPOIL: Mapping[str, Callable[[Mapping[str, Any], random.Random], dict[str, Any]]] = {
    "empty_body": lambda _row, rng: {"Body": rng.choice(("", "<p></p>", "<p>&nbsp;</p>\n"))},
    "null_title": lambda _row, _rng: {"Title": None},
    "bad_tags": _bad_tags,
    "too_many_tags": _too_many,
    "future_date": lambda row, _rng: {"CreationDate": row["CreationDate"].replace(year=2099, day=1)},
    "unparsable_date": lambda _row, rng: {"CreationDate": rng.choice(("yesterday", "2024-13-45T00:00:00", "n/a"))},
}
"""Each defect's name, and what it makes of a row."""
