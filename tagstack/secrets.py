"""The written forms of passwords, access keys and tokens.

Known token formats are found wherever they stand. The value of ``password = "..."`` and its kin is found where it
looks like a literal: not a placeholder (``${X}``, ``<your key>``, ``****``), not a call, and with a digit unless quoted
behind a password's name. Every quantifier is bounded or possessive, so finding takes linear time.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from tagstack.text import lower

Span = tuple[int, int]

_PRIVATE_KEY = (
    r"-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----(?:[\w+/=\s:,.&;#\\]|-(?!----)){0,10000}+"
    r"(?:-----END [A-Z ]{0,30}PRIVATE KEY-----)?"
)
_TOKENS = tuple(
    (hint, re.compile(form))
    for hint, form in (
        ("AKIA", r"AKIA[0-9A-Z]{16}\b"),
        ("ASIA", r"ASIA[0-9A-Z]{16}\b"),
        *((f"gh{letter}_", rf"gh{letter}_[A-Za-z0-9]{{20,255}}+") for letter in "oprsu"),
        ("github_pat_", r"github_pat_\w{20,255}+"),
        ("glpat-", r"glpat-[\w-]{20,64}+"),
        ("xox", r"xox[abeoprs]-[\w-]{10,250}+"),
        ("AIza", r"AIza[\w-]{30,40}+"),
        ("ya29.", r"ya29\.[\w-]{20,400}+"),
        ("GOCSPX-", r"GOCSPX-[\w-]{20,40}+"),
        ("k_live_", r"\b[prs]k_live_\w{8,250}+"),
        ("k_test_", r"\b[prs]k_test_\w{8,250}+"),
        ("sk-", r"(?<![\w-])sk-(?=[\w-]{0,100}\d)(?=[\w-]{0,100}[A-Z])[\w-]{20,250}+"),
        ("npm_", r"npm_[A-Za-z0-9]{36}\b"),
        ("pypi-", r"pypi-[\w-]{40,250}+"),
        ("hf_", r"\bhf_[A-Za-z0-9]{30,64}+"),
        ("SG.", r"SG\.[\w-]{16,40}+\.[\w-]{16,64}+"),
        ("AC", r"AC[0-9a-f]{32}\b"),
        ("EAA", r"EAA[A-Za-z0-9]{40,400}+"),
        ("eyJ", r"\beyJ[\w-]{8,4000}+\.[\w-]{8,8000}+(?:\.[\w-]{0,2000}+)?"),
        ("PRIVATE KEY-----", _PRIVATE_KEY),
    )
)
"""A literal part that is cheap to look for, and the form."""

_CREDENTIALS = re.compile(
    r"\b(?:bearer|basic|token)\s{1,3}+(?=[\w.~+/-]{0,200}\d)([\w.~+/-]{16,4000}+={0,2})"
    r"|\s-u [\"']?([\w.@-]{1,64}:[^\s\"'<>]{3,99})"
)

_ASSIGNED = re.compile(
    r"(?P<name>passw(?:or)?d|passphrase|pwd(?<!\wpwd)|secret(?<!\[secret)|api_?-?key|access_?-?key(?:_?-?id)?|account_?key|private_?-?key"
    r"|consumer_?-?key|client_?-?secret|token(?<!publickeytoken))(?!\w{0,8}(?:ttl|type|url))\w{0,10}+"
    r"(?:&quot;|[\"'\]]){0,2}\s{0,3}(?::=|=&gt;|=>|[:=]|\((?=[&\"']))\s{0,3}"
    r"(?:(?P<quote>&quot;|[\"'])(?P<quoted>[^\s\"'<>&]{4,400}+)(?P=quote)"
    r"|(?P<bare>[^\s;\"'<>&(){}\[\],$%*]{6,400}+)(?P<call>\s?[(\[])?)"
)
_ASSIGNED_HINTS = ("passw", "pwd", "secret", "key", "token", "passphrase")
_PLACEHOLDER = re.compile(
    r"[$<{%*\[(.,#@]|\w+\.(?:pass|pwd|db)|db\.|x{4}|your|my[_-]|pass(?:word|wd)?\b|required|string|true\b|false\b|null|none\b"
    r"|undefined|text\b|token\b|secret$"
)
_CODE = re.compile(r"[a-z_]\w*\.[a-z_]|->|::")


def secrets(text: str) -> Iterator[Span]:
    """Find passwords, access keys, tokens and private keys; of an assignment only the value.

    >>> [text[slice(*span)] for text in ['db_password = "tiger99"; user = "scott"'] for span in secrets(text)]
    ['tiger99']
    """
    for hint, form in _TOKENS:
        if hint in text:
            yield from (match.span() for match in form.finditer(text))
    lowered = lower(text)
    if any(hint in lowered for hint in ("bearer", "basic", "token ", " -u ")):
        yield from (match.span(match.lastindex or 0) for match in _CREDENTIALS.finditer(lowered))
    if any(hint in lowered for hint in _ASSIGNED_HINTS):
        for match in _ASSIGNED.finditer(lowered):
            if _is_literal(match):
                yield match.span("quoted" if match["quoted"] else "bare")


def _is_literal(match: re.Match[str]) -> bool:
    value = match["quoted"] or match["bare"]
    if match["call"] or _PLACEHOLDER.match(value):
        return False
    has_digit = any(character.isdigit() for character in value) and not value.isdecimal()
    if match["quoted"]:
        return match["name"].startswith(("pass", "pwd")) or (has_digit and len(value) >= 8)
    return has_digit and not _CODE.search(value)
