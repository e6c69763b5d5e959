"""YAML with the line that each key stands in, for errors that name the place."""

from __future__ import annotations

from collections.abc import Mapping

import yaml

from tagstack.errors import ConfigError

Path = tuple[str, ...]
Lines = Mapping[Path, int]


def read_with_lines(text: str, *, name: str) -> tuple[object, Lines]:
    r"""Parse a YAML document.

    Args:
        text: The document.
        name: What errors call it.

    Returns:
        What it holds, None where it is empty, and the line of each key by its path, from 1 on.

    Raises:
        ConfigError: It is no YAML, or a mapping has a key twice.

    >>> read_with_lines("a:\n  b: 1\n", name="x.yaml")
    ({'a': {'b': 1}}, {(): 1, ('a',): 1, ('a', 'b'): 2})
    """
    try:
        loader = yaml.SafeLoader(text)
        node = loader.get_single_node()
        lines: dict[Path, int] = {(): 1}
        if node is None:
            return None, lines
        _walk(node, (), lines, name)
        return loader.construct_document(node), lines
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise ConfigError(f"{name}:{line}: not valid YAML: {error.problem or error.context}.") from None
    except (yaml.YAMLError, ValueError) as error:  # characters that no text has; days that are no dates
        raise ConfigError(f"{name}:1: not valid YAML: {' '.join(str(error).split())}.") from None


def line_of(lines: Lines, path: Path) -> int:
    """Return the line of a key, of the nearest one above it where it is not there.

    >>> line_of({(): 1, ("a",): 3}, ("a", "b"))
    3
    """
    return next(lines[path[:length]] for length in range(len(path), -1, -1) if path[:length] in lines)


def _walk(node: yaml.Node, path: Path, lines: dict[Path, int], name: str) -> None:
    if isinstance(node, yaml.SequenceNode):
        for number, item in enumerate(node.value):
            _enter(item, (*path, str(number)), item.start_mark.line + 1, lines, name)
    elif isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            line = key.start_mark.line + 1
            if not isinstance(key, yaml.ScalarNode):
                raise ConfigError(f"{name}:{line}: a key must be a word; write secret references in quotes.")
            inner = (*path, key.value)
            if inner in lines:
                where = ".".join(inner)
                raise ConfigError(f"{name}:{line}: {where} stands there twice, first in line {lines[inner]}.")
            _enter(value, inner, line, lines, name)


def _enter(node: yaml.Node, path: Path, line: int, lines: dict[Path, int], name: str) -> None:
    if len(path) > 20:  # an alias of something that it lies in
        raise ConfigError(f"{name}:{line}: nested too deeply.")
    lines[path] = line
    _walk(node, path, lines, name)
