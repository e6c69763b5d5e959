"""What was found when something was looked at."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Finding:
    """The answer to one question.

    Attributes:
        subject: What was looked at.
        well: Whether it is as it should be.
        detail: What was found, and what to do where it is not well.
    """

    subject: str
    well: bool
    detail: str
