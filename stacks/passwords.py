"""Passwords that steps and service find in their environment wherever they run: from ZenML's secret store."""

from __future__ import annotations

from collections.abc import MutableMapping

from zenml.client import Client
from zenml.utils.env_utils import resolve_secrets

SECRET = "tagstack"  # noqa: S105 - the name of a secret, not its value
"""The secret whose keys are the variables that steps and service read, as `TAGSTACK_DATABASE_PASSWORD`."""


def password_secrets() -> list[str]:
    """Return the secrets that a pipeline hands to its steps; none where there is no secret `tagstack`.

    What is exported on the machine that starts a run does not reach a container; and the environment of a container
    is stored with the run, where no password may be. ZenML looks a secret up where the step starts.
    """
    found = Client().list_secrets(name=f"equals:{SECRET}", size=1)
    return [SECRET] if found.total else []


def take_up_passwords(environ: MutableMapping[str, str]) -> None:
    """Put what the secret `tagstack` holds into an environment; what is exported there stays.

    ZenML does so for steps only: a deployer's service, and a command that writes to the store, do it themselves. Where
    there is no such secret, or nobody may read it, nothing is added.
    """
    for name, value in resolve_secrets(password_secrets()).items():
        environ.setdefault(name, value)
