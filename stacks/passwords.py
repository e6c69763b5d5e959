"""Passwords that steps find in their environment wherever they run: from ZenML's secret store, by reference."""

from __future__ import annotations

from zenml.client import Client

SECRET = "tagstack"  # noqa: S105 - the name of a secret, not its value
"""The secret whose keys are the variables that steps and service read, as `TAGSTACK_DATABASE_PASSWORD`."""


def password_secrets() -> list[str]:
    """Return the secrets that a pipeline hands to its steps; none where there is no secret `tagstack`.

    What is exported on the machine that starts a run does not reach a container; and the environment of a container
    is stored with the run, where no password may be. ZenML looks a secret up where the step starts.
    """
    found = Client().list_secrets(name=f"equals:{SECRET}", size=1)
    return [SECRET] if found.total else []
