"""Naming another version in the store again and again while a service follows it."""

from __future__ import annotations

import contextlib
import json
import threading
from collections.abc import Iterator
from pathlib import Path

from tagstack.config import Settings
from tagstack.store.database import open_store
from tagstack.store.rollout import set_target


def point_to(url: str, models: Path, version: int) -> None:
    """Say in the store which version is to be served."""
    sha256 = json.loads((models / str(version) / "model.json").read_bytes())["sha256"]
    with open_store(url) as store:
        set_target(store, Settings().model_name, version=version, sha256=sha256)


@contextlib.contextmanager
def swapping(url: str, models: Path, *, swaps: int, seconds: float) -> Iterator[None]:
    """Name version 2, 1, 2 ... meanwhile, evenly over so many seconds."""
    stop = threading.Event()

    def swap() -> None:
        for turn in range(swaps):
            if stop.wait(seconds / (swaps + 1)):
                return
            point_to(url, models, 2 - turn % 2)

    thread = threading.Thread(target=swap, daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()
