"""TensorFlow, imported when it is first needed: that costs seconds and hundreds of megabytes."""

from __future__ import annotations

import contextlib
import importlib
import os
import sys
import tempfile
import warnings
from collections.abc import Iterator
from types import ModuleType

_CHATTER = ("absl::InitializeLog()", "oneDNN custom operations are on", "cpu_feature_guard", "To enable the following")


def tensorflow() -> ModuleType:
    """Import TensorFlow with the text operations that sentence encoders use."""
    if "tensorflow_text" not in sys.modules:
        os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
        with _without_chatter():
            importlib.import_module("tensorflow_text")
    return importlib.import_module("tensorflow")


def tensorflow_hub() -> ModuleType:
    """Import TensorFlow Hub."""
    tensorflow()
    with warnings.catch_warnings():
        # tensorflow-hub 0.16.1 imports pkg_resources, which warns of its own end; setuptools<82 still has it.
        warnings.filterwarnings("ignore", "pkg_resources is deprecated", UserWarning)
        return importlib.import_module("tensorflow_hub")


def one_core_a_call() -> None:
    """Let each call run on one core, for processes in which several threads call at once.

    Calls then hand less from thread to thread. It counts where TensorFlow has not begun to compute, and not where
    `TF_NUM_INTRAOP_THREADS` is set already.
    """
    os.environ.setdefault("TF_NUM_INTRAOP_THREADS", "1")


@contextlib.contextmanager
def _without_chatter() -> Iterator[None]:
    """Keep what TensorFlow's C++ says of itself, before its log level counts, from the error stream."""
    sys.stderr.flush()
    terminal = os.dup(2)
    with tempfile.TemporaryFile() as said:
        os.dup2(said.fileno(), 2)
        try:
            yield
        finally:
            os.dup2(terminal, 2)
            os.close(terminal)
            said.seek(0)
            kept = [line for line in said if not any(chatter.encode() in line for chatter in _CHATTER)]
            os.write(2, b"".join(kept))
