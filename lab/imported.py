"""What the project's code imports of other packages, to see that an image has all of it."""

from __future__ import annotations

import ast
import json
import sys
from collections.abc import Iterator
from pathlib import Path

from lab.place import Place
from lab.servers.engine import podman

CODE = ("commands", "pipelines", "steps", "stacks", "tagstack", "materializers")
OF_EXTRAS = {"kubernetes"}
IMPORT = """
import importlib, json, sys
failed = {}
for name in json.loads(sys.argv[1]):
    try:
        importlib.import_module(name)
    except Exception as error:
        failed[name] = repr(error)
print(json.dumps(failed))
"""


def others(project: Path) -> set[str]:
    """Return the modules of other packages that the code imports anywhere, also inside functions."""
    files = (file for folder in CODE for file in (project / folder).rglob("*.py"))
    found = {name for file in files for name in _imports(ast.parse(file.read_text(encoding="utf-8")))}
    return {name for name in found if name.partition(".")[0] not in {*CODE, *OF_EXTRAS, *sys.stdlib_module_names}}


def missing(place: Place, image: str, modules: set[str]) -> dict[str, str]:
    """Return those of some modules that cannot be imported in an image, with the error."""
    said = podman(place, "run", "--rm", "--entrypoint", "python", image, "-c", IMPORT, json.dumps(sorted(modules)))
    failed: dict[str, str] = json.loads(said.splitlines()[-1])
    return failed


def _imports(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module
