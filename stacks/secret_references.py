"""The ZenML secrets that a stack refers to, and which of them are not there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from zenml.client import Client
from zenml.utils.secret_utils import is_secret_reference, parse_secret_reference

NAMED_BY = "authentication_secret"
"""The key whose value is the name of a whole secret, as ZenML's stores and registries take it."""


@dataclass(frozen=True)
class MissingSecret:
    """A secret that is not there, or lacks keys.

    Attributes:
        name: Its name.
        keys: The keys that are not there; none where a component takes the secret as a whole.
        exists: Whether there is a secret of the name.
    """

    name: str
    keys: tuple[str, ...]
    exists: bool

    @property
    def problem(self) -> str:
        """What is wrong, without the command."""
        what = f"has no {', '.join(self.keys)}" if self.exists else "does not exist"
        return f"the ZenML secret {self.name} {what}"

    @property
    def command(self) -> str:
        """The command that mends it."""
        verb = "update" if self.exists else "create"
        return f"zenml secret {verb} {self.name} " + (" ".join(f"--{key}=..." for key in self.keys) or "--KEY=...")


def referred(configurations: Iterator[Mapping[str, Any]]) -> dict[str, list[str]]:
    """Collect the secrets that configurations refer to, each with its keys.

    >>> referred(iter([{"key": "{{s3.key}}", "secret": "{{s3.secret}}"}]))
    {'s3': ['key', 'secret']}
    """
    found: dict[str, list[str]] = {}
    for configuration in configurations:
        for name, value in configuration.items():
            if is_secret_reference(value):
                reference = parse_secret_reference(value)
                keys = found.setdefault(reference.name, [])
                keys += [] if reference.key in keys else [reference.key]
            elif name == NAMED_BY and isinstance(value, str):
                found.setdefault(value, [])
    return found


def update_commands(configuration: Mapping[str, Any]) -> str:
    """Return the commands that change the secrets a configuration refers to.

    >>> update_commands({"key": "{{s3.key}}"})
    '`zenml secret update s3 --key=...`'
    """
    found = referred(iter([configuration])).items()
    return ", ".join(f"`{MissingSecret(name, tuple(keys), exists=True).command}`" for name, keys in found)


def missing_secrets(client: Client, *configurations: Mapping[str, Any]) -> list[MissingSecret]:
    """List the secrets that configurations refer to and ZenML has not."""
    found = []
    for name, keys in referred(iter(configurations)).items():
        try:
            known = client.get_secret_by_name_and_private_status(name=name).values.keys()
        except KeyError:
            found.append(MissingSecret(name, tuple(keys), exists=False))
        else:
            if absent := tuple(key for key in keys if key not in known):
                found.append(MissingSecret(name, absent, exists=True))
    return found
