"""The version that a drift run watches."""

from __future__ import annotations

import datetime as dt

from tagstack.drift.report import Frozen


class Champion(Frozen):
    """A version in production and what it learnt from.

    Attributes:
        model_name: Whose version.
        version: Its number.
        sha256: Its model.
        trained_until: Time of the newest question that it was fitted on.
        known_until: Time of the newest question of its test part, the reference of every comparison.
    """

    model_name: str
    version: int
    sha256: str
    trained_until: dt.datetime
    known_until: dt.datetime

    def __str__(self) -> str:
        return f"version {self.version}, which knows questions until {self.known_until:%Y-%m-%d}"
