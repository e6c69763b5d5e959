"""Environments of their own for the packages of clouds, which lower versions that everything else here needs higher."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from pathlib import Path

from lab.place import Place
from tagstack.paths import PROJECT

ALWAYS = ("runtime", "postgresql")
OF_STACK = {"aws": "aws", "gcp": "gcp", "kubeflow": "gcp", "azure": "azure"}
"""The extra that a stack's environment has, of stacks that have one of their own."""
UV_SECONDS = 900


def interpreter(place: Place, extra: str) -> Path:
    """Return the Python of an environment with the runtime's lock and an extra's on top, made where it is missing."""
    folder = place.of("environments") / extra
    locks = [PROJECT / "requirements" / f"{name}.txt" for name in (*ALWAYS, extra)]
    wanted = hashlib.sha256(b"".join(lock.read_bytes() for lock in locks)).hexdigest()
    made = folder / "made-of"
    if not made.exists() or made.read_text() != wanted:
        _make(folder, locks)
        made.write_text(wanted)
    return folder / "bin" / "python"


def _make(folder: Path, locks: list[Path]) -> None:
    uv = str(Path(sys.executable).parent / "uv")
    _run(uv, "venv", "--quiet", "--clear", "--python", sys.executable, str(folder))
    install = (uv, "pip", "install", "--quiet", "--no-deps", "--require-hashes", "--python", str(folder))
    for lock in locks:  # one after the other: a later one lowers what an earlier one has brought
        _run(*install, "-r", str(lock))


def _run(*command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=UV_SECONDS)
    if done.returncode:
        raise RuntimeError(f"{Path(command[0]).name} {command[1]} failed: {done.stderr.strip()[-600:]}")
