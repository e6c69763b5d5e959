"""Where Tagstack keeps what it makes on this machine."""

from __future__ import annotations

import os
from pathlib import Path

import click

PROJECT = Path(__file__).resolve().parent.parent


def home() -> Path:
    """Return the folder of everything Tagstack makes locally.

    It is ``$TAGSTACK_HOME``; else ``.tagstack`` in the project; and where the package stands alone, as inside a model
    that MLflow serves, the user's cache folder.
    """
    if chosen := os.environ.get("TAGSTACK_HOME"):
        return Path(chosen).resolve()
    if (PROJECT / "run.py").is_file():
        return PROJECT / ".tagstack"
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "tagstack"


def data() -> Path:
    """Return the folder of what cannot be made again: it lies beside ZenML's own store, to be kept and deleted with it.

    >>> data().name
    'tagstack'
    """
    chosen = os.environ.get("ZENML_CONFIG_PATH")
    return (Path(chosen).expanduser().resolve() if chosen else Path(click.get_app_dir("zenml"))) / "tagstack"
