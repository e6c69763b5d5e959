"""What has to change in ZenML for a stack to be as its file says, attribute by attribute."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal
from uuid import UUID

from zenml.client import Client
from zenml.enums import StackComponentType
from zenml.models import ComponentResponse, StackResponse

from stacks.resolution import Part, Resolved, validate

Sign = Literal["+", "-", "~"]
APPLIED, GIVEN = "tagstack.applied", "tagstack.variables"
"""Labels of a stack: the hash of what was applied, and the variables that were given for it."""


@dataclass(frozen=True)
class Attribute:
    """An attribute of a configuration that changes; None is none."""

    name: str
    before: str | None
    after: str | None

    @property
    def sign(self) -> Sign:
        """Added, removed or changed."""
        return "+" if self.before is None else "-" if self.after is None else "~"


@dataclass(frozen=True)
class Change:
    """A component that is added, changed or taken out.

    Attributes:
        sign: Which of the three.
        kind: Its type.
        flavor: Its flavor.
        attributes: What changes in its configuration.
        component: The component that it is, or becomes; None where there is none yet.
        name: The name that it has or gets.
        configuration: What it is to be configured with.
    """

    sign: Sign
    kind: StackComponentType
    flavor: str
    attributes: tuple[Attribute, ...]
    component: ComponentResponse | None
    name: str
    configuration: Mapping[str, Any]


@dataclass(frozen=True)
class Plan:
    """What has to change.

    Attributes:
        resolved: The stack as it is to be.
        stack: The stack as it is; None where it is not registered.
        changes: By component, none where all is as it should be.
        kept: Components that a person has put in place of ours, which stay.
    """

    resolved: Resolved
    stack: StackResponse | None
    changes: tuple[Change, ...]
    kept: tuple[ComponentResponse, ...]

    @property
    def is_empty(self) -> bool:
        """Whether nothing has to change."""
        return self.stack is not None and not self.changes


def find_stack(client: Client, name: str) -> StackResponse | None:
    """Return a registered stack, None where there is none of the name."""
    found = client.list_stacks(name=f"equals:{name}", size=1).items
    return client.get_stack(found[0].id) if found else None


def owned(stack: StackResponse) -> list[ComponentResponse]:
    """Return the components of a stack that were made from its file."""
    return [part for parts in stack.components.values() for part in parts if is_ours(part.name, stack.name)]


def is_ours(component: str, stack: str) -> bool:
    """Say whether a component's name is one that we give.

    >>> is_ours("tagstack-local", "local"), is_ours("tagstack-local-s3", "local")
    (True, False)
    """
    return component == f"tagstack-{stack}" or component.startswith(f"tagstack-{stack}.")


def make_plan(client: Client, resolved: Resolved) -> Plan:
    """Compare a stack file with ZenML; nothing is changed.

    Raises:
        UsageError: A variable is not set.
        ConfigError: The configuration of a component is impossible.
    """
    resolved.require_set()
    configurations = validate(client, resolved)
    stack = find_stack(client, resolved.file.name)
    linked = dict(stack.components) if stack else {}
    changes, kept = [], []
    for kind, part in resolved.parts.items():
        mine = [known for known in linked.get(kind, []) if is_ours(known.name, resolved.file.name)]
        if linked.get(kind) and not mine:
            kept += linked[kind]
            continue
        wanted = configurations[kind].model_dump(mode="json", exclude_unset=True)
        change = _change(client, resolved.file.name, kind, part, wanted, linked=mine[0] if mine else None)
        changes += [change] if change else []
    for kind in linked.keys() - resolved.parts.keys():
        changes += [_removal(known) for known in linked[kind] if is_ours(known.name, resolved.file.name)]
    return Plan(resolved, stack, tuple(changes), tuple(kept))


def _change(
    client: Client,
    stack: str,
    kind: StackComponentType,
    part: Part,
    wanted: Mapping[str, Any],
    *,
    linked: ComponentResponse | None,
) -> Change | None:
    """Compare one component; None where it is as it should be."""
    known = _find(client, stack, kind, part.flavor, wanted)
    attributes = tuple(_attributes(linked.configuration if linked else {}, wanted))
    if linked and known and linked.id == known.id and not attributes:
        return None
    name = known.name if known else _free_name(client, stack, kind, part.flavor, wanted)
    return Change("~" if linked else "+", kind, part.flavor, attributes, known, name, wanted)


def _removal(component: ComponentResponse) -> Change:
    attributes = tuple(_attributes(component.configuration, {}))
    return Change("-", component.type, component.flavor_name, attributes, component, component.name, {})


def _find(
    client: Client, stack: str, kind: StackComponentType, flavor: str, wanted: Mapping[str, Any]
) -> ComponentResponse | None:
    """Find the component of ours that is, or can become, the wanted one.

    A flavor cannot be changed, nor where an artifact store lies: the artifacts that were made there stay there.
    """
    found = client.list_stack_components(type=kind, name=f"startswith:tagstack-{stack}", hydrate=True, size=100).items
    for component in found:
        same = component.flavor_name == flavor and component.configuration.get("path") == wanted.get("path")
        if same and is_ours(component.name, stack):
            return component
    return None


def _free_name(client: Client, stack: str, kind: StackComponentType, flavor: str, wanted: Mapping[str, Any]) -> str:
    name = f"tagstack-{stack}"
    if client.list_stack_components(type=kind, name=f"equals:{name}", size=1).total == 0:
        return name
    identity = f"{flavor} {wanted.get('path')}"
    return f"{name}.{hashlib.sha256(identity.encode()).hexdigest()[:6]}"


def _attributes(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Attribute]:
    old, new = dict(flat(before)), dict(flat(after))
    for name in sorted(old.keys() | new.keys()):
        if old.get(name) != new.get(name):
            yield Attribute(name, old.get(name), new.get(name))


def flat(tree: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    """Yield dotted key and value of all that is not None.

    >>> dict(flat({"a": {"b": 1}, "c": None}))
    {'a.b': '1'}
    """
    for name, value in tree.items():
        if isinstance(value, Mapping) and value:
            yield from flat(value, f"{prefix}{name}.")
        elif value is not None:
            yield f"{prefix}{name}", str(value)


def linked_ids(stack: StackResponse) -> dict[StackComponentType, list[UUID]]:
    """Return the ids of a stack's components by type."""
    return {kind: [part.id for part in parts] for kind, parts in stack.components.items()}
