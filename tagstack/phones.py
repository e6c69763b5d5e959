"""The written forms of phone numbers.

Found are numbers with a leading ``+``, in North American form, with a leading ``0`` and separators, and any form behind
a word such as *phone*. Unbroken digits and other groups are ids, dates, times and coordinates far more often, so they
are left alone. Each form begins with a literal or a digit, which makes searching fast; every quantifier is bounded.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from tagstack.text import lower

Span = tuple[int, int]

_MORE_DIGITS = r"(?:[ .\-/()]{0,2}\d)"
_FORMS = (
    re.compile(rf"\+(?<![\w+=/.-]\+)\(?[1-9]{_MORE_DIGITS}{{7,14}}(?!\w)"),
    re.compile(r"\((?<![\w.]\()[1-9]\d\d\) ?\d{3}[ .-]\d{4}(?!\w|[.-]\d)"),
    re.compile(r"[1-9](?<![\w.=/:#&+-][1-9])\d\d([.-])\d{3}[.-]\d{4}(?!\w|[.-]\d)"),
    re.compile(r"1(?<![\w.=/:#&+-]1)[ .-][2-9]\d\d[.-]\d{3}[.-]\d{4}(?!\w|[.-]\d)"),
    re.compile(r"\(0(?<!\w\(0)\d{2,4}\) ?\d{3,8}(?:[ -]\d{2,4}){0,2}(?![\w:-]|[.,]\d)"),
    re.compile(r"0(?<![\w.=/:#&+,-]0)[1-9]\d{1,3}[ /-]\d{3,8}(?:[ -]\d{2,4}){0,2}(?![\w:-]|[.,]\d)"),
    re.compile(
        r"0(?<![\w.=/:#&+,-]0)(?<![:\da-fA-F] 0)[1-9]([ .-])\d\d(?:\1\d\d){3}(?![\w:-]|[ .,]{1,3}[\dA-F]|\s{2})"
    ),
)
_LONG_NUMBER = re.compile(rf"\d{_MORE_DIGITS}{{6}}")
_NAMES = ("phone", "tel", "mobile", "cell", "fax", "whatsapp", "call", "handy")
_NAMED = re.compile(
    r"(?:phone|tel(?<!\wtel)(?!net)|mobile|cell(?<!\wcell)|fax(?<!\wfax)|whatsapp|telefon|handynummer"
    r"|call(?<!\wcall)(?: me| us)?(?= ?(?:at|on|:|\+|\()))"
    r"(?:[ _]?(?:no|number|nr)\b)?\w{0,8}+(?: at| on)?(?:&quot;|[\s:=\"'>#.-]){1,8}+"
    rf"(\+?\(?\d{_MORE_DIGITS}{{6,14}})(?!\w|\.\d)"
)
_DECIMAL = re.compile(r"\+?\d+\.\d+")


def phones(text: str) -> Iterator[Span]:
    """Find phone numbers.

    >>> [text[slice(*span)] for text in ["+44 20 7946 0958, build 20180412"] for span in phones(text)]
    ['+44 20 7946 0958']
    """
    if not _LONG_NUMBER.search(text):
        return
    for form in _FORMS:
        yield from (match.span() for match in form.finditer(text) if _is_phone(match[0]))
    lowered = lower(text)
    if any(name in lowered for name in _NAMES):
        yield from (match.span(1) for match in _NAMED.finditer(lowered) if _is_phone(match[1], named=True))


def _is_phone(text: str, *, named: bool = False) -> bool:
    groups = re.findall(r"\d+", text)
    least = 7 if named else 10 if text.startswith(("0", "(0")) else 8
    return least <= sum(map(len, groups)) <= 15 and len(groups) <= 7 and not _DECIMAL.fullmatch(text)
