"""Where Tagstack keeps what it makes on this machine."""

from __future__ import annotations

import os
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent


def home() -> Path:
    """Return the folder of everything Tagstack makes locally: ``$TAGSTACK_HOME``, else ``.tagstack`` in the project."""
    return Path(os.environ.get("TAGSTACK_HOME") or PROJECT / ".tagstack").resolve()
