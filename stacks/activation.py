"""Registering a stack from its file and making it the one this process uses."""

from __future__ import annotations

import os
from uuid import UUID

from zenml.client import Client
from zenml.constants import ENV_ZENML_ACTIVE_STACK_ID
from zenml.enums import StackComponentType
from zenml.models import StackResponse

from stacks.files import DEFAULT_STACK, ComponentFile, read_stack, stack_names
from stacks.flavors import register_flavors
from tagstack.errors import UsageError

ZENML_DEFAULT = "default"


def use_stack(name: str | None) -> StackResponse:
    """Make a stack the active one of this process, registering it from its file where ZenML does not know it.

    The choice is kept in the environment and not in ZenML's configuration, so it ends with the process.

    Args:
        name: The stack; where None, the one that the user has set active in ZenML, or `local` where that is ZenML's
            own `default`, which can neither track nor register.

    Raises:
        UsageError: There is no such stack.
    """
    client = Client()
    stack = client.active_stack_model if name is None else None
    if stack is None or stack.name == ZENML_DEFAULT:
        stack = _find_or_register(client, name or DEFAULT_STACK)
    os.environ[ENV_ZENML_ACTIVE_STACK_ID] = str(stack.id)
    return stack


def _find_or_register(client: Client, name: str) -> StackResponse:
    registered = {stack.name: stack for stack in client.list_stacks(size=1000)}
    if name in registered:
        return _complete(client, client.get_stack(registered[name].id))
    if name not in stack_names():
        known = ", ".join(sorted({*registered, *stack_names()} - {ZENML_DEFAULT}))
        raise UsageError(f"There is no stack {name!r}; choose one of: {known}.")
    file = read_stack(name)
    components = {kind: _component(client, kind, name, file.components[kind]) for kind in file.components}
    return client.create_stack(name=name, components=components)


def _complete(client: Client, stack: StackResponse) -> StackResponse:
    """Add the components that the stack's file has got since the stack was registered from it."""
    ours = any(component.name == f"tagstack-{stack.name}" for kind in stack.components.values() for component in kind)
    file = read_stack(stack.name) if ours and stack.name in stack_names() else None
    missing = {kind: part for kind, part in file.components.items() if kind not in stack.components} if file else {}
    if not missing:
        return stack
    added = {kind: [UUID(_component(client, kind, stack.name, part))] for kind, part in missing.items()}
    return client.update_stack(stack.id, component_updates=added)


def _component(client: Client, kind: StackComponentType, stack: str, component: ComponentFile) -> str:
    """Return the id of the stack's component, created unless an earlier, interrupted run has created it."""
    name = f"tagstack-{stack}"
    register_flavors(client)
    found = client.list_stack_components(type=kind, name=name, flavor=component.flavor)
    if found.items:
        return str(found.items[0].id)
    created = client.create_stack_component(
        name=name, flavor=component.flavor, component_type=kind, configuration=component.configuration
    )
    return str(created.id)
