"""Variables of stack files: `${NAME}`, or `${NAME:-default}`, from the command line or the environment."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from stacks.nearest import nearest
from stacks.yaml_lines import Path
from tagstack import paths
from tagstack.errors import UsageError

NAME = re.compile(r"[A-Z][A-Z0-9_]*")
BUILTIN: Mapping[str, Callable[[], str]] = {"TAGSTACK_DATA": lambda: str(paths.data())}
"""Variables that every stack file may use: the folder beside ZenML's own store."""
_USE = re.compile(r"\$\{(?P<name>[A-Z][A-Z0-9_]*)(?P<default>:-[^{}$]*)?\}")
Source = Literal["--var", "environment", "applied", "default", "built in", "not set"]


@dataclass(frozen=True)
class Value:
    """What a variable is, None where it is not set, and where that comes from."""

    value: str | None
    source: Source

    @property
    def is_given(self) -> bool:
        """Whether a person has given it, now or when the stack was applied."""
        return self.source in {"--var", "environment", "applied"}


def parse_assignments(assignments: Sequence[str], *, known: Sequence[str]) -> dict[str, str]:
    """Read `NAME=value` as of `--var`.

    Raises:
        UsageError: One has another form, or the stack has no such variable.

    >>> parse_assignments(["S3_BUCKET=mine"], known=["S3_BUCKET"])
    {'S3_BUCKET': 'mine'}
    """
    found = {}
    for assignment in assignments:
        name, separator, value = assignment.partition("=")
        if not separator:
            raise UsageError(f"--var {name!r} is not of the form NAME=value.")
        if name not in known:
            advice = nearest(name, known) or f"the stack has {', '.join(known) or 'none'}."
            raise UsageError(f"--var {name}: the stack has no such variable; {advice}")
        found[name] = value
    return found


def look_up(
    name: str, default: str | None, *, given: Mapping[str, str], applied: Mapping[str, str] | None = None
) -> Value:
    """Find what a variable is: of the command line, the environment, the last `apply`, or the file's own default."""
    places: tuple[tuple[Source, Mapping[str, str]], ...] = (
        ("--var", given),
        ("environment", os.environ),
        ("applied", applied or {}),
    )
    for source, place in places:
        if place.get(name):
            return Value(place[name], source)
    if name in BUILTIN:
        return Value(BUILTIN[name](), "built in")
    return Value(default, "not set" if default is None else "default")


def uses(tree: object, path: Path = ()) -> Iterator[tuple[Path, str, str | None]]:
    """Yield path, name and default of each use of a variable.

    >>> list(uses({"path": "s3://${BUCKET:-mine}"}))
    [(('path',), 'BUCKET', 'mine')]
    """
    for inner, text in _texts(tree, path):
        for found in _USE.finditer(text):
            default = found["default"]
            yield inner, found["name"], None if default is None else default[2:]


def malformed(tree: object, path: Path = ()) -> Iterator[Path]:
    """Yield the paths of what looks like a variable and is none."""
    for inner, text in _texts(tree, path):
        if "${" in _USE.sub("", text):
            yield inner


def substitute(tree: object, values: Mapping[str, Value]) -> Any:  # noqa: ANN401 - of the same form as the tree
    """Put values in; a variable without one stays, marked as not set.

    >>> substitute({"path": "s3://${BUCKET}"}, {"BUCKET": Value(None, "not set")})
    {'path': 's3://<BUCKET is not set>'}
    """
    if isinstance(tree, Mapping):
        return {key: substitute(value, values) for key, value in tree.items()}
    if isinstance(tree, list):
        return [substitute(value, values) for value in tree]
    if not isinstance(tree, str):
        return tree

    def put(found: re.Match[str]) -> str:
        value = values[found["name"]].value
        return f"<{found['name']} is not set>" if value is None else value

    return _USE.sub(put, tree)


def _texts(tree: object, path: Path) -> Iterator[tuple[Path, str]]:
    if isinstance(tree, Mapping):
        for key, value in tree.items():
            yield from _texts(value, (*path, str(key)))
    elif isinstance(tree, list):
        for number, value in enumerate(tree):
            yield from _texts(value, (*path, str(number)))
    elif isinstance(tree, str):
        yield path, tree
