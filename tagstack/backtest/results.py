"""Looks at the past that are done: an interrupted replay goes on from them, and a changed policy costs only itself."""

from __future__ import annotations

import hashlib
import uuid
from pathlib import Path

from pydantic import ValidationError

from tagstack.alerts.memory import SentAlert
from tagstack.backtest.report import Policy, Step
from tagstack.drift.history import DriftRun
from tagstack.drift.report import Frozen
from tagstack.errors import StorageError


class Look(Frozen):
    """One look at the past, and what the next one must know of it.

    Attributes:
        step: What is shown.
        run: What the rule remembers.
        alerts: What the alerts remember.
    """

    step: Step
    run: DriftRun
    alerts: tuple[SentAlert, ...] = ()


class Results:
    """Looks in a folder, each under the hash of everything that it follows from.

    Args:
        folder: Where; made when the first one is written.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def read(self, key: str) -> Look | None:
        """Return the look of a key; None where it is not here undamaged."""
        try:
            return Look.model_validate_json((self._folder / f"{key}.json").read_bytes())
        except (OSError, ValidationError):
            return None

    def write(self, key: str, look: Look) -> None:
        """Keep a look; raises StorageError where it cannot be written."""
        unfinished = self._folder / f"{key}.{uuid.uuid4().hex}.part"
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            unfinished.write_text(look.model_dump_json(), encoding="utf-8")
            unfinished.replace(self._folder / f"{key}.json")
        except OSError as error:
            unfinished.unlink(missing_ok=True)
            raise StorageError(f"Cannot write to {self._folder}: {error.strerror}; free space there.") from None


def first_key(past: str, policy: Policy) -> str:
    """Return the key from which those of a replay are chained."""
    parts = (past, *(section.model_dump_json() for section in (policy.drift, policy.retraining, policy.alerts)))
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def next_key(before: str, moment: object) -> str:
    """Return the key of the look that follows another one."""
    return hashlib.sha256(f"{before} {moment}".encode()).hexdigest()
