"""Masking of personal data in titles and in HTML bodies as they are stored.

Each kind has a finder in `tagstack.personal`, `tagstack.phones`, `tagstack.secrets` or `tagstack.mentions`; what each
leaves alone on purpose is said there. `find` gives the places and `mask` replaces them by ``[kind]``, so that recall
and precision of either can be measured against planted data.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import get_args

from tagstack.config import PersonalKind
from tagstack.errors import TagstackError
from tagstack.mentions import mentions
from tagstack.personal import emails, home_folders, ip_addresses, url_userinfos
from tagstack.phones import phones
from tagstack.secrets import secrets

KINDS: tuple[PersonalKind, ...] = get_args(PersonalKind)

Span = tuple[int, int]

_FINDERS: Mapping[PersonalKind, Callable[[str], Iterable[Span]]] = {
    "secret": secrets,
    "url_userinfo": url_userinfos,
    "email": emails,
    "ip": ip_addresses,
    "phone": phones,
    "home_folder": home_folders,
    "mention": mentions,
}
"""By precedence: where two findings overlap, the one of the earlier kind stays."""

_PRECEDENCE = {kind: position for position, kind in enumerate(_FINDERS)}


@dataclass(frozen=True, order=True)
class Finding:
    """Personal data at ``text[start:end]``."""

    start: int
    end: int
    kind: PersonalKind


@dataclass(frozen=True)
class Masked:
    """A text without personal data, and how much of each kind it had."""

    text: str
    counts: Mapping[PersonalKind, int]


def find(text: str, kinds: Collection[PersonalKind] = KINDS) -> list[Finding]:
    """Find personal data, in order of place; findings do not overlap.

    >>> find("Mail ann@example.org")
    [Finding(start=5, end=20, kind='email')]
    """
    found = [Finding(*span, kind) for kind, finder in _FINDERS.items() if kind in kinds for span in finder(text)]
    return _without_overlaps(sorted(found)) if len(found) > 1 else found


def _without_overlaps(found: Iterable[Finding]) -> list[Finding]:
    kept: list[Finding] = []
    for finding in found:
        while kept and finding.start < kept[-1].end and _PRECEDENCE[finding.kind] < _PRECEDENCE[kept[-1].kind]:
            kept.pop()
        if not kept or finding.start >= kept[-1].end:
            kept.append(finding)
    return kept


def mask(text: str, kinds: Collection[PersonalKind] = KINDS) -> Masked:
    """Replace personal data by its kind in square brackets; masking twice changes nothing more.

    >>> mask("ssh ann@example.org, then open /home/ann/app.cs").text
    'ssh [email], then open /home/[home_folder]/app.cs'
    """
    counts: Counter[PersonalKind] = Counter()
    while findings := find(text, kinds):  # what touched a piece may show once it is gone
        parts, end = [], 0
        for finding in findings:
            parts += [text[end : finding.start], f"[{finding.kind}]"]
            end = finding.end
        text = "".join([*parts, text[end:]])
        counts.update(finding.kind for finding in findings)
    return Masked(text, counts)


def error_line(error: BaseException) -> str:
    r"""Return an error in one line without secrets, as other libraries put addresses and passwords into theirs.

    >>> error_line(ValueError("cannot reach\nmysql://ann:hunter2@db"))
    'ValueError: cannot reach mysql://[url_userinfo]@db'
    """
    words = " ".join(str(error).split())
    line = words if isinstance(error, TagstackError) else f"{type(error).__name__}: {words}".removesuffix(": ")
    return mask(line, ("secret", "url_userinfo")).text
