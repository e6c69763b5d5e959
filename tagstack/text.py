"""Plain text: joining, normalising, cutting."""

from __future__ import annotations

import unicodedata


def join_title_body(title: str, text: str) -> str:
    r"""Join a title and the prose of a body; a line break keeps them apart.

    >>> join_title_body("Sort a list in C#", "How?")
    'Sort a list in C#\nHow?'
    >>> join_title_body("", "How?")
    'How?'
    """
    return f"{title}\n{text}" if title and text else title or text


def normalise(text: str) -> str:
    r"""Compose characters (Unicode NFC) and make white space single blanks.

    >>> normalise(" node.js \t and\nC++ ")
    'node.js and C++'
    """
    return " ".join((text if text.isascii() else unicodedata.normalize("NFC", text)).split())


def fold(text: str) -> str:
    """Return the form in which two texts are the same but for case and variant characters (Unicode NFKC).

    Punctuation stays, as it tells C from C#.

    >>> fold("What is C#?") == fold("what is c#?"), fold("C") == fold("C#"), fold("ｃ＋＋")
    (True, False, 'c++')
    """
    return text.lower() if text.isascii() else unicodedata.normalize("NFKC", text).casefold()


def cap_length(text: str, *, max_characters: int) -> str:
    """Cut a text that is too long, at the last white space within the limit if that loses at most a tenth of it.

    >>> cap_length("one two three", max_characters=12), cap_length("one two three", max_characters=13)
    ('one two thre', 'one two three')
    >>> cap_length("a rather long sentence", max_characters=14)
    'a rather long'
    """
    if len(text) <= max_characters:
        return text
    head = text[:max_characters]
    if text[max_characters].isspace() or head[-1].isspace():
        return head.rstrip()
    words = head.rsplit(maxsplit=1)
    whole = words[0].rstrip() if len(words) == 2 else ""
    return whole if 10 * len(whole) >= 9 * max_characters else head


def lower(text: str) -> str:
    """Lower a text without moving any character: the one that would become two (U+0130) becomes ``i``.

    >>> lower("İD")
    'id'
    """
    return text.lower() if text.isascii() else text.replace("\u0130", "i").lower()
