"""Standard output is for results: what programs print that a run starts goes to standard error."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

_OUT, _ERR = 1, 2


@contextmanager
def printing_to_stderr() -> Iterator[None]:
    """Send everything that this process and its children print to standard error, as podman does while it builds.

    ZenML starts podman with the standard output that it has itself, which a person may be reading results from.
    """
    try:
        kept = os.dup(_OUT)
    except OSError:  # closed: there is nothing to keep clean
        yield
        return
    try:
        _flush()
        os.dup2(_ERR, _OUT)
        yield
    finally:
        _flush()
        os.dup2(kept, _OUT)
        os.close(kept)


def _flush() -> None:
    if sys.stdout is not None:
        sys.stdout.flush()
