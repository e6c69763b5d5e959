"""A stack file with its variables put in, and what ZenML's own flavors say to it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError
from zenml.client import Client
from zenml.enums import StackComponentType
from zenml.stack import Flavor
from zenml.stack.stack_component import StackComponentConfig
from zenml.utils.secret_utils import is_secret_reference

from stacks.files import StackFile
from stacks.flavors import find_flavor
from stacks.literal_secrets import literal_secrets
from stacks.nearest import nearest
from stacks.secret_references import missing_secrets
from stacks.variables import Value, look_up, parse_assignments, substitute, uses
from stacks.yaml_lines import Path
from tagstack.errors import ConfigError, UsageError

_ADDRESSES = frozenset({"host", "url"})


@dataclass(frozen=True)
class Part:
    """A component with its variables put in.

    Attributes:
        flavor: Its flavor.
        configuration: What the file says, without what is empty.
        unset: Variables of it that are not set.
    """

    flavor: str
    configuration: Mapping[str, Any]
    unset: tuple[str, ...]


@dataclass(frozen=True)
class Resolved:
    """A stack with its variables put in."""

    file: StackFile
    parts: Mapping[StackComponentType, Part]
    values: Mapping[str, Value]

    @property
    def unset(self) -> list[str]:
        """Variables that have to be given and are not."""
        return [name for name, value in self.values.items() if value.value is None]

    @property
    def given(self) -> dict[str, str]:
        """Variables that a person has given, to be remembered with the stack."""
        return {name: value.value for name, value in self.values.items() if value.is_given and value.value}

    @property
    def digest(self) -> str:
        """Hash of what is to be registered."""
        parts = {kind.value: [part.flavor, dict(part.configuration)] for kind, part in self.parts.items()}
        return hashlib.sha256(json.dumps(parts, sort_keys=True, default=str).encode()).hexdigest()[:16]

    def require_set(self) -> None:
        """Raise UsageError, which names them, where variables are not set."""
        if self.unset:
            asked = "; ".join(f"{name}: {self.file.variables[name].rstrip('.')}" for name in self.unset)
            raise UsageError(
                f"Stack {self.file.name} needs {', '.join(self.unset)} ({asked}); "
                "set them in the environment, or apply it with `--var NAME=value`."
            )


def resolve(file: StackFile, assignments: Sequence[str] = (), *, applied: Mapping[str, str] | None = None) -> Resolved:
    """Put the variables of a stack file in.

    A value that becomes empty is left out; where that is the address of a server, so are the secrets beside it.

    Args:
        file: The stack.
        assignments: `NAME=value` of the command line.
        applied: What was given when the stack was applied the last time.

    Raises:
        UsageError: An assignment is no such, or names a variable that the stack has not.
    """
    defaults = file.defaults()
    given = parse_assignments(assignments, known=[*defaults])
    values = {name: look_up(name, default, given=given, applied=applied) for name, default in defaults.items()}
    parts = {
        kind: Part(
            part.flavor,
            _without_empty(substitute(part.configuration, values)),
            tuple(sorted({name for _, name, _ in uses(part.configuration) if values[name].value is None})),
        )
        for kind, part in file.components.items()
    }
    return Resolved(file, parts, values)


def validate(
    client: Client, resolved: Resolved, *, partly: bool = False
) -> dict[StackComponentType, StackComponentConfig]:
    """Have ZenML's flavors read the configuration of each component whose variables are set.

    Args:
        client: To find flavors and secrets with.
        resolved: The stack.
        partly: Whether components are left out whose secrets are missing. Some flavors look secrets up when they read
            a configuration.

    Raises:
        ConfigError: A flavor does not exist, a key is unknown, a value impossible, a secret is written out, or one
            that the flavor looks up is missing.
    """
    found = {}
    for kind, part in resolved.parts.items():
        flavor = _flavor(client, resolved.file, kind, part.flavor)
        for path, problem in _problems(flavor, part):
            place = resolved.file.place("components", kind.value, "configuration", *path)
            raise ConfigError(f"{place}: {problem}")
        if not part.unset and not (partly and missing_secrets(client, part.configuration)):
            found[kind] = _configuration(client, resolved.file, kind, part, flavor)
    return found


def _flavor(client: Client, file: StackFile, kind: StackComponentType, name: str) -> Flavor:
    flavor = find_flavor(client, kind, name)
    if flavor is None:
        known = [known.name for known in client.list_flavors(type=kind, size=100).items]
        place = file.place("components", kind.value, "flavor")
        advice = nearest(name, known) or f"there are {', '.join(sorted(known))}."
        raise ConfigError(f"{place}: ZenML has no {kind.value} of flavor {name!r}; {advice}")
    return flavor


def _problems(flavor: Flavor, part: Part) -> Iterator[tuple[Path, str]]:
    known = flavor.config_class.model_fields
    for key in part.configuration.keys() - known.keys():
        yield (key,), f"flavor {part.flavor} has no such key; {nearest(key, known) or 'there are ' + ', '.join(known)}"
    yield from literal_secrets(flavor.config_class, part.configuration)


def _configuration(
    client: Client, file: StackFile, kind: StackComponentType, part: Part, flavor: Flavor
) -> StackComponentConfig:
    try:
        config = flavor.config_class(**json.loads(json.dumps(part.configuration, default=str)))
    except ValidationError as error:
        problem = error.errors(include_url=False, include_input=False)[0]
        path, said = [str(part) for part in problem["loc"]], problem["msg"].removeprefix("Value error, ")
    except ValueError as error:
        path, said = [], str(error)
    except KeyError:
        [first, *_] = missing_secrets(client, part.configuration)
        path, said = [], f"{first.problem}; make it with `{first.command}`"
    else:
        if config.is_valid:
            return config
        path, said = [], "flavor refuses this configuration"
    place = file.place("components", kind.value, "configuration", *path)
    raise ConfigError(f"{place}: {' '.join(said.split()).rstrip('.')}.")


def _without_empty(configuration: Mapping[str, Any]) -> dict[str, Any]:
    kept = {key: value for key, value in configuration.items() if value != ""}
    if _ADDRESSES & (configuration.keys() - kept.keys()):
        return {key: value for key, value in kept.items() if not is_secret_reference(value)}
    return kept
