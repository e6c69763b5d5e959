"""When a step's earlier result may stand for a new one: same code, same settings, same content of its inputs."""

from __future__ import annotations

import ast
from pathlib import Path

from zenml.config.cache_policy import CachePolicy

from tagstack.paths import PROJECT

LIBRARY = "tagstack"
ALWAYS = ("requirements/runtime.txt", "materializers/*.py", "tagstack/report/*.j2")
"""What every result depends on besides: versions of libraries, and how artifacts are stored and shown."""


def cache_by(*modules: str) -> CachePolicy:
    """Return a policy that also watches the code that a step calls.

    ZenML by itself watches the step's own lines alone, and a step here is only a call.

    Args:
        modules: The modules of `tagstack` that the step calls; what they import of it is found by reading them.
    """
    files = {*source_files(modules), *(file for pattern in ALWAYS for file in PROJECT.glob(pattern))}
    return CachePolicy(file_dependencies=sorted(str(file.relative_to(PROJECT)) for file in files))


def source_files(modules: tuple[str, ...]) -> set[Path]:
    """Return the files of modules of `tagstack` and of everything of it that they import, at any depth.

    >>> sorted(file.name for file in source_files(("tagstack.labels",)))[:2]
    ['__init__.py', 'config.py']
    """
    found: set[Path] = set()
    waiting = [*modules, LIBRARY]
    while waiting:
        file = _file(waiting.pop())
        if file and file not in found:
            found.add(file)
            waiting.extend(_imports(file))
    return found


def _file(module: str) -> Path | None:
    path = PROJECT.joinpath(*module.split("."))
    candidates = (path.with_suffix(".py"), path / "__init__.py")
    return next((file for file in candidates if file.is_file()), None)


def _imports(file: Path) -> list[str]:
    names: list[str] = []
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names += [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
    return [name for name in names if name.split(".")[0] == LIBRARY]
