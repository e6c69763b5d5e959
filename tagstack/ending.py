"""How a process ends: at once."""

from __future__ import annotations

import atexit
import gc


def end_at_once() -> None:
    """Let this process end without a search for garbage among all that it has imported.

    ZenML, MLflow and pandas are 280,000 objects, which the interpreter looks through more than once before it ends: a
    second or two of every command and of every step's container (`benchmarks/startup.py`). Exit handlers, which close
    files, flush logs and delete temporary folders, run before; handlers are called last first, so call this early.
    """
    atexit.register(gc.freeze)
