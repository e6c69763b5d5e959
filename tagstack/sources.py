"""Which files a module is made of: its own, and those of everything of ours that it imports, found by reading them."""

from __future__ import annotations

import ast
import shutil
from pathlib import Path

from tagstack.paths import PROJECT

LIBRARY = "tagstack"


def source_files(modules: tuple[str, ...]) -> set[Path]:
    """Return the files of modules of `tagstack`, of the packages that they are in, and of all of it that they import.

    >>> sorted({file.name for file in source_files(("tagstack.labels",))})[:2]
    ['__init__.py', 'config.py']
    """
    found: set[Path] = set()
    waiting = list(modules)
    while waiting:
        name = waiting.pop()
        if "." in name:
            waiting.append(name.rpartition(".")[0])
        file = _file(name)
        if file and file not in found:
            found.add(file)
            waiting += _imports(file)
    return found


def copy_sources(modules: tuple[str, ...], folder: Path) -> Path:
    """Copy what modules need into a folder, as a package that can be imported from there, and return the package.

    Args:
        modules: Modules of `tagstack`.
        folder: Where the package is put.
    """
    for file in source_files(modules):
        target = folder / file.relative_to(PROJECT)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file, target)
    return folder / LIBRARY


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
