"""Which packages an extra of the project asks for, and which of them are not installed."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib import metadata

from packaging.requirements import Requirement

from tagstack.paths import PROJECT


def missing_packages(extra: str) -> list[str]:
    """List the requirements of an extra that the environment does not fulfil.

    >>> missing_packages("no such extra")
    ['the extra itself, which pyproject.toml does not have']
    """
    known = _extras()
    if extra not in known:
        return ["the extra itself, which pyproject.toml does not have"]
    return [requirement for requirement in known[extra] if not _is_installed(Requirement(requirement))]


def _is_installed(requirement: Requirement) -> bool:
    try:
        version = metadata.version(requirement.name)
    except metadata.PackageNotFoundError:
        return False
    return requirement.specifier.contains(version, prereleases=True)


@cache
def _extras() -> dict[str, list[str]]:
    file = PROJECT / "pyproject.toml"
    project = tomllib.loads(file.read_text(encoding="utf-8"))["project"]
    found: dict[str, list[str]] = project["optional-dependencies"]
    return found
