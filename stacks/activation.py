"""Registering a stack from its file and making it the one this process uses."""

from __future__ import annotations

import os

from zenml.client import Client
from zenml.constants import ENV_ZENML_ACTIVE_STACK_ID
from zenml.models import StackResponse

from stacks.application import add_missing, apply, given_before
from stacks.files import DEFAULT_STACK, read_stack, stack_names
from stacks.flavors import register_flavors
from stacks.plan import APPLIED, find_stack, make_plan, owned
from stacks.resolution import Resolved, resolve
from tagstack.errors import UsageError

ZENML_DEFAULT = "default"


def use_stack(name: str | None) -> StackResponse:
    """Make a stack the active one of this process, registering it from its file where ZenML does not know it.

    The choice is kept in the environment and not in ZenML's configuration, so it ends with the process.

    Args:
        name: The stack; where None, the one that the user has set active in ZenML, or `local` where that is ZenML's
            own `default`, which can neither track nor register.

    Raises:
        UsageError: There is no such stack, or a variable of it is not set.
    """
    client = Client()
    stack = client.active_stack_model if name is None else None
    if stack is None or stack.name == ZENML_DEFAULT:
        stack = _find_or_register(client, name or DEFAULT_STACK)
    os.environ[ENV_ZENML_ACTIVE_STACK_ID] = str(stack.id)
    return stack


def known_stacks(client: Client) -> list[str]:
    """List the stacks that have a file or are registered, but for ZenML's own."""
    registered = {stack.name for stack in client.list_stacks(size=1000)}
    return sorted({*registered, *stack_names()} - {ZENML_DEFAULT})


def _find_or_register(client: Client, name: str) -> StackResponse:
    stack = find_stack(client, name)
    if name not in stack_names() or (stack and not owned(stack)):
        if stack:
            return stack
        raise UsageError(f"There is no stack {name!r}; choose one of: {', '.join(known_stacks(client))}.")
    resolved = resolve(read_stack(name), applied=given_before(stack))
    if stack is None:
        return _apply(client, resolved)
    applied = (stack.labels or {}).get(APPLIED)
    if resolved.unset or applied == resolved.digest:
        return stack  # with what a person may have changed in ZenML since
    if applied is None:  # by a version of Tagstack that did not say what it registered
        register_flavors(client)
        return add_missing(client, make_plan(client, resolved))
    return _apply(client, resolved)


def _apply(client: Client, resolved: Resolved) -> StackResponse:
    _, stack = apply(client, resolved)
    assert stack is not None  # as this was no dry run
    return stack
