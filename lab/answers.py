"""Processes that answer what is asked in a client's environment: each imports ZenML once and goes on to the end."""

from __future__ import annotations

import json
import subprocess
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any


class Answerer:
    """One of them.

    Args:
        process: It answers a line of JSON on standard input with one on standard output, as `lab.inside` does.
        log: The file of what it says besides.
    """

    def __init__(self, process: subprocess.Popen[str], log: Path) -> None:
        self._process, self._log, self._lock = process, log, threading.Lock()

    @property
    def ended(self) -> bool:
        """Whether it has ended, as with a lab that was taken down."""
        return self._process.poll() is not None

    def ask(self, question: str, arguments: Sequence[object]) -> Any:
        """Ask, and wait for the answer.

        Raises:
            RuntimeError: It could not be answered.
        """
        process = self._process
        assert process.stdin
        assert process.stdout
        with self._lock:
            process.stdin.write(json.dumps([question, arguments]) + "\n")
            process.stdin.flush()
            line = process.stdout.readline()
        told = json.loads(line) if line else {"error": self._log.read_text()}
        if "error" in told:
            raise RuntimeError(f"lab.inside {question}: {told['error'].strip()[-1500:]}")
        return told["answer"]


_known: dict[Path, Answerer] = {}
_making = threading.Lock()


def answerer(folder: Path, start: Callable[[], Answerer]) -> Answerer:
    """Return the one of a client, given by its folder; where none lives, one is started."""
    with _making:
        if folder not in _known or _known[folder].ended:
            _known[folder] = start()
        return _known[folder]
