"""Doing something again and again beside other work."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator


@contextlib.contextmanager
def repeatedly(call: Callable[[], object], *, seconds: float, name: str) -> Iterator[None]:
    """Call every `seconds` seconds, in a thread of this name, until the block ends.

    >>> calls = []
    >>> with repeatedly(lambda: calls.append(1), seconds=60, name="example"):
    ...     len(calls)
    0
    """
    done = threading.Event()

    def run() -> None:
        while not done.wait(seconds):
            call()

    thread = threading.Thread(target=run, name=name, daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()
