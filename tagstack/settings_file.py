"""Reading the settings tree from YAML and the command line, and telling a person what is wrong with it."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ValidationError

from tagstack.config import Settings
from tagstack.errors import ConfigError


def load_settings(file: Path | None = None, assignments: Sequence[str] = ()) -> Settings:
    """Read settings from a YAML file and `section.key=value` assignments, the latter winning.

    Raises:
        ConfigError: The file cannot be read, a key is unknown, or a value has the wrong type or is impossible.

    >>> load_settings(assignments=["labels.size=50"]).labels.size
    50
    """
    tree = _read_yaml(file) if file else {}
    for assignment in assignments:
        _assign(tree, assignment)
    try:
        return Settings.model_validate(tree)
    except ValidationError as error:
        raise ConfigError(_first_problem(error, where=str(file) if file else "settings")) from None


def _read_yaml(file: Path) -> dict[str, Any]:
    try:
        tree = yaml.safe_load(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(f"Cannot read the configuration {file}: {error.strerror}; name an existing file.") from None
    except (yaml.YAMLError, ValueError) as error:  # ValueError: bytes that are no UTF-8, days that are no dates
        raise ConfigError(f"{file} is not valid YAML: {_reason(error)}.") from None
    if not isinstance(tree, dict | None):
        raise ConfigError(f"{file} must hold sections with keys (`labels:` and below it `size: 100`).")
    return tree or {}


def _assign(tree: dict[str, Any], assignment: str) -> None:
    path, separator, value = assignment.partition("=")
    keys = path.strip().split(".")
    if not separator or not all(keys):
        shown = assignment.partition(":")[0]  # behind it may be an address with a password
        raise ConfigError(f"--set {shown!r} is not of the form section.key=value.")
    for key in keys[:-1]:
        branch = tree.setdefault(key, {})
        if not isinstance(branch, dict):
            raise ConfigError(f"--set {path}: {key} is a value, not a section.")
        tree = branch
    try:
        tree[keys[-1]] = yaml.safe_load(value)
    except (yaml.YAMLError, ValueError) as error:
        raise ConfigError(f"--set {path}: the value is not valid YAML: {_reason(error)}.") from None


def _reason(error: Exception) -> str:
    """Say what is wrong and where, without the text around it, which may hold a password."""
    mark = getattr(error, "problem_mark", None)
    if mark is None:
        return " ".join(str(error).split())
    return f"{getattr(error, 'problem', None) or 'syntax error'} (line {mark.line + 1}, column {mark.column + 1})"


def _first_problem(error: ValidationError, *, where: str) -> str:
    problem = error.errors(include_url=False)[0]
    location = [str(part) for part in problem["loc"]]
    name = ".".join(location) or "settings"
    if problem["type"] == "extra_forbidden":
        near = _nearest(location)
        advice = f"did you mean {near}?" if near else "`python run.py settings` lists them all."
        return f"Unknown key {name} in {where}; {advice}"
    message = problem["msg"].removeprefix("Value error, ")
    value = problem["input"]
    # A section, or an address, may hold a password.
    shown = "" if isinstance(value, Mapping) or "://" in str(value) else f" (got {value!r})"
    return f"Impossible value for {name} in {where}: {message}{shown}."


def _nearest(location: Sequence[str]) -> str | None:
    known = dict(_keys(Settings))
    by_leaf = difflib.get_close_matches(".".join(location), known, n=1, cutoff=0.6)
    return by_leaf[0] if by_leaf else next((key for key in known if key.split(".")[-1] == location[-1]), None)


def _keys(section: type[BaseModel], prefix: str = "") -> Mapping[str, Any]:
    keys: dict[str, Any] = {}
    for name, field in section.model_fields.items():
        keys[prefix + name] = field.annotation
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            keys |= _keys(field.annotation, f"{prefix}{name}.")
    return keys
