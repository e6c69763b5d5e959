"""The subject of a mail: one short line, whatever a tag is called."""

from __future__ import annotations

import unicodedata

from tagstack.drift.report import DriftReport

LONGEST = 200
_TAGS = 3
_LEADS = {"escalation": "Worse: ", "reminder": "Still: ", "digest": "More: ", "recovery": "Over: "}


def write_subject(occasion: str, level: str, report: DriftReport) -> str:
    """Write the subject of a mail, without a prefix.

    Args:
        occasion: Why it is sent.
        level: How severe it is.
        report: What was found.
    """
    model = f"{report.model_name} version {report.version}"
    if occasion == "recovery":
        return one_line(f"Over: drift of {model}", LONGEST)
    found = report.diagnosis
    tags = ", ".join(found.tags[:_TAGS]) + (", …" if len(found.tags) > _TAGS else "")
    kinds = f"{', '.join(found.kinds)} drift" if found.kinds else "lower metrics"
    written = f"{_LEADS.get(occasion, '')}{level.capitalize()}: {kinds} of {model}{f' ({tags})' if tags else ''}"
    return one_line(written, LONGEST)


def one_line(text: str, longest: int) -> str:
    r"""Return `text` without line breaks, control characters and invisible marks, cut where it is too long.

    >>> one_line("java\r\nBcc: a@b.org", 100), one_line("abc\u202edef", 4)
    ('java Bcc: a@b.org', 'abc…')
    """
    # Format characters (Cf) can turn the direction of what follows; surrogates cannot be encoded.
    kept = "".join(" " if unicodedata.category(letter)[0] in "CZ" else letter for letter in text)
    line = " ".join(kept.split())
    return line if len(line) <= longest else f"{line[: longest - 1]}…"
